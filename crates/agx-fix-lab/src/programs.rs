//! `agx-fix-lab programs`: random programs on shared encoders give the outputs that they give on encoders of their own, with
//! `isolate`; with a lock for each call alone they do not, or the run shows nothing.

use agx_fix_engine::child;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::output;
use agx_fix_engine::provenance::{self, heading};
use agx_fix_engine::run::{Run, Workbench};
use agx_fix_engine::session::{in_turn, stopped};
use agx_fix_engine::verdict::{self, exit_code};
use agx_fix_interface::options::Strategy;
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{Failure, ProgramsConfig, ProgramsOutcome};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// Program number n has 1 to this many threads.
const THREADS: u64 = 8;
/// And up to this many steps for each.
const STEPS: u64 = 120;
const LIMIT: Duration = Duration::from_secs(30);
const TAKES_ALL: &str = "a string takes everything";

/// Runs random programs on shared encoders, and compares them with the same on encoders of their own
///
/// Exit code 0 only if no program differs with `isolate`, and some do with a strategy that locks each call alone.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many programs
    #[arg(value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    number: u32,
    /// Seed of the first program; each further one adds 1
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// Only this strategy, which is to guard; may be repeated
    #[arg(long, value_name = "STRATEGY", value_parser = Contender::parser())]
    strategy: Vec<Contender>,
}

/// One program, in a process of its own.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Job(ProgramsConfig);

impl child::Job for Job {
    const COMMAND: &'static str = "run-programs";
    type Outcome = ProgramsOutcome;

    fn perform(&self) -> std::result::Result<ProgramsOutcome, Failure> {
        agx_fix_workload::programs(&self.0)
    }

    fn statistics(outcome: &ProgramsOutcome) -> Option<&Statistics> {
        outcome.statistics.as_ref()
    }
}

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
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut rows: Vec<Row> = contenders(args)?.into_iter().map(Row::new).collect();
    let workbench = Workbench::set_up()?;
    in_turn(
        &mut rows,
        args.number,
        |row| row.contender.to_string(),
        |row, number| {
            let seed = args.seed.wrapping_add(number.into());
            row.add(seed, workbench.run(&Job(config(seed)), row.contender, LIMIT)?);
            Ok(())
        },
    )
    .map_err(stopped)?;
    let passed = passed(&rows);
    output::print(&render(&rows, passed))?;
    Ok(exit_code(passed))
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
    Err(Error::new(
        "programs takes strategies that guard, as nothing else is meant to survive them; give --strategy one of those",
    ))
}

/// The program of a seed.
fn config(seed: u64) -> ProgramsConfig {
    let threads = 1 + (seed % THREADS) as usize;
    let steps = 20 + (seed.wrapping_mul(37) % (STEPS - 20)) as usize;
    ProgramsConfig { threads, steps, seed }
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
    let mut text = heading("agx-fix-lab programs", &provenance::here(), &[]);
    text.push('\n');
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
            writeln!(text, "  to repeat: agx-fix-lab programs 1 --seed {seed} --strategy {}", row.contender)
                .expect(TAKES_ALL);
        }
    }
    write!(text, "\n{}", verdict::line(passed)).expect(TAKES_ALL);
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
