//! Resolves the words of a command to the program that is executed in the end.
//!
//! A script's interpreter is executed in place of the script, and a command in place of `env`. On macOS that is necessary:
//! `/usr/bin/env` and `/bin/sh` belong to the system, and dyld removes its variables from what they start.

use super::shebang::{Env, LOOKED_AT, exec_line, parse};
use super::{Refusal, Surroundings, System, python};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Steps from script to interpreter; no system follows so many.
const MOST_STEPS: usize = 8;

/// The systems' own `env`; another program of that name may do anything.
const ENV: [&str; 2] = ["/usr/bin/env", "/bin/env"];

/// The program that a command executes, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// What is executed.
    pub(crate) program: PathBuf,
    /// Its arguments, from the name that it is started by.
    pub(crate) words: Vec<OsString>,
    /// The scripts, and the `env`, on the way there.
    pub(crate) by_way_of: Vec<PathBuf>,
    /// The programs that the process will be: what is executed, and what that becomes without a fork.
    pub(crate) programs: Vec<PathBuf>,
    clears: bool,
    changes: Vec<(OsString, Option<OsString>)>,
}

/// Finds the program that `words` execute.
pub(crate) fn resolve(words: &[OsString], around: &Surroundings) -> Result<Target, Refusal> {
    let name = words.first().map_or(OsStr::new(""), OsString::as_os_str);
    let mut target = Target {
        program: find(name, around, around.search.as_deref())?,
        words: words.to_vec(),
        by_way_of: Vec::new(),
        programs: Vec::new(),
        clears: false,
        changes: Vec::new(),
    };
    for _ in 0..MOST_STEPS {
        if !target.step(around)? {
            target.programs = python::programs(&target.program, around);
            return Ok(target);
        }
    }
    let remedy = "give the program that is meant to run in the end";
    Err(Refusal::new(&words[0], "is a script of a script of a script, too deep to be followed", remedy))
}

impl Target {
    /// What to do about a version manager's shim on the way: a shell script that looks for the program to start.
    pub(crate) fn past_the_shim(&self) -> Option<String> {
        let shim = self.by_way_of.iter().find(|it| it.iter().any(|part| part == "shims"))?;
        let command = shim.file_name().unwrap_or_default().display();
        Some(format!("give what the shim {} starts (`pyenv which {command}`)", shim.display()))
    }

    /// The command to be executed.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg0(&self.words[0]).args(&self.words[1..]);
        if self.clears {
            command.env_clear();
        }
        for (name, value) in &self.changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Goes on from a script to its interpreter, or from `env` to its command; false at the end.
    fn step(&mut self, around: &Surroundings) -> Result<bool, Refusal> {
        let start = around.files.head(&self.program, LOOKED_AT).map_err(|cause| {
            let cause = format!("cannot be read ({cause})");
            Refusal::new(&self.program, cause, "make it readable for this user")
        })?;
        let Some(line) = parse(&start, around.system) else { return self.pass_env(around) };
        let script = self.program.clone();
        let Some(interpreter) = line.first().map(PathBuf::from).filter(|it| around.files.is_file(it)) else {
            let remedy = match line.first() {
                Some(name) => format!("make {} anew, or change its first line", name.display()),
                None => "write an interpreter there".to_owned(),
            };
            return Err(Refusal::new(script, "names no interpreter after `#!` that can be found", remedy));
        };
        let line = self.seen_through(&line, &start, &script, around).unwrap_or(line);
        let interpreter =
            if Path::new(&line[0]) == interpreter { interpreter } else { PathBuf::from(&line[0]) };
        let arguments = self.words.split_off(1);
        self.words = line;
        self.words.push(script.clone().into_os_string());
        self.words.extend(arguments);
        self.program = interpreter;
        self.by_way_of.push(script);
        Ok(true)
    }

    /// The words that a shell script starts at once, if it does nothing else.
    fn seen_through(
        &self,
        line: &[OsString],
        start: &[u8],
        script: &Path,
        around: &Surroundings,
    ) -> Option<Vec<OsString>> {
        if Path::new(&line[0]).file_name() != Some(OsStr::new("sh")) {
            return None;
        }
        let real = around.files.real(script).ok()?;
        let words = exec_line(start, real.parent()?.as_os_str())?;
        around.files.is_executable(Path::new(&words[0])).then_some(words)
    }

    /// Replaces `env` by the command that it would start. An `env` with unknown options stays.
    fn pass_env(&mut self, around: &Surroundings) -> Result<bool, Refusal> {
        let is_env = ENV.iter().any(|it| self.program == Path::new(it));
        let Some(env) = Env::parse(&self.words[1..]).filter(|_| is_env) else { return Ok(false) };
        self.clears |= env.clears;
        self.changes.extend(env.changes);
        let program = find(&env.command[0], around, self.search(around))?;
        self.by_way_of.push(std::mem::replace(&mut self.program, program));
        self.words = env.command;
        Ok(true)
    }

    /// The `PATH` that holds for what `env` starts.
    fn search<'a>(&'a self, around: &'a Surroundings) -> Option<&'a OsStr> {
        let changed = self.changes.iter().rev().find(|(name, _)| name == "PATH");
        match changed {
            Some((_, value)) => value.as_deref(),
            None if self.clears => None,
            None => around.search.as_deref(),
        }
    }
}

/// Where `execvp` looks without a `PATH`.
const USUAL: &str = "/usr/bin:/bin";

/// The file that `command` names: itself where it is a path, else the first of that name in `search`.
fn find(command: &OsStr, around: &Surroundings, search: Option<&OsStr>) -> Result<PathBuf, Refusal> {
    let is_path = command.as_bytes().contains(&b'/');
    let candidates: Vec<PathBuf> = if is_path {
        vec![PathBuf::from(command)]
    } else {
        let folders = search.unwrap_or(OsStr::new(USUAL));
        // An empty entry is the current folder.
        let folders = std::env::split_paths(folders);
        folders
            .map(|it| if it.as_os_str().is_empty() { ".".into() } else { it })
            .map(|it: PathBuf| it.join(command))
            .collect()
    };
    let files: Vec<&PathBuf> = candidates.iter().filter(|path| around.files.is_file(path)).collect();
    if let Some(path) = files.iter().find(|path| around.files.is_executable(path)) {
        return Ok((*path).clone());
    }
    Err(match files.first() {
        Some(path) => Refusal::new(*path, "is not executable", format!("`chmod +x {}`", path.display())),
        None if is_path => not_there(&candidates[0], around),
        None => Refusal::new(command, "is no command in PATH", "give its path, or correct PATH"),
    })
}

/// Why a path cannot be executed.
fn not_there(path: &Path, around: &Surroundings) -> Refusal {
    if around.files.is_folder(path) {
        let is_bundle = around.system == System::Macos && path.extension().is_some_and(|it| it == "app");
        let remedy = match path.file_stem().filter(|_| is_bundle) {
            Some(name) => {
                format!("give the program in it: {}/Contents/MacOS/{}", path.display(), name.display())
            }
            None => "give a program in it".to_owned(),
        };
        return Refusal::new(path, "is a folder", remedy);
    }
    if let Some(goal) = around.files.link(path) {
        let cause = format!("is a link to {}, which is not there", goal.display());
        let environment = python::Environment::around(path, &around.files);
        let remedy = environment.map_or("correct the link".to_owned(), |it| {
            format!("make the virtual environment {} anew, its Python is gone", it.folder.display())
        });
        return Refusal::new(path, cause, remedy);
    }
    Refusal::new(path, "is not a file that can be started", "check its path")
}
