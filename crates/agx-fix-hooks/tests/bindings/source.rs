//! Where cargo keeps the source of the pinned `objc2-metal`.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package whose source is read.
const PACKAGE: &str = "objc2-metal";

/// The text of every source file.
pub(crate) fn files() -> Vec<String> {
    let mut paths = Vec::new();
    collect(&package().1.join("src"), &mut paths);
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a source file")).collect()
}

/// The version that `Cargo.lock` pins.
pub(crate) fn version() -> String {
    package().0
}

/// Version and folder. The package is a dependency for Apple's systems only, so building on another has not fetched it:
/// cargo does here.
fn package() -> (String, PathBuf) {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout).expect("cargo's JSON");
    let package = all["packages"]
        .as_array()
        .and_then(|packages| packages.iter().find(|package| package["name"] == PACKAGE))
        .expect("objc2-metal among the packages");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    let version = package["version"].as_str().expect("a version").to_owned();
    (version, manifest.parent().expect("a folder").to_owned())
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the package") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
