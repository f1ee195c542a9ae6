//! `include/agx_fix.h` is what cbindgen makes of the C API. `cargo xtask docs` writes it anew.

use std::path::Path;

#[test]
fn the_header_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/c_api.rs"))
        .generate()
        .expect("a C API that cbindgen reads");
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let path = root.join("include/agx_fix.h");
    agx_fix_docs::assert_file(&path, &generated);
}
