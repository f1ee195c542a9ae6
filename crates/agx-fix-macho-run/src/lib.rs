//! Test tool, never shipped: the code of the Mac's `libagx_fix.dylib`, unmodified, in Linux processes of the same
//! architecture.
//!
//! This crate builds to `libagx_fix_macho_run.so`, which takes the place of Linux's `libagx_fix.so`. It is preloaded and has the
//! same exports, each of which jumps into the Mac's library. So every test of the Linux build also tests the Mac's machine code;
//! `cargo xtask macho-run` runs them.
//!
//! - [`loader`]: what dyld does: maps the file, writes the fixups, makes thread-local variables and unwinding work;
//! - [`shims`]: what the Mac's libraries give: each name with the contract that is modelled;
//! - `machine`: what depends on the processor;
//! - `bridge`: the exports, and the start in each process;
//! - [`calls`]: counts how often each import is called, over all processes of a test run.
//!
//! The library's own instructions are executed as they are shipped. What its imports do is only as true as the models in
//! `shims`. docs/verification-mac.md says what follows from that.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

#[cfg(not(test))]
pub mod bridge;
pub mod calls;
pub mod loader;
mod machine;
pub mod shims;

/// Ends the process with a line that says why. It is for what a model does not cover: to go on would test something else.
fn stop(message: &str) -> ! {
    eprintln!("agx-fix-macho-run: {message}");
    std::process::abort()
}
