//! Files: open(2), whose flags have other numbers (`sys/fcntl.h`).

use super::super::{ShimRow, functions};
use crate::machine;
use std::ffi::{c_char, c_int, c_uint};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! { "_open" => machine::variadic_open; }
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

#[cfg(test)]
mod tests {
    use super::*;

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
