//! Pythons: which program one becomes, and which environment it sees.
//!
//! On macOS, framework Pythons (python.org, Homebrew, Xcode) are stubs: `bin/python3` executes `Python.app` inside the framework,
//! in the same process, so that program has to take the library too. A virtual environment's `bin/python3` is a link to such a
//! Python, or a copy of it. It is executed under its own name, by which Python finds `pyvenv.cfg`.

use super::{Files, Surroundings, System};
use agx_fix_macho::Binary;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where in a framework the program lies that its stub executes.
const APPLICATION: &str = "Resources/Python.app/Contents/MacOS";

/// The programs that a process that executes `program` will be, one after the other.
pub(super) fn programs(program: &Path, around: &Surroundings) -> Vec<PathBuf> {
    let mut all = vec![program.to_owned()];
    if around.system == System::Macos && is_python(program) {
        all.extend(application(program, &around.files));
    }
    all
}

/// Whether a program is called like a Python.
pub(crate) fn is_python(program: &Path) -> bool {
    let name = program.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let rest = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || b".t".contains(&byte)))
}

/// `Python.app`'s program, if `program` is a stub of a framework.
fn application(program: &Path, files: &Files) -> Option<PathBuf> {
    let real = files.real(program).ok()?;
    if real.to_string_lossy().contains(APPLICATION) {
        return None; // it is that program
    }
    let bytes = files.read(program).ok()?;
    let binary = Binary::parse(&bytes).ok()?;
    let image = binary.images.first()?;
    let folder = real.parent()?;
    let library = image.libraries.iter().map(|it| it.name.as_str()).find(|name| is_framework(name))?;
    let places = placed(library, folder, &image.rpaths);
    let frameworks = places.iter().filter_map(|place| place.parent());
    // The framework's name, which is the program's in some, is `Python` or `Python3`.
    let names = [OsStr::new("Python"), Path::new(library).file_name()?];
    let mut all = frameworks.flat_map(|it| names.map(|name| it.join(APPLICATION).join(name)));
    all.find(|path| files.is_file(path))
}

fn is_framework(library: &str) -> bool {
    library.ends_with("/Python") || library.ends_with("/Python3")
}

/// Where dyld looks for a library that a program in `folder` asks for.
fn placed(library: &str, folder: &Path, rpaths: &[String]) -> Vec<PathBuf> {
    let relative = |name: &str| {
        let rest = name.strip_prefix("@executable_path/").or_else(|| name.strip_prefix("@loader_path/"));
        rest.map_or_else(|| PathBuf::from(name), |rest| folder.join(rest))
    };
    match library.strip_prefix("@rpath/") {
        Some(rest) => rpaths.iter().map(|rpath| relative(rpath).join(rest)).collect(),
        None => vec![relative(library)],
    }
}

/// The environment that a Python sees: where its packages are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    /// The virtual environment, or the Python's own prefix.
    pub(crate) folder: PathBuf,
    /// Of `pyvenv.cfg`: the folder with the Python that it was made from.
    pub(crate) home: Option<PathBuf>,
    /// Whether that Python's own packages are seen too.
    system_packages: bool,
}

impl Environment {
    /// The virtual environment of a program in its `bin`.
    pub(crate) fn around(program: &Path, files: &Files) -> Option<Self> {
        let folder = program.parent()?.parent()?;
        let text = files.read(&folder.join("pyvenv.cfg")).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let value = |key: &str| {
            let line =
                text.lines().find_map(|line| line.split_once('=').filter(|(name, _)| name.trim() == key))?;
            Some(line.1.trim().to_owned())
        };
        Some(Self {
            folder: folder.to_owned(),
            home: value("home").map(PathBuf::from),
            system_packages: value("include-system-site-packages")
                .is_some_and(|it| it.eq_ignore_ascii_case("true")),
        })
    }

    /// The environment that a Python sees.
    pub(crate) fn of(python: &Path, files: &Files) -> Option<Self> {
        Self::around(python, files).or_else(|| {
            let real = files.real(python).ok()?;
            Self::around(&real, files).or_else(|| Some(Self::own(&real)))
        })
    }

    /// Of a Python outside of virtual environments.
    fn own(python: &Path) -> Self {
        let folder = python.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
        Self { folder: folder.to_owned(), home: None, system_packages: false }
    }

    /// The folders that packages are installed to, in the order of the search.
    pub(crate) fn packages(&self, files: &Files) -> Vec<PathBuf> {
        let mut all = below(&self.folder, files);
        if let Some(home) = self.home.as_deref().filter(|_| self.system_packages) {
            let base = files.real(home).ok();
            all.extend(
                base.as_deref().and_then(Path::parent).map(|base| below(base, files)).unwrap_or_default(),
            );
        }
        all
    }
}

/// `lib/python3.X/site-packages`, and Debian's `lib/python3/dist-packages`.
fn below(prefix: &Path, files: &Files) -> Vec<PathBuf> {
    let library = prefix.join("lib");
    let versions = files.names(&library).into_iter().filter(|name| is_python(Path::new(name)));
    let folders = versions.flat_map(|name| {
        let version = library.join(name);
        ["site-packages", "dist-packages"].map(|folder| version.join(folder))
    });
    folders.filter(|folder| files.is_folder(folder)).collect()
}

/// The version of an installed package, by the folder of its metadata: `torch-2.9.1.dist-info`. No code is run.
pub(crate) fn version_of(package: &str, folders: &[PathBuf], files: &Files) -> Option<String> {
    folders.iter().flat_map(|folder| files.names(folder)).find_map(|info| {
        let (name, version) = info.to_str()?.strip_suffix(".dist-info")?.split_once('-')?;
        name.eq_ignore_ascii_case(package).then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Tree;
    use super::*;

    /// What is installed there, in this version.
    fn package(tree: &Tree, prefix: &str, name: &str) {
        tree.file(&format!("{prefix}/site-packages/{name}.dist-info/METADATA"), b"", 0o644);
    }

    #[test]
    fn names_of_pythons() {
        for name in ["python", "python3", "python3.12", "python3.13t", "Python", "pypy3.10"] {
            assert!(is_python(Path::new(name)), "{name}");
        }
        assert!(!is_python(Path::new("python-config")) && !is_python(Path::new("ipython")));
    }

    #[test]
    fn packages_of_a_virtual_environment_are_found_by_their_metadata() {
        let tree = Tree::new();
        tree.file("/v/pyvenv.cfg", b"home = /base/bin\ninclude-system-site-packages = false\n", 0o644);
        package(&tree, "/v/lib/python3.12", "torch_other-1");
        package(&tree, "/v/lib/python3.12", "torch-2.9.1");
        package(&tree, "/base/lib/python3.12", "mlx-0.30.0");
        let files = tree.files();
        let environment = Environment::of(Path::new("/v/bin/python3"), &files).unwrap();
        assert_eq!(environment.home.as_deref(), Some(Path::new("/base/bin")));
        let folders = environment.packages(&files);
        assert_eq!(version_of("torch", &folders, &files).as_deref(), Some("2.9.1"));
        assert_eq!(version_of("mlx", &folders, &files), None);
        let config = b"home=/base/bin\nInclude-x = 1\ninclude-system-site-packages = True\n";
        tree.file("/v/pyvenv.cfg", config, 0o644);
        let folders = Environment::of(Path::new("/v/bin/python3"), &files).unwrap().packages(&files);
        // `/base/bin` is not there, so nor is its prefix.
        assert_eq!(version_of("mlx", &folders, &files), None);
        tree.file("/base/bin/python3.12", b"", 0o755);
        let folders = Environment::of(Path::new("/v/bin/python3"), &files).unwrap().packages(&files);
        assert_eq!(version_of("mlx", &folders, &files).as_deref(), Some("0.30.0"));
    }

    #[test]
    fn a_python_of_its_own_has_its_prefix() {
        let tree = Tree::new();
        tree.file("/opt/py/bin/python3.11", b"", 0o755);
        tree.link("/opt/py/bin/python3.11", "/usr/local/bin/python3");
        package(&tree, "/opt/py/lib/python3.11", "Torch-2.0+cu128");
        let files = tree.files();
        let environment = Environment::of(Path::new("/usr/local/bin/python3"), &files).unwrap();
        assert_eq!(environment.folder, Path::new("/opt/py"));
        assert_eq!(version_of("torch", &environment.packages(&files), &files).as_deref(), Some("2.0+cu128"));
    }

    #[test]
    fn libraries_are_placed_like_dyld_does() {
        let at = |name: &str, rpaths: &[&str]| {
            let rpaths: Vec<String> = rpaths.iter().map(|&it| it.to_owned()).collect();
            placed(name, Path::new("/f/bin"), &rpaths)
        };
        assert_eq!(at("@executable_path/../Python3", &[]), [Path::new("/f/bin/../Python3")]);
        assert_eq!(at("/f/Python", &[]), [Path::new("/f/Python")]);
        assert_eq!(
            at("@rpath/Python", &["@loader_path/..", "/g"]),
            [Path::new("/f/bin/../Python"), Path::new("/g/Python")]
        );
    }
}
