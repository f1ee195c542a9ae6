//! Numbers that Darwin and Linux give otherwise: `errno` (`sys/errno.h`, `asm-generic/errno.h`: up to 34 they are the same, but
//! for 11 and 35), the flags of open(2) (`sys/fcntl.h`), clocks (`time.h`).

use super::super::{ShimRow, functions};
use crate::machine;
use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "___error" => error;
        "_strerror_r" => error_text;
        "_open" => machine::variadic_open;
        "_clock_gettime" => clock;
        // `timeval` has the same layout.
        "_gettimeofday" => libc::gettimeofday;
    }
}

/// (Linux, Darwin) of what the library's calls may answer: `EAGAIN`, `EDEADLK`, `ENAMETOOLONG`, `ENOLCK`, `ENOSYS`, `ELOOP`,
/// `EOVERFLOW`, `ENOTSUP`, `ETIMEDOUT`, `ESTALE`, `EDQUOT`.
const DIFFERENT: [(c_int, c_int); 11] = [
    (libc::EAGAIN, 35),
    (libc::EDEADLK, 11),
    (libc::ENAMETOOLONG, 63),
    (libc::ENOLCK, 77),
    (libc::ENOSYS, 78),
    (libc::ELOOP, 62),
    (libc::EOVERFLOW, 84),
    (libc::ENOTSUP, 45),
    (libc::ETIMEDOUT, 60),
    (libc::ESTALE, 70),
    (libc::EDQUOT, 69),
];

/// Darwin's number for Linux's.
pub(super) fn to_darwin(error: c_int) -> c_int {
    let found = DIFFERENT.iter().find(|(linux, _)| *linux == error);
    match found {
        Some((_, darwin)) => *darwin,
        None if error <= 34 => error,
        None => crate::stop(&format!("Linux's error {error} has no number of Darwin's here")),
    }
}

/// `errno` is `*__error()`. A value that the caller writes there is not seen by libc.
extern "C" fn error() -> *mut c_int {
    thread_local!(static NUMBER: Cell<c_int> = const { Cell::new(0) });
    let number = to_darwin(std::io::Error::last_os_error().raw_os_error().unwrap_or(0));
    NUMBER.with(|cell| {
        cell.set(number);
        cell.as_ptr()
    })
}

unsafe extern "C" {
    /// POSIX's function; glibc's `strerror_r` is another one.
    fn __xpg_strerror_r(error: c_int, buffer: *mut c_char, size: usize) -> c_int;
}

/// strerror_r(3), POSIX's. The words are Linux's.
unsafe extern "C" fn error_text(error: c_int, buffer: *mut c_char, size: usize) -> c_int {
    let linux = DIFFERENT.iter().find(|(_, darwin)| *darwin == error).map_or(error, |(linux, _)| *linux);
    // SAFETY: a buffer of `size` bytes, as the caller promises.
    to_darwin(unsafe { __xpg_strerror_r(linux, buffer, size) })
}

/// Darwin's bit, and Linux's.
const FLAGS: [(c_int, c_int); 10] = [
    (0x1, libc::O_WRONLY),
    (0x2, libc::O_RDWR),
    (0x4, libc::O_NONBLOCK),
    (0x8, libc::O_APPEND),
    (0x100, libc::O_NOFOLLOW),
    (0x200, libc::O_CREAT),
    (0x400, libc::O_TRUNC),
    (0x800, libc::O_EXCL),
    (0x10_0000, libc::O_DIRECTORY),
    (0x100_0000, libc::O_CLOEXEC),
];

/// Linux's bits for Darwin's; `None` if the table lacks one.
pub(super) fn to_linux(bits: c_int, table: &[(c_int, c_int)]) -> Option<c_int> {
    let set = table.iter().filter(|(darwin, _)| bits & darwin != 0);
    let (known, linux) = set.fold((0, 0), |all, one| (all.0 | one.0, all.1 | one.1));
    (known == bits).then_some(linux)
}

/// The mode is a variable argument, which means something with `O_CREAT` only.
pub(crate) unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let Some(flags) = to_linux(flags, &FLAGS) else {
        crate::stop(&format!("open is called with the flags {flags:#x}, which the model does not know"));
    };
    // SAFETY: a terminated string, as the caller promises.
    unsafe { libc::open(path, flags, mode) }
}

/// clock_gettime(3): the time of day; since the start with and without sleep. `timespec` has the same layout.
unsafe extern "C" fn clock(clock: c_int, time: *mut libc::timespec) -> c_int {
    let clock = match clock {
        0 => libc::CLOCK_REALTIME,
        // CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW
        6 | 4 => libc::CLOCK_BOOTTIME,
        // CLOCK_UPTIME_RAW, which std's Instant is
        8 => libc::CLOCK_MONOTONIC,
        _ => crate::stop(&format!("clock_gettime is called for the clock {clock}")),
    };
    // SAFETY: the caller's variable.
    unsafe { libc::clock_gettime(clock, time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_both_ways() {
        assert_eq!([0, libc::ENOENT, libc::ERANGE].map(to_darwin), [0, 2, 34]);
        assert_eq!([libc::EAGAIN, libc::EDEADLK, libc::ETIMEDOUT].map(to_darwin), [35, 11, 60]);
        let mut buffer = [0u8; 64];
        // SAFETY: a live buffer and its size.
        let done = unsafe { error_text(60, buffer.as_mut_ptr().cast(), buffer.len()) };
        assert_eq!((done, &buffer[..21]), (0, &b"Connection timed out\0"[..]));
    }

    #[test]
    fn flags_are_translated_or_refused() {
        assert_eq!(
            to_linux(0x100_0209, &FLAGS),
            Some(libc::O_CLOEXEC | libc::O_CREAT | libc::O_APPEND | libc::O_WRONLY)
        );
        assert_eq!(to_linux(0, &FLAGS), Some(libc::O_RDONLY));
        // O_EXLOCK.
        assert_eq!(to_linux(0x20, &FLAGS), None);
    }
}
