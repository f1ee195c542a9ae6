//! Argument fidelity by Apple's own calling convention. See `agx_fix_tests::apple_abi`.

use agx_fix_tests::apple_abi::{Lot, MISTAKES, Tools, hook_count, small_on_stack};
use agx_fix_tests::fidelity::{PATTERNS, methods, seed};

#[test]
fn every_row_is_faithful() {
    let Some(tools) = tools() else { return };
    let lot = Lot::new(tools, seed());
    let program = lot.program(None);
    let (bare, calls) = lot.run(&program, false);
    assert!(bare.faithful, "host and driver disagree without any hooks: {}", bare.text);
    assert_eq!(calls, 0);
    let (hooked, calls) = lot.run(&program, true);
    assert!(hooked.faithful, "{}", hooked.text);
    // More than that: objects that the host makes come through hooks, too.
    assert!(calls >= hook_count() * PATTERNS, "{calls} calls of {} hooks", hook_count());
    println!("{} methods, {} hooks, {calls} calls of hooks, no difference", methods().count(), hook_count());
}

/// The baseline of the test above.
#[test]
fn planted_mistakes_are_found() {
    let Some(tools) = tools() else { return };
    let lot = Lot::new(tools, seed());
    for mistake in &MISTAKES {
        let (run, _) = lot.run(&lot.program(Some(mistake)), true);
        run.assert_found(mistake.name, &[mistake.found_in]);
    }
}

/// Only this convention shows a `BOOL` or `uint32_t` on the stack that is declared with another width. No row has one, so none
/// can be planted. Once a row has one, this test fails, and `MISTAKES` should get it.
#[test]
fn no_row_has_a_small_argument_on_the_stack() {
    assert_eq!(small_on_stack(), [""; 0]);
}

fn tools() -> Option<Tools> {
    let tools = Tools::find();
    if tools.is_none() {
        eprintln!("skipped: clang-22 is not in the AArch64 root; `cargo xtask apple-abi` fetches it");
    }
    tools
}
