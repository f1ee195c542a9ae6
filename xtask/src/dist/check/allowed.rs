//! The imports that the repository allows: to the library those of `macos/imports.txt`, to the tool all that the stubs in
//! `macos/sdk` have, which it is linked against.
//!
//! In the list, a line that begins with `/` is the install name of a library; the lines below it are its names, as many to a line as one
//! likes; `#` begins a remark. Names of one architecture only need no mark.

use crate::Error;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Without the links from `libc` and `libm` to `libSystem`.
const STUBS: [&str; 4] = [
    "usr/lib/libSystem.tbd",
    "usr/lib/libiconv.tbd",
    "usr/lib/libobjc.tbd",
    "System/Library/Frameworks/Metal.framework/Metal.tbd",
];

/// What may be imported, and from where.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    /// As messages call the list.
    pub(super) list: String,
    libraries: BTreeMap<String, String>,
}

impl Allowed {
    /// The library's.
    pub(super) fn listed(root: &Path) -> Result<Self, Error> {
        const LIST: &str = "macos/imports.txt";
        Self::parse(LIST, &text(&root.join(LIST))?)
    }

    /// All that can be linked against.
    pub(super) fn stubs(root: &Path) -> Result<Self, Error> {
        let mut allowed = Self { list: "macos/sdk".into(), libraries: BTreeMap::new() };
        for file in STUBS {
            allowed.add_stub(&text(&root.join("macos/sdk").join(file))?);
        }
        Ok(allowed)
    }

    /// A stub is YAML of one shape: the install name in quotes, then lists of symbols.
    fn add_stub(&mut self, stub: &str) {
        let value = stub.lines().find_map(|line| line.strip_prefix("install-name:"));
        let library = value.unwrap_or_default().trim().trim_matches('\'');
        for list in stub.split("symbols: [").skip(1) {
            let names = list
                .split(']')
                .next()
                .unwrap_or_default()
                .split(',')
                .map(|name| name.trim().trim_matches('\''));
            self.libraries.extend(names.map(|name| (name.to_owned(), library.to_owned())));
        }
    }

    pub(super) fn parse(list: &str, text: &str) -> Result<Self, Error> {
        let mut allowed = Self { list: list.to_owned(), libraries: BTreeMap::new() };
        let mut library = None;
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
            if line.starts_with('/') {
                library = Some(line.to_owned());
                continue;
            }
            for symbol in line.split_whitespace() {
                let library = library.clone().ok_or(format!("{list}: {symbol} stands under no library"))?;
                if allowed.libraries.insert(symbol.to_owned(), library).is_some() {
                    return Err(format!("{list}: {symbol} stands there twice"));
                }
            }
        }
        Ok(allowed)
    }

    /// The library that has a name.
    pub(super) fn library(&self, symbol: &str) -> Option<&str> {
        self.libraries.get(symbol).map(String::as_str)
    }

    /// All names with their libraries.
    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.libraries.iter().map(|(symbol, library)| (symbol.as_str(), library.as_str()))
    }
}

fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|cause| format!("{}: {cause}", path.display()))
}
