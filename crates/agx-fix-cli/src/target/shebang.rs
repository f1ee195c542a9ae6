//! Parses the first lines of a script for the program that it starts: `#!INTERPRETER ARGUMENTS`, directly, through `env`, or
//! through a shell that only starts another program.

use super::System;
use lexopt::Arg::{Long, Short, Value};
use std::ffi::{OsStr, OsString};
use std::iter;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// How much of a file is read. Both systems read less for the first line; the second line of a shell script fits too.
pub(crate) const LOOKED_AT: u64 = 1024;

/// Interpreter and arguments that a file begins with; `None` for a file that is no script.
pub(crate) fn parse(start: &[u8], system: System) -> Option<Vec<OsString>> {
    let line = start.strip_prefix(b"#!")?;
    // XNU ends the line at a `#` too, and parts all arguments; Linux gives the rest of the line as one.
    let is_end = |byte: &u8| *byte == b'\n' || (system == System::Macos && *byte == b'#');
    let line = line.split(is_end).next().unwrap_or_default().trim_ascii();
    let all: Vec<&[u8]> = match system {
        System::Macos => line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect(),
        System::Linux => {
            let mut parts = line.splitn(2, u8::is_ascii_whitespace);
            parts.by_ref().map(<[u8]>::trim_ascii).filter(|word| !word.is_empty()).collect()
        }
    };
    Some(all.into_iter().map(|word| OsStr::from_bytes(word).to_owned()).collect())
}

/// What `env` does before it starts a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Env {
    /// Whether the environment begins empty.
    pub(crate) clears: bool,
    /// Variables that are set, or taken away.
    pub(crate) changes: Vec<(OsString, Option<OsString>)>,
    /// The command and its arguments.
    pub(crate) command: Vec<OsString>,
}

impl Env {
    /// Reads the arguments of `env`. `None` for options that are not known here, or no command.
    pub(crate) fn parse(arguments: &[OsString]) -> Option<Self> {
        let mut env = Self::default();
        let mut left = lexopt::Parser::from_args(arguments.to_vec());
        while let Some(argument) = left.next().ok()? {
            match argument {
                Short('i') | Long("ignore-environment") => env.clears = true,
                Short('u') | Long("unset") => env.changes.push((left.value().ok()?, None)),
                Short('S') | Long("split-string") => {
                    let mut words = split(left.value().ok()?.as_bytes())?;
                    words.extend(left.raw_args().ok()?);
                    left = lexopt::Parser::from_args(words);
                }
                Value(word) if word == "-" => env.clears = true,
                Value(word) => return env.finish(iter::once(word).chain(left.raw_args().ok()?).collect()),
                Short(_) | Long(_) => return None,
            }
        }
        None
    }

    /// Assignments, then the command.
    fn finish(mut self, mut words: Vec<OsString>) -> Option<Self> {
        let count = words.iter().take_while(|word| word.as_bytes().contains(&b'=')).count();
        self.command = words.split_off(count);
        self.changes.extend(words.iter().filter_map(|word| {
            let mut parts = word.as_bytes().splitn(2, |byte| *byte == b'=').map(OsStr::from_bytes);
            Some((parts.next()?.to_owned(), parts.next().map(OsStr::to_owned)))
        }));
        (!self.command.is_empty()).then_some(self)
    }
}

/// The words of `env -S`. Variables in them are not followed.
fn split(text: &[u8]) -> Option<Vec<OsString>> {
    let words = shlex::bytes::split(text).filter(|_| !text.contains(&b'$'))?;
    Some(words.into_iter().map(OsString::from_vec).collect())
}

/// What a script for `sh` starts at once. Installers write such scripts where an interpreter's path is too long or has spaces: `'''exec' "/path/python" "$0" "$@"`. The answer stops before `"$0"`. `folder` is the script's own, which
/// `$(dirname ...)` in them means.
pub(crate) fn exec_line(start: &[u8], folder: &OsStr) -> Option<Vec<OsString>> {
    const FOLDER: &str = "\"$(dirname -- \"$(realpath -- \"$0\")\")\"";
    let line = std::str::from_utf8(start.split(|byte| *byte == b'\n').nth(1)?).ok()?;
    let rest = line.strip_prefix("'''exec' ")?;
    let rest = rest.replace(FOLDER, shlex::try_quote(folder.to_str()?).ok()?.as_ref());
    let mut words = shlex::split(rest.split(" #").next()?)?;
    let end = words.len().checked_sub(2)?;
    if words[end..] != ["$0", "$@"] || end == 0 || words[..end].iter().any(|word| word.contains(['$', '`'])) {
        return None;
    }
    words.truncate(end);
    Some(words.into_iter().map(Into::into).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::words;
    use super::*;
    use proptest::prelude::*;

    fn env(arguments: &[&str]) -> Option<Env> {
        Env::parse(&words(arguments))
    }

    #[test]
    fn macos_parts_arguments_and_linux_does_not() {
        let line = b"#! /usr/bin/env  -S python3 -u # why\nrest";
        assert_eq!(parse(line, System::Macos).unwrap(), words(&["/usr/bin/env", "-S", "python3", "-u"]));
        assert_eq!(parse(line, System::Linux).unwrap(), words(&["/usr/bin/env", "-S python3 -u # why"]));
        assert_eq!(parse(b"#!\n", System::Macos), Some(Vec::new()));
        assert_eq!(parse(b"\x7fELF", System::Linux), None);
    }

    #[test]
    fn env_has_options_assignments_and_a_command() {
        let all = env(&["-i", "-u", "A", "-uB", "C=1", "D=", "python3", "-u", "E=2"]).unwrap();
        assert!(all.clears);
        let names: Vec<_> =
            all.changes.iter().map(|(name, value)| (name.to_str(), value.is_some())).collect();
        let expected = [(Some("A"), false), (Some("B"), false), (Some("C"), true), (Some("D"), true)];
        assert_eq!((names.as_slice(), all.command), (&expected[..], words(&["python3", "-u", "E=2"])));
    }

    #[test]
    fn a_string_is_split_wherever_it_stands() {
        for arguments in
            [&["-S", "python3 -u", "x"][..], &["-Spython3 -u", "x"], &["--split-string=python3 -u", "x"]]
        {
            assert_eq!(env(arguments).unwrap().command, words(&["python3", "-u", "x"]));
        }
        assert_eq!(env(&["-S", "A=1 'a b'"]).unwrap().command, words(&["a b"]));
    }

    #[test]
    fn what_is_not_understood_is_left_to_env() {
        for arguments in [&["-C", "/", "python3"][..], &["A=1"], &[], &["-S", "${HOME}/x"], &["-u"]] {
            assert_eq!(env(arguments), None, "{arguments:?}");
        }
    }

    #[test]
    fn a_shell_that_only_starts_something_is_seen_through() {
        let said = |line: &str| {
            exec_line(format!("#!/bin/sh\n{line}\n' '''\n").as_bytes(), OsStr::new("/my venv/bin"))
        };
        assert_eq!(said("'''exec' \"/a b/python3\" \"$0\" \"$@\""), Some(words(&["/a b/python3"])));
        assert_eq!(said("'''exec' /a/python -E \"$0\" \"$@\" #'''"), Some(words(&["/a/python", "-E"])));
        let relocatable = "'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python3' \"$0\" \"$@\"";
        assert_eq!(said(relocatable), Some(words(&["/my venv/bin/python3"])));
        for other in [
            "exec python3 \"$0\" \"$@\"",
            "'''exec' \"$HOME/python\" \"$0\" \"$@\"",
            "'''exec' \"$0\" \"$@\"",
            "",
        ] {
            assert_eq!(said(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(start in prop::collection::vec(any::<u8>(), 0..80), text in "[-SuiA=$ '\"a]{0,20}") {
            let mut script = b"#!/bin/sh\n'''exec' ".to_vec();
            script.extend(&start);
            exec_line(&script, OsStr::new("/a"));
            for system in [System::Macos, System::Linux] {
                parse(&[b"#!", &start[..]].concat(), system);
            }
            Env::parse(&[text.clone().into(), text.into()]);
        }
    }
}
