//! `libSystem`. Where glibc's function of the same name has the same arguments, layouts and results, the row names that function,
//! and POSIX is the contract. The others are adapters:
//!
//! - `image`: `dlopen`, `dlsym`, `dladdr`;
//! - `log`: the unified log;
//! - `numbers`: `errno`, opening, clocks;
//! - `objects`: mutexes and condition variables;
//! - `semaphores`: libdispatch's;
//! - `threads`: Mach ports, names, quality-of-service classes.
//!
//! Two groups of names have no shim: those by which std reads debugging information for a panic's backtrace, and those that the
//! library does not call. A call of one stops the process with a message.

pub(crate) mod image;
mod log;
pub(crate) mod numbers;
mod objects;
mod semaphores;
mod threads;

use super::{ShimRow, functions, variable};
use std::ffi::{c_int, c_void};

pub(super) fn rows() -> Vec<ShimRow> {
    let own = [same(), unwinding(), thread_locals_and_process()].into_iter().flatten();
    own.chain(image::rows())
        .chain(log::rows())
        .chain(numbers::rows())
        .chain(objects::rows())
        .chain(semaphores::rows())
        .chain(threads::rows())
        .collect()
}

/// glibc's own.
fn same() -> Vec<ShimRow> {
    functions! {
        "_abort" => libc::abort;
        "_calloc" => libc::calloc;
        "_close" => libc::close;
        // The same without a point of cancellation (POSIX). No thread is cancelled here.
        "_close$NOCANCEL" => libc::close;
        "_free" => libc::free;
        "_getcwd" => libc::getcwd;
        "_getenv" => libc::getenv;
        "_getpid" => libc::getpid;
        "_malloc" => libc::malloc;
        "_memcmp" => libc::memcmp;
        "_memcpy" => libc::memcpy;
        "_memmove" => libc::memmove;
        "_memset" => libc::memset;
        "_munmap" => libc::munmap;
        "_posix_memalign" => libc::posix_memalign;
        "_realloc" => libc::realloc;
        "_sched_yield" => libc::sched_yield;
        "_strlen" => libc::strlen;
        "_write" => libc::write;
        // `struct iovec` is POSIX's.
        "_writev" => libc::writev;
    }
}

macro_rules! unwinder {
    ($($symbol:literal => $name:ident;)*) => {
        unsafe extern "C-unwind" {
            $(fn $name();)*
        }
        /// libgcc's unwinder: the "Itanium C++ ABI: Exception Handling", which is Apple's on x86_64 as well. It is the one by which
        /// the simulated driver throws.
        fn unwinding() -> Vec<ShimRow> {
            functions! { $($symbol => $name;)* }
        }
    };
}

unwinder! {
    "__Unwind_Backtrace" => _Unwind_Backtrace;
    "__Unwind_DeleteException" => _Unwind_DeleteException;
    "__Unwind_GetDataRelBase" => _Unwind_GetDataRelBase;
    "__Unwind_GetIP" => _Unwind_GetIP;
    "__Unwind_GetIPInfo" => _Unwind_GetIPInfo;
    "__Unwind_GetLanguageSpecificData" => _Unwind_GetLanguageSpecificData;
    "__Unwind_GetRegionStart" => _Unwind_GetRegionStart;
    "__Unwind_GetTextRelBase" => _Unwind_GetTextRelBase;
    "__Unwind_RaiseException" => _Unwind_RaiseException;
    "__Unwind_Resume" => _Unwind_Resume;
    "__Unwind_SetGR" => _Unwind_SetGR;
    "__Unwind_SetIP" => _Unwind_SetIP;
}

/// The variable that a block's first word points to (`Block-ABI-Apple`). It is not read for a global block without captures.
static GLOBAL_BLOCK_CLASS: [usize; 32] = [0; 32];

fn thread_locals_and_process() -> Vec<ShimRow> {
    let mut rows = functions! {
        "___bzero" => bzero;
        "_bzero" => bzero;
        "__tlv_atexit" => thread_local_at_exit;
        "__tlv_bootstrap" => thread_local_bootstrap;
        "_atexit" => libc::atexit;
        "_issetugid" => is_set_ugid;
        "_pthread_atfork" => libc::pthread_atfork;
        "dyld_stub_binder" => stub_binder;
    };
    rows.push(variable("__NSConcreteGlobalBlock", (&raw const GLOBAL_BLOCK_CLASS).cast()));
    rows
}

/// bzero(3).
unsafe extern "C" fn bzero(memory: *mut c_void, size: usize) {
    // SAFETY: `size` writable bytes, as the caller promises.
    unsafe { libc::memset(memory, 0, size) };
}

unsafe extern "C" {
    /// glibc's, for C++'s `thread_local` (stdlib/cxa_thread_atexit_impl.c).
    fn __cxa_thread_atexit_impl(
        destructor: unsafe extern "C" fn(*mut c_void),
        object: *mut c_void,
        library: *const c_void,
    ) -> c_int;
}

/// Calls the destructor with the object at the end of the thread, or of the process for its main one, the last first
/// (dyld's `threadLocalVariables.c`). It comes before the destructors of keys, by which the variables' memory is freed.
unsafe extern "C" fn thread_local_at_exit(
    destructor: unsafe extern "C" fn(*mut c_void),
    object: *mut c_void,
) {
    // SAFETY: a destructor and its object, as the caller promises; an address of this library, which stays while destructors are
    // left.
    unsafe { __cxa_thread_atexit_impl(destructor, object, (&raw const GLOBAL_BLOCK_CLASS).cast()) };
}

/// What descriptors of thread-local variables lead to until dyld completes them.
extern "C" fn thread_local_bootstrap() {
    crate::stop("a thread-local variable was not made ready");
}

/// What lazily bound functions lead to until they are bound. Here everything is bound at once.
extern "C" fn stub_binder() {
    crate::stop("a function was left unbound");
}

/// issetugid(2): whether the process has other rights than its user. Linux tells at the start of a program.
extern "C" fn is_set_ugid() -> c_int {
    // SAFETY: takes any number.
    c_int::from(unsafe { libc::getauxval(libc::AT_SECURE) } != 0)
}
