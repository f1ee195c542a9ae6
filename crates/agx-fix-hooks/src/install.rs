//! Hooking a class when its first object is seen: before the factory that made the object hands it to the application.
//!
//! No class is known by name. A device leads to its queues, a queue to its command buffers, a buffer to its encoders.

use crate::classes::{self, Originals, Record};
use crate::coverage::{Seen, Standing};
use crate::table::{Action, ROWS, Role, Row};
use crate::trampoline::LEVELS;
use crate::{action, report};
use agx_fix_interface::statistics::HookedClass;
use agx_fix_objc::encoding::shapes;
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_objc::{Class, Id, Imp, memory, runtime, send};
use agx_fix_platform as platform;
use agx_fix_platform::fork::ForkMutex;
use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Installations take turns. What was seen, for the statistics and the coverage.
static INSTALLED: ForkMutex<Vec<Seen>> = ForkMutex::new(Vec::new());
static ANY: AtomicBool = AtomicBool::new(false);

/// Called with no lock held, in the thread that hooked the class.
static LISTENER: OnceLock<fn()> = OnceLock::new();

/// Has `listener` called after each class that is hooked. To be called once, before the first hook.
pub fn tell_of_classes(listener: fn()) {
    let _ = LISTENER.set(listener);
}

/// Whether anything is hooked.
pub fn is_installed() -> bool {
    ANY.load(Ordering::Relaxed)
}

/// How many classes are hooked so far.
pub fn class_count() -> usize {
    let classes: BTreeSet<String> = hooked_classes().into_iter().map(|class| class.class).collect();
    classes.len()
}

/// The classes hooked so far.
pub(crate) fn hooked_classes() -> Vec<HookedClass> {
    seen_classes().iter().filter_map(Seen::hooked_class).collect()
}

/// The classes seen so far, also those that there was no room for.
pub(crate) fn seen_classes() -> Vec<Seen> {
    INSTALLED.lock().clone()
}

/// A device that Metal is about to hand to the application.
///
/// # Safety
/// `device` is a live Metal device.
pub unsafe fn device_seen(device: Id) {
    if runtime::load().is_ok() {
        // SAFETY: forwarded.
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
    if !classes::record(class).is_some_and(|record| record.has(role)) {
        // SAFETY: the class of a live object.
        unsafe { hook(class, role) };
    }
}

#[cold]
unsafe fn hook(class: Class, role: Role) {
    let mut installed = INSTALLED.lock();
    // SAFETY: a class of the runtime.
    let name = unsafe { runtime::class_name(class) }.to_string_lossy().into_owned();
    if installed.iter().any(|seen| seen.role == role && seen.class == name) {
        return; // another thread was first, or there is no room for the class, each of whose objects comes here
    }
    let methods = match record_for(class) {
        // SAFETY: a class of the runtime, under the installation lock.
        Some((record, level)) => unsafe { hook_rows(record, level, role) },
        None => {
            // SAFETY: a class of the runtime.
            let standing = |row| unsafe { unhooked(class, row) }.unwrap_or(Standing::NoRoom);
            rows_for(role).map(|row| (row, standing(row))).collect()
        }
    };
    let seen = Seen { class: name.clone(), role, methods };
    let hooked = seen.hooked_class();
    installed.push(seen);
    drop(installed); // nothing is written under the lock: a fork may be waiting for it
    match &hooked {
        Some(class) => {
            report::class_hooked(class);
            LISTENER.get().inspect(|listener| listener());
        }
        None => report::class_left_alone(&name),
    }
}

unsafe fn hook_rows(record: &Record, level: usize, role: Role) -> Vec<(usize, Standing)> {
    // SAFETY: forwarded.
    let methods = rows_for(role).map(|row| (row, unsafe { hook_row(record, level, row) })).collect();
    record.add(role);
    ANY.store(true, Ordering::Relaxed);
    methods
}

fn rows_for(role: Role) -> impl Iterator<Item = usize> {
    (0..ROWS.len()).filter(move |&row| ROWS[row].is_for(role))
}

unsafe fn hook_row(record: &Record, level: usize, row: usize) -> Standing {
    // SAFETY: the record's class is a class of the runtime; the caller holds the installation lock.
    unsafe { unhooked(record.class, row).unwrap_or_else(|| hook_method(record, level, row, &ROWS[row])) }
}

/// Why a row is not even tried in a class; `None` if it is.
unsafe fn unhooked(class: Class, row: usize) -> Option<Standing> {
    // SAFETY: a class of the runtime, as the caller says.
    if unsafe { runtime::instance_method(class, runtime::selector(ROWS[row].selector)) }.is_none() {
        return Some(Standing::Absent);
    }
    match ROWS[row].action {
        Action::Leave(reason) => Some(Standing::Left(reason)),
        _ if action::is_wanted(row) => None,
        _ => Some(Standing::NotWanted),
    }
}

/// The record of a class, made if need be, and the level that it has for itself: one that no hooked class above or
/// below it has. `None` if records or levels have run out.
fn record_for(class: Class) -> Option<(&'static Record, usize)> {
    let existing = classes::record(class);
    if let Some(record) = existing {
        let above = parent_record(class);
        let own = (0..LEVELS)
            .find(|&level| record.at(level).is_some() && above.is_none_or(|above| above.at(level).is_none()));
        return own.map(|level| (record, level));
    }
    let above = parent_record(class);
    let below: Vec<_> =
        classes::all().filter(|other| classes::ancestry(other.class).any(|above| above == class)).collect();
    let taken = |level: usize| above.iter().chain(&below).any(|record| record.at(level).is_some());
    let level = (0..LEVELS).find(|&level| !taken(level))?;
    let record: &'static Record = Box::leak(Box::new(Record::new(class)));
    for level in 0..LEVELS {
        if let Some(originals) = above.and_then(|above| above.at(level)) {
            record.set(level, originals);
        }
    }
    let own: &'static Originals = Box::leak(Box::new(Originals::new()));
    record.set(level, own);
    for heir in below {
        heir.set(level, own);
    }
    classes::insert(record).then_some((record, level))
}

fn parent_record(class: Class) -> Option<&'static Record> {
    // SAFETY: a class of the runtime.
    unsafe { classes::nearest(runtime::superclass(class)?) }
}

fn is_trampoline_for(selector: &CStr, function: Imp) -> bool {
    ROWS.iter().any(|row| row.selector == selector && row.trampolines.contains(&function))
}

/// Publishes the original, then swaps.
unsafe fn hook_method(record: &Record, level: usize, index: usize, row: &Row) -> Standing {
    let selector = runtime::selector(row.selector);
    // SAFETY: class and selector of the runtime; the replacement has the signature that was just compared.
    unsafe {
        let Some(method) = runtime::instance_method(record.class, selector) else { return Standing::Absent };
        let original = runtime::implementation(method);
        if is_trampoline_for(row.selector, original) || record.has_original(index) {
            return Standing::Hooked; // by a hooked superclass, or in another role of the same class
        }
        let expected = row.encoding.concat();
        let found = runtime::type_encoding(method).map(|encoding| encoding.to_string_lossy());
        let agrees = found.as_deref().and_then(shapes).is_some_and(|found| Some(found) == shapes(&expected));
        if !agrees {
            let found = found.as_deref().unwrap_or("nothing").to_owned();
            return Standing::LeftAlone(format!("its type encoding is {found}, not {expected}"));
        }
        let Some(originals) = record.at(level) else { return Standing::LeftAlone("no level left".into()) };
        originals.publish(index, original);
        runtime::replace_method(record.class, selector, method, row.trampolines[level]);
    }
    Standing::Hooked
}

/// Hooks what a device, a queue, a buffer and a compute encoder of the system's default device are made of: for a
/// library that was loaded after the application had made its own. False if there is no Metal here.
pub fn install_from_probe() -> bool {
    if runtime::load().is_err() {
        return false;
    }
    let Some(factory) = platform::symbol(c"MTLCreateSystemDefaultDevice") else { return false };
    // SAFETY: Metal's function of that name has this signature. The probe follows Metal's rules: one thread, the encoder
    // is ended, the buffer is not committed, owned objects are released once.
    autorelease_pool(|| unsafe {
        let factory: unsafe extern "C-unwind" fn() -> Id = core::mem::transmute(factory);
        let device = factory();
        if device.is_null() {
            return false;
        }
        see(device, Role::Device);
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
    })
}

unsafe fn see_probe(object: Id, role: Role) {
    if !object.is_null() {
        // SAFETY: a factory just answered it.
        unsafe { see(object, role) };
    }
}
