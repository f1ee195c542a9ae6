//! Lines on stderr, each by one `write(2)`, so that the lines of several threads and processes do not mix.

use core::ffi::c_void;

/// Writes one line about the simulator itself.
pub(crate) fn say(what: &str) {
    write_line(&format!("agx-sim: {what}\n"));
}

/// Fails an assertion as the driver does: its text on stderr, then `abort`.
#[cold]
pub(crate) fn fail_assertion(text: &str) -> ! {
    write_line(&format!("{text}\n"));
    // SAFETY: takes nothing and does not return.
    unsafe { libc::abort() }
}

fn write_line(line: &str) {
    write_bytes(line.as_bytes());
}

/// Writes as one call. Safe to call in a signal handler. Nobody can be told if stderr is gone.
pub(crate) fn write_bytes(bytes: &[u8]) {
    // SAFETY: the bytes are readable for the length given.
    unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast::<c_void>(), bytes.len()) };
}
