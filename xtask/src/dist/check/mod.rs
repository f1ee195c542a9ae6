//! What is asserted of the built files, property by property, without a Mac: what dyld and the kernel would look at first,
//! and what would harm the programs that the library is injected into.
//!
//! - `allowed`: the imports that the repository allows;
//! - `properties`: one function a property.

mod allowed;
mod properties;
#[cfg(test)]
mod tests;

use super::{Product, build, read};
use crate::Error;
use crate::macos::OLDEST_MACOS;
use agx_fix_macho::{Architecture, Binary, Image, Kind};
use allowed::Allowed;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What a file has to be.
struct Expected {
    /// As messages call it.
    name: String,
    kind: Kind,
    architectures: Vec<Architecture>,
    install_name: Option<String>,
    oldest_macos: String,
    allowed: Allowed,
    /// With the underscore that C's names have.
    exports: BTreeSet<String>,
    /// The functions that it stands in front of: library and symbol.
    interposes: BTreeSet<(String, String)>,
    /// Texts that it must not contain.
    forbidden: Vec<String>,
}

/// One line, cause and remedy.
type Problem = String;

const METAL: &str = "/System/Library/Frameworks/Metal.framework/Versions/A/Metal";
const FACTORIES: [&str; 3] =
    ["_MTLCopyAllDevices", "_MTLCopyAllDevicesWithObserver", "_MTLCreateSystemDefaultDevice"];
/// Folders of users and of builds, on whatever machine. (`src/private/` of a crate is none: a path of a crate may stay.)
const FOLDERS: [&str; 6] = ["/Users/", "/home/", "/root/", "/tmp/", "/private/var/", "/var/folders/"];

/// Checks library and tool.
pub(super) fn product(product: &Product, root: &Path, paths: &[String]) -> Result<(), Error> {
    let library = read(&product.library)?;
    let tool = read(&product.tool)?;
    let mut problems = problems(&library, &library_expected(root, paths)?);
    problems.extend(self::problems(&tool, &tool_expected(root, paths)?));
    problems.extend(properties::carried(&tool, &library));
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("the build is not fit to be shipped:\n  {}", problems.join("\n  ")))
}

fn library_expected(root: &Path, paths: &[String]) -> Result<Expected, Error> {
    Ok(Expected {
        name: "libagx_fix.dylib".into(),
        kind: Kind::Library,
        install_name: Some(build::INSTALL_NAME.into()),
        allowed: Allowed::listed(root)?,
        exports: declared(root)?,
        interposes: FACTORIES.map(|symbol| (METAL.to_owned(), symbol.to_owned())).into(),
        ..expected(paths)
    })
}

fn tool_expected(root: &Path, paths: &[String]) -> Result<Expected, Error> {
    Ok(Expected {
        name: "agx-fix".into(),
        allowed: Allowed::stubs(root)?,
        exports: [build::PROGRAM_HEADER.to_owned()].into(),
        ..expected(paths)
    })
}

fn expected(paths: &[String]) -> Expected {
    Expected {
        name: String::new(),
        kind: Kind::Executable,
        architectures: vec![Architecture::Arm64, Architecture::X86_64],
        install_name: None,
        oldest_macos: OLDEST_MACOS.into(),
        allowed: Allowed::default(),
        exports: BTreeSet::new(),
        interposes: BTreeSet::new(),
        forbidden: paths.iter().cloned().chain(FOLDERS.map(Into::into)).collect(),
    }
}

/// The functions that the C header declares.
fn declared(root: &Path) -> Result<BTreeSet<String>, Error> {
    let path = root.join("crates/agx-fix/include/agx_fix.h");
    let header = fs::read_to_string(&path).map_err(|cause| format!("{}: {cause}", path.display()))?;
    Ok(functions(&header))
}

/// A declaration stands at the start of a line, and its name before a parenthesis.
fn functions(header: &str) -> BTreeSet<String> {
    let lines = header.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    let names = lines.filter_map(|line| line.split('(').next()?.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("agx_fix_")).map(|name| format!("_{name}")).collect()
}

/// Everything that is wrong with a file.
fn problems(file: &[u8], expected: &Expected) -> Vec<Problem> {
    let name = &expected.name;
    let binary = match Binary::parse(file) {
        Ok(binary) => binary,
        Err(cause) => return vec![format!("{name} cannot be read: {cause}")],
    };
    let mut problems = properties::slices(&binary, expected);
    for image in &binary.images {
        let found = image_problems(image, expected);
        problems.extend(found.into_iter().map(|problem| format!("({}) {problem}", image.architecture)));
    }
    problems.into_iter().map(|problem| format!("{name} {problem}")).collect()
}

fn image_problems(image: &Image<'_>, expected: &Expected) -> Vec<Problem> {
    const PROPERTIES: [fn(&Image<'_>, &Expected) -> Vec<Problem>; 9] = [
        properties::kind,
        properties::commands,
        properties::oldest_system,
        properties::initialisers,
        properties::interposes,
        properties::imports,
        properties::exports,
        properties::signature,
        properties::texts,
    ];
    PROPERTIES.iter().flat_map(|property| property(image, expected)).collect()
}
