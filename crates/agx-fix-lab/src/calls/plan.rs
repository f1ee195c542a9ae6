//! The options of `agx-fix-lab calls`, and what is measured by them: the subjects of each part, and the contenders of each subject.

use super::child::APP_SIDE_LOCK;
use crate::harness::{lives, locks, lookup};
use agx_fix_engine::call_cost::{Case, Subject, Turns};
use agx_fix_engine::contender::Contender;
use clap::ValueEnum;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Measures what one guarded call costs, beside other locks
///
/// Contenders are measured one after the other, a few milliseconds each, round by round, so that whatever else happens on
/// the machine happens to all of them. Where valgrind is installed, instructions are counted as well.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each contender is measured
    #[arg(long, value_name = "N", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) rounds: u32,
    /// How long a measurement takes (2 x N times that where N threads wait for each other)
    #[arg(long, value_name = "MS", default_value = "5", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) window: u64,
    /// Numbers of threads, beside one
    #[arg(
        long,
        value_name = "N,N",
        value_delimiter = ',',
        default_value = "2,4",
        // A queue has 64 command buffers, and there is an encoder more than threads.
        value_parser = clap::value_parser!(u32).range(2..=59)
    )]
    pub(super) threads: Vec<u32>,
    /// Encoders that pass through one process while its memory is watched
    #[arg(
        long,
        value_name = "N",
        default_value = "10000000",
        value_parser = clap::value_parser!(u64).range(1..=10_000_000_000)
    )]
    pub(super) encoders: u64,
    /// Only this part; may be repeated
    #[arg(long, value_name = "PART")]
    pub(super) only: Vec<Part>,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write the tables between the marks in FILE
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// Locks alone, around a stand-in for the driver's method
    Locks,
    /// Objective-C calls through the hooks
    Hooks,
    /// Bindings and dispatches on one encoder, by one thread and by two that take turns
    Turns,
    /// Creation and end of encoders
    Lives,
    /// Look-ups among up to 100,000 live encoders
    Lookup,
    /// What the library adds to the start of a process
    Start,
    /// Memory while encoders come and go
    Memory,
    /// Instructions, by valgrind
    Instructions,
}

/// How much is measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Settings {
    /// How often each contender was measured.
    pub(super) rounds: u32,
    /// How long each measurement took.
    pub(super) window_ms: u64,
    /// Numbers of threads, beside one.
    pub(super) threads: Vec<usize>,
    /// Encoders that passed while the memory was watched.
    pub(super) encoders: u64,
}

/// What is measured, and how much.
pub(super) struct Plan {
    pub(super) settings: Settings,
    /// Empty for all.
    pub(super) parts: Vec<Part>,
}

/// A contender in a subject.
pub(super) struct Entrant {
    /// The name in tables and JSON.
    pub(super) name: &'static str,
    /// What is in its process.
    pub(super) process: Contender,
}

impl Plan {
    pub(super) fn of(args: &Args) -> Self {
        let mut threads: Vec<usize> = args.threads.iter().map(|&threads| threads as usize).collect();
        threads.sort_unstable();
        threads.dedup();
        let (rounds, window_ms, encoders) = (args.rounds, args.window, args.encoders);
        Self { settings: Settings { rounds, window_ms, threads, encoders }, parts: args.only.clone() }
    }

    pub(super) fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    /// Of all wanted parts.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        let threads = &self.settings.threads;
        let cases = || Case::all(threads).into_iter();
        let numbers = || std::iter::once(1).chain(threads.iter().copied());
        let start = if can_start() { vec![Subject::Start] } else { Vec::new() };
        let parts: [(Part, Vec<Subject>); 6] = [
            (Part::Hooks, cases().map(Subject::Hook).collect()),
            (Part::Turns, Turns::ALL.map(Subject::Turns).to_vec()),
            (Part::Locks, cases().map(Subject::Lock).collect()),
            (Part::Lives, numbers().map(Subject::HookLife).chain(numbers().map(Subject::Life)).collect()),
            (Part::Lookup, lookup::SIZES.map(Subject::Lookup).to_vec()),
            (Part::Start, start),
        ];
        parts.into_iter().filter(|(part, _)| self.wants(*part)).flat_map(|(_, subjects)| subjects).collect()
    }
}

/// The driver alone, each preset, and the application's own lock.
pub(super) fn hooked() -> Vec<Entrant> {
    let all = Contender::usual().map(|process| Entrant { name: process.name(), process });
    all.chain([Entrant { name: APP_SIDE_LOCK, process: Contender::Unguarded }]).collect()
}

impl Entrant {
    /// Whether it takes part there, through the hooks.
    pub(super) fn takes_part(&self, subject: Subject) -> bool {
        match subject {
            Subject::Hook(_) => true,
            Subject::HookLife(_) | Subject::Turns(_) => self.name != APP_SIDE_LOCK,
            Subject::Lock(_) | Subject::Life(_) | Subject::Lookup(_) | Subject::Start => false,
        }
    }
}

/// The contenders of a subject, in the order of tables.
pub(super) fn entrants(subject: Subject) -> Vec<Entrant> {
    let alone = |name| Entrant { name, process: Contender::Unguarded };
    match subject {
        Subject::Lock(_) => locks::ALL.iter().map(|it| alone(it.name)).collect(),
        Subject::Life(_) => lives::ALL.iter().map(|it| alone(it.name)).collect(),
        Subject::Lookup(_) => lookup::ALL.iter().map(|it| alone(it.name)).collect(),
        Subject::Start => STARTS_OF.map(alone).into(),
        Subject::Hook(_) | Subject::HookLife(_) | Subject::Turns(_) => {
            hooked().into_iter().filter(|entrant| entrant.takes_part(subject)).collect()
        }
    }
}

/// Instructions are counted of one thread: others make the same calls.
pub(super) fn is_counted(subject: Subject) -> bool {
    match subject {
        Subject::Hook(case) | Subject::Lock(case) => case.threads == 1,
        Subject::HookLife(threads) | Subject::Life(threads) => threads == 1,
        Subject::Lookup(_) => true,
        Subject::Turns(_) | Subject::Start => false,
    }
}

/// A start of a process is measured without the library and with it.
pub(super) const STARTS_OF: [&str; 2] = ["alone", "preloaded"];
/// The least that a process can do.
pub(super) const PROGRAM: &str = "/bin/true";

/// Whether there is such a program.
fn can_start() -> bool {
    Path::new(PROGRAM).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_has_contenders_and_each_once() {
        let settings = Settings { rounds: 1, window_ms: 1, threads: vec![2, 4], encoders: 1 };
        for subject in (Plan { settings, parts: Vec::new() }).subjects() {
            let mut names: Vec<&str> = entrants(subject).iter().map(|entrant| entrant.name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert!(count >= 2 && names.len() == count, "{subject:?}: {names:?}");
        }
        assert_eq!(entrants(Subject::Hook(Case::ONE)).len(), Contender::usual().count() + 1);
    }
}
