//! The hook table is Metal's encoding surface: it is compared with the `objc2-metal` bindings of the version that
//! `Cargo.lock` pins, which are made from Apple's headers. Their source is read, never compiled.
//!
//! - `source`: where cargo keeps that source;
//! - `types`: how a Rust type of the bindings is passed;
//! - `protocols`: the protocols and their methods;
//! - `compare`: what is missing in the table, extra in it, or different;
//! - `planted`: differences planted on purpose, each of which must be found;
//! - `docs`: `docs/coverage.md`.

mod compare;
mod docs;
mod planted;
mod protocols;
mod source;
mod types;

use agx_fix_hooks::table::Role;
use protocols::Bindings;
use std::sync::LazyLock;

/// The bindings of the pinned version.
static PINNED: LazyLock<Bindings> = LazyLock::new(|| {
    Bindings::read(source::files().iter().map(String::as_str)).expect("sources that can be read")
});

#[test]
fn the_table_is_the_bindings() {
    let findings = compare::compare(&compare::table(), &PINNED, &Role::ALL);
    assert!(
        findings.is_empty(),
        "the hook table and objc2-metal differ in {} places:\n{}",
        findings.len(),
        findings.into_iter().collect::<Vec<_>>().join("\n")
    );
}
