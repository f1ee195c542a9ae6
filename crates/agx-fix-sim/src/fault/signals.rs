//! One line about a fatal signal, before the process dies of that signal.
//!
//! The handler allocates nothing, takes no lock and writes once.

use crate::fault::{report, site};
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, Ordering};
use std::io::{Cursor, Write};

const FATAL: [(c_int, &str); 3] =
    [(libc::SIGSEGV, "SIGSEGV"), (libc::SIGBUS, "SIGBUS"), (libc::SIGABRT, "SIGABRT")];

/// Linux gives this code, and no address, for an access that no page table could answer (a wild pointer).
const SI_KERNEL: c_int = 0x80;

/// Starts reporting fatal signals.
pub(crate) fn install() {
    if !site::set_marks() {
        report::say("crash reports will not name the site: the system has no thread-specific key left");
    }
    use_alternate_stack();
    for (signal, _) in FATAL {
        // SAFETY: a zeroed action is a valid one to fill in; the handler has the signature of SA_SIGINFO and
        // keeps to async-signal-safe calls.
        unsafe {
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigfillset(&raw mut action.sa_mask);
            libc::sigaction(signal, &raw const action, core::ptr::null_mut());
        }
    }
}

/// Gives the calling thread a signal stack if it has none. Rust's threads bring their own.
fn use_alternate_stack() {
    const SIZE: usize = 64 * 1024;
    // SAFETY: the old stack is read into a live variable; the new one is never freed.
    unsafe {
        let mut old: libc::stack_t = core::mem::zeroed();
        if libc::sigaltstack(core::ptr::null(), &raw mut old) != 0 || old.ss_flags & libc::SS_DISABLE == 0 {
            return;
        }
        let memory = Box::leak(vec![0u8; SIZE].into_boxed_slice());
        let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: SIZE };
        libc::sigaltstack(&raw const stack, core::ptr::null_mut());
    }
}

extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    static REPORTED: AtomicBool = AtomicBool::new(false);
    if !REPORTED.swap(true, Ordering::Relaxed) {
        // SAFETY: the kernel gives a live siginfo to an SA_SIGINFO handler.
        report_signal(signal, unsafe { address_of(signal, info) });
    } else {
        // Another thread crashes at the same time: its line comes first, then either ends the process.
        let moment = libc::timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        // SAFETY: a valid time; what is left of it is not asked for. The call is async-signal-safe.
        unsafe { libc::nanosleep(&raw const moment, core::ptr::null_mut()) };
    }
    // SAFETY: both calls are async-signal-safe. The raised signal is delivered when the handler returns.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// # Safety
/// `info` is the kernel's, for `signal`.
unsafe fn address_of(signal: c_int, info: *mut libc::siginfo_t) -> Option<usize> {
    // SAFETY: the caller promises the siginfo that the kernel gave for the signal.
    let info = unsafe { &*info };
    let faulted = signal != libc::SIGABRT && info.si_code > 0 && info.si_code != SI_KERNEL;
    // SAFETY: the siginfo of a fault holds an address.
    faulted.then(|| unsafe { info.si_addr() } as usize)
}

/// Nothing that is formatted here allocates. What does not fit into the line is cut off.
fn report_signal(signal: c_int, address: Option<usize>) {
    let mut line = Cursor::new([0; 256]);
    let name = FATAL.iter().find(|row| row.0 == signal).map_or("unknown", |row| row.1);
    let _ = write!(line, "agx-sim: crash signal={name}");
    if let Some(address) = address {
        let _ = write!(line, " address={address:#x}");
    }
    let _ = writeln!(line, " site={}", site::current().map_or("outside the driver", |site| site.name()));
    report::write_bytes(&line.get_ref()[..line.position() as usize]);
}
