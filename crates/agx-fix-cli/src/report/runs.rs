//! The runs that are shown side by side.

use super::chart::{MOST_SERIES, Mark, Row};
use super::page::Part;
use crate::results::{self, ResultFile};
use crate::stress::StressReport;
use agx_fix_engine::bench::file::Bench;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::grid::Section;
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
    /// Where its figures come from.
    pub(super) provenance: Provenance,
    pub(super) result: T,
}

/// All runs, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    pub(super) stress: Vec<Run<StressReport>>,
    pub(super) bench: Vec<Run<Bench>>,
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
                    "{count} results of {kind} were given, of which {MOST_SERIES} can be told apart in a chart, so \
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
            ResultFile::Stress(it) => push(&mut self.stress, number, file, it.provenance.clone(), *it),
            ResultFile::Bench(it) => push(&mut self.bench, number, file, it.provenance.clone(), *it),
        }
    }

    /// Something of each run, in the order of the command line.
    pub(super) fn each<'a, R>(
        &'a self,
        stress: impl Fn(&'a Run<StressReport>) -> R,
        bench: impl Fn(&'a Run<Bench>) -> R,
    ) -> Vec<R> {
        let stress = self.stress.iter().map(|run| (run.number, stress(run)));
        let mut all: Vec<(usize, R)> =
            stress.chain(self.bench.iter().map(|run| (run.number, bench(run)))).collect();
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, one)| one).collect()
    }

    /// The number of each run, and where its figures come from.
    pub(super) fn origins(&self) -> Vec<(usize, &Provenance)> {
        self.each(|run| (run.number, &run.provenance), |run| (run.number, &run.provenance))
    }
}

fn push<T>(runs: &mut Vec<Run<T>>, number: usize, file: String, provenance: Provenance, result: T) {
    runs.push(Run { number, series: runs.len(), alone: true, file, provenance, result });
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

    /// A table as the terminal has it.
    pub(super) fn table(&self, section: Section) -> Part {
        Part::Table(Section { title: format!("{}{}", section.title, self.of()), ..section })
    }
}

/// What the title of a figure of these runs carries, so that nobody takes it for one of an Apple GPU.
pub(super) fn label<T>(runs: &[&Run<T>]) -> String {
    let simulated: Vec<String> =
        runs.iter().filter(|run| run.provenance.driver == Driver::Simulated).map(|run| run.name()).collect();
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

/// A row of a chart for each name, with a mark for each run that has one. A name without a mark has a row all the same.
pub(super) fn rows<T>(
    names: &[&str],
    runs: &[&Run<T>],
    mark: impl Fn(&str, &Run<T>) -> Option<Mark>,
) -> Vec<Row> {
    let marks = |name: &str| runs.iter().filter_map(|run| mark(name, run)).collect();
    let row = |name: &&str| Row { label: (*name).to_owned(), strong: false, marks: marks(name) };
    names.iter().map(row).collect()
}
