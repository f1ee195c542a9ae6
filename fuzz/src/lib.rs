//! What the targets share. Each asks for properties that the tests of the crate in question ask for too, and has a control: a
//! reader, or a way of making a call, with one bug in it.

#![forbid(unsafe_code)]

use std::sync::LazyLock;

/// Has the targets use what is planted in place of what is to be checked: the fuzzer must find it.
pub const PLANTED: &str = "AGX_FUZZ_PLANTED";

static IS_PLANTED: LazyLock<bool> = LazyLock::new(|| std::env::var_os(PLANTED).is_some());

/// Whether it is to.
pub fn is_planted() -> bool {
    *IS_PLANTED
}
