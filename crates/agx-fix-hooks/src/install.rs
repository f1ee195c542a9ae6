//! Hooking a class when its first object is seen: before the factory that made the object hands it to the application.
//!
//! No class is known by name. A device leads to its queues, a queue to its command buffers, a buffer to its encoders.
//! The replacing functions are given from above: this file knows none of them.

use crate::classes::{self, LEVELS, Originals, SeenClass};
use crate::coverage::{ClassStanding, SEEN, Standing};
use crate::table::{Action, COUNT, ROWS, Role, is_wanted};
use crate::{say, settings};
use agx_fix_objc::encoding::shapes;
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_objc::{Class, Id, Imp, memory, runtime, send};
use agx_fix_platform as platform;
use core::ffi::{CStr, c_void};
use std::sync::OnceLock;

/// The functions that replace the methods of each row, one for each level.
pub(crate) type Replacements = [[Imp; LEVELS]; COUNT];

static REPLACEMENTS: OnceLock<&'static Replacements> = OnceLock::new();

/// Called with no lock held, in the thread that hooked the class.
static LISTENER: OnceLock<fn()> = OnceLock::new();

/// Has `listener` called after each class that is hooked. To be called once, before the first hook.
pub fn tell_of_classes(listener: fn()) {
    let _ = LISTENER.set(listener);
}

/// Has hooks call these functions. To be called before the first class is seen.
pub(crate) fn replace_by(functions: &'static Replacements) {
    let _ = REPLACEMENTS.set(functions);
}

fn replacements(row: usize) -> &'static [Imp] {
    REPLACEMENTS.get().map_or(&[], |all| &all[row])
}

/// The device's class is hooked, if there is a runtime.
///
/// # Safety
/// `device` is a live Metal device.
pub(crate) unsafe fn device_seen(device: Id) {
    if runtime::load().is_ok() {
        // SAFETY: a live device, as the caller says.
        unsafe { see(device, Role::Device) };
    }
}

/// Hooks the class of an object in that role, unless done.
///
/// # Safety
/// `object` is alive and is what the role says.
#[inline]
pub(crate) unsafe fn see(object: Id, role: Role) {
    // SAFETY: alive.
    let class = unsafe { runtime::class_of(object) };
    if !classes::seen(class).is_some_and(|seen| seen.has(role)) {
        // SAFETY: the class of a live object.
        unsafe { hook(class, role) };
    }
}

/// # Safety
/// `class` came from the runtime.
#[cold]
unsafe fn hook(class: Class, role: Role) {
    let mut all = SEEN.lock();
    // SAFETY: a class of the runtime, as the caller says.
    let name = unsafe { runtime::class_name(class) }.to_string_lossy().into_owned();
    if all.iter().any(|seen| seen.role == role && seen.class == name) {
        return; // another thread was first, or there is no room for the class, each of whose objects comes here
    }
    // SAFETY: a class of the runtime, as the caller says.
    let methods = match unsafe { seen_with_level(class) } {
        Some((seen, level)) => hook_rows(seen, level, role),
        None => {
            // SAFETY: as above.
            let standing = |row| unsafe { unhooked(class, row) }.unwrap_or(Standing::NoRoom);
            rows_for(role).map(|row| (row, standing(row))).collect()
        }
    };
    let seen = ClassStanding { class: name.clone(), role, methods };
    let hooked = seen.hooked_class();
    all.push(seen);
    drop(all); // nothing is written under the lock: a fork may be waiting for it
    match &hooked {
        Some(class) => {
            say::class_hooked(class);
            LISTENER.get().inspect(|listener| listener());
        }
        None => say::class_left_alone(&name),
    }
}

/// Hooks the rows for a role in a class. The caller holds the lock of [`SEEN`].
fn hook_rows(seen: &SeenClass, level: usize, role: Role) -> Vec<(usize, Standing)> {
    // SAFETY: the class of a `SeenClass` came from the runtime.
    let unhooked = |row| unsafe { unhooked(seen.class, row) };
    let hook = |row| unhooked(row).unwrap_or_else(|| hook_method(seen, level, row));
    let methods = rows_for(role).map(|row| (row, hook(row))).collect();
    seen.add(role);
    methods
}

fn rows_for(role: Role) -> impl Iterator<Item = usize> {
    (0..ROWS.len()).filter(move |&row| ROWS[row].is_for(role))
}

/// Why a row is not even tried in a class; `None` if it is.
///
/// # Safety
/// `class` came from the runtime.
unsafe fn unhooked(class: Class, row: usize) -> Option<Standing> {
    // SAFETY: a class of the runtime, as the caller says.
    if unsafe { runtime::instance_method(class, runtime::selector(ROWS[row].selector)) }.is_none() {
        return Some(Standing::Absent);
    }
    match ROWS[row].action {
        Action::Leave(reason) => Some(Standing::Left(reason)),
        _ if is_wanted(settings::policy(), row) => None,
        _ => Some(Standing::NotWanted),
    }
}

/// What is known of a class, made if need be, and the level that it has for itself: one that no hooked class above or below
/// it has. `None` if there is no room, or levels have run out.
///
/// # Safety
/// `class` came from the runtime.
unsafe fn seen_with_level(class: Class) -> Option<(&'static SeenClass, usize)> {
    // SAFETY: a class of the runtime, as the caller says; so is its superclass.
    let above = unsafe { runtime::superclass(class).and_then(|superclass| classes::nearest(superclass)) };
    if let Some(seen) = classes::seen(class) {
        let own = (0..LEVELS)
            .find(|&level| seen.at(level).is_some() && above.is_none_or(|above| above.at(level).is_none()));
        return own.map(|level| (seen, level));
    }
    let below: Vec<_> = classes::all().filter(|other| other.inherits_from(class)).collect();
    let taken = |level: usize| above.iter().chain(&below).any(|seen| seen.at(level).is_some());
    let level = (0..LEVELS).find(|&level| !taken(level))?;
    // SAFETY: a class of the runtime, as the caller says.
    let seen: &'static SeenClass = Box::leak(Box::new(unsafe { SeenClass::new(class) }));
    for level in 0..LEVELS {
        if let Some(originals) = above.and_then(|above| above.at(level)) {
            seen.set(level, originals);
        }
    }
    let own: &'static Originals = Box::leak(Box::new(Originals::new()));
    seen.set(level, own);
    for heir in below {
        heir.set(level, own);
    }
    classes::insert(seen).then_some((seen, level))
}

fn is_replacement(selector: &CStr, function: Imp) -> bool {
    (0..COUNT).any(|row| ROWS[row].selector == selector && replacements(row).contains(&function))
}

/// Publishes the original, then swaps.
fn hook_method(seen: &SeenClass, level: usize, row: usize) -> Standing {
    let selector = runtime::selector(ROWS[row].selector);
    // SAFETY: the class of a `SeenClass` came from the runtime.
    let Some(method) = (unsafe { runtime::instance_method(seen.class, selector) }) else {
        return Standing::Absent;
    };
    // SAFETY: the runtime has just answered the method.
    let (original, found) = unsafe { (runtime::implementation(method), runtime::type_encoding(method)) };
    if is_replacement(ROWS[row].selector, original) || seen.has_original(row) {
        return Standing::Hooked; // by a hooked superclass, or in another role of the same class
    }
    let expected = ROWS[row].encoding.concat();
    let found = found.map(|encoding| encoding.to_string_lossy());
    let agrees = found.as_deref().and_then(shapes).is_some_and(|found| Some(found) == shapes(&expected));
    if !agrees {
        let found = found.as_deref().unwrap_or("nothing");
        return Standing::LeftAlone(format!("its type encoding is {found}, not {expected}"));
    }
    let (Some(originals), Some(&replacement)) = (seen.at(level), replacements(row).get(level)) else {
        return Standing::LeftAlone("no level left".into());
    };
    originals.publish(row, original);
    // SAFETY: the method is the class's for that selector; the replacement was made from the signature that was just
    // compared, and stays.
    unsafe { runtime::replace_method(seen.class, selector, method, replacement) };
    Standing::Hooked
}

/// Hooks the classes of the system's default device and of a queue, a buffer and a compute encoder of it. False if there is
/// no Metal here.
pub(crate) fn from_probe() -> bool {
    if runtime::load().is_err() {
        return false;
    }
    let Some(factory) = platform::symbol(c"MTLCreateSystemDefaultDevice") else { return false };
    autorelease_pool(|| {
        // SAFETY: Metal's function of that name has this signature.
        let device =
            unsafe { core::mem::transmute::<*mut c_void, unsafe extern "C-unwind" fn() -> Id>(factory)() };
        if device.is_null() {
            return false;
        }
        // SAFETY: the probe follows Metal's rules: one thread, the encoder is ended, the buffer is not committed, owned
        // objects are released once. Each object was just answered by its factory, or is nil.
        unsafe {
            see_probe(device, Role::Device);
            let queue: Id = send(device, runtime::selector(c"newCommandQueue"), ());
            see_probe(queue, Role::Queue);
            let buffer: Id = send(queue, runtime::selector(c"commandBuffer"), ());
            see_probe(buffer, Role::Buffer);
            let encoder: Id = send(buffer, runtime::selector(c"computeCommandEncoder"), ());
            see_probe(encoder, Role::Compute);
            send::<_, ()>(encoder, runtime::selector(c"endEncoding"), ());
            memory::release(queue);
            memory::release(device);
            !encoder.is_null()
        }
    })
}

/// # Safety
/// `object` is nil, or alive and what the role says.
unsafe fn see_probe(object: Id, role: Role) {
    if !object.is_null() {
        // SAFETY: alive and of that role, as the caller says.
        unsafe { see(object, role) };
    }
}
