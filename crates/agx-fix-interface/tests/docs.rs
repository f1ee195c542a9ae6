//! The table in `docs/options.md` is the one in the source. `cargo xtask docs` writes it anew.

use agx_fix_interface::options;
use std::path::Path;

#[test]
fn the_options_in_the_docs_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/options.md");
    agx_fix_docs::assert_part(&path, "options", &options::markdown());
}
