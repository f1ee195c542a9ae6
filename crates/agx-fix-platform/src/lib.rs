//! What the operating system gives: thread identity, waiting on a word, fork handlers, symbols, library pinning.
//!
//! `linux` and `apple` implement the same functions.

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(not(target_vendor = "apple"))]
mod linux;

#[cfg_attr(
    all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", target_pointer_width = "64"),
    path = "number_x86_64.rs"
)]
mod number;

#[cfg(target_vendor = "apple")]
use apple as backend;
#[cfg(not(target_vendor = "apple"))]
use linux as backend;

pub(crate) use backend::{GLOBAL_BLOCK_CLASS, HAS_FOUNDATION};
use core::ffi::{CStr, c_void};
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering, compiler_fence, fence};
use std::ffi::CString;
use std::time::Duration;

/// The system's number of the calling thread: not zero, unique among live threads. One system call in the life of a
/// thread, a thread-local read afterwards.
#[inline]
pub fn thread_id() -> u32 {
    known_thread_id().unwrap_or_else(first_thread_id)
}

/// The same, if the thread has asked for it before: never a call.
#[inline]
pub fn known_thread_id() -> Option<u32> {
    Some(number::get()).filter(|&id| id != 0)
}

#[cold]
fn first_thread_id() -> u32 {
    let id = backend::thread_id();
    number::set(id);
    id
}

/// In a forked child, before anything else: the thread's number before and after the fork. From here on [`thread_id`] answers the
/// new one, and nobody sleeps.
pub fn renumber_after_fork() -> (u32, u32) {
    backend::forget_sleepers();
    (number::get(), first_thread_id())
}

/// The name of a thread of this process, or an empty string.
pub fn thread_name(id: u32) -> String {
    backend::thread_name(id)
}

/// Writes a line to the system's log, where there is one beside standard error: the unified log of macOS (subsystem
/// `agx-fix`, category `guard`). A line with a NUL in it is cut off there.
pub fn log(line: &str) {
    let text = line.split('\0').next().unwrap_or_default();
    if let Ok(text) = CString::new(text) {
        backend::log(&text);
    }
}

/// Sleeps while `word` holds `expected`, until [`wake_one`], the time limit, or for no reason.
pub fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    backend::wait(word, expected, limit_of_sleep(limit));
}

/// The same, where the thread of number `owner` will wake this one: where the system can, that thread runs with this
/// one's priority meanwhile.
pub fn wait_for_owner(word: &AtomicU32, expected: u32, owner: u32, limit: Option<Duration>) {
    backend::wait_for_owner(word, expected, owner, limit_of_sleep(limit));
}

fn limit_of_sleep(limit: Option<Duration>) -> Option<Duration> {
    let broken = FENCES.load(Ordering::Relaxed) == BROKEN;
    if broken { Some(limit.unwrap_or(LIMIT_WHEN_BROKEN).min(LIMIT_WHEN_BROKEN)) } else { limit }
}

/// Wakes a thread that sleeps on `word`.
pub fn wake_one(word: &AtomicU32) {
    backend::wake_one(word);
}

/// Wakes all threads that sleep on `word`.
pub fn wake_all(word: &AtomicU32) {
    backend::wake_all(word);
}

/// What [`light_fence`] is.
static FENCES: AtomicU8 = AtomicU8::new(SYMMETRIC);
/// A fence like the other one.
const SYMMETRIC: u8 = 0;
/// Nothing but an order for the compiler: a thread that passes [`heavy_fence`] pays for both.
const ASYMMETRIC: u8 = 1;
/// A fence like the other one again, after the system has broken its word.
const BROKEN: u8 = 2;

/// What a sleep is limited to once the system has broken its word: a wake may have been lost then.
const LIMIT_WHEN_BROKEN: Duration = Duration::from_millis(10);

/// Makes [`light_fence`] as cheap as the system allows. To be called before threads depend on fences; again is no harm.
pub fn prepare_fences() {
    if FENCES.load(Ordering::Relaxed) == SYMMETRIC && backend::register_for_barriers() {
        FENCES.store(ASYMMETRIC, Ordering::Relaxed);
    }
}

/// A sequentially consistent fence towards threads that pass [`heavy_fence`].
#[inline]
pub fn light_fence() {
    if FENCES.load(Ordering::Relaxed) == ASYMMETRIC {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// A sequentially consistent fence for this thread and for all others of the process, wherever they are.
pub fn heavy_fence() {
    fence(Ordering::SeqCst);
    if FENCES.load(Ordering::Relaxed) == ASYMMETRIC && !backend::barrier_in_all_threads() {
        FENCES.store(BROKEN, Ordering::Relaxed);
    }
}

/// Runs the handlers at each fork, in the forking thread: before it, and after it in parent and child. False if the
/// system refused.
pub fn at_fork(before: extern "C" fn(), in_parent: extern "C" fn(), in_child: extern "C" fn()) -> bool {
    let [before, in_parent, in_child] = [before, in_parent, in_child].map(handler_of).map(Some);
    // SAFETY: the handlers take nothing; they live as long as the library, which is pinned before hooks exist.
    unsafe { libc::pthread_atfork(before, in_parent, in_child) == 0 }
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
