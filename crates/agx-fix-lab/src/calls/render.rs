//! The result for people: tables for a terminal, and for docs/performance.md.

use super::goals::{Bound, Goal};
use super::report::{Report, Row, Subject};
use super::start_up::PROGRAM;
use crate::harness::turns::Turns;
use crate::harness::{Case, Summary, lookup, median};
use comfy_table::{CellAlignment, Table, presets};
use std::fmt::Write as _;

const TAKES_ALL: &str = "a string takes everything";
const NOTHING: &str = "-";
/// How goals are to be read.
const GOALS: &str = "Medians over the rounds. What a strategy adds is its difference to `none`; what `app-side-lock` adds, its \
                     difference to `unguarded`.";

/// The whole text for a terminal.
pub(super) fn render(report: &Report) -> String {
    format!(
        "agx-fix-lab calls on {}\n{}\n{}",
        report.provenance.driver,
        heading(report, ""),
        body(report, "")
    )
}

/// The part of docs/performance.md that is generated.
pub(super) fn markdown(report: &Report) -> String {
    format!("On {}.\n\n{}\n{}", report.provenance.driver, heading(report, "- "), body(report, "### "))
}

fn heading(report: &Report, bullet: &str) -> String {
    let load =
        report.load.map_or_else(|| "load not known".to_owned(), |load| format!("load {load:.2} before"));
    let settings = &report.settings;
    let mut text = format!(
        "{bullet}machine: {}, {load}\n{bullet}build: agx-fix {}, commit {}\n{bullet}command: {}\n\
         {bullet}measured: {} rounds of {} ms for each contender in turn, {:.0} s in all\n",
        report.provenance.machine,
        report.provenance.version,
        report.provenance.commit,
        report.provenance.command.join(" "),
        settings.rounds,
        settings.window_ms,
        report.seconds,
    );
    for missing in &report.missing {
        writeln!(text, "{bullet}missing: {missing}").expect(TAKES_ALL);
    }
    text
}

/// A table under its title.
struct Section {
    title: &'static str,
    /// What the figures are.
    says: &'static str,
    table: Table,
}

fn body(report: &Report, mark: &str) -> String {
    let mut text = String::new();
    for Section { title, says, table } in sections(report) {
        if table.row_count() > 0 {
            write!(text, "\n{mark}{title}\n\n{says}\n\n{table}\n").expect(TAKES_ALL);
        }
    }
    write!(text, "\n{mark}Goals\n\n{GOALS}\n\n{}", goals(&report.goals)).expect(TAKES_ALL);
    text
}

fn sections(report: &Report) -> Vec<Section> {
    let cases = |contended| {
        let all = Case::all(&report.settings.threads);
        all.into_iter().filter(|case| case.meeting.is_contended() == contended).collect::<Vec<_>>()
    };
    let (free, contended) = (cases(false), cases(true));
    let threads: Vec<usize> = std::iter::once(1).chain(report.settings.threads.iter().copied()).collect();
    vec![
        Section {
            title: "Objective-C calls, nobody waits",
            says: "`setComputePipelineState:`. Nanoseconds of a core's time per call: median ± standard deviation, and the \
                   ratio of medians to the first row. Instructions: of one call on one thread, by callgrind. \
                   `app-side-lock`: the driver alone, and the application takes a lock of its own around the call, one \
                   compare-and-swap and one plain store.",
            table: costs(report, &free.iter().map(|&case| Subject::Hook(case)).collect::<Vec<_>>()),
        },
        Section {
            title: "Objective-C calls on one encoder",
            says: "Million calls a second of all threads, and the calls of the slowest thread over the mean (medians). The \
                   first two rows keep nobody apart.",
            table: rates(report, &contended.iter().map(|&case| Subject::Hook(case)).collect::<Vec<_>>()),
        },
        Section {
            title: "Bindings and dispatches on one encoder",
            says: "`setBuffer:offset:atIndex:` and `dispatchThreads:threadsPerThreadgroup:`, nanoseconds as above. Two threads \
                   that take turns never wait for a lock; passing the turn on is in all rows alike. `isolate` gives a thread \
                   its three buffers again at each dispatch there.",
            table: costs(report, &Turns::ALL.map(Subject::Turns)),
        },
        Section {
            title: "Locks alone, nobody waits",
            says: "Around a plain counter in the place of the driver, in the tool's own process; figures as above. The first \
                   five take a lock that lies in the encoder, without a look-up.",
            table: costs(report, &free.iter().map(|&case| Subject::Lock(case)).collect::<Vec<_>>()),
        },
        Section {
            title: "Locks alone, one encoder",
            says: "Million calls a second, and the slowest thread's share, as above. Busy: some 50 ns of work inside the \
                   lock and 50 ns outside. Long: 500 and 500.",
            table: rates(report, &contended.iter().map(|&case| Subject::Lock(case)).collect::<Vec<_>>()),
        },
        Section {
            title: "Creation and end of an Objective-C encoder",
            says: "From `computeCommandEncoder` to its command buffer's completion, 64 encoders on a buffer. Nanoseconds \
                   per encoder.",
            table: costs(
                report,
                &threads.iter().map(|&threads| Subject::HookLife(threads)).collect::<Vec<_>>(),
            ),
        },
        Section {
            title: "Creation and end in a table alone",
            says: "Nanoseconds per encoder, at an address that comes back.",
            table: costs(report, &threads.iter().map(|&threads| Subject::Life(threads)).collect::<Vec<_>>()),
        },
        Section {
            title: "A call among many live encoders",
            says: "Nanoseconds per call, in a random order. The first row is the encoders' own memory, which leaves the \
                   caches.",
            table: costs(report, &lookup::SIZES.map(Subject::Lookup)),
        },
        Section {
            title: "Instructions of a call among many live encoders",
            says: "By callgrind.",
            table: instructions(report, &lookup::SIZES.map(Subject::Lookup)),
        },
        Section {
            title: "Start and end of a process without Metal",
            says: "`/bin/true`, in microseconds.",
            table: starts(report),
        },
        Section {
            title: "Memory while encoders come and go",
            says: "Resident memory in MB. `table` is the guard's table alone, each encoder at another address; the others \
                   are Objective-C encoders.",
            table: memory(report),
        },
    ]
}

fn new_table(header: Vec<String>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(std::iter::once(String::new()).chain(header));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The contenders in any of the subjects, in order.
fn names(report: &Report, subjects: &[Subject]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in subjects.iter().flat_map(|&subject| report.rows_of(subject)) {
        if !names.contains(&row.contender) {
            names.push(row.contender.clone());
        }
    }
    names
}

fn cell(row: Option<&Row>, cell: impl Fn(&Row) -> String) -> String {
    row.filter(|row| !row.nanoseconds.is_empty()).map_or_else(|| NOTHING.to_owned(), cell)
}

fn heads(subjects: &[Subject]) -> Vec<String> {
    let head = |subject: &Subject| match subject {
        Subject::Lock(case) | Subject::Hook(case) => case.to_string(),
        Subject::Life(1) | Subject::HookLife(1) => "one thread".to_owned(),
        Subject::Life(threads) | Subject::HookLife(threads) => format!("{threads} threads"),
        Subject::Turns(turns) => turns.to_string(),
        Subject::Lookup(live) => live.to_string(),
        Subject::Start => PROGRAM.to_owned(),
    };
    subjects.iter().map(head).collect()
}

fn costs(report: &Report, subjects: &[Subject]) -> Table {
    let counted = !matches!(subjects.first(), Some(Subject::Lookup(_) | Subject::Turns(_)));
    let mut header = heads(subjects);
    header.extend(counted.then(|| "instructions".to_owned()));
    let mut table = new_table(header);
    for name in names(report, subjects) {
        let cost = |row: &Row| {
            let Summary { median, deviation, .. } = row.summary;
            format!("{median:.1} ± {deviation:.1} x{:.2}", row.ratio.unwrap_or_default())
        };
        let cells = subjects.iter().map(|&subject| cell(report.row(subject, &name), cost));
        let count = counted.then(|| count(report, subjects[0], &name));
        table.add_row(std::iter::once(name.clone()).chain(cells).chain(count));
    }
    table
}

fn count(report: &Report, subject: Subject, name: &str) -> String {
    let count = report.row(subject, name).and_then(|row| row.instructions);
    count.map_or_else(|| NOTHING.to_owned(), |count| format!("{count:.1}"))
}

fn instructions(report: &Report, subjects: &[Subject]) -> Table {
    let mut table = new_table(heads(subjects));
    let counted = report.rows.iter().any(|row| row.instructions.is_some());
    for name in names(report, subjects).iter().filter(|_| counted) {
        let cells = subjects.iter().map(|&subject| count(report, subject, name));
        table.add_row(std::iter::once(name.clone()).chain(cells));
    }
    table
}

fn rates(report: &Report, subjects: &[Subject]) -> Table {
    let mut table = new_table(heads(subjects));
    let cores = report.provenance.machine.cores;
    for name in names(report, subjects) {
        let cells = subjects.iter().map(|&subject| {
            let (Subject::Lock(Case { threads, .. }) | Subject::Hook(Case { threads, .. })) = subject else {
                return NOTHING.to_owned();
            };
            cell(report.row(subject, &name), |row| {
                let rate = 1e3 * threads.min(cores) as f64 / row.summary.median;
                format!("{rate:.2}, {:.2}", median(&row.slowest_shares))
            })
        });
        let cells: Vec<String> = cells.collect();
        table.add_row(std::iter::once(name.clone()).chain(cells));
    }
    table
}

fn starts(report: &Report) -> Table {
    let mut table = new_table(vec!["median".to_owned(), "mean".to_owned(), "deviation".to_owned()]);
    for row in report.rows_of(Subject::Start) {
        let Summary { median, mean, deviation } = row.summary;
        let cells = [median, mean, deviation].map(|nanoseconds| format!("{:.0}", nanoseconds / 1e3));
        table.add_row(std::iter::once(row.contender.clone()).chain(cells));
    }
    table
}

fn memory(report: &Report) -> Table {
    let readings = || report.memory.iter().filter(|memory| !memory.readings.is_empty());
    let header = readings().next().map_or_else(Vec::new, |memory| {
        memory.readings.iter().map(|reading| reading.encoders.to_string()).collect()
    });
    let mut table = new_table(header);
    for memory in readings() {
        let cells = memory.readings.iter().map(|reading| format!("{:.1}", reading.resident as f64 / 1e6));
        table.add_row(std::iter::once(memory.contender.clone()).chain(cells));
    }
    table
}

fn goals(goals: &[Goal]) -> String {
    let mut table = new_table(["goal", "measured", ""].map(str::to_owned).to_vec());
    for goal in goals {
        let unit = if goal.unit.is_empty() { String::new() } else { format!(" {}", goal.unit) };
        let bound = match goal.bound {
            Bound::AtMost(bound) => format!("at most {bound}{unit}"),
            Bound::AtLeast(bound) => format!("at least {bound}{unit}"),
        };
        let measured = goal.measured.map_or_else(|| NOTHING.to_owned(), |it| format!("{it:.2}{unit}"));
        let standing = match goal.holds() {
            Some(true) => "held",
            Some(false) => "MISSED",
            None => "not measured",
        };
        table.add_row([goal.what.clone(), bound, measured, standing.to_owned()]);
    }
    format!("{table}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::args::Settings;
    use crate::calls::report::Rows;
    use crate::harness::Meeting;

    #[test]
    fn a_part_that_was_not_measured_has_no_table() {
        let one = Case { meeting: Meeting::OneThread, threads: 1 };
        let mut rows = Rows::default();
        rows.row(Subject::Lock(one), "no-lock").nanoseconds.push(2.0);
        rows.row(Subject::Lock(one), "bare-cas").nanoseconds.push(5.0);
        let settings = Settings { rounds: 1, window_ms: 1, threads: vec![2], encoders: 10 };
        let text =
            render(&Report::new(settings, rows.finish(), Vec::new(), vec!["x was not there".to_owned()]));
        assert!(text.contains("5.0 ± 0.0 x2.50"), "{text}");
        assert!(text.contains("Locks alone, nobody waits") && !text.contains("Objective-C calls"), "{text}");
        assert!(text.contains("missing: x was not there") && text.contains("not measured"), "{text}");
    }
}
