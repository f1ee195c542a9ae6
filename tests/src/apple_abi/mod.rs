//! Apple's own calling convention on arm64, executed on x86_64 Linux.
//!
//! Given the triple `arm64-apple-macosx11.0.0-elf`, LLVM passes arguments as Apple does and writes objects that Linux
//! can link: `clang` compiles the driver and the host of [`crate::fidelity`] so, and `llc` what `rustc` makes of hooks
//! for `aarch64-apple-darwin`. They run under qemu, with GCC's Objective-C runtime.
//!
//! The library itself needs `std` and cannot be built so. Instead, hooks are generated from the table, one for each method with
//! the row's types, and include agx-fix-objc's declarations of these types. The test therefore covers the table and the types,
//! not the library's trampolines.
//!
//! Only this convention shows a small argument on the stack (`BOOL`, `uint32_t`) that is declared with another width: it takes
//! no more room than its size, so the arguments after it are shifted. No row has such an argument ([`small_on_stack`] looks), so
//! none can be planted; the [`MISTAKES`] are others, which show that the comparison works here. The program itself checks, before
//! it begins, that the convention is Apple's. In registers, a hook that only passes on a small integer hides any wrong width or
//! sign.

mod build;
mod hooks;
mod tools;

pub use build::Lot;
pub use hooks::{MISTAKES, Mistake, hook_count, small_on_stack};
pub use tools::Tools;
