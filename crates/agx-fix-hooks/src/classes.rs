//! The originals of hooked classes, found in constant time.
//!
//! ```text
//!   class of the receiver -> record -> line[level] -> original[row]
//! ```
//!
//! A record exists for every class whose objects were seen. Its line holds the originals of the class itself and of
//! its hooked superclasses, each at its own level. Records and originals are never freed, and filled before the method
//! that leads to them is swapped.

use crate::table::{COUNT, Role, Roles};
use crate::trampoline::LEVELS;
use agx_fix_objc::{Class, Id, Imp, runtime};
use core::ffi::c_void;
use core::sync::atomic::{AtomicPtr, AtomicU16, Ordering};

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
pub(crate) struct Record {
    pub(crate) class: Class,
    /// Which roles have been hooked, a bit each.
    roles: AtomicU16,
    line: [AtomicPtr<Originals>; LEVELS],
}

impl Record {
    pub(crate) fn new(class: Class) -> Self {
        Self {
            class,
            roles: AtomicU16::new(0),
            line: [const { AtomicPtr::new(core::ptr::null_mut()) }; LEVELS],
        }
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
static RECORDS: [AtomicPtr<Record>; CAPACITY] = [const { AtomicPtr::new(core::ptr::null_mut()) }; CAPACITY];

#[inline]
fn probe(class: Class) -> impl Iterator<Item = &'static AtomicPtr<Record>> {
    let start = first_place(class);
    (0..CAPACITY).map(move |step| &RECORDS[(start + step) % CAPACITY])
}

#[inline]
fn first_place(class: Class) -> usize {
    let hash = ((class.addr() >> 4) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
    hash as usize % CAPACITY
}

/// The record of a class.
#[inline]
pub(crate) fn record(class: Class) -> Option<&'static Record> {
    for place in probe(class) {
        // SAFETY: null, or a leaked record (see `insert`).
        let record = unsafe { place.load(Ordering::Acquire).as_ref() }?;
        if record.class == class {
            return Some(record);
        }
    }
    None
}

/// Adds a record. Under the installation lock. False if there is no room.
pub(crate) fn insert(record: &'static Record) -> bool {
    // A place stays empty, so that probing for a class without a record ends.
    let free = all().count() < CAPACITY - 1;
    match probe(record.class).find(|place| place.load(Ordering::Relaxed).is_null()) {
        Some(place) if free => {
            place.store(core::ptr::from_ref(record).cast_mut(), Ordering::Release);
            true
        }
        _ => false,
    }
}

/// All records.
pub(crate) fn all() -> impl Iterator<Item = &'static Record> {
    // SAFETY: null, or a leaked record.
    RECORDS.iter().filter_map(|place| unsafe { place.load(Ordering::Acquire).as_ref() })
}

/// The record of a class or of its nearest superclass that has one.
///
/// # Safety
/// `class` came from the runtime.
pub(crate) unsafe fn nearest(class: Class) -> Option<&'static Record> {
    // SAFETY: classes of the runtime.
    ancestry(class).find_map(record)
}

/// The class and its superclasses.
///
/// # Safety
/// `class` came from the runtime.
pub(crate) fn ancestry(class: Class) -> impl Iterator<Item = Class> {
    // SAFETY: each comes from the runtime.
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
    // SAFETY: null, or a leaked record.
    let record = unsafe { RECORDS[first_place(class)].load(Ordering::Acquire).as_ref() }?;
    if record.class != class {
        return None; // it shares its place with another class
    }
    Some(record.at(level)?.get(row))
}

/// The original behind a trampoline.
///
/// # Safety
/// `this` is the receiver of a call that arrived at the trampoline of `row` at `level`.
#[inline]
pub(crate) unsafe fn original(this: Id, row: usize, level: usize) -> Imp {
    // SAFETY: a receiver is alive.
    let class = unsafe { runtime::class_of(this) };
    let record = match record(class) {
        Some(record) => record,
        // SAFETY: the class of an object.
        None => unsafe { inherited_record(class) },
    };
    match record.at(level) {
        Some(originals) => originals.get(row),
        None => no_original(),
    }
}

/// A class that nobody has seen, below a hooked one: a subclass that was made later.
///
/// # Safety
/// `class` came from the runtime.
#[cold]
unsafe fn inherited_record(class: Class) -> &'static Record {
    // SAFETY: forwarded.
    match unsafe { nearest(class) } {
        Some(record) => record,
        None => no_original(),
    }
}

/// A trampoline was reached through a class that never had it: nothing of ours leads here, and there is no function to
/// go on with.
#[cold]
fn no_original() -> ! {
    std::process::abort()
}
