//! How to read the page.

use crate::report::page::{Part, Section};
use crate::report::runs::Runs;

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let mut section = Section::new("reading", "How to read this");
    let mut items = vec![
        "`unguarded` is the driver alone, `none` the hooks without a lock, `associated-object` the design of the paper that this \
         project implements, `global` one lock for all encoders; other names are presets of agx-fix (docs/options.md)."
            .to_owned(),
    ];
    if !runs.stress.is_empty() {
        items.push(
            "None of n bad does not mean that none will be: the rate is below 3/n with 95 % confidence. A clean row shows something \
             only beside a baseline that failed in the same run, and under a lock that made somebody wait."
                .to_owned(),
        );
    }
    if !runs.bench.is_empty() {
        items.push(
            "Contenders ran in turn, round by round, so that whatever else happened on the machine happened to all of them; ratios \
             are paired by rounds. Error bars are standard deviations and say how much single runs differ; intervals say how \
             well a ratio is known."
                .to_owned(),
        );
    }
    section.parts.push(Part::List(items));
    Some(section)
}
