//! Shims: what the image gets in place of the Mac's libraries. Each row of a table is one name. The comment of its function says
//! which contract of the Mac it models, where that is documented, and what differs.
//!
//! - `system`: `libSystem`;
//! - `objc`: `libobjc`, over GCC's runtime, which is the simulated driver's;
//! - `metal`: Metal's factories: the simulated driver's.

mod metal;
mod objc;
mod system;

pub(crate) use objc::look_up;
#[cfg(not(test))]
pub(crate) use system::image::announce;
pub(crate) use system::numbers::open;

use std::ffi::c_void;
use std::sync::OnceLock;

/// What an import is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shim {
    /// Code.
    Function(usize),
    /// Data.
    Variable(usize),
}

/// A name, and what stands for it here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShimRow {
    symbol: &'static str,
    shim: Shim,
}

fn function(symbol: &'static str, function: *const c_void) -> ShimRow {
    ShimRow { symbol, shim: Shim::Function(function as usize) }
}

fn variable(symbol: &'static str, variable: *const c_void) -> ShimRow {
    ShimRow { symbol, shim: Shim::Variable(variable as usize) }
}

/// Rows of functions: `"_name" => function`.
macro_rules! functions {
    ($($symbol:literal => $function:expr;)*) => {
        vec![$($crate::shims::function($symbol, $function as *const ::core::ffi::c_void)),*]
    };
}
use functions;

/// What a library has under a name; `None` if there is no shim for it. As with dyld's two levels of names, another library's
/// are not looked at.
pub fn find(library: &str, symbol: &str) -> Option<Shim> {
    let (_, rows) = libraries().iter().find(|(name, _)| *name == library)?;
    rows.iter().find(|row| row.symbol == symbol).map(|row| row.shim)
}

/// By install name.
pub(crate) fn libraries() -> &'static [(&'static str, Vec<ShimRow>)] {
    static ALL: OnceLock<[(&str, Vec<ShimRow>); 3]> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            ("/usr/lib/libSystem.B.dylib", system::rows()),
            ("/usr/lib/libobjc.A.dylib", objc::rows()),
            ("/System/Library/Frameworks/Metal.framework/Versions/A/Metal", metal::rows()),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn stub(library: &str) -> String {
        let file = match library.rsplit('/').next().unwrap() {
            "Metal" => "System/Library/Frameworks/Metal.framework/Metal.tbd",
            "libobjc.A.dylib" => "usr/lib/libobjc.tbd",
            _ => "usr/lib/libSystem.tbd",
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../macos/sdk").join(file);
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn each_name_is_one_of_the_stub_of_its_library() {
        let separators = |letter: char| letter.is_whitespace() || "[],'\"".contains(letter);
        for (library, rows) in libraries() {
            let stub = stub(library);
            assert!(stub.contains(library), "{library}");
            let names: BTreeSet<&str> = stub.split(separators).collect();
            for row in rows {
                assert!(names.contains(row.symbol), "{library} has no {}", row.symbol);
            }
            let symbols: BTreeSet<&str> = rows.iter().map(|row| row.symbol).collect();
            assert_eq!(symbols.len(), rows.len(), "{library} has a name twice");
        }
    }

    #[test]
    fn a_name_is_found_in_its_own_library_alone() {
        assert!(find("/usr/lib/libSystem.B.dylib", "_malloc").is_some());
        assert!(find("/usr/lib/libobjc.A.dylib", "_malloc").is_none());
        assert!(find("/usr/lib/libSystem.B.dylib", "_nothing").is_none());
        assert!(find("/usr/lib/libz.dylib", "_malloc").is_none());
    }
}
