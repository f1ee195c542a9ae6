//! The result for people: tables for a terminal, and for docs/performance.md.

use super::Report;
use super::goals::{Bound, Goal};
use agx_fix_engine::bench::interval::median;
use agx_fix_engine::call_cost::{CallCost, Subject};
use agx_fix_engine::grid::{self, Grid, Section, distinct};
use agx_fix_engine::numbers::NONE;
use agx_fix_engine::provenance::{heading, origin};

/// The whole text for a terminal.
pub(super) fn render(report: &Report) -> String {
    let heading = heading("agx-fix-lab calls", &report.provenance, &lines(report));
    format!("{heading}{}", grid::text(&sections(report), ""))
}

/// The part of docs/performance.md that is generated.
pub(super) fn markdown(report: &Report) -> String {
    let origin = origin(&report.provenance, &lines(report));
    let driver = report.provenance.driver;
    format!("Measured on {driver}.\n\n```text\n{origin}```\n{}", grid::text(&sections(report), "### "))
}

/// What is said beside the provenance.
fn lines(report: &Report) -> Vec<(&'static str, String)> {
    let settings = &report.settings;
    let runs = format!(
        "{} rounds of {} ms for each contender in turn, {:.0} s in all",
        settings.rounds, settings.window_ms, report.seconds
    );
    let load = report.load.map(|load| ("load", format!("{load:.2} in the minute before")));
    let missing = report.measured.missing.iter().map(|missing| ("missing", missing.clone()));
    std::iter::once(("runs", runs)).chain(load).chain(missing).collect()
}

/// What the cells of a table are.
#[derive(Clone, Copy)]
enum Cells {
    /// Nanoseconds of a call.
    Times,
    /// The same, with instructions in a last column.
    TimesAndInstructions,
    Instructions,
    /// Calls a second, and how fair they are divided.
    Rates,
    /// Microseconds of a process.
    Starts,
}

/// A table of subjects: its title, how it is read, which subjects, which cells.
type Table = (&'static str, &'static str, fn(Subject) -> bool, Cells);

const TABLES: [Table; 10] = [
    (
        "Objective-C calls, nobody waits",
        "`setComputePipelineState:`. Nanoseconds of a core's time per call: median ± standard deviation, and the ratio of \
         medians to\nthe first row. Instructions: of one call on one thread, by callgrind. `app-side-lock`: the driver alone, \
         and the application\ntakes a lock of its own around the call, one compare-and-swap and one plain store.",
        |subject| matches!(subject, Subject::Hook(case) if !case.is_contended()),
        Cells::TimesAndInstructions,
    ),
    (
        "Objective-C calls on one encoder",
        "Million calls a second of all threads, and the calls of the slowest thread over the mean (medians). The first two \
         rows keep\nnobody apart.",
        |subject| matches!(subject, Subject::Hook(case) if case.is_contended()),
        Cells::Rates,
    ),
    (
        "Bindings and dispatches on one encoder",
        "`setBuffer:offset:atIndex:` and `dispatchThreads:threadsPerThreadgroup:`, nanoseconds as above. Two threads that take \
         turns\nnever wait for a lock; passing the turn on is in all rows alike. `isolate` gives a thread its three buffers \
         again at each\ndispatch there.",
        |subject| matches!(subject, Subject::Turns(_)),
        Cells::Times,
    ),
    (
        "Locks alone, nobody waits",
        "Around a plain counter in the place of the driver, in the tool's own process; figures as above. The first five take a \
         lock\nthat lies in the encoder, without a look-up.",
        |subject| matches!(subject, Subject::Lock(case) if !case.is_contended()),
        Cells::TimesAndInstructions,
    ),
    (
        "Locks alone, one encoder",
        "Million calls a second, and the slowest thread's share, as above. Busy: some 50 ns of work inside the lock and 50 ns\n\
         outside. Long: 500 and 500.",
        |subject| matches!(subject, Subject::Lock(case) if case.is_contended()),
        Cells::Rates,
    ),
    (
        "Creation and end of an Objective-C encoder",
        "From `computeCommandEncoder` to its command buffer's completion, 64 encoders on a buffer. Nanoseconds per encoder.",
        |subject| matches!(subject, Subject::HookLife(_)),
        Cells::TimesAndInstructions,
    ),
    (
        "Creation and end in a table alone",
        "Nanoseconds per encoder, at an address that comes back.",
        |subject| matches!(subject, Subject::Life(_)),
        Cells::TimesAndInstructions,
    ),
    (
        "A call among many live encoders",
        "Nanoseconds per call, in a random order. The first row is the encoders' own memory, which leaves the caches.",
        |subject| matches!(subject, Subject::Lookup(_)),
        Cells::Times,
    ),
    (
        "Instructions of a call among many live encoders",
        "By callgrind.",
        |subject| matches!(subject, Subject::Lookup(_)),
        Cells::Instructions,
    ),
    (
        "Start and end of a process without Metal",
        "`/bin/true`, in microseconds: median ± standard deviation.",
        |subject| subject == Subject::Start,
        Cells::Starts,
    ),
];

fn sections(report: &Report) -> Vec<Section> {
    let tables = TABLES.iter().map(|(title, note, wanted, cells)| Section {
        title: (*title).to_owned(),
        grid: grid(report, *wanted, *cells),
        note: (*note).to_owned(),
    });
    let memory = Section {
        title: "Memory while encoders come and go".to_owned(),
        grid: memory(report),
        note: "Resident memory in MB. `table` is the guard's table alone, each encoder at another address; the others are \
               Objective-C\nencoders."
            .to_owned(),
    };
    let goals = Section {
        title: "Goals".to_owned(),
        grid: goals(&report.goals),
        note: "Medians over the rounds. What a preset adds is its difference to `none`; what `app-side-lock` adds, its \
               difference to\n`unguarded`."
            .to_owned(),
    };
    tables.chain([memory, goals]).filter(|section| !section.grid.rows.is_empty()).collect()
}

/// Contenders down, subjects across. Empty if nothing of it was measured.
fn grid(report: &Report, wanted: fn(Subject) -> bool, cells: Cells) -> Grid {
    let rows = || report.measured.rows.iter().filter(|row| wanted(row.subject));
    let subjects = distinct(rows().map(|row| row.subject));
    let counted = matches!(cells, Cells::TimesAndInstructions);
    let mut header: Vec<String> = subjects.iter().map(Subject::to_string).collect();
    header.extend(counted.then(|| "instructions".to_owned()));
    let mut grid = Grid::labelled(header);
    if matches!(cells, Cells::Instructions) && rows().all(|row| row.instructions.is_none()) {
        return grid;
    }
    let first = rows().next().map(|row| row.contender.as_str());
    for name in distinct(rows().map(|row| row.contender.as_str())) {
        let mut line: Vec<String> = subjects
            .iter()
            .map(|&subject| {
                let baseline = first.and_then(|first| report.measured.row(subject, first));
                let row = report.measured.row(subject, name);
                row.and_then(|row| cell(row, baseline, cells, report.provenance.machine.cores))
                    .unwrap_or(NONE.to_owned())
            })
            .collect();
        line.extend(counted.then(|| {
            report.measured.row(subjects[0], name).and_then(instructions).unwrap_or(NONE.to_owned())
        }));
        grid.add(name, line);
    }
    grid
}

fn instructions(row: &CallCost) -> Option<String> {
    row.instructions.map(|count| format!("{count:.1}"))
}

/// `baseline` is the first contender of the subject.
fn cell(row: &CallCost, baseline: Option<&CallCost>, cells: Cells, cores: usize) -> Option<String> {
    if matches!(cells, Cells::Instructions) {
        return instructions(row);
    }
    let spread = row.spread()?;
    let (median_ns, deviation) = (spread.median, spread.deviation.unwrap_or(0.0));
    Some(match cells {
        Cells::Rates => {
            let threads = row.subject.case()?.threads.min(cores);
            format!("{:.2}, {:.2}", 1e3 * threads as f64 / median_ns, median(&row.slowest_shares))
        }
        Cells::Starts => format!("{:.0} ± {:.0}", median_ns / 1e3, deviation / 1e3),
        _ => {
            let ratio = median_ns / baseline?.spread()?.median;
            format!("{median_ns:.1} ± {deviation:.1} x{ratio:.2}")
        }
    })
}

fn memory(report: &Report) -> Grid {
    let all = || report.measured.memory.iter().filter(|memory| !memory.readings.is_empty());
    let header = all().next().map_or(&[][..], |memory| &memory.readings);
    let mut grid = Grid::labelled(header.iter().map(|reading| reading.encoders.to_string()));
    for memory in all() {
        let cells = memory.readings.iter().map(|reading| format!("{:.1}", reading.resident as f64 / 1e6));
        grid.add(memory.contender.clone(), cells);
    }
    grid
}

fn goals(goals: &[Goal]) -> Grid {
    let mut grid = Grid::labelled(["goal", "measured", ""]);
    for goal in goals {
        let unit = if goal.unit.is_empty() { String::new() } else { format!(" {}", goal.unit) };
        let bound = match goal.bound {
            Bound::AtMost(bound) => format!("at most {bound}{unit}"),
            Bound::AtLeast(bound) => format!("at least {bound}{unit}"),
        };
        let measured = goal.measured.map_or_else(|| NONE.to_owned(), |it| format!("{it:.2}{unit}"));
        grid.add(goal.what.clone(), [bound, measured, goal.standing().to_string()]);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::plan::Settings;
    use crate::calls::{Measured, SCHEMA};
    use agx_fix_engine::call_cost::Case;
    use agx_fix_engine::provenance::here;

    #[test]
    fn a_part_that_was_not_measured_has_no_table() {
        let mut measured = Measured { missing: vec!["x was not there".to_owned()], ..Measured::default() };
        for (contender, sample) in [("no-lock", 2.0), ("bare-cas", 5.0)] {
            measured.row_mut(Subject::Lock(Case::ONE), contender).nanoseconds.push(sample);
        }
        let text = render(&Report {
            schema: SCHEMA.to_owned(),
            provenance: here(),
            load: None,
            settings: Settings { rounds: 1, window_ms: 1, threads: vec![2], encoders: 10 },
            seconds: 1.0,
            measured,
            goals: vec![Goal::new("a goal", Bound::AtMost(1.0), None)],
        });
        assert!(text.contains("5.0 ± 0.0 x2.50"), "{text}");
        assert!(text.contains("Locks alone, nobody waits") && !text.contains("Objective-C calls"), "{text}");
        assert!(text.contains("missing: x was not there") && text.contains("not judged"), "{text}");
    }
}
