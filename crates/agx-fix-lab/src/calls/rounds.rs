//! The measurements, round by round.

use super::args::{Args, Part, Settings};
use super::callgrind;
use super::child::{Done, Job, run_in_child};
use super::countable::{self, Countable};
use super::report::{Memory, Row, Rows, Subject};
use super::start_up;
use crate::harness::hooks::Caller;
use crate::harness::turns::Turns;
use crate::harness::{Case, Length, Window, lives, locks, lookup, memory};
use agx_fix_engine::child::set_job;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::Error;
use agx_fix_engine::run::{Stop, Workbench};
use agx_fix_engine::session::progress;
use agx_fix_terms::Preset;
use agx_fix_workload::Failure;
use indicatif::ProgressBar;

type Result<T> = std::result::Result<T, Stop>;

/// Starts of each kind in a round: a process's life is short, and varies more than a call.
const STARTS: usize = 4;

/// The driver alone, called by an application that takes a lock of its own around each call.
pub(super) const OWN_LOCK: &str = "app-side-lock";

/// What is measured, with what.
pub(super) struct Rounds<'a> {
    pub(super) args: &'a Args,
    pub(super) settings: &'a Settings,
    pub(super) workbench: &'a Workbench,
}

/// What came out.
pub(super) struct Measured {
    pub(super) rows: Vec<Row>,
    pub(super) memory: Vec<Memory>,
    pub(super) missing: Vec<String>,
}

/// Without the library, and with each preset that is usually compared.
pub(super) fn contenders() -> impl Iterator<Item = Contender> {
    Contender::usual()
}

impl Rounds<'_> {
    pub(super) fn run(&self) -> Result<Measured> {
        let (mut rows, mut missing) = (Rows::default(), Vec::new());
        let progress = progress(u64::from(self.settings.rounds));
        for _ in 0..self.settings.rounds {
            self.round(&mut rows, &progress)?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        self.instructions(&mut rows, &mut missing)?;
        let memory = self.memory(&mut missing)?;
        Ok(Measured { rows: rows.finish(), memory, missing })
    }

    /// Each contender once.
    fn round(&self, rows: &mut Rows, progress: &ProgressBar) -> Result<()> {
        let say = |what: &'static str| progress.set_message(what);
        if self.args.wants(Part::Locks) {
            say("locks");
            self.locks(rows)?;
        }
        if self.args.wants(Part::Hooks) || self.args.wants(Part::Lives) {
            say("hooks");
            for contender in contenders() {
                self.hooks(rows, contender)?;
            }
            self.own_lock(rows)?;
        }
        if self.args.wants(Part::Turns) {
            say("turns");
            for contender in contenders() {
                self.turns(rows, contender)?;
            }
        }
        if self.args.wants(Part::Lives) {
            say("lives");
            self.lives(rows)?;
        }
        if self.args.wants(Part::Lookup) {
            say("look-ups");
            self.lookups(rows)?;
        }
        if self.args.wants(Part::Start) && start_up::is_possible() {
            say("starts");
            self.starts(rows)?;
        }
        Ok(())
    }

    fn time(&self) -> Length {
        Length::Time(self.settings.window())
    }

    fn cases(&self) -> Vec<Case> {
        Case::all(&self.settings.threads)
    }

    /// One, and the others.
    fn threads(&self) -> Vec<usize> {
        std::iter::once(1).chain(self.settings.threads.iter().copied()).collect()
    }

    fn locks(&self, rows: &mut Rows) -> Result<()> {
        for case in self.cases() {
            for contender in locks::ALL {
                let measured = contender.run(case, self.time()).map_err(failed)?;
                if contender.excludes && measured.counted != measured.window.calls() {
                    return Err(wrong(&format!("{} let two threads in", contender.name)));
                }
                rows.row(Subject::Lock(case), contender.name).add(&measured.window);
            }
            self.workbench.look_out()?;
        }
        Ok(())
    }

    /// In a process of its own.
    fn hooks(&self, rows: &mut Rows, contender: Contender) -> Result<()> {
        let cases = if self.args.wants(Part::Hooks) { self.cases() } else { Vec::new() };
        let lives = if self.args.wants(Part::Lives) { self.threads() } else { Vec::new() };
        let (caller, length) = (Caller::Plain, self.time());
        let job = Job::Hooks { cases: cases.clone(), caller, lives: lives.clone(), length };
        let (done, _) = self.child(contender, &job)?;
        let subjects =
            cases.iter().map(|&case| Subject::Hook(case)).chain(lives.into_iter().map(Subject::HookLife));
        for (subject, window) in subjects.zip(&done.windows) {
            rows.row(subject, contender.name()).add(window);
        }
        passed_the_lock(&done, cases.len(), contender)
    }

    /// In a process of its own.
    fn own_lock(&self, rows: &mut Rows) -> Result<()> {
        let cases = if self.args.wants(Part::Hooks) { self.cases() } else { Vec::new() };
        let (caller, length) = (Caller::OwnLock, self.time());
        let job = Job::Hooks { cases: cases.clone(), caller, lives: Vec::new(), length };
        let (done, _) = self.child(Contender::Unguarded, &job)?;
        for (case, window) in cases.into_iter().zip(&done.windows) {
            rows.row(Subject::Hook(case), OWN_LOCK).add(window);
        }
        Ok(())
    }

    /// In a process of its own.
    fn turns(&self, rows: &mut Rows, contender: Contender) -> Result<()> {
        let job = Job::Turns { turns: Turns::ALL.to_vec(), length: self.time() };
        let (done, _) = self.child(contender, &job)?;
        for (turns, window) in Turns::ALL.into_iter().zip(&done.windows) {
            rows.row(Subject::Turns(turns), contender.name()).add(window);
        }
        Ok(())
    }

    fn lives(&self, rows: &mut Rows) -> Result<()> {
        for threads in self.threads() {
            for contender in lives::ALL {
                let window = contender.run(threads, self.time()).map_err(failed)?;
                rows.row(Subject::Life(threads), contender.name).add(&window);
            }
            self.workbench.look_out()?;
        }
        Ok(())
    }

    fn lookups(&self, rows: &mut Rows) -> Result<()> {
        for live in lookup::SIZES {
            for contender in lookup::ALL {
                let window = contender.run(live, self.time()).map_err(failed)?;
                rows.row(Subject::Lookup(live), contender.name).add(&window);
            }
            self.workbench.look_out()?;
        }
        Ok(())
    }

    fn starts(&self, rows: &mut Rows) -> Result<()> {
        for _ in 0..STARTS {
            for (contender, injected) in [("alone", false), ("preloaded", true)] {
                let time = start_up::measure(self.workbench.tool(), injected).map_err(Stop::Error)?;
                rows.row(Subject::Start, contender).nanoseconds.push(time);
            }
        }
        self.workbench.look_out()
    }

    /// Of one thread: others make the same calls.
    fn instructions(&self, rows: &mut Rows, missing: &mut Vec<String>) -> Result<()> {
        if !self.args.wants(Part::Instructions) {
            return Ok(());
        }
        if !callgrind::is_available() {
            missing.push("instructions were not counted: there is no valgrind (Debian: valgrind)".to_owned());
            return Ok(());
        }
        let all = countable::all(|part| self.args.wants(part));
        let progress = progress(all.len() as u64);
        progress.set_message("instructions");
        for Countable { subject, name, contender, job } in all {
            let count = callgrind::per_call(self.workbench, contender, &job)?;
            rows.row(subject, &name).instructions = Some(count);
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(())
    }

    fn memory(&self, missing: &mut Vec<String>) -> Result<Vec<Memory>> {
        if !self.args.wants(Part::Memory) {
            return Ok(Vec::new());
        }
        let encoders = self.settings.encoders;
        let mut all =
            vec![Memory { contender: "table".to_owned(), readings: memory::in_the_table(encoders) }];
        for contender in [Contender::Unguarded, Contender::Guarded(Preset::default())] {
            let (done, _) = self.child(contender, &Job::Memory { encoders })?;
            all.push(Memory { contender: contender.name().to_owned(), readings: done.readings });
        }
        if all.iter().any(|memory| memory.readings.is_empty()) {
            missing.push("memory was not read: this system does not tell by /proc/self/statm".to_owned());
        }
        Ok(all)
    }

    fn child(&self, contender: Contender, job: &Job) -> Result<(Done, String)> {
        let mut command = self.workbench.command(contender);
        set_job(&mut command, job);
        run_in_child(&mut command, contender, self.workbench)
    }
}

impl Row {
    fn add(&mut self, window: &Window) {
        self.nanoseconds.push(window.nanoseconds());
        if window.shares.len() > 1 {
            self.slowest_shares.push(window.slowest_share());
        }
    }
}

/// A strategy that locks took its lock for each call: else something else was measured.
fn passed_the_lock(done: &Done, cases: usize, contender: Contender) -> Result<()> {
    let calls: u64 = done.windows.iter().take(cases).map(Window::calls).sum();
    let locks = !contender.is_baseline();
    if locks && done.acquisitions < calls {
        let taken = done.acquisitions;
        return Err(wrong(&format!("{contender} took {taken} locks for {calls} calls")));
    }
    Ok(())
}

fn failed(failure: Failure) -> Stop {
    Stop::Error(Error::new(failure.to_string()))
}

fn wrong(what: &str) -> Stop {
    Stop::Error(Error::new(format!("{what}, so the measurement is wrong and there is no result")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Share;

    #[test]
    fn a_strategy_that_did_not_lock_is_noticed() {
        let window = Window { shares: vec![Share { calls: 10, nanoseconds: 1 }] };
        let done = |acquisitions| Done { windows: vec![window.clone()], acquisitions, ..Done::default() };
        let guarded = Contender::Guarded(Preset::PerEncoder);
        assert!(passed_the_lock(&done(10), 1, guarded).is_ok());
        assert!(passed_the_lock(&done(9), 1, guarded).is_err());
        assert!(passed_the_lock(&done(0), 1, Contender::Guarded(Preset::None)).is_ok());
        assert!(passed_the_lock(&done(0), 0, guarded).is_ok(), "nothing was called");
    }
}
