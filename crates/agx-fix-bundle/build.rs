//! Builds the injected library and, on Linux, the simulator, for `lib.rs` to carry as bytes.
//!
//! Cargo cannot depend on a `cdylib`'s file, so a nested `cargo build` makes it. It has a target folder of its own
//! (`<target>/bundle`): the outer build holds the lock of the usual one. It is always a release build, whatever the
//! outer profile, because what is injected and measured should be what is shipped. So the profiles share the folder.
//!
//! `AGX_FIX_BUNDLE_LIBRARY` names a library to carry instead: `cargo xtask dist` gives all architectures of the tool the
//! library that has all of them, since a program may run as another architecture than the tool.

#![forbid(unsafe_code)]

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs};

/// The crates that carry or use the bundle, or that only tools are made of. All others may be part of a library, so a change
/// in them builds again.
const ABOVE_THE_BUNDLE: [&str; 8] = [
    "agx-fix-bundle",
    "agx-fix-cli",
    "agx-fix-docs",
    "agx-fix-engine",
    "agx-fix-lab",
    "agx-fix-macho",
    "agx-fix-macho-run",
    "agx-fix-workload",
];
/// Names the library to carry.
const GIVEN_LIBRARY: &str = "AGX_FIX_BUNDLE_LIBRARY";

fn main() {
    let root = variable("CARGO_MANIFEST_DIR").join("../..");
    let linux = linux();
    watch(&root);

    let given = env::var_os(GIVEN_LIBRARY).map(PathBuf::from);
    let mut packages = Vec::new();
    packages.extend(given.is_none().then_some("agx-fix"));
    packages.extend(linux.then_some("agx-fix-sim"));
    let built = if packages.is_empty() { PathBuf::new() } else { build(&root, &packages) };
    let mut source = String::new();
    let library = artifact("agx_fix", &given.unwrap_or_else(|| library_in(&built, "agx_fix")));
    writeln!(source, "/// The library that is injected.\npub static LIBRARY: Artifact = {library};").unwrap();
    let simulator = match linux {
        true => format!("Some({})", artifact("agx_fix_sim", &library_in(&built, "agx_fix_sim"))),
        false => "None".to_owned(),
    };
    writeln!(
        source,
        "/// The simulated Metal, on Linux.\npub static SIMULATOR: Option<Artifact> = {simulator};"
    )
    .unwrap();
    write_if_new(&variable("OUT_DIR").join("bundle.rs"), source.as_bytes());
}

fn variable(name: &str) -> PathBuf {
    env::var_os(name).unwrap_or_else(|| panic!("cargo sets {name}")).into()
}

/// Whether that is what the tool is built for.
fn linux() -> bool {
    env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux")
}

fn watch(root: &Path) {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={GIVEN_LIBRARY}");
    if let Some(given) = env::var_os(GIVEN_LIBRARY) {
        println!("cargo::rerun-if-changed={}", given.display());
    }
    for file in ["Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(file).display());
    }
    let crates = fs::read_dir(root.join("crates")).expect("the workspace has a folder of crates");
    for folder in crates.filter_map(Result::ok) {
        if !ABOVE_THE_BUNDLE.iter().any(|name| folder.file_name() == *name) {
            println!("cargo::rerun-if-changed={}", folder.path().display());
        }
    }
}

/// Builds `packages` and returns the folder with the libraries.
fn build(root: &Path, packages: &[&str]) -> PathBuf {
    let target_dir = target_dir();
    let triple = env::var("TARGET").expect("cargo sets TARGET");
    let mut cargo = Command::new(variable("CARGO"));
    clean_environment(&mut cargo);
    if linux() {
        // Without it, a call from one function of a library to another goes through a table of addresses, and each is on the
        // way of every guarded call. On macOS the linker makes such calls direct.
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "fat");
    }
    // `--target` even where it is the host: the path of the result is then the same whatever the configuration says.
    cargo.args(["build", "--release", "--target", &triple]);
    cargo.arg("--target-dir").arg(&target_dir).arg("--manifest-path").arg(root.join("Cargo.toml"));
    if root.join("Cargo.lock").exists() {
        cargo.arg("--locked");
    }
    cargo.args(packages.iter().flat_map(|package| ["--package", package]));

    let output = cargo.output().unwrap_or_else(|cause| panic!("{cargo:?} does not start: {cause}"));
    if !output.status.success() {
        eprintln!("The library could not be built, so there is nothing to carry: {}", output.status);
        eprintln!("{cargo:?}\n{}", String::from_utf8_lossy(&output.stderr));
        exit(1);
    }
    target_dir.join(triple).join("release")
}

/// `<target>/bundle`. `OUT_DIR` is `<target>/<profile>/build/...`, whose tail differs between versions of cargo.
fn target_dir() -> PathBuf {
    let out = variable("OUT_DIR");
    let build =
        out.ancestors().find(|folder| folder.ends_with("build")).expect("OUT_DIR is below a folder `build`");
    build.parent().and_then(Path::parent).expect("`build` is in a profile's folder").join("bundle")
}

/// Takes out what cargo and clippy tell this script about itself, which would change the nested build. Left in: what
/// the user says about the machine (registries, linkers, the network) and the job server.
fn clean_environment(cargo: &mut Command) {
    const OURS: [&str; 7] = [
        "CARGO_PKG_",
        "CARGO_CFG_",
        "CARGO_FEATURE_",
        "CARGO_MANIFEST_",
        "CARGO_PROFILE_",
        "CLIPPY_",
        "DEP_",
    ];
    const OTHERS: [&str; 12] = [
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_DIR",
        "HOST",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTDOC",
        "TARGET",
        "__CARGO_DEFAULT_LIB_METADATA",
    ];
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if OTHERS.contains(&text) || OURS.iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
}

/// What the names of libraries end in.
fn suffix() -> &'static str {
    match env::var("CARGO_CFG_TARGET_VENDOR").as_deref() {
        Ok("apple") => "dylib",
        _ => "so",
    }
}

fn library_in(built: &Path, name: &str) -> PathBuf {
    built.join(format!("lib{name}.{}", suffix()))
}

/// Copies a library to `OUT_DIR` and writes the expression for it.
fn artifact(name: &str, file: &Path) -> String {
    let bytes = fs::read(file).unwrap_or_else(|cause| panic!("{} is not there: {cause}", file.display()));
    let copy = variable("OUT_DIR").join(file.file_name().expect("it has a name"));
    write_if_new(&copy, &bytes);
    let hash: [u8; 32] = Sha256::digest(&bytes).into();
    let digits: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("lib{name}-{digits}.{}", suffix());
    format!("Artifact {{ file_name: {name:?}, bytes: include_bytes!({copy:?}), hash: {hash:?} }}")
}

/// Leaves a file alone that is right already, so that nothing above is compiled again for its date.
fn write_if_new(path: &Path, bytes: &[u8]) {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return;
    }
    fs::write(path, bytes).unwrap_or_else(|cause| panic!("{} cannot be written: {cause}", path.display()));
}
