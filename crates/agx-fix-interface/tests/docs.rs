//! The tables in `docs/` are those in the source. `cargo xtask docs` writes them anew.

use agx_fix_docs::assert_part;
use agx_fix_interface::{findings, options};
use std::path::{Path, PathBuf};

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

#[test]
fn the_tables_of_options_are_up_to_date() {
    assert_part(&page("options.md"), "options", &options::markdown());
    assert_part(&page("options.md"), "presets", &options::presets_markdown());
}

#[test]
fn the_table_of_findings_is_up_to_date() {
    assert_part(&page("crash-classes.md"), "finding classes", &findings::markdown());
}
