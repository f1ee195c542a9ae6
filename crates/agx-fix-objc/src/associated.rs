//! Associated objects with `OBJC_ASSOCIATION_ASSIGN`: a word beside an object, under a key.
//!
//! Apple's runtime takes one process-wide lock for each access and looks into two hash tables, object then key
//! (objc4, `objc-references.mm`). GCC's runtime has nothing of the kind; it is emulated with the same structure, so
//! that the paper's design is measured at its own cost.

use crate::types::Id;

/// A key: its address counts.
#[derive(Debug)]
pub struct Key(#[allow(dead_code, reason = "a byte gives the key an address of its own")] u8);

impl Key {
    /// A new key, to be kept in a `static`.
    #[allow(clippy::new_without_default, reason = "a key is useful only as a static")]
    pub const fn new() -> Self {
        Self(0)
    }
}

/// The word associated with `object` under `key`; 0 if none.
///
/// # Safety
/// `object` is alive.
pub unsafe fn get(object: Id, key: &'static Key) -> usize {
    // SAFETY: alive, as the caller says.
    unsafe { backend::get(object, key) }
}

/// Associates `value` with `object` under `key`.
///
/// # Safety
/// `object` is alive.
pub unsafe fn set(object: Id, key: &'static Key, value: usize) {
    // SAFETY: alive, as the caller says.
    unsafe { backend::set(object, key, value) }
}

/// Forgets what is associated with `object`, which is about to be freed. Apple's runtime does so by itself.
pub fn forget(object: Id) {
    backend::forget(object);
}

#[cfg(target_vendor = "apple")]
mod backend {
    //! Apple's own.
    use super::{Id, Key};
    use core::ffi::c_void;

    #[link(name = "objc")]
    unsafe extern "C-unwind" {
        fn objc_getAssociatedObject(object: Id, key: *const c_void) -> Id;
        fn objc_setAssociatedObject(object: Id, key: *const c_void, value: Id, policy: usize);
    }
    const ASSIGN: usize = 0;

    pub(super) unsafe fn get(object: Id, key: &'static Key) -> usize {
        // SAFETY: alive, as the caller says; with ASSIGN the runtime treats the value as a word.
        unsafe { objc_getAssociatedObject(object, (&raw const *key).cast()).addr() }
    }

    pub(super) unsafe fn set(object: Id, key: &'static Key, value: usize) {
        // SAFETY: alive, as the caller says; with ASSIGN the runtime treats the value as a word.
        unsafe {
            objc_setAssociatedObject(
                object,
                (&raw const *key).cast(),
                Id::from_ptr(value as *mut c_void),
                ASSIGN,
            )
        }
    }

    pub(super) fn forget(_object: Id) {}
}

#[cfg(not(target_vendor = "apple"))]
mod backend {
    //! The emulation: one lock, two tables, hashed by address as objc4 does.
    use super::{Id, Key};
    use std::collections::HashMap;
    use std::hash::{BuildHasherDefault, Hasher};
    use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

    /// objc4's pointer hash, `(p >> 4) ^ (p >> 9)`, spread over the high bits that the table here uses.
    #[derive(Default)]
    struct PointerHasher(u64);

    impl Hasher for PointerHasher {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            for &byte in bytes {
                self.write_usize(usize::from(byte));
            }
        }
        fn write_usize(&mut self, pointer: usize) {
            self.0 = (((pointer >> 4) ^ (pointer >> 9)) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    type Table<V> = HashMap<usize, V, BuildHasherDefault<PointerHasher>>;

    fn associations() -> MutexGuard<'static, Table<Table<usize>>> {
        static ALL: LazyLock<Mutex<Table<Table<usize>>>> = LazyLock::new(Mutex::default);
        ALL.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key_word(key: &'static Key) -> usize {
        core::ptr::from_ref(key) as usize
    }

    pub(super) unsafe fn get(object: Id, key: &'static Key) -> usize {
        associations().get(&object.addr()).and_then(|of| of.get(&key_word(key))).copied().unwrap_or(0)
    }

    pub(super) unsafe fn set(object: Id, key: &'static Key, value: usize) {
        associations().entry(object.addr()).or_default().insert(key_word(key), value);
    }

    pub(super) fn forget(object: Id) {
        associations().remove(&object.addr());
    }
}
