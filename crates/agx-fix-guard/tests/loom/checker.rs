//! Running a model, and counting what it went through.

use crate::checks::{is_long, message_of};
use crate::platform::{self, Missing};
use agx_fix_guard::model::{Protection, without};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// More than any execution of these models takes.
const STEPS: usize = 20_000;

/// What a model runs without.
#[derive(Clone, Copy)]
pub(crate) enum Without {
    Nothing,
    Protection(Protection),
    Platform(Missing),
}

/// How many preemptions a model is gone through with: usually, and with `AGX_VERIFY_LONG` set.
#[derive(Clone, Copy)]
pub(crate) struct Bounds(pub(crate) usize, pub(crate) usize);

/// All interleavings of `model` with that many preemptions at most are as they should be.
pub(crate) fn passes(name: &str, Bounds(quick, long): Bounds, model: fn()) {
    let (count, bound, outcome) = explore(Without::Nothing, if is_long() { long } else { quick }, model);
    println!("verify | loom | {name} | {count} interleavings | at most {bound} preemptions");
    if let Err(message) = outcome {
        panic!("{name}: {message}");
    }
}

/// Without that, one of them fails, and says `what`.
pub(crate) fn finds(without: Without, preemptions: usize, model: fn(), what: &str) {
    let name = match without {
        Without::Nothing => "nothing".to_owned(),
        Without::Protection(protection) => format!("{protection:?}"),
        Without::Platform(missing) => format!("{missing:?}"),
    };
    let (count, bound, outcome) = explore(without, preemptions, model);
    let message = outcome.expect_err("the bug must be found");
    assert!(message.contains(what), "another bug was found than `{what}`: {message}");
    println!(
        "verify | loom, negative | {name} | found in interleaving {count} | at most {bound} preemptions"
    );
}

fn explore(missing: Without, preemptions: usize, model: fn()) -> (u64, usize, Result<(), String>) {
    let mut builder = loom::model::Builder::new();
    let bound = *builder.preemption_bound.get_or_insert(preemptions);
    builder.max_branches = STEPS;
    match missing {
        Without::Nothing => {}
        Without::Protection(protection) => without(Some(protection)),
        Without::Platform(missing) => platform::without(missing),
    }
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        builder.check(move || {
            counted.fetch_add(1, Relaxed);
            model();
        });
    }));
    (count.load(Relaxed), bound, outcome.map_err(|panic| message_of(&*panic)))
}
