//! `agx-fix-lab programs`: random programs on shared encoders give the outputs that they give on encoders of their own, with
//! `isolate`; with a lock for each call alone they do not, or the run shows nothing.

use crate::trial::Trial;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::grid::Grid;
use agx_fix_engine::output::Files;
use agx_fix_engine::run::{Run, Workbench};
use agx_fix_engine::session::{in_turn, stopped};
use agx_fix_engine::verdict::{Condition, Reason, Standing, Verdict};
use agx_fix_terms::Preset;
use agx_fix_workload::{ProgramsConfig, ProgramsOutcome};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Program number n has 1 to this many threads.
const THREADS: u64 = 8;
/// And up to this many steps for each.
const STEPS: u64 = 120;
const LIMIT: Duration = Duration::from_secs(30);

/// Runs random programs on shared encoders, and compares them with the same on encoders of their own
///
/// Exit code 0 only if no program differs with `isolate`, and some do with a preset that locks each call alone.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many programs
    #[arg(value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    number: u32,
    /// Seed of the first program; each further one adds 1
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// Only this preset, which is to guard; may be repeated
    #[arg(long = "preset", alias = "strategy", value_name = "PRESET", value_parser = Contender::parser())]
    strategy: Vec<Contender>,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How much was run.
#[derive(Serialize)]
struct Settings {
    /// Programs.
    programs: u32,
    /// Seed of the first one.
    seed: u64,
}

/// What all programs of one contender came to.
#[derive(Default, Serialize)]
struct Row {
    strategy: Contender,
    programs: u32,
    /// Programs whose outputs are not those on encoders of their own.
    differ: u32,
    /// Programs that crashed or hung.
    crashes: u32,
    dispatches: u64,
    /// Dispatches without an output, and with another one.
    lost: u64,
    wrong: u64,
    /// Encoders that were ended.
    ends: u64,
    first_bad_seed: Option<u64>,
}

/// Runs the programs and returns 0 only if those with `isolate` are as on encoders of their own, and others are not.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut rows: Vec<Row> =
        contenders(args)?.into_iter().map(|strategy| Row { strategy, ..Row::default() }).collect();
    let files = Files::check(args.json.as_deref(), None)?;
    let workbench = Workbench::set_up()?;
    let started = Instant::now();
    let name = |row: &Row| row.strategy.to_string();
    in_turn(&mut rows, args.number, name, |row, number| {
        let seed = args.seed.wrapping_add(number.into());
        row.add(seed, workbench.run(&config(seed), row.strategy, LIMIT)?);
        Ok(())
    })
    .map_err(stopped)?;
    let settings = Settings { programs: args.number, seed: args.seed };
    let (text, verdict) = (table(&rows), verdict(&rows));
    let trial = Trial::new("programs", settings, started.elapsed().as_secs_f64(), rows, verdict);
    let runs = format!("{} programs with each strategy, seed {}", args.number, args.seed);
    files.write(&trial, String::new, &trial.text(&runs, &text))?;
    Ok(trial.verdict.exit_code())
}

fn contenders(args: &Args) -> Result<Vec<Contender>> {
    if args.strategy.is_empty() {
        return Ok([Preset::Global, Preset::PerEncoder, Preset::PerCommandBuffer, Preset::Isolate]
            .map(Contender::Guarded)
            .to_vec());
    }
    if args.strategy.iter().all(|one| one.excludes()) {
        return Ok(args.strategy.clone());
    }
    Err(Error::new(
        "programs takes strategies that guard, as nothing else is meant to survive them; give --preset one of those",
    ))
}

/// The program of a seed.
fn config(seed: u64) -> ProgramsConfig {
    let threads = 1 + (seed % THREADS) as usize;
    let steps = 20 + (seed.wrapping_mul(37) % (STEPS - 20)) as usize;
    ProgramsConfig { threads, steps, seed }
}

impl Row {
    fn add(&mut self, seed: u64, run: Run<ProgramsOutcome>) {
        self.programs += 1;
        let bad = match run {
            Run::Finished(outcome) => {
                self.dispatches += outcome.dispatches;
                self.lost += outcome.lost;
                self.wrong += outcome.wrong;
                self.ends += outcome.ends;
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

/// A pass takes `isolate` without a difference, and another preset with one.
fn verdict(rows: &[Row]) -> Verdict {
    let reason = |row: &Row, condition, standing, text| Reason {
        scenario: "programs".to_owned(),
        strategy: row.strategy,
        condition,
        standing,
        text,
    };
    let differ = |row: &Row| {
        let differ = row.differ > 0;
        let (condition, standing) = match row.strategy.isolates() {
            true => (Condition::Clean, Standing::of(!differ)),
            false if differ => (Condition::TornControl, Standing::Held),
            false => (Condition::TornControl, Standing::NotJudged),
        };
        reason(row, condition, standing, format!("{} of {} programs differ", row.differ, row.programs))
    };
    let alive = |row: &Row| {
        let text = format!("{} of {} programs crashed or hung", row.crashes, row.programs);
        reason(row, Condition::Alive, Standing::of(row.crashes == 0), text)
    };
    let reasons = rows.iter().flat_map(|row| [alive(row), differ(row)]).collect();
    Verdict::of(reasons, &[Condition::Clean, Condition::TornControl])
}

fn table(rows: &[Row]) -> String {
    let columns = ["programs", "differ", "crash or hang", "dispatches", "lost", "wrong", "ends"];
    let mut grid = Grid::new(std::iter::once("").chain(columns));
    for Row { strategy, programs, differ, crashes, dispatches, lost, wrong, ends, .. } in rows {
        let few = [programs, differ, crashes].map(u32::to_string);
        let many = [dispatches, lost, wrong, ends].map(u64::to_string);
        grid.add_row(std::iter::once(strategy.to_string()).chain(few).chain(many));
    }
    let repeat = |row: &Row| {
        let seed = row.first_bad_seed?;
        Some(format!("  agx-fix-lab programs 1 --seed {seed} --preset {}\n", row.strategy))
    };
    let repeats: String = rows.iter().filter_map(repeat).collect();
    format!("{grid}\n\nto repeat a program that differs\n{repeats}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::document::field_names;
    use std::fs;
    use std::path::Path;

    fn row(strategy: Preset, differ: u32, crashes: u32) -> Row {
        Row { programs: 9, differ, crashes, strategy: Contender::Guarded(strategy), ..Row::default() }
    }

    #[test]
    fn a_pass_takes_a_clean_isolate_and_a_control_that_differs() {
        let passed = |control, isolate, crashes| {
            verdict(&[row(Preset::PerEncoder, control, crashes), row(Preset::Isolate, isolate, 0)]).passed
        };
        assert!(passed(5, 0, 0));
        assert!(!passed(0, 0, 0) && !passed(5, 1, 0) && !passed(5, 0, 1));
        assert!(!verdict(&[row(Preset::PerEncoder, 5, 0)]).passed);
    }

    #[test]
    fn programs_have_one_to_eight_threads() {
        let threads = |seed| config(seed).threads;
        assert_eq!((0..8).map(threads).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn the_docs_have_every_field_of_the_file() {
        let rows = vec![row(Preset::PerEncoder, 5, 0), row(Preset::Isolate, 0, 0)];
        let verdict = verdict(&rows);
        let trial = Trial::new("programs", Settings { programs: 9, seed: 1 }, 1.0, rows, verdict);
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
        let page = fs::read_to_string(page).unwrap();
        for name in field_names(&trial) {
            assert!(page.contains(&format!("`{name}`")), "docs/json.md says nothing of {name}");
        }
    }
}
