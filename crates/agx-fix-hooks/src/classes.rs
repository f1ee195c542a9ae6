//! The originals of hooked classes, found in constant time. Only installation writes here; calls read without a lock.
//!
//! ```text
//!   class of the receiver -> SeenClass -> line[level] -> original[row]
//! ```
//!
//! Every class whose objects were seen has a [`SeenClass`]. Its line holds the originals of the class itself and of its
//! hooked superclasses, each at its own level. Neither is ever freed. Both are filled before the method that leads to them
//! is swapped.

use crate::table::{COUNT, Role, Roles};
use agx_fix_objc::{Class, Id, Imp, runtime};
use core::ffi::c_void;
use core::sync::atomic::{AtomicPtr, AtomicU16, Ordering};

/// How many hooked classes there can be on one line of inheritance.
pub(crate) const LEVELS: usize = 3;

/// The originals of one hooked class.
#[derive(Debug)]
pub(crate) struct Originals([AtomicPtr<c_void>; COUNT]);

impl Originals {
    pub(crate) fn new() -> Self {
        Self([const { AtomicPtr::new(core::ptr::null_mut()) }; COUNT])
    }

    pub(crate) fn get(&self, row: usize) -> Imp {
        Imp::from_ptr(self.0[row].load(Ordering::Acquire))
    }

    /// Before the swap.
    pub(crate) fn publish(&self, row: usize, original: Imp) {
        self.0[row].store(original.as_ptr(), Ordering::Release);
    }
}

/// A class whose objects were seen.
#[derive(Debug)]
pub(crate) struct SeenClass {
    /// Came from the runtime.
    pub(crate) class: Class,
    /// Which roles have been hooked, a bit each.
    roles: AtomicU16,
    line: [AtomicPtr<Originals>; LEVELS],
}

impl SeenClass {
    /// # Safety
    /// `class` came from the runtime.
    pub(crate) unsafe fn new(class: Class) -> Self {
        Self {
            class,
            roles: AtomicU16::new(0),
            line: [const { AtomicPtr::new(core::ptr::null_mut()) }; LEVELS],
        }
    }

    pub(crate) fn inherits_from(&self, class: Class) -> bool {
        // SAFETY: a `SeenClass` is made of a class of the runtime.
        unsafe { ancestry(self.class) }.any(|above| above == class)
    }

    pub(crate) fn roles(&self) -> Roles {
        self.roles.load(Ordering::Acquire)
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles() & role.bit() != 0
    }

    /// After the role's methods have been swapped.
    pub(crate) fn add(&self, role: Role) {
        self.roles.fetch_or(role.bit(), Ordering::Release);
    }

    /// Whether some level of the line has an original of that row.
    pub(crate) fn has_original(&self, row: usize) -> bool {
        (0..LEVELS).filter_map(|level| self.at(level)).any(|originals| !originals.get(row).is_null())
    }

    pub(crate) fn at(&self, level: usize) -> Option<&'static Originals> {
        // SAFETY: null, or a leaked `Originals` (see `set`).
        unsafe { self.line[level].load(Ordering::Acquire).as_ref() }
    }

    pub(crate) fn set(&self, level: usize, originals: &'static Originals) {
        self.line[level].store(core::ptr::from_ref(originals).cast_mut(), Ordering::Release);
    }
}

/// Classes that a process can have hooked; beyond it they are left alone.
pub(crate) const CAPACITY: usize = 256;

/// Open addressing: probing stops at the first empty place. Filled under the installation lock, read without.
static CLASSES: [AtomicPtr<SeenClass>; CAPACITY] =
    [const { AtomicPtr::new(core::ptr::null_mut()) }; CAPACITY];

#[inline]
fn probe(class: Class) -> impl Iterator<Item = &'static AtomicPtr<SeenClass>> {
    let start = first_place(class);
    (0..CAPACITY).map(move |step| &CLASSES[(start + step) % CAPACITY])
}

#[inline]
fn first_place(class: Class) -> usize {
    let hash = ((class.addr() >> 4) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
    hash as usize % CAPACITY
}

/// What is known of a class; `None` if no object of it was seen.
#[inline]
pub(crate) fn seen(class: Class) -> Option<&'static SeenClass> {
    for place in probe(class) {
        // SAFETY: null, or a leaked `SeenClass` (see `insert`).
        let seen = unsafe { place.load(Ordering::Acquire).as_ref() }?;
        if seen.class == class {
            return Some(seen);
        }
    }
    None
}

/// Adds a class. Under the installation lock. False if there is no room.
pub(crate) fn insert(seen: &'static SeenClass) -> bool {
    // A place stays empty, so that probing for a class that was not seen ends.
    let free = all().count() < CAPACITY - 1;
    match probe(seen.class).find(|place| place.load(Ordering::Relaxed).is_null()) {
        Some(place) if free => {
            place.store(core::ptr::from_ref(seen).cast_mut(), Ordering::Release);
            true
        }
        _ => false,
    }
}

/// All classes that were seen.
pub(crate) fn all() -> impl Iterator<Item = &'static SeenClass> {
    // SAFETY: null, or a leaked `SeenClass`.
    CLASSES.iter().filter_map(|place| unsafe { place.load(Ordering::Acquire).as_ref() })
}

/// The class, or its nearest superclass, that was seen.
///
/// # Safety
/// `class` came from the runtime.
pub(crate) unsafe fn nearest(class: Class) -> Option<&'static SeenClass> {
    // SAFETY: a class of the runtime, as the caller says.
    unsafe { ancestry(class) }.find_map(seen)
}

/// The class and its superclasses.
///
/// # Safety
/// `class` came from the runtime.
unsafe fn ancestry(class: Class) -> impl Iterator<Item = Class> {
    // SAFETY: the first is a class of the runtime, as the caller says; each other one is its answer.
    core::iter::successors(Some(class), |&class| unsafe { runtime::superclass(class) })
}

/// The original behind a trampoline, if the first look finds it; nearly always it does.
///
/// # Safety
/// As for [`original`].
#[inline]
pub(crate) unsafe fn known_original(this: Id, row: usize, level: usize) -> Option<Imp> {
    // SAFETY: a receiver is alive.
    let class = unsafe { runtime::class_of(this) };
    // SAFETY: null, or a leaked `SeenClass`.
    let seen = unsafe { CLASSES[first_place(class)].load(Ordering::Acquire).as_ref() }?;
    if seen.class != class {
        return None; // it shares its place with another class
    }
    Some(seen.at(level)?.get(row))
}

/// The original behind a trampoline.
///
/// # Safety
/// `this` is the receiver of a call that arrived at the trampoline of `row` at `level`.
#[inline]
pub(crate) unsafe fn original(this: Id, row: usize, level: usize) -> Imp {
    // SAFETY: a receiver is alive.
    let class = unsafe { runtime::class_of(this) };
    let seen = match seen(class) {
        Some(seen) => seen,
        // SAFETY: the class of an object.
        None => unsafe { inherited(class) },
    };
    match seen.at(level) {
        Some(originals) => originals.get(row),
        None => no_original(),
    }
}

/// A class that was not seen, below a hooked one: a subclass that was made later.
///
/// # Safety
/// `class` came from the runtime.
#[cold]
unsafe fn inherited(class: Class) -> &'static SeenClass {
    // SAFETY: a class of the runtime, as the caller says.
    match unsafe { nearest(class) } {
        Some(seen) => seen,
        None => no_original(),
    }
}

/// A trampoline was reached through a class that never had it. The hooks never cause that, and there is no function to go on
/// with.
#[cold]
fn no_original() -> ! {
    std::process::abort()
}
