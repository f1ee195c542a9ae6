//! `errno`: numbers of Darwin (`sys/errno.h`) and of Linux (`asm-generic/errno.h`). Up to 34 they are the same, but for 11 and 35.

use super::super::{ShimRow, functions};
use std::cell::Cell;
use std::ffi::{c_char, c_int};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "___error" => error;
        "_strerror_r" => error_text;
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
}
