//! The page in a few sentences, all made from the figures below them.

use crate::report::page::{Part, Section};
use crate::report::runs::{Run, Runs};
use crate::stress::{self, BadRuns, StressReport};
use agx_fix_engine::bench::file::{Bench, Contention, Throughput};
use agx_fix_engine::bench::interval::Verdict;
use agx_fix_engine::numbers::{percent, ratio};
use agx_fix_engine::provenance::Driver;

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let mut section = Section::new("short", "In short");
    let several = runs.origins().len() > 1;
    let sentences = runs.each(
        |run| said(run, several, of_stress(&run.result)),
        |run| said(run, several, of_bench(&run.result)),
    );
    section.parts.push(Part::List(sentences.concat()));
    Some(section)
}

/// Each sentence with its run, and with what it is worth.
fn said<T>(run: &Run<T>, several: bool, sentences: Vec<String>) -> Vec<String> {
    let simulated = if run.provenance.driver == Driver::Simulated { "simulated" } else { "" };
    let name = if several { run.name() } else { String::new() };
    let marks: Vec<&str> = [name.as_str(), simulated].into_iter().filter(|mark| !mark.is_empty()).collect();
    let mark = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    sentences.into_iter().map(|sentence| format!("{sentence}{mark}.")).collect()
}

fn of_stress(report: &StressReport) -> Vec<String> {
    let verdict = if report.verdict.passed { "PASSED" } else { "FAILED" };
    let rates = stress::parts(report)
        .into_iter()
        .map(|part| format!("`{}`: {}", part.scenario, bad_and_clean(&part.rates)));
    std::iter::once(format!("The stress test {verdict}")).chain(rates).collect()
}

/// ``5 of 5 runs bad with `unguarded`; 0 of 5 with `global`, `per-encoder`, so below 60.0 % with 95 % confidence``.
fn bad_and_clean(rates: &[BadRuns]) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut counts: Vec<(u32, u32)> = rates.iter().map(|rate| (rate.bad, rate.runs)).collect();
    counts.sort_unstable_by_key(|(bad, _)| std::cmp::Reverse(*bad));
    counts.dedup();
    for (bad, runs) in counts {
        let same: Vec<&BadRuns> = rates.iter().filter(|rate| (rate.bad, rate.runs) == (bad, runs)).collect();
        let names: Vec<String> = same.iter().map(|rate| format!("`{}`", rate.contender)).collect();
        let bound = same
            .first()
            .filter(|_| bad == 0)
            .map(|rate| format!(", so less than {} with 95 % confidence", percent(rate.high)));
        said.push(format!("{bad} of {runs} runs bad with {}{}", names.join(", "), bound.unwrap_or_default()));
    }
    said.join("; ")
}

fn of_bench(bench: &Bench) -> Vec<String> {
    let contention = bench.contention.iter().map(contended).collect::<Vec<_>>().join(", ");
    let contention = (!contention.is_empty())
        .then(|| format!("Contention at {} threads: {contention}", bench.options.counted_threads));
    let sweep = bench.sweep.as_ref().and_then(|sweep| {
        let best = sweep.steps.get(sweep.best)?;
        Some(format!(
            "Best of {} shapes of work: {} of the first shape's",
            sweep.steps.len(),
            ratio(&best.factor)
        ))
    });
    [compared(&bench.throughput), contention, sweep].into_iter().flatten().collect()
}

/// How many comparisons came out how.
fn compared(rows: &[Throughput]) -> Option<String> {
    let count =
        |verdict: Verdict| rows.iter().filter_map(|row| row.ratio).filter(|it| it.verdict == verdict).count();
    let all = rows.iter().filter(|row| row.ratio.is_some()).count();
    let said = [
        (count(Verdict::NoDifference), "show no difference"),
        (count(Verdict::Less), "show less"),
        (count(Verdict::More), "show more"),
        (count(Verdict::Unknown), "are of one round and show nothing"),
    ];
    let said: Vec<String> =
        said.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    (all > 0).then(|| format!("Of {all} comparisons of throughput with no guard, {}", said.join(", ")))
}

fn contended(row: &Contention) -> String {
    format!("`{}` {:.2} %", row.contender, 100.0 * row.rate)
}
