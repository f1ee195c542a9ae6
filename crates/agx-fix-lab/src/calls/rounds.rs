//! The measurements, round by round; and what the library adds to the start of a process that never touches Metal.

use super::child::{Done, Job, alone, run_in_child};
use super::plan::{Entrant, PROGRAM, Part, Plan, STARTS_OF, entrants, hooked, is_counted};
use super::{Measured, Memory, callgrind};
use crate::harness::{Length, Window, memory};
use agx_fix_engine::call_cost::{CallCost, Subject};
use agx_fix_engine::child::set_job;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::Error;
use agx_fix_engine::inject::{PRELOAD, Tool};
use agx_fix_engine::run::{Stop, Workbench};
use agx_fix_engine::session::progress;
use agx_fix_terms::Preset;
use indicatif::ProgressBar;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Stop>;

/// Starts of each kind in a round: a process's life is short, and varies more than a call.
const STARTS: usize = 4;
/// As many calls as make a start fall out and do not take long under valgrind.
const COUNTED_CALLS: u64 = 10 * 512;

/// Measures everything.
pub(super) fn run(plan: &Plan, workbench: &Workbench) -> Result<Measured> {
    let mut measured = Measured::default();
    let subjects = plan.subjects();
    let progress = progress(u64::from(plan.settings.rounds));
    let length = Length::Time(Duration::from_millis(plan.settings.window_ms));
    for _ in 0..plan.settings.rounds {
        through_hooks(&subjects, length, workbench, &mut measured, &progress)?;
        in_this_process(&subjects, length, workbench, &mut measured, &progress)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    if plan.wants(Part::Instructions) {
        instructions(&subjects, workbench, &mut measured)?;
    }
    if plan.wants(Part::Memory) {
        memory(plan.settings.encoders, workbench, &mut measured)?;
    }
    Ok(measured)
}

/// Each contender once, in a process of its own.
fn through_hooks(
    subjects: &[Subject],
    length: Length,
    workbench: &Workbench,
    measured: &mut Measured,
    progress: &ProgressBar,
) -> Result<()> {
    for entrant in hooked() {
        let subjects: Vec<Subject> =
            subjects.iter().copied().filter(|&subject| entrant.takes_part(subject)).collect();
        if subjects.is_empty() {
            continue;
        }
        let Entrant { name, process } = entrant;
        progress.set_message(name);
        let done = child(
            workbench,
            process,
            &Job::Cost { contender: name.to_owned(), subjects: subjects.clone(), length },
        )?;
        passed_the_lock(&subjects, &done, process)?;
        for (subject, window) in subjects.into_iter().zip(&done.windows) {
            add(measured.row_mut(subject, name), window);
        }
    }
    Ok(())
}

/// Locks and tables alone, and starts of other processes.
fn in_this_process(
    subjects: &[Subject],
    length: Length,
    workbench: &Workbench,
    measured: &mut Measured,
    progress: &ProgressBar,
) -> Result<()> {
    for &subject in subjects {
        for Entrant { name, .. } in entrants(subject) {
            if subject == Subject::Start {
                for _ in 0..STARTS {
                    let time = start(workbench.tool(), name).map_err(Stop::Error)?;
                    measured.row_mut(subject, name).nanoseconds.push(time);
                }
            } else if let Some(window) = alone(name, subject, length) {
                progress.set_message(name);
                let window = window.map_err(|failure| Stop::Error(Error::new(failure.to_string())))?;
                add(measured.row_mut(subject, name), &window);
            }
        }
        workbench.look_out()?;
    }
    Ok(())
}

fn instructions(subjects: &[Subject], workbench: &Workbench, measured: &mut Measured) -> Result<()> {
    if !callgrind::is_available() {
        let missing = "instructions were not counted: there is no valgrind (Debian: valgrind)";
        measured.missing.push(missing.to_owned());
        return Ok(());
    }
    let counted: Vec<Subject> = subjects.iter().copied().filter(|&subject| is_counted(subject)).collect();
    let progress = progress(counted.len() as u64);
    for subject in counted {
        for Entrant { name, process } in entrants(subject) {
            progress.set_message(format!("instructions of {name}"));
            // Each live encoder has its turn.
            let calls = if let Subject::Lookup(live) = subject {
                COUNTED_CALLS.max(live as u64)
            } else {
                COUNTED_CALLS
            };
            let (contender, subjects) = (name.to_owned(), vec![subject]);
            let job = Job::Cost { contender, subjects, length: Length::Calls(calls) };
            let count = callgrind::per_call(workbench, process, &job)?;
            measured.row_mut(subject, name).instructions = Some(count);
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(())
}

fn memory(encoders: u64, workbench: &Workbench, measured: &mut Measured) -> Result<()> {
    let table = Memory { contender: "table".to_owned(), readings: memory::in_the_table(encoders) };
    measured.memory.push(table);
    for contender in [Contender::Unguarded, Contender::Guarded(Preset::default())] {
        let Done { readings, .. } = child(workbench, contender, &Job::Memory { encoders })?;
        measured.memory.push(Memory { contender: contender.name().to_owned(), readings });
    }
    if measured.memory.iter().any(|memory| memory.readings.is_empty()) {
        let missing = "memory was not read: this system does not tell by /proc/self/status";
        measured.missing.push(missing.to_owned());
    }
    Ok(())
}

fn child(workbench: &Workbench, contender: Contender, job: &Job) -> Result<Done> {
    let mut command = workbench.command(contender);
    set_job(&mut command, job);
    run_in_child(&mut command, contender, workbench).map(|(done, _)| done)
}

fn add(row: &mut CallCost, window: &Window) {
    row.nanoseconds.push(window.nanoseconds());
    if window.shares.len() > 1 {
        row.slowest_shares.push(window.slowest_share());
    }
}

/// A preset that locks took its lock for each call: else something else was measured.
fn passed_the_lock(subjects: &[Subject], done: &Done, contender: Contender) -> Result<()> {
    let windows =
        subjects.iter().zip(&done.windows).filter(|(subject, _)| matches!(subject, Subject::Hook(_)));
    let (calls, taken) = (windows.map(|(_, window)| window.calls()).sum::<u64>(), done.acquisitions);
    if contender.is_baseline() || taken >= calls {
        return Ok(());
    }
    Err(Stop::Error(Error::new(format!(
        "{contender} took {taken} locks for {calls} calls, so the measurement is wrong and there is no result"
    ))))
}

/// Nanoseconds from start to end of the program, by one of [`STARTS_OF`].
pub(super) fn start(tool: &Tool, name: &str) -> std::result::Result<f64, Error> {
    let mut command = Command::new(PROGRAM);
    command.env_remove(PRELOAD).stdin(Stdio::null());
    if name == STARTS_OF[1] {
        tool.inject(&mut command);
    }
    let began = Instant::now();
    let status = command.status();
    let nanoseconds = began.elapsed().as_nanos() as f64;
    match status {
        Ok(status) if status.success() => Ok(nanoseconds),
        Ok(status) => Err(Error::new(format!("{PROGRAM} failed ({status}), so its start was not measured"))),
        Err(cause) => Err(Error::new(format!("{PROGRAM} cannot be started: {cause}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Share;
    use agx_fix_engine::call_cost::Case;

    #[test]
    fn a_preset_that_did_not_lock_is_noticed() {
        let window = Window { shares: vec![Share { calls: 10, nanoseconds: 1 }] };
        let is_right = |acquisitions, subject, contender| {
            let done = Done { windows: vec![window.clone()], acquisitions, ..Done::default() };
            passed_the_lock(&[subject], &done, contender).is_ok()
        };
        let guarded = Contender::Guarded(Preset::default());
        let call = Subject::Hook(Case::ONE);
        assert!(is_right(10, call, guarded));
        assert!(!is_right(9, call, guarded));
        assert!(is_right(0, call, Contender::Unguarded));
        assert!(is_right(0, Subject::HookLife(1), guarded), "nothing was called");
    }
}
