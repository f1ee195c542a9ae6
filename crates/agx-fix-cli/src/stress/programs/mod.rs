//! `agx-fix stress --programs`: random programs on shared encoders give the outputs that they give on encoders of their
//! own, with `isolate`; with a lock for each call alone they do not, or the run shows nothing.

pub(crate) mod child;

use super::args::Args;
use crate::contender::Contender;
use crate::error::{Error, Result};
use crate::machine::{self, COMMIT, VERSION};
use crate::output;
use crate::run_one::{Run, Stop, Workbench, finish, judge};
use crate::session::{set_up, stopped};
use crate::supervise::Interrupt;
use agx_fix_interface::options::Strategy;
use agx_fix_workload::{ProgramsConfig, ProgramsOutcome};
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// Program number n has 1 to this many threads.
const THREADS: u64 = 8;
/// And up to this many steps for each.
const STEPS: u64 = 120;
const LIMIT: Duration = Duration::from_secs(30);
const TAKES_ALL: &str = "a string takes everything";

/// What all programs of one contender came to.
struct Row {
    contender: Contender,
    programs: u32,
    differ: u32,
    crashes: u32,
    counted: ProgramsOutcome,
    first_bad_seed: Option<u64>,
}

/// Runs the programs and returns 0 only if those with `isolate` are as on encoders of their own, and others are not.
pub(super) fn run(args: &Args, programs: u32) -> Result<ExitCode> {
    let contenders = contenders(args)?;
    let (workbench, interrupt) = set_up()?;
    let mut rows: Vec<Row> = contenders.into_iter().map(Row::new).collect();
    for number in 0..programs {
        let seed = args.seed.wrapping_add(number.into());
        for row in &mut rows {
            let run = run_in_child(&workbench, &config(seed), row.contender, &interrupt).map_err(stopped)?;
            row.add(seed, run);
        }
    }
    let passed = passed(&rows);
    output::print(&render(&rows, passed))?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn contenders(args: &Args) -> Result<Vec<Contender>> {
    if args.strategy.is_empty() {
        return Ok([Strategy::Global, Strategy::PerEncoder, Strategy::PerCommandBuffer, Strategy::Isolate]
            .map(Contender::Guarded)
            .to_vec());
    }
    if args.strategy.iter().all(|one| one.excludes()) {
        return Ok(args.strategy.clone());
    }
    Err(Error::new("--programs takes strategies that guard, as nothing else is meant to survive them"))
}

/// The program of a seed.
fn config(seed: u64) -> ProgramsConfig {
    let threads = 1 + (seed % THREADS) as usize;
    let steps = 20 + (seed.wrapping_mul(37) % (STEPS - 20)) as usize;
    ProgramsConfig { threads, steps, seed }
}

fn run_in_child(
    workbench: &Workbench,
    config: &ProgramsConfig,
    contender: Contender,
    interrupt: &Interrupt,
) -> std::result::Result<Run<ProgramsOutcome>, Stop> {
    let mut command = workbench.command(contender);
    child::arguments(&mut command, config);
    judge(&finish(&mut command, LIMIT, interrupt)?, contender)
}

impl Row {
    fn new(contender: Contender) -> Self {
        let counted = ProgramsOutcome::default();
        Self { contender, programs: 0, differ: 0, crashes: 0, counted, first_bad_seed: None }
    }

    fn add(&mut self, seed: u64, run: Run<ProgramsOutcome>) {
        self.programs += 1;
        let bad = match run {
            Run::Finished(outcome) => {
                self.counted.dispatches += outcome.dispatches;
                self.counted.lost += outcome.lost;
                self.counted.wrong += outcome.wrong;
                self.counted.ends += outcome.ends;
                let differs = outcome.lost + outcome.wrong > 0;
                self.differ += u32::from(differs);
                differs
            }
            Run::Hung | Run::Crashed(_) => {
                self.crashes += 1;
                true
            }
        };
        if bad {
            self.first_bad_seed.get_or_insert(seed);
        }
    }
}

fn passed(rows: &[Row]) -> bool {
    let isolated = |row: &&Row| row.contender.isolates();
    let clean = |row: &Row| row.differ == 0 && row.crashes == 0;
    let alive = rows.iter().all(|row| row.crashes == 0);
    let shown = rows.iter().any(|row| !row.contender.isolates() && row.differ > 0);
    alive && shown && rows.iter().filter(isolated).all(clean) && rows.iter().any(|row| isolated(&row))
}

fn render(rows: &[Row], passed: bool) -> String {
    let driver = machine::driver();
    let mut text = format!(
        "agx-fix stress --programs on {driver}\nmachine: {}\nbuild:   agx-fix {VERSION}, commit {COMMIT}\n\n",
        machine::this()
    );
    for row in rows {
        let ProgramsOutcome { dispatches, lost, wrong, ends, .. } = &row.counted;
        writeln!(
            text,
            "{:<18}  {} of {} programs differ from encoders of their own, {} crashed or hung; {lost} lost and {wrong} \
             wrong of {dispatches} dispatches, {ends} ends",
            row.contender, row.differ, row.programs, row.crashes
        )
        .expect(TAKES_ALL);
        if let Some(seed) = row.first_bad_seed {
            writeln!(
                text,
                "  to repeat: agx-fix stress --programs 1 --seed {seed} --strategy {}",
                row.contender
            )
            .expect(TAKES_ALL);
        }
    }
    writeln!(text, "\nverdict: {}", if passed { "PASSED" } else { "FAILED" }).expect(TAKES_ALL);
    if !passed {
        text.push_str(
            "  a pass takes isolate without a difference, and another strategy with one, in the same run\n",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(strategy: Strategy, differ: u32, crashes: u32) -> Row {
        Row { programs: 9, differ, crashes, ..Row::new(Contender::Guarded(strategy)) }
    }

    #[test]
    fn a_pass_takes_a_clean_isolate_and_a_control_that_differs() {
        let verdict = |control, isolate, crashes| {
            passed(&[row(Strategy::PerEncoder, control, crashes), row(Strategy::Isolate, isolate, 0)])
        };
        assert!(verdict(5, 0, 0));
        assert!(!verdict(0, 0, 0) && !verdict(5, 1, 0) && !verdict(5, 0, 1));
        assert!(!passed(&[row(Strategy::PerEncoder, 5, 0)]));
    }

    #[test]
    fn programs_have_one_to_eight_threads() {
        let threads = |seed| config(seed).threads;
        assert_eq!((0..8).map(threads).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
