//! What came of which mutant, over all runs on one state of the code.
//!
//! cargo-mutants writes lists of one run, and forgets what did not fit into one: with `--iterate` it leaves out what was noticed
//! before, but tries again what survived or hung, so that a run that is cut short again and again never ends, and its own
//! counts are those of the last piece. So the lists are gathered here after each piece, and the next piece is told of all of
//! them.

use crate::Error;
use crate::dist::hexadecimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What decides on the outcomes of any crate.
const CONFIGURATION: [&str; 2] = [".cargo/mutants.toml", "Cargo.lock"];
/// What cargo-mutants leaves out with `--iterate`, beside its lists of what was noticed and what did not compile.
const PREVIOUSLY_CAUGHT: &str = "previously_caught.txt";

/// What came of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A test failed.
    Caught,
    /// No test failed.
    Missed,
    /// The tests did not come to an end.
    Timeout,
    /// It does not compile.
    Unviable,
}

const ALL: [Outcome; 4] = [Outcome::Caught, Outcome::Missed, Outcome::Timeout, Outcome::Unviable];

impl Outcome {
    /// What cargo-mutants calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Missed => "missed",
            Self::Timeout => "timeout",
            Self::Unviable => "unviable",
        }
    }
}

/// The outcomes in a folder, where cargo-mutants writes as well.
#[derive(Debug)]
pub(super) struct Outcomes {
    place: PathBuf,
    /// Of each mutant, with the number of the last round that it was in.
    by_mutant: BTreeMap<String, (usize, Outcome)>,
    round: usize,
}

impl Outcomes {
    /// Goes on with what is in `place`, if that was of the same sources; what a run left that was killed is taken in.
    pub(super) fn open(place: &Path, sources: &str) -> Result<Self, Error> {
        let of_these = fs::read_to_string(place.join("sources")).is_ok_and(|there| there == sources);
        if !of_these {
            remove(place)?;
        }
        write(&place.join("mutants.out").join(PREVIOUSLY_CAUGHT), "")?;
        write(&place.join("sources"), sources)?;
        let mut outcomes = Self { place: place.to_owned(), by_mutant: BTreeMap::new(), round: 0 };
        for line in read(&place.join("outcomes"))?.lines() {
            let mut words = line.splitn(3, ' ');
            let known = words.next().and_then(|round| {
                let (round, name) = (round.parse().ok()?, words.next()?);
                let outcome = ALL.into_iter().find(|outcome| outcome.name() == name)?;
                Some((words.next()?.to_owned(), (round, outcome)))
            });
            outcomes.by_mutant.extend(known);
        }
        outcomes.gather()?;
        Ok(outcomes)
    }

    /// The next run is of that round: what survived an earlier one is tried again.
    pub(super) fn begin(&mut self, round: usize) -> Result<(), Error> {
        self.round = round;
        self.write()
    }

    /// Takes in the lists of the last run.
    pub(super) fn gather(&mut self) -> Result<(), Error> {
        for outcome in ALL {
            let list = self.place.join("mutants.out").join(outcome.name()).with_extension("txt");
            for mutant in read(&list)?.lines() {
                let known = self.by_mutant.entry(mutant.to_owned()).or_insert((self.round, outcome));
                // Lists that a killed run left may be of a later round than this one.
                *known = (known.0.max(self.round), outcome);
            }
        }
        self.write()
    }

    /// Keeps all that is known, and has the next run leave out what has run.
    fn write(&self) -> Result<(), Error> {
        let (mut known, mut leave_out) = (String::new(), String::new());
        for (mutant, (round, outcome)) in &self.by_mutant {
            writeln!(known, "{round} {} {mutant}", outcome.name()).expect("a string takes everything");
            if self.has_run(mutant) {
                writeln!(leave_out, "{mutant}").expect("a string takes everything");
            }
        }
        write(&self.place.join("outcomes"), &known)?;
        write(&self.place.join("mutants.out").join(PREVIOUSLY_CAUGHT), &leave_out)
    }

    /// What came of a mutant; `None` if it was not run.
    pub(super) fn of(&self, mutant: &str) -> Option<Outcome> {
        self.by_mutant.get(mutant).map(|&(_, outcome)| outcome)
    }

    /// Whether a mutant needs no run in this round.
    pub(super) fn has_run(&self, mutant: &str) -> bool {
        let known = self.by_mutant.get(mutant);
        known.is_some_and(|&(round, outcome)| outcome != Outcome::Missed || round >= self.round)
    }
}

/// A name for the state of all that decides on the outcomes: these folders, but for their documents.
pub(super) fn digest(root: &Path, sources: &[&str]) -> Result<String, Error> {
    let mut digest = Sha256::new();
    for source in sources.iter().chain(&CONFIGURATION) {
        add(&mut digest, &root.join(source))?;
    }
    Ok(hexadecimal(&digest.finalize()))
}

fn add(digest: &mut Sha256, path: &Path) -> Result<(), Error> {
    let say = |cause| format!("{}: {cause}", path.display());
    if path.is_dir() {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(say)?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.sort();
        return paths.iter().try_for_each(|path| add(digest, path));
    }
    if path.extension().is_some_and(|extension| extension == "md") {
        return Ok(()); // a survivor that is explained there has survived all the same
    }
    let bytes = fs::read(path).map_err(say)?;
    digest.update(path.file_name().unwrap_or_default().as_encoded_bytes());
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
    Ok(())
}

fn read(file: &Path) -> Result<String, Error> {
    match fs::read_to_string(file) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(String::new()),
        other => other.map_err(|cause| format!("{}: {cause}", file.display())),
    }
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    let folder = file.parent().expect("it is in a folder");
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(file, text));
    written.map_err(|cause| format!("{}: {cause}", file.display()))
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(format!("{}: {cause}", folder.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a run of cargo-mutants leaves: it begins with lists of its own.
    fn run(place: &Path, lists: &[(&str, &str)]) {
        let out = place.join("mutants.out");
        fs::remove_dir_all(&out).unwrap();
        fs::create_dir(&out).unwrap();
        for (name, mutants) in lists {
            fs::write(out.join(name).with_extension("txt"), mutants).unwrap();
        }
    }

    fn left_out(place: &Path) -> String {
        fs::read_to_string(place.join("mutants.out").join(PREVIOUSLY_CAUGHT)).unwrap()
    }

    #[test]
    fn what_pieces_of_a_run_found_adds_up() {
        let place = tempfile::tempdir().unwrap();
        let mut outcomes = Outcomes::open(place.path(), "one").unwrap();
        assert_eq!((outcomes.of("a"), left_out(place.path()).as_str()), (None, ""));
        run(place.path(), &[("caught", "a\nb\n"), ("missed", "c\n"), ("timeout", "d\n")]);
        outcomes.gather().unwrap();
        assert_eq!(left_out(place.path()), "a\nb\nc\nd\n", "what hung or survived is not tried again either");
        // The next one is killed, with whoever would have gathered.
        run(place.path(), &[("caught", "e\n"), ("unviable", "f\n")]);
        let outcomes = Outcomes::open(place.path(), "one").unwrap();
        assert_eq!(left_out(place.path()), "a\nb\nc\nd\ne\nf\n");
        let found = ["a", "b", "c", "d", "e", "f", "g"].map(|mutant| outcomes.of(mutant));
        let caught = Some(Outcome::Caught);
        let (missed, timeout) = (Some(Outcome::Missed), Some(Outcome::Timeout));
        assert_eq!(found, [caught, caught, missed, timeout, caught, Some(Outcome::Unviable), None]);
    }

    #[test]
    fn what_survives_a_round_is_tried_in_the_next() {
        let place = tempfile::tempdir().unwrap();
        let mut outcomes = Outcomes::open(place.path(), "one").unwrap();
        run(place.path(), &[("caught", "a\n"), ("missed", "b\nc\n")]);
        outcomes.gather().unwrap();
        assert_eq!(left_out(place.path()), "a\nb\nc\n");
        outcomes.begin(1).unwrap();
        assert_eq!(left_out(place.path()), "a\n");
        run(place.path(), &[("caught", "b\n"), ("missed", "c\n")]);
        outcomes.gather().unwrap();
        let mut outcomes = Outcomes::open(place.path(), "one").unwrap();
        outcomes.begin(1).unwrap();
        assert_eq!(left_out(place.path()), "a\nb\nc\n");
        assert_eq!((outcomes.of("b"), outcomes.of("c")), (Some(Outcome::Caught), Some(Outcome::Missed)));
    }

    #[test]
    fn outcomes_on_other_sources_do_not_count() {
        let place = tempfile::tempdir().unwrap();
        Outcomes::open(place.path(), "one").unwrap();
        run(place.path(), &[("caught", "a\n")]);
        let outcomes = Outcomes::open(place.path(), "two").unwrap();
        assert_eq!((outcomes.of("a"), left_out(place.path()).as_str()), (None, ""));
    }

    #[test]
    fn each_change_of_a_source_is_one() {
        let root = tempfile::tempdir().unwrap();
        let file = |source: &str| root.path().join(source).join("tests.rs");
        let all = ["a", "b", CONFIGURATION[0], CONFIGURATION[1]];
        for source in all {
            write(&file(source), "text").unwrap();
        }
        let mut seen = vec![digest(root.path(), &all[..2]).unwrap()];
        for source in all {
            fs::write(file(source), "changed").unwrap();
            seen.push(digest(root.path(), &all[..2]).unwrap());
        }
        fs::rename(file(all[0]), file(all[0]).with_extension("txt")).unwrap();
        seen.push(digest(root.path(), &all[..2]).unwrap());
        assert_eq!(*seen.last().unwrap(), digest(root.path(), &all[..2]).unwrap());
        let different: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!(different.len(), seen.len());
        fs::remove_dir_all(root.path().join(all[3])).unwrap();
        assert!(digest(root.path(), &all[..2]).unwrap_err().contains("Cargo.lock"));
    }
}
