//! pthread's mutexes and condition variables. Darwin's objects (`sys/_pthread/_pthread_types.h`) begin with a signature, which
//! says what they are, also where a macro made them; behind it is room for its own data. Here that is a pointer to glibc's
//! object, made at the first use. An object that was not made, or that was destroyed, is `EINVAL`, as on Darwin.

use super::super::{Row, functions};
use super::errors::to_darwin;
use libc::{pthread_cond_t, pthread_mutex_t};
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

pub(super) fn rows() -> Vec<Row> {
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
    // SAFETY: all zeros is room for an attribute, which is made before it is used; a mutex that nobody has.
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
    // SAFETY: forwarded; it is only ever changed atomically.
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
            // SAFETY: made above by `Box`, and seen by nobody.
            drop(unsafe { Box::from_raw(new) });
            Some(faster)
        }
    }
}

/// Calls a function of glibc's on the object.
///
/// # Safety
/// `mutex` is a live mutex of Darwin's.
unsafe fn with_mutex(
    mutex: *const Object<pthread_mutex_t>,
    function: unsafe extern "C" fn(*mut pthread_mutex_t) -> c_int,
) -> c_int {
    // SAFETY: forwarded.
    match unsafe { glibc(mutex, [MUTEX, MUTEX_BY_MACRO], || new_mutex(0)) } {
        // SAFETY: a live mutex of glibc's.
        Some(mutex) => to_darwin(unsafe { function(mutex) }),
        None => libc::EINVAL,
    }
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

unsafe extern "C" fn mutex_lock(mutex: *mut Object<pthread_mutex_t>) -> c_int {
    // SAFETY: forwarded.
    unsafe { with_mutex(mutex, libc::pthread_mutex_lock) }
}

unsafe extern "C" fn mutex_trylock(mutex: *mut Object<pthread_mutex_t>) -> c_int {
    // SAFETY: forwarded.
    unsafe { with_mutex(mutex, libc::pthread_mutex_trylock) }
}

unsafe extern "C" fn mutex_unlock(mutex: *mut Object<pthread_mutex_t>) -> c_int {
    // SAFETY: forwarded.
    unsafe { with_mutex(mutex, libc::pthread_mutex_unlock) }
}

unsafe extern "C" fn mutex_destroy(mutex: *mut Object<pthread_mutex_t>) -> c_int {
    // SAFETY: forwarded.
    unsafe {
        let done = with_mutex(mutex, libc::pthread_mutex_destroy);
        if done == 0 {
            forget(mutex);
        }
        done
    }
}

/// Frees glibc's object, and makes Darwin's unusable.
///
/// # Safety
/// `object` is a live object that nobody uses any more.
unsafe fn forget<T>(object: *const Object<T>) {
    // SAFETY: forwarded.
    let object = unsafe { &*object };
    object.signature.store(0, Ordering::Release);
    let made = object.made.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if !made.is_null() {
        // SAFETY: made by `Box`, and taken out above.
        drop(unsafe { Box::from_raw(made) });
    }
}

/// With the clock of the day, which is the only one that Darwin's have.
fn new_condition() -> *mut pthread_cond_t {
    Box::into_raw(Box::new(libc::PTHREAD_COND_INITIALIZER))
}

/// # Safety
/// `condition` is a live condition variable of Darwin's.
unsafe fn condition(condition: *const Object<pthread_cond_t>) -> Option<*mut pthread_cond_t> {
    // SAFETY: forwarded.
    unsafe { glibc(condition, [CONDITION, CONDITION_BY_MACRO], new_condition) }
}

unsafe extern "C" fn condition_signal(object: *mut Object<pthread_cond_t>) -> c_int {
    // SAFETY: forwarded; a live one of glibc's.
    unsafe { condition(object).map_or(libc::EINVAL, |it| to_darwin(libc::pthread_cond_signal(it))) }
}

unsafe extern "C" fn condition_wait(
    object: *mut Object<pthread_cond_t>,
    mutex: *mut Object<pthread_mutex_t>,
) -> c_int {
    // SAFETY: forwarded; both are live ones of glibc's.
    unsafe {
        let both = condition(object).zip(glibc(mutex, [MUTEX, MUTEX_BY_MACRO], || new_mutex(0)));
        both.map_or(libc::EINVAL, |(it, mutex)| to_darwin(libc::pthread_cond_wait(it, mutex)))
    }
}

/// Until a time of day, as POSIX has it.
unsafe extern "C" fn condition_timedwait(
    object: *mut Object<pthread_cond_t>,
    mutex: *mut Object<pthread_mutex_t>,
    until: *const libc::timespec,
) -> c_int {
    // SAFETY: forwarded; both are live ones of glibc's.
    unsafe {
        let both = condition(object).zip(glibc(mutex, [MUTEX, MUTEX_BY_MACRO], || new_mutex(0)));
        both.map_or(libc::EINVAL, |(it, mutex)| to_darwin(libc::pthread_cond_timedwait(it, mutex, until)))
    }
}

unsafe extern "C" fn condition_destroy(object: *mut Object<pthread_cond_t>) -> c_int {
    // SAFETY: forwarded; a live one of glibc's, which nobody uses any more.
    unsafe {
        let Some(made) = condition(object) else { return libc::EINVAL };
        let done = libc::pthread_cond_destroy(made.cast::<c_void>().cast());
        if done == 0 {
            forget(object);
        }
        to_darwin(done)
    }
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
