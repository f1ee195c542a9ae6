//! The runs that are shown side by side: the files, read and numbered.

use super::chart::{MOST_SERIES, Mark, Row};
use crate::results::{self, ResultFile};
use crate::stress::{self, StressReport};
use agx_fix_engine::bench::file::Bench;
use agx_fix_engine::bench::render;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::provenance::{Driver, Provenance};
use std::path::{Path, PathBuf};

/// What one file holds, and what it is called.
#[derive(Clone, Debug)]
pub(super) struct Run<T> {
    pub(super) origin: Origin,
    /// Its place among the runs of its kind, from 0 on: how it looks in charts.
    pub(super) series: usize,
    /// There is no other run of its kind, so that nobody needs to be told which it is.
    pub(super) alone: bool,
    pub(super) result: T,
}

/// Where figures come from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// By its place on the command line: `run 1`.
    pub(super) name: String,
    /// The file's name, without its folders.
    file: String,
    /// The command that makes such files.
    pub(super) made_by: &'static str,
    pub(super) provenance: Provenance,
    /// What else is to be known.
    pub(super) lines: Vec<(&'static str, String)>,
}

impl Origin {
    /// With the file.
    pub(super) fn long_name(&self) -> String {
        format!("{}, {}", self.name, self.file)
    }
}

/// All runs, by kind; the origins in the order of the command line.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    pub(super) origins: Vec<Origin>,
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
        let (made_by, provenance, lines) = match &result {
            ResultFile::Stress(it) => {
                ("agx-fix stress", it.provenance.clone(), vec![("runs", stress::what_was_run(it))])
            }
            ResultFile::Bench(it) => ("agx-fix-lab bench", it.provenance.clone(), render::lines(it)),
        };
        let name = format!("run {}", self.origins.len() + 1);
        let file = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        let origin = Origin { name, file, made_by, provenance, lines };
        self.origins.push(origin.clone());
        match result {
            ResultFile::Stress(it) => push(&mut self.stress, origin, *it),
            ResultFile::Bench(it) => push(&mut self.bench, origin, *it),
        }
    }
}

fn push<T>(runs: &mut Vec<Run<T>>, origin: Origin, result: T) {
    runs.push(Run { origin, series: runs.len(), alone: true, result });
    let alone = runs.len() == 1;
    runs.iter_mut().for_each(|run| run.alone = alone);
}

impl<T> Run<T> {
    /// For titles: `: run 2, bench.json`; nothing where it is alone.
    pub(super) fn of(&self) -> String {
        if self.alone { String::new() } else { format!(": {}", self.origin.long_name()) }
    }
}

/// What the title of a figure of these runs carries, so that nobody takes it for one of an Apple GPU.
pub(super) fn label<T>(runs: &[&Run<T>]) -> String {
    let origins = runs.iter().map(|run| &run.origin);
    let simulated: Vec<&str> =
        origins.filter(|it| it.provenance.driver == Driver::Simulated).map(|it| it.name.as_str()).collect();
    match simulated.len() {
        0 => String::new(),
        count if count == runs.len() => " (simulated)".to_owned(),
        _ => format!(" (simulated: {})", simulated.join(", ")),
    }
}

/// A row of a chart for each name, with a mark for each run that has one. A name without a mark has a row all the same.
pub(super) fn rows<'n, T>(
    names: impl IntoIterator<Item = &'n str>,
    runs: &[&Run<T>],
    mark: impl Fn(&str, &Run<T>) -> Option<Mark>,
) -> Vec<Row> {
    let marks = |name: &str| runs.iter().filter_map(|run| mark(name, run)).collect();
    names.into_iter().map(|name| Row { label: name.to_owned(), marks: marks(name) }).collect()
}
