//! Instructions, counted by valgrind's callgrind: the same in every run, on a loaded machine too.
//!
//! A program that makes N calls is compared with one that makes 2 N, so that its start falls out.

use super::child::{Job, run_in_child};
use agx_fix_engine::child::set_job;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::Error;
use agx_fix_engine::run::{Stop, Workbench};
use std::process::{Command, Stdio};

/// Whether valgrind is there.
pub(super) fn is_available() -> bool {
    let mut version = Command::new("valgrind");
    version.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

/// Instructions of one call of a job.
pub(super) fn per_call(workbench: &Workbench, contender: Contender, job: &Job) -> Result<f64, Stop> {
    let count = |job: &Job| {
        let mut child = workbench.command(contender);
        set_job(&mut child, job);
        let (done, said) = run_in_child(&mut under_valgrind(&child), contender, workbench)?;
        let made: u64 = done.windows.iter().map(crate::harness::Window::calls).sum();
        let collected = collected(&said).ok_or_else(|| {
            Stop::Error(Error::new(
                "valgrind did not say how many instructions it counted; leave them out by --only",
            ))
        })?;
        Ok((made, collected))
    };
    let (few, first) = count(job)?;
    let (many, second) = count(&job.twice())?;
    Ok((second as f64 - first as f64) / (many as f64 - few as f64))
}

/// The same child, counted.
fn under_valgrind(child: &Command) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(child.get_program()).args(child.get_args());
    for (name, value) in child.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// The number in valgrind's line `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().rfind(|line| line.contains("Collected : "))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_what_valgrind_says() {
        let said =
            "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n==7== I   refs:      1,234,567\n";
        assert_eq!(collected(said), Some(1_234_567));
        assert_eq!(collected("nothing"), None);
    }

    #[test]
    fn the_child_keeps_its_environment_and_arguments() {
        let mut child = Command::new("program");
        child.arg("call").env("A", "1").env_remove("B");
        let command = under_valgrind(&child);
        assert_eq!(command.get_program(), "valgrind");
        let words: Vec<_> = command.get_args().skip(2).collect();
        assert_eq!(words, ["program", "call"]);
        assert_eq!(command.get_envs().count(), 2);
    }
}
