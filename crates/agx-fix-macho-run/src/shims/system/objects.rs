//! pthread's mutexes and condition variables. Darwin's objects (`sys/_pthread/_pthread_types.h`) begin with a signature, also
//! those that a macro initialises; behind it is room for the system's data. Here that room holds a pointer to glibc's object,
//! which is made at the first use. For an object that was not initialised, or was destroyed, the answer is `EINVAL`, as on
//! Darwin.

use super::super::{ShimRow, functions};
use super::numbers::to_darwin;
use libc::{pthread_cond_t, pthread_mutex_t};
use std::ffi::c_int;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_pthread_mutexattr_destroy" => attribute_destroy;
        "_pthread_mutexattr_init" => attribute_init;
        "_pthread_mutexattr_settype" => attribute_set_type;
        "_pthread_mutex_destroy" => mutex_destroy;
        "_pthread_mutex_init" => mutex_init;
        "_pthread_mutex_lock" => mutex_lock;
        "_pthread_mutex_trylock" => mutex_trylock;
        "_pthread_mutex_unlock" => mutex_unlock;
        "_pthread_cond_destroy" => condition_destroy;
        "_pthread_cond_signal" => condition_signal;
        "_pthread_cond_timedwait" => condition_timedwait;
        "_pthread_cond_wait" => condition_wait;
    }
}

/// Darwin's: 64 bytes for a mutex, 48 for a condition variable.
#[repr(C)]
struct Object<T> {
    signature: AtomicUsize,
    made: AtomicPtr<T>,
}

/// `_PTHREAD_MUTEX_SIG` of a mutex that was initialised, `_PTHREAD_MUTEX_SIG_init` of one that a macro made.
const MUTEX: usize = 0x4d55_545a;
const MUTEX_BY_MACRO: usize = 0x32aa_aba7;
/// The same of condition variables.
const CONDITION: usize = 0x434f_4e44;
const CONDITION_BY_MACRO: usize = 0x3cb0_b1bb;
const ATTRIBUTE: usize = 0x4d54_5841;
/// `PTHREAD_MUTEX_ERRORCHECK` and `PTHREAD_MUTEX_RECURSIVE`; 0 is normal.
const ERROR_CHECK: c_int = 1;
const RECURSIVE: c_int = 2;

/// A mutex attribute is 16 bytes; its type is in the second word here.
type Attribute = [usize; 2];

unsafe extern "C" fn attribute_init(attribute: *mut Attribute) -> c_int {
    // SAFETY: the caller's variable.
    unsafe { attribute.write([ATTRIBUTE, 0]) };
    0
}

unsafe extern "C" fn attribute_set_type(attribute: *mut Attribute, kind: c_int) -> c_int {
    // SAFETY: the caller's attribute.
    let attribute = unsafe { &mut *attribute };
    if attribute[0] != ATTRIBUTE || !(0..=RECURSIVE).contains(&kind) {
        return libc::EINVAL;
    }
    attribute[1] = kind as usize;
    0
}

unsafe extern "C" fn attribute_destroy(attribute: *mut Attribute) -> c_int {
    // SAFETY: the caller's attribute.
    unsafe { attribute.write([0, 0]) };
    0
}

fn new_mutex(kind: c_int) -> *mut pthread_mutex_t {
    let kind = match kind {
        ERROR_CHECK => libc::PTHREAD_MUTEX_ERRORCHECK,
        RECURSIVE => libc::PTHREAD_MUTEX_RECURSIVE,
        _ => libc::PTHREAD_MUTEX_NORMAL,
    };
    let mutex = Box::into_raw(Box::new(libc::PTHREAD_MUTEX_INITIALIZER));
    // SAFETY: all zeros is room for an attribute, which is made before it is used; a new mutex.
    unsafe {
        let mut attribute = std::mem::zeroed();
        libc::pthread_mutexattr_init(&raw mut attribute);
        libc::pthread_mutexattr_settype(&raw mut attribute, kind);
        libc::pthread_mutex_init(mutex, &raw const attribute);
        libc::pthread_mutexattr_destroy(&raw mut attribute);
    }
    mutex
}

/// glibc's object, if the signature is one of the two; made where it was not.
///
/// # Safety
/// `object` is a live object of Darwin's.
unsafe fn glibc<T>(object: *const Object<T>, signatures: [usize; 2], make: fn() -> *mut T) -> Option<*mut T> {
    // SAFETY: a live object, as the caller promises, which is only ever changed atomically.
    let object = unsafe { &*object };
    if !signatures.contains(&object.signature.load(Ordering::Acquire)) {
        return None;
    }
    let made = object.made.load(Ordering::Acquire);
    if !made.is_null() {
        return Some(made);
    }
    let new = make();
    match object.made.compare_exchange(std::ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Some(new),
        Err(faster) => {
            // SAFETY: made above by `Box`, and not shared.
            drop(unsafe { Box::from_raw(new) });
            Some(faster)
        }
    }
}

/// The mutex of glibc's.
///
/// # Safety
/// `object` is a live mutex of Darwin's.
unsafe fn mutex(object: *const Object<pthread_mutex_t>) -> Option<*mut pthread_mutex_t> {
    // SAFETY: a live object, as the caller promises.
    unsafe { glibc(object, [MUTEX, MUTEX_BY_MACRO], || new_mutex(0)) }
}

/// The condition variable of glibc's, with the clock of the day, which is the only one that Darwin's have.
///
/// # Safety
/// `object` is a live condition variable of Darwin's.
unsafe fn condition(object: *const Object<pthread_cond_t>) -> Option<*mut pthread_cond_t> {
    let new = || Box::into_raw(Box::new(libc::PTHREAD_COND_INITIALIZER));
    // SAFETY: a live object, as the caller promises.
    unsafe { glibc(object, [CONDITION, CONDITION_BY_MACRO], new) }
}

/// Functions that call glibc's function of the same name on glibc's object. Those that destroy it also forget it.
macro_rules! adapters {
    ($($name:ident: $object:ident $ty:ty => $function:ident $(, $forget:ident)?;)*) => {$(
        unsafe extern "C" fn $name(object: *mut Object<$ty>) -> c_int {
            // SAFETY: a live object of Darwin's, as the caller promises.
            let Some(made) = (unsafe { $object(object) }) else { return libc::EINVAL };
            // SAFETY: a live object of glibc's.
            let done = to_darwin(unsafe { libc::$function(made) });
            $(if done == 0 {
                // SAFETY: as above; it was just destroyed, so it is not in use.
                unsafe { $forget(object) };
            })?
            done
        }
    )*};
}

adapters! {
    mutex_lock: mutex pthread_mutex_t => pthread_mutex_lock;
    mutex_trylock: mutex pthread_mutex_t => pthread_mutex_trylock;
    mutex_unlock: mutex pthread_mutex_t => pthread_mutex_unlock;
    mutex_destroy: mutex pthread_mutex_t => pthread_mutex_destroy, forget;
    condition_signal: condition pthread_cond_t => pthread_cond_signal;
    condition_destroy: condition pthread_cond_t => pthread_cond_destroy, forget;
}

unsafe extern "C" fn mutex_init(mutex: *mut Object<pthread_mutex_t>, attribute: *const Attribute) -> c_int {
    // SAFETY: the caller's memory, and null or the caller's attribute.
    unsafe {
        let kind = attribute.as_ref().map_or(0, |attribute| attribute[1] as c_int);
        let made = AtomicPtr::new(new_mutex(kind));
        mutex.write(Object { signature: AtomicUsize::new(MUTEX), made });
    }
    0
}

/// Frees glibc's object, and makes Darwin's unusable.
///
/// # Safety
/// `object` is a live object that is not in use any more.
unsafe fn forget<T>(object: *const Object<T>) {
    // SAFETY: a live object, as the caller promises, which is only ever changed atomically.
    let object = unsafe { &*object };
    object.signature.store(0, Ordering::Release);
    let made = object.made.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if !made.is_null() {
        // SAFETY: made by `Box`, and taken out above.
        drop(unsafe { Box::from_raw(made) });
    }
}

unsafe extern "C" fn condition_wait(
    object: *mut Object<pthread_cond_t>,
    locked: *mut Object<pthread_mutex_t>,
) -> c_int {
    // SAFETY: live objects of Darwin's, as the caller promises.
    let both = unsafe { condition(object).zip(mutex(locked)) };
    let Some((made, mutex)) = both else { return libc::EINVAL };
    // SAFETY: live objects of glibc's; the caller holds the mutex.
    to_darwin(unsafe { libc::pthread_cond_wait(made, mutex) })
}

/// Until a time of day, as POSIX has it.
unsafe extern "C" fn condition_timedwait(
    object: *mut Object<pthread_cond_t>,
    locked: *mut Object<pthread_mutex_t>,
    until: *const libc::timespec,
) -> c_int {
    // SAFETY: live objects of Darwin's, as the caller promises.
    let both = unsafe { condition(object).zip(mutex(locked)) };
    let Some((made, mutex)) = both else { return libc::EINVAL };
    // SAFETY: live objects of glibc's; the caller holds the mutex, and `until` is the caller's variable.
    to_darwin(unsafe { libc::pthread_cond_timedwait(made, mutex, until) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_macro<T>(signature: usize) -> Object<T> {
        Object { signature: AtomicUsize::new(signature), made: AtomicPtr::new(std::ptr::null_mut()) }
    }

    #[test]
    fn a_mutex_locks_and_one_that_was_destroyed_is_invalid() {
        let mut mutex = by_macro(MUTEX_BY_MACRO);
        let at = &raw mut mutex;
        // SAFETY: a live mutex.
        let answers = unsafe {
            [mutex_lock(at), mutex_trylock(at), mutex_unlock(at), mutex_destroy(at), mutex_lock(at)]
        };
        assert_eq!(answers, [0, libc::EBUSY, 0, 0, libc::EINVAL]);
    }

    #[test]
    fn types_of_mutexes_have_darwins_numbers() {
        for (kind, second) in [(ERROR_CHECK, 11), (RECURSIVE, 0)] {
            let (mut attribute, mut mutex) = ([0; 2], by_macro(0));
            let (attribute, mutex) = (&raw mut attribute, &raw mut mutex);
            // SAFETY: live variables; no lock is held by anybody else.
            let answers = unsafe {
                attribute_init(attribute);
                attribute_set_type(attribute, kind);
                mutex_init(mutex, attribute);
                [mutex_lock(mutex), mutex_lock(mutex)]
            };
            assert_eq!(answers, [0, second], "EDEADLK is 11 on Darwin");
        }
    }

    #[test]
    fn a_wait_ends_at_its_time_with_darwins_number() {
        let (mut mutex, mut waited) = (by_macro(MUTEX_BY_MACRO), by_macro(CONDITION_BY_MACRO));
        let past = libc::timespec { tv_sec: 1, tv_nsec: 0 };
        // SAFETY: live objects, and the mutex is held while it is waited.
        let answers = unsafe {
            [
                mutex_lock(&raw mut mutex),
                condition_timedwait(&raw mut waited, &raw mut mutex, &raw const past),
                mutex_unlock(&raw mut mutex),
                condition_destroy(&raw mut waited),
                condition_signal(&raw mut waited),
            ]
        };
        assert_eq!(answers, [0, 60, 0, 0, libc::EINVAL]);
    }
}
