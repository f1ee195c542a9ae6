//! Running one check on the copy.

use super::tree::Tree;
use crate::{Error, gobjc, runtime};
use std::fmt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A mutant may hang where the original does not; a check that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(60);

/// What must fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    /// A test: its package, the file in `tests/` (empty for unit tests), its name.
    Test(&'static str, &'static str, &'static str),
    /// The guarded row of `agx-fix-lab classes --class PROGRAM`.
    Row(&'static str),
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    TimedOut,
    NotBuilt,
}

impl Check {
    pub(super) fn run(self, tree: &Tree) -> Result<Verdict, Error> {
        if !self.build(tree)? {
            return Ok(Verdict::NotBuilt);
        }
        let mut command = match self {
            Self::Test(package, file, name) => {
                let mut command = tree.cargo(&["test", "--quiet", "--package", package]);
                command.args(target_of(file)).args(["--", "--exact", name]);
                command
            }
            Self::Row(program) => {
                let mut command = tree.cargo(&["run", "--quiet", "--package", "agx-fix-lab", "--"]);
                command.args(["classes", "--class", program]);
                command.args(["--strategy", "per-encoder", "--iterations", "3"]);
                command
            }
        };
        provide(&mut command, tree)?;
        wait(command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    /// With the compiler's own words where it fails: a mutation that does not compile shows nothing.
    fn build(self, tree: &Tree) -> Result<bool, Error> {
        let mut command = match self {
            Self::Test(package, file, _) => {
                let mut command = tree.cargo(&["test", "--quiet", "--no-run", "--package", package]);
                command.args(target_of(file));
                command
            }
            Self::Row(_) => tree.cargo(&["build", "--quiet", "--package", "agx-fix-lab"]),
        };
        let status = command.status().map_err(|cause| format!("cargo cannot be started: {cause}"))?;
        Ok(status.success())
    }
}

fn target_of(file: &'static str) -> Vec<&'static str> {
    if file.is_empty() { vec!["--lib"] } else { vec!["--test", file] }
}

fn provide(command: &mut Command, tree: &Tree) -> Result<(), Error> {
    runtime::provide(command, tree.target())?;
    gobjc::provide(command, tree.target())
}

fn wait(command: &mut Command) -> Result<Verdict, Error> {
    let mut child = command.spawn().map_err(|cause| format!("cargo cannot be started: {cause}"))?;
    let limit = Instant::now() + LIMIT;
    loop {
        let ended = child.try_wait().map_err(|cause| format!("a check cannot be waited for: {cause}"))?;
        match ended {
            Some(status) if status.success() => return Ok(Verdict::Passed),
            Some(_) => return Ok(Verdict::Failed),
            None if Instant::now() > limit => {
                end_group(&mut child);
                return Ok(Verdict::TimedOut);
            }
            None => sleep(Duration::from_millis(20)),
        }
    }
}

/// Cargo, the test and what it has started.
fn end_group(child: &mut Child) {
    let group = format!("-{}", child.id());
    // Best effort: a check that is over ends by itself.
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    let _ = child.wait();
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test(package, _, name) => write!(f, "test {package} {name}"),
            Self::Row(program) => write!(f, "classes --class {program}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passes",
            Self::Failed => "fails",
            Self::TimedOut => "takes too long",
            Self::NotBuilt => "does not compile",
        })
    }
}
