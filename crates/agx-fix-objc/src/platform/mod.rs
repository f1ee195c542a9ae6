//! What the operating system gives: thread identity, waiting on a word, fork handlers, symbols, library pinning.
//!
//! `linux` and `apple` implement the same functions.

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(not(target_vendor = "apple"))]
mod linux;

#[cfg(target_vendor = "apple")]
use apple as backend;
#[cfg(not(target_vendor = "apple"))]
use linux as backend;

pub(crate) use backend::{GLOBAL_BLOCK_CLASS, HAS_FOUNDATION};
use core::cell::Cell;
use core::ffi::{CStr, c_void};
use core::sync::atomic::AtomicU32;
use std::time::Duration;

thread_local! {
    static THREAD_ID: Cell<u32> = const { Cell::new(0) };
}

/// The system's number of the calling thread: not zero, unique among live threads. One system call in the life of a
/// thread, a thread-local read afterwards.
#[inline]
pub fn thread_id() -> u32 {
    // While the thread's locals are being torn down there is nothing to read; the system still knows.
    match THREAD_ID.try_with(Cell::get) {
        Ok(0) | Err(_) => first_thread_id(),
        Ok(id) => id,
    }
}

#[cold]
fn first_thread_id() -> u32 {
    let id = backend::thread_id();
    let _ = THREAD_ID.try_with(|cell| cell.set(id));
    id
}

/// In a forked child: the thread's number before and after the fork. From here on [`thread_id`] answers the new one.
pub fn renumber_after_fork() -> (u32, u32) {
    let before = THREAD_ID.try_with(Cell::get).unwrap_or(0);
    (before, first_thread_id())
}

/// The name of a thread of this process, or an empty string.
pub fn thread_name(id: u32) -> String {
    backend::thread_name(id)
}

/// Sleeps while `word` holds `expected`, until [`wake_one`], the time limit, or for no reason.
pub fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    backend::wait(word, expected, limit);
}

/// The same, where the thread of number `owner` will wake this one: where the system can, that thread runs with this
/// one's priority meanwhile.
pub fn wait_for_owner(word: &AtomicU32, expected: u32, owner: u32, limit: Option<Duration>) {
    backend::wait_for_owner(word, expected, owner, limit);
}

/// Wakes a thread that sleeps on `word`.
pub fn wake_one(word: &AtomicU32) {
    backend::wake_one(word);
}

/// Wakes all threads that sleep on `word`.
pub fn wake_all(word: &AtomicU32) {
    backend::wake_all(word);
}

/// Runs `handler` in each forked child. False if the system refused.
pub fn at_fork_in_child(handler: extern "C" fn()) -> bool {
    // SAFETY: the handler takes nothing; it lives as long as the library, which is pinned before hooks exist.
    unsafe { libc::pthread_atfork(None, None, Some(handler_of(handler))) == 0 }
}

/// Runs `handler` when the process exits normally. False if the system refused.
pub fn at_exit(handler: extern "C" fn()) -> bool {
    // SAFETY: as above.
    unsafe { libc::atexit(handler) == 0 }
}

fn handler_of(handler: extern "C" fn()) -> unsafe extern "C" fn() {
    handler
}

/// Keeps the library that holds `address` in the process for good, whatever `dlclose` says. False if it is not a
/// library's address.
pub fn pin_library(address: usize) -> bool {
    // SAFETY: dladdr takes any address as a number; the name it gives lives as long as the library, which is loaded.
    unsafe {
        let mut info: libc::Dl_info = core::mem::zeroed();
        if libc::dladdr(address as *const c_void, &raw mut info) == 0 || info.dli_fname.is_null() {
            return false;
        }
        !libc::dlopen(info.dli_fname, libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE).is_null()
    }
}

/// The address of a symbol behind `not` in the search order, or anywhere but at `not`.
pub fn symbol_behind(name: &CStr, not: *const c_void) -> Option<*mut c_void> {
    [libc::RTLD_NEXT, libc::RTLD_DEFAULT].into_iter().find_map(|scope| {
        // SAFETY: a null-terminated name and a pseudo handle.
        let found = unsafe { libc::dlsym(scope, name.as_ptr()) };
        (!found.is_null() && found.cast_const() != not).then_some(found)
    })
}

/// The address of a symbol that the process has loaded.
pub fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a null-terminated name and a pseudo handle.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

/// Loads a library for the whole process, so that its symbols are found by name.
///
/// # Errors
/// The loader's own message.
pub fn load_library(path: &CStr) -> Result<(), String> {
    // SAFETY: a null-terminated path; the library's initialisers are its own affair. dlerror's text is copied at once.
    unsafe {
        if !libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL).is_null() {
            return Ok(());
        }
        let message = libc::dlerror();
        Err(if message.is_null() {
            "unknown error of the loader".to_owned()
        } else {
            CStr::from_ptr(message).to_string_lossy().into_owned()
        })
    }
}

/// Whether the process runs with more rights than its user: then its environment is not to be trusted.
pub fn is_privileged() -> bool {
    backend::is_privileged()
}
