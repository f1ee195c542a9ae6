//! The runs that are shown side by side.

use super::chart::MOST_SERIES;
use crate::results::{self, ResultFile};
use crate::stress::StressReport;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::bench::Bench;
use agx_fix_engine::provenance::{Driver, Provenance};
use std::path::{Path, PathBuf};

/// What one file holds, and what it is called.
#[derive(Clone, Debug)]
pub(super) struct Run<T> {
    /// Its place on the command line, from 1 on.
    pub(super) number: usize,
    /// Its place among the runs of its kind, from 0 on: how it looks in charts.
    pub(super) series: usize,
    /// There is no other run of its kind, so that nobody needs to be told which it is.
    pub(super) alone: bool,
    /// The file's name, without its folders.
    file: String,
    pub(super) result: T,
}

/// All runs, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    pub(super) stress: Vec<Run<StressReport>>,
    pub(super) bench: Vec<Run<Bench>>,
}

/// Where a run's figures come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) number: usize,
    pub(super) provenance: &'a Provenance,
}

impl Runs {
    /// Reads all files.
    ///
    /// # Errors
    /// One line: what is wrong with which file, or that there are too many.
    pub(super) fn read(files: &[PathBuf]) -> Result<Self> {
        let mut runs = Self::default();
        for file in files {
            runs.add(file, results::read(file)?);
        }
        for (kind, count) in [("stress", runs.stress.len()), ("bench", runs.bench.len())] {
            if count > MOST_SERIES {
                return Err(Error::new(format!(
                    "{count} results of agx-fix {kind} were given, of which {MOST_SERIES} can be told apart in a chart, so \
                     nothing was written; leave some out"
                )));
            }
        }
        Ok(runs)
    }

    pub(super) fn add(&mut self, file: &Path, result: ResultFile) {
        let number = self.stress.len() + self.bench.len() + 1;
        let file = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        match result {
            ResultFile::Stress(it) => push(&mut self.stress, number, file, *it),
            ResultFile::Bench(it) => push(&mut self.bench, number, file, *it),
        }
    }

    /// Of all runs, in the order of the command line.
    pub(super) fn origins(&self) -> Vec<Origin<'_>> {
        let stress = self.stress.iter().map(Run::origin);
        let mut origins: Vec<Origin<'_>> = stress.chain(self.bench.iter().map(Run::origin)).collect();
        origins.sort_by_key(|origin| origin.number);
        origins
    }
}

fn push<T>(runs: &mut Vec<Run<T>>, number: usize, file: String, result: T) {
    runs.push(Run { number, series: runs.len(), alone: true, file, result });
    let alone = runs.len() == 1;
    runs.iter_mut().for_each(|run| run.alone = alone);
}

impl<T> Run<T> {
    /// In texts and legends.
    pub(super) fn name(&self) -> String {
        format!("run {}", self.number)
    }

    /// With the file.
    pub(super) fn long_name(&self) -> String {
        format!("run {}, {}", self.number, self.file)
    }

    /// For titles: `: run 2, bench.json`; nothing where it is alone.
    pub(super) fn of(&self) -> String {
        if self.alone { String::new() } else { format!(": {}", self.long_name()) }
    }
}

/// What both kinds of results name.
pub(super) trait Measured {
    fn origin(&self) -> Origin<'_>;
    fn driver(&self) -> Driver {
        self.origin().provenance.driver
    }
}

impl Measured for Run<StressReport> {
    fn origin(&self) -> Origin<'_> {
        Origin { number: self.number, provenance: &self.result.provenance }
    }
}

impl Measured for Run<Bench> {
    fn origin(&self) -> Origin<'_> {
        Origin { number: self.number, provenance: &self.result.provenance }
    }
}

/// What the title of a figure of these runs carries, so that nobody takes it for one of an Apple GPU.
pub(super) fn label<T>(runs: &[&Run<T>]) -> String
where
    Run<T>: Measured,
{
    let simulated: Vec<String> =
        runs.iter().filter(|run| run.driver() == Driver::Simulated).map(|run| run.name()).collect();
    match simulated.len() {
        0 => String::new(),
        count if count == runs.len() => " (simulated)".to_owned(),
        _ => format!(" (simulated: {})", simulated.join(", ")),
    }
}

/// The names of series, where there are several.
pub(super) fn legend<T>(runs: &[&Run<T>]) -> Vec<(usize, String)> {
    runs.iter().filter(|run| !run.alone).map(|run| (run.series, run.long_name())).collect()
}

/// The runs of a kind that have something.
pub(super) fn having<T>(runs: &[Run<T>], has: impl Fn(&T) -> bool) -> Vec<&Run<T>> {
    runs.iter().filter(|run| has(&run.result)).collect()
}

/// Names in the order of first appearance.
pub(super) fn union<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut union = Vec::new();
    for name in names {
        if !union.contains(&name) {
            union.push(name);
        }
    }
    union
}
