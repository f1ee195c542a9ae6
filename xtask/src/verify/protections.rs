//! Guard and hooks with one protection taken out: a test that passes with all of them must fail without it.
//!
//! All is built once, with `--cfg protections`, in a target folder of its own. The tests run once with every protection, and
//! then each without the one that it shows, which a variable names (`src/protection.rs` of agx-fix-guard). Protections that
//! loom and shuttle take out are not listed here, and those that are one small change are cargo-mutants' part.

use super::table::Row;
use crate::command::{add_flags, announce, cargo, succeed};
use crate::{Error, dist, gobjc, runtime};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the protection that is left out. (Not like an option of the library, which tests take out of the environment.)
const WITHOUT: &str = "GUARD_WITHOUT";
/// A test may hang where a protection is missing. In seconds; one that takes longer has failed.
const LIMIT: &str = "60";
/// What `timeout` answers then.
const TIMED_OUT: i32 = 124;

/// A test: its package, the file in `tests/` (empty for unit tests), its name.
type Test = (&'static str, &'static str, &'static str);

const fn class(name: &'static str) -> Test {
    ("agx-fix-lab", "classes", name)
}

const fn invariant(name: &'static str) -> Test {
    ("agx-fix-guard", "invariants", name)
}

const fn buffers(name: &'static str) -> Test {
    ("agx-fix-guard", "buffers", name)
}

const fn isolation(name: &'static str) -> Test {
    ("agx-fix-hooks", "isolation", name)
}

const RANDOM_PROGRAMS: Test = isolation("programs_of_many_threads_work_as_on_encoders_of_their_own");

/// Each protection, and a test that fails without it.
const SHOWN: &[(&str, Test)] = &[
    ("Lock", invariant("i1_two_threads_never_meet_inside_an_encoder")),
    ("FastPathClosed", invariant("i3_a_call_after_the_end_does_not_reach_the_driver_and_is_counted")),
    ("RetainedOnce", invariant("i4_what_is_retained_is_released_once_when_the_buffer_completes")),
    ("ReleasedOnce", invariant("i4_what_is_retained_is_released_once_when_the_buffer_completes")),
    (
        "OwnLockAfterFree",
        invariant("i6_opening_an_encoder_does_not_wait_for_the_buffer_that_its_slot_served_before"),
    ),
    ("OwnLockAfterFree", buffers("opening_an_encoder_does_not_wait_for_the_buffer_of_one_that_was_freed")),
    ("CountedOnce", buffers("a_call_that_waits_for_an_encoder_is_one_acquisition")),
    (
        "SleepAnnounced",
        ("agx-fix-guard", "", "lock::tests::whoever_gets_the_lock_after_a_sleep_speaks_for_the_others"),
    ),
    ("StaleIsLate", invariant("i10_with_a_lock_a_buffer_the_call_of_a_waiter_is_late_too")),
    ("CommittedRefused", buffers("a_buffer_is_committed_once_and_takes_nothing_afterwards")),
    ("CommitLooksAgain", buffers("of_two_commits_that_wait_in_vain_one_goes")),
    ("CommitWaits", buffers("another_threads_encoder_is_waited_for")),
    ("OpenUntilEnded", buffers("a_waiter_wakes_when_the_end_is_done_and_not_at_a_step_inside_it")),
    (
        "MadeOpenUntilEnded",
        buffers("an_encoder_ends_when_the_end_of_what_it_has_made_is_done_and_not_at_a_step_inside_it"),
    ),
    ("Retain", class("class_4_an_encoder_without_a_reference")),
    ("EndedCheck", class("class_4_a_late_call")),
    ("LateHandlerStopped", class("class_2_late_handlers")),
    ("LateHandlerCalled", class("class_2_late_handlers")),
    ("EndOfMetal4Buffer", class("class_2_a_buffer_of_metal_4_ends_once")),
    ("AllMadeEnded", class("class_3_sub_encoders_are_ended_before_their_maker")),
    ("MadeEndedFirst", class("class_3_sub_encoders_are_ended_before_their_maker")),
    ("EndBeforeLastRelease", class("class_5_a_buffer_is_abandoned")),
    ("BindingsApplied", isolation("a_torn_sequence_works_with_its_own_bindings")),
    ("QueueOfLateWork", isolation("late_work_goes_into_a_buffer_of_its_own_after_the_commit")),
    ("OwnerKeepsBindings", isolation("late_work_goes_into_a_short_encoder_while_the_buffer_records")),
    ("EmptyWhenGivenAgain", RANDOM_PROGRAMS),
    ("BorrowedBindingsNoted", RANDOM_PROGRAMS),
];

/// Runs all tests with every protection, and then without the one that each shows.
pub(super) fn run(target: &Path) -> Result<Vec<Row>, Error> {
    let place = Place::build(target)?;
    for test in SHOWN.iter().map(|(_, test)| test).collect::<BTreeSet<_>>() {
        if place.run(test, None)? != Some(0) {
            return Err(format!("{} fails with every protection, so it shows nothing", test.2));
        }
    }
    let mut rows = Vec::new();
    for (protection, test) in SHOWN {
        let how = match place.run(test, Some(protection))? {
            Some(0) => {
                return Err(format!(
                    "{} passes without {protection}: nothing shows that it is needed",
                    test.2
                ));
            }
            Some(TIMED_OUT) => "took too long",
            _ => "failed",
        };
        rows.push(Row(["protection", protection, how, &test.2.replace('_', " ")].map(str::to_owned)));
    }
    Ok(rows)
}

struct Place<'a> {
    target: &'a Path,
    folder: PathBuf,
}

impl<'a> Place<'a> {
    /// The injected library, which the tests of the tool carry.
    fn build(target: &'a Path) -> Result<Self, Error> {
        let place = Self { target, folder: target.join("verify/protections") };
        let mut library = cargo(&["build", "--release", "--package", "agx-fix"]);
        add_flags(&mut library, "--cfg protections");
        announce(&library);
        succeed(library.env("CARGO_TARGET_DIR", &place.folder))?;
        Ok(place)
    }

    /// Runs a test without a protection; what it ended with.
    fn run(&self, &(package, file, name): &Test, without: Option<&str>) -> Result<Option<i32>, Error> {
        let target = if file.is_empty() { vec!["--lib"] } else { vec!["--test", file] };
        let mut build = self.cargo(&["test", "--quiet", "--no-run", "--package", package])?;
        succeed(build.args(&target))?;
        let mut test = self.cargo(&["test", "--quiet", "--package", package])?;
        test.args(&target).args(["--", "--exact", name]);
        eprintln!("{name} without {} ...", without.unwrap_or("nothing"));
        let mut limited = Command::new("timeout");
        limited.args(["--kill-after=5", LIMIT]).arg(test.get_program()).args(test.get_args());
        for (variable, value) in test.get_envs() {
            limited.env(variable, value.unwrap_or_default());
        }
        if let Some(protection) = without {
            limited.env(WITHOUT, protection);
        }
        let output = limited.output().map_err(|cause| format!("timeout cannot be started: {cause}"))?;
        if without.is_none() && !output.status.success() {
            eprint!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        }
        Ok(output.status.code())
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Command, Error> {
        let mut cargo = cargo(arguments);
        add_flags(&mut cargo, "--cfg protections");
        cargo.env("CARGO_TARGET_DIR", &self.folder).env("RUST_BACKTRACE", "0");
        cargo.env(dist::CARRIED, self.folder.join("release/libagx_fix.so"));
        runtime::provide(&mut cargo, self.target)?;
        gobjc::provide(&mut cargo, self.target)?;
        Ok(cargo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(folder: &Path) -> String {
        let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    #[test]
    fn every_protection_is_shown_by_a_test_that_is_there() {
        let crates = crate::root().join("crates");
        let guard = crates.join("agx-fix-guard");
        let source = fs::read_to_string(guard.join("src/protection.rs")).unwrap();
        let (_, source) = source.split_once("pub enum Protection {").unwrap();
        let (source, _) = source.split_once("\n}").unwrap();
        let all: Vec<&str> = source.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
        let models = read(&guard.join("tests/loom")) + &read(&guard.join("tests/shuttle"));
        for protection in &all {
            let listed = SHOWN.iter().any(|(name, _)| name == protection);
            assert!(listed || models.contains(&format!("Protection::{protection}")), "{protection}");
        }
        for (protection, (package, file, name)) in SHOWN {
            assert!(all.contains(protection), "{protection}");
            let folder = crates.join(package);
            let text = match *file {
                "" => continue, // the run finds it, or shows nothing
                file if folder.join("tests").join(file).is_dir() => read(&folder.join("tests").join(file)),
                file => fs::read_to_string(folder.join("tests").join(file).with_extension("rs")).unwrap(),
            };
            assert!(text.contains(name), "{name} in {package}");
        }
    }
}
