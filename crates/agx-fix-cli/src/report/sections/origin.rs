//! Which runs are shown: whose driver, which machine, which build, which command.

use crate::report::page::{Fact, Notice, Part, Section};
use crate::report::runs::{Run, Runs};
use crate::stress::{self, StressReport};
use agx_fix_engine::bench::file::Bench;
use agx_fix_engine::bench::render;
use agx_fix_engine::provenance::{Driver, Provenance};

/// What is simulated and what is not.
pub(super) fn notice(runs: &Runs) -> Notice {
    let origins = runs.origins();
    let of = |driver: Driver| -> Vec<String> {
        let origins = origins.iter().filter(|(_, it)| it.driver == driver);
        origins.map(|(number, _)| number.to_string()).collect()
    };
    let (simulated, metal) = (of(Driver::Simulated), of(Driver::Metal));
    let which = |numbers: &[String]| format!("run{} {}", plural(numbers.len()), numbers.join(", "));
    let title = match (simulated.is_empty(), metal.is_empty()) {
        (true, _) => "No figure here is simulated.".to_owned(),
        (_, true) => "Every figure here is simulated.".to_owned(),
        _ => {
            format!("The figures of {} are simulated, those of {} are not.", which(&simulated), which(&metal))
        }
    };
    let text = if simulated.is_empty() {
        "The driver was the system's Metal, on the machine that stands with each run.".to_owned()
    } else {
        simulation(runs)
    };
    Notice { title, text }
}

fn simulation(runs: &Runs) -> String {
    let mut text = "The Metal driver and the GPU are this project's simulator: no Apple GPU and no Apple code took part. The \
                    library with its hooks and locks, the Objective-C runtime, the threads and the processor are real. \
                    Neither crash rates nor throughput here say anything about rates on Apple hardware."
        .to_owned();
    if runs.bench.iter().any(|run| run.result.gpu.is_some()) {
        text.push_str(
            " The GPU's time follows a model, whose constants are fitted, unless others were given, to the throughput table \
             of the paper that this project implements, so that throughput resembles the paper's is no finding.",
        );
    }
    text
}

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let mut section = Section::new("runs", "Runs");
    if runs.origins().len() > 1 {
        section.text(differences(runs));
    }
    let stress = |run: &Run<StressReport>| {
        let lines = vec![("runs", stress::what_was_run(&run.result))];
        (run.long_name(), facts("agx-fix stress", &run.provenance, lines))
    };
    let bench = |run: &Run<Bench>| {
        (run.long_name(), facts("agx-fix-lab bench", &run.provenance, render::lines(&run.result)))
    };
    for (name, facts) in runs.each(stress, bench) {
        section.heading(capital(&name));
        section.parts.push(Part::Facts(facts));
    }
    Some(section)
}

fn facts(made_by: &str, provenance: &Provenance, lines: Vec<(&'static str, String)>) -> Vec<Fact> {
    let Provenance { driver, machine, version, commit, command } = provenance;
    let origin = [
        Fact::new("made by", made_by),
        Fact::new("driver", driver),
        Fact::new("machine", machine),
        Fact::new("build", format!("agx-fix {version}, commit {commit}")),
        Fact { typed: true, ..Fact::new("command", command.join(" ")) },
    ];
    origin.into_iter().chain(lines.into_iter().map(|(name, text)| Fact::new(name, text))).collect()
}

/// In what the runs are not the same: then their figures are not either.
fn differences(runs: &Runs) -> String {
    let origins = runs.origins();
    let (stress, bench) = (&runs.stress, &runs.bench);
    let differing = [
        ("driver", differ(origins.iter().map(|(_, it)| it.driver))),
        ("machine", differ(origins.iter().map(|(_, it)| &it.machine))),
        ("commit", differ(origins.iter().map(|(_, it)| (&it.version, &it.commit)))),
        ("size of the stress test", differ(stress.iter().map(|run| stress::size(&run.result)))),
        ("size of the measurement", differ(bench.iter().map(|run| &run.result.options))),
        ("model of the GPU", differ(bench.iter().map(|run| run.result.gpu))),
    ];
    let names: Vec<&str> = differing.iter().filter(|(_, differ)| *differ).map(|(name, _)| *name).collect();
    let same = "All runs are of one machine and one commit.";
    let mut text =
        if names.is_empty() { same.to_owned() } else { format!("The runs differ in: {}.", names.join(", ")) };
    if stress.len() > 1 || bench.len() > 1 {
        text.push_str(
            " Runs were made one after the other, not in turn as the contenders of one run were, so that figures of different \
             runs also differ by what else happened on the machine. Ratios to no guard are made within a run.",
        );
    }
    text
}

fn differ<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    let Some(first) = values.next() else { return false };
    values.any(|value| value != first)
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// With a capital at the beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
