//! What the page says: in short, of the runs, of the stress tests, and how to read it. `measured` has the rest. Tables and
//! sentences that the terminal has too come from `stress` and the engine's `bench`.

use super::chart::{Chart, Mark, Scale};
use super::measured;
use super::page::{Page, code, escaped};
use super::runs::{Origin, Run, Runs, label, rows};
use crate::stress::{self, BadRuns, Part, StressReport};
use agx_fix_engine::grid::{Grid, distinct};
use agx_fix_engine::numbers::NONE;
use agx_fix_engine::provenance::Driver;
use agx_fix_workload::Scenario;

/// The page of some runs.
pub(super) fn page(runs: &Runs) -> Page {
    let [notice, why] = notice(runs);
    let mut page = Page::new([&notice, &why]);
    page.section("In short");
    page.list(in_short(runs));
    page.section("Runs");
    origins(&mut page, runs);
    crashes(&mut page, &runs.stress.iter().collect::<Vec<_>>());
    measured::sections(&mut page, &runs.bench.iter().collect::<Vec<_>>());
    page.section("How to read this");
    page.list(how_to_read(runs));
    page
}

/// What is simulated and what is not.
fn notice(runs: &Runs) -> [String; 2] {
    let of = |driver: Driver| -> Vec<&str> {
        let origins = runs.origins.iter().filter(|it| it.provenance.driver == driver);
        origins.map(|it| it.name.as_str()).collect()
    };
    let (simulated, metal) = (of(Driver::Simulated), of(Driver::Metal));
    if simulated.is_empty() {
        return [
            "No figure here is simulated.",
            "The driver was the system's Metal, on the machine that stands with each run.",
        ]
        .map(str::to_owned);
    }
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
    let title = if metal.is_empty() {
        "Every figure here is simulated.".to_owned()
    } else {
        format!(
            "The figures of {} are simulated, those of {} are not.",
            simulated.join(", "),
            metal.join(", ")
        )
    };
    [title, text]
}

/// The page in a few sentences, each with its run and with what it is worth.
fn in_short(runs: &Runs) -> Vec<String> {
    let stress = runs.stress.iter().map(|run| (&run.origin, of_stress(&run.result)));
    let bench = runs.bench.iter().map(|run| (&run.origin, measured::in_short(&run.result)));
    let said = |(origin, sentences): (&Origin, Vec<String>)| -> Vec<String> {
        let name = (runs.origins.len() > 1).then_some(origin.name.as_str());
        let worth = (origin.provenance.driver == Driver::Simulated).then_some("simulated");
        let marks: Vec<&str> = name.into_iter().chain(worth).collect();
        let mark = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
        sentences.iter().map(|sentence| escaped(&format!("{sentence}{mark}."))).collect()
    };
    stress.chain(bench).flat_map(said).collect()
}

fn of_stress(report: &StressReport) -> Vec<String> {
    let rates = stress::parts(report)
        .into_iter()
        .map(|part| format!("`{}`: {}", part.scenario, bad_and_clean(&part.rates)));
    std::iter::once(format!("The stress test {}", passed(report))).chain(rates).collect()
}

fn bad_and_clean(rates: &[BadRuns]) -> String {
    let names = |bad: bool| -> Vec<String> {
        let rates = rates.iter().filter(|rate| (rate.bad > 0) == bad);
        rates.map(|rate| format!("`{}` ({} of {})", rate.contender, rate.bad, rate.runs)).collect()
    };
    let said = [(names(true), "bad runs with"), (names(false), "none bad with")];
    let said = said.iter().filter(|(names, _)| !names.is_empty());
    said.map(|(names, what)| format!("{what} {}", names.join(", "))).collect::<Vec<_>>().join("; ")
}

const fn passed(report: &StressReport) -> &'static str {
    if report.verdict.passed { "PASSED" } else { "FAILED" }
}

/// Whose driver, which machine, which build, which command.
fn origins(page: &mut Page, runs: &Runs) {
    if runs.origins.len() > 1 {
        page.text(&differences(runs));
    }
    for origin in &runs.origins {
        let Origin { provenance: it, lines, made_by, .. } = origin;
        page.heading(&capital(&origin.long_name()));
        let facts = [
            format!("made by: {made_by}"),
            format!("driver: {}", escaped(&it.driver.to_string())),
            format!("machine: {}", escaped(&it.machine.to_string())),
            format!("build: {}", escaped(&format!("agx-fix {}, commit {}", it.version, it.commit))),
            format!("command: {}", code(&it.command.join(" "))),
        ];
        page.list(
            facts.into_iter().chain(lines.iter().map(|(name, text)| format!("{name}: {}", escaped(text)))),
        );
    }
}

/// In what the runs are not the same: then their figures are not either.
fn differences(runs: &Runs) -> String {
    let origins = || runs.origins.iter().map(|it| &it.provenance);
    let (stress, bench) = (&runs.stress, &runs.bench);
    let differing = [
        ("driver", differ(origins().map(|it| it.driver))),
        ("machine", differ(origins().map(|it| &it.machine))),
        ("commit", differ(origins().map(|it| (&it.version, &it.commit)))),
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
    values.next().is_some_and(|first| values.any(|value| value != first))
}

/// With a capital at the beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The stress tests: how many runs went bad, how they crashed, and the verdict.
fn crashes(page: &mut Page, runs: &[&Run<StressReport>]) {
    if runs.is_empty() {
        return;
    }
    page.section("Crashes, hangs and wrong work");
    page.text(
        "A run is bad if it crashes, hangs, computes a wrong number, or loses work that no late call explains. Each run is a \
         process of its own, and every number that the GPU computes is checked.\n\n\
         The rate of bad runs has its 95 % bounds beside it: where none of n went bad it is below 3/n, where all did above \
         1 - 3/n (rule of three); between, Wilson's score interval.",
    );
    let parts: Vec<Vec<Part>> = runs.iter().map(|run| stress::parts(&run.result)).collect();
    for scenario in Scenario::ALL {
        // Of each run, by its series.
        let of_it: Vec<Option<&Part>> =
            parts.iter().map(|parts| parts.iter().find(|part| part.scenario == scenario)).collect();
        if let Some(first) = of_it.iter().flatten().next() {
            page.heading(scenario.name());
            page.text(&format!("{}.", capital(first.description)));
            let rates: Vec<&[BadRuns]> =
                of_it.iter().map(|part| part.map_or(&[][..], |part| &part.rates)).collect();
            bad_runs(page, &format!("Bad runs, {scenario}"), &rates, runs);
        }
    }
    page.text(stress::ASSOCIATED);
    for (run, parts) in runs.iter().zip(&parts) {
        details(page, run, parts);
    }
}

/// A chart and its table, with two columns for each run.
fn bad_runs(page: &mut Page, title: &str, rates: &[&[BadRuns]], runs: &[&Run<StressReport>]) {
    let names = distinct(rates.iter().copied().flatten().map(|rate| rate.contender));
    let find = |name: &str, series: usize| rates[series].iter().find(|rate| rate.contender == name);
    let rows = rows(names.iter().copied(), runs, |name, run| {
        let rate = find(name, run.series)?;
        let text = format!("{} of {}", rate.bad, rate.runs);
        let [value, low, high] = [rate.rate, rate.low, rate.high].map(|share| 100.0 * share);
        Some(Mark { hollow: rate.bad == 0, ..Mark::new(run.series, value, [low, high], text) })
    });
    let scale = Scale::new([0.0, 100.0]);
    let note = "The line is the interval of the rate. An outline: no run was bad.";
    page.figure(runs, title, note, vec![Chart::new(title, "percent of runs", scale, rows)]);
    let mut grid = Grid::labelled(runs.iter().flat_map(|run| {
        let prefix = if run.alone { String::new() } else { format!("{}: ", run.origin.name) };
        [format!("{prefix}bad runs"), format!("{prefix}rate, 95 % bounds")]
    }));
    for name in names {
        let cells = runs.iter().flat_map(|run| match find(name, run.series) {
            Some(rate) => [format!("{} of {}", rate.bad, rate.runs), rate.said.clone()],
            None => [NONE.to_owned(), NONE.to_owned()],
        });
        grid.add(name, cells);
    }
    page.table(&format!("{title}{}", label(runs)), &grid);
}

/// Everything that one run counted, and its verdict.
fn details(page: &mut Page, run: &Run<StressReport>, parts: &[Part]) {
    let (of, label) = (run.of(), label(&[run]));
    page.heading(&format!("All counts{of}"));
    for part in parts {
        page.table(&format!("{}{label}", part.scenario), &part.counts);
        if !part.crashes.is_empty() {
            let mut grid = Grid::new(["preset", "crash", "runs"]).with_words(2);
            for crash in &part.crashes {
                grid.add_row([crash.contender, &crash.crash, &crash.count.to_string()]);
            }
            page.table(&format!("Crashes by site, {}{label}", part.scenario), &grid);
        }
        if !part.repeats.is_empty() {
            page.text("To repeat a row with bad runs:");
            page.commands(&part.repeats);
        }
    }
    let why =
        if run.result.verdict.shows_nothing() { format!(": {}", stress::NO_PASS) } else { String::new() };
    page.heading(&format!("Verdict{of}"));
    page.text(&format!("{}{why}.", passed(&run.result)));
    page.table(&format!("What was asked of each row{label}"), &stress::conditions(&run.result));
}

fn how_to_read(runs: &Runs) -> Vec<String> {
    let names = "`unguarded` is the driver alone, `none` the hooks without a lock, `associated-object` the design of the paper that \
                 this project implements, `global` one lock for all encoders; other names are presets of agx-fix \
                 (docs/options.md).";
    let stress = "None of n bad does not mean that none will be: the rate is below 3/n with 95 % confidence. A clean row shows \
                  something only beside a baseline that failed in the same run, and under a lock that made somebody wait.";
    let bench = "Contenders ran in turn, round by round, so that whatever else happened on the machine happened to all of them; \
                 ratios are paired by rounds. Error bars are standard deviations and say how much single runs differ; \
                 intervals say how well a ratio is known.";
    let there = [(names, true), (stress, !runs.stress.is_empty()), (bench, !runs.bench.is_empty())];
    there.iter().filter(|(_, there)| *there).map(|(text, _)| (*text).to_owned()).collect()
}
