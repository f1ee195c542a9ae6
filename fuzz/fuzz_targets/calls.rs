//! Sequences of calls of three threads on four encoders through the guard, against the oracle of its tests. The first byte of the
//! input says what has a lock, each further one is a call: by whom, on what, and which.

#![no_main]

#[path = "../../crates/agx-fix-guard/tests/common/mod.rs"]
mod common;
#[path = "../../crates/agx-fix-guard/tests/oracle/sequences.rs"]
mod sequences;

use agx_fix_fuzz::is_planted;
use agx_fix_guard::{Key};
use agx_fix_terms::{CallKind};
use common::{TestGuard, Route};
use libfuzzer_sys::{Corpus, fuzz_target};
use sequences::{ENCODERS, Move, PRESETS, Stage, Step, THREADS, make};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

/// Some more often than others.
const STEPS: [Step; 21] = [
    Step::Open,
    Step::Open,
    Step::Open,
    Step::Call(CallKind::Dispatch),
    Step::Call(CallKind::Dispatch),
    Step::Call(CallKind::Dispatch),
    Step::Call(CallKind::Dispatch),
    Step::Call(CallKind::Dispatch),
    Step::Call(CallKind::Dispatch),
    Step::Call(CallKind::Dispatch),
    Step::Call(CallKind::Encode),
    Step::Call(CallKind::Encode),
    Step::Call(CallKind::Encode),
    Step::Call(CallKind::Encode),
    Step::Call(CallKind::Access),
    Step::Call(CallKind::Access),
    Step::Call(CallKind::End),
    Step::Call(CallKind::End),
    Step::Call(CallKind::End),
    Step::Call(CallKind::Teardown),
    Step::Call(CallKind::Free),
];

thread_local!(static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) });

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((preset, moves)) = input.split_first() else { return Corpus::Reject };
    let moves: Vec<Move> = moves.iter().map(|byte| decode(usize::from(*byte))).collect();
    STAGE.with_borrow_mut(|stage| {
        let stage = stage.get_or_insert_with(|| Stage::new(if is_planted() { planted } else { make }));
        stage.run(usize::from(*preset) % PRESETS.len(), &moves);
    });
    Corpus::Keep
});

fn decode(byte: usize) -> Move {
    let (thread, rest) = (byte % THREADS, byte / THREADS);
    (thread, rest % ENCODERS, STEPS[rest / ENCODERS % STEPS.len()])
}

/// Encoders that were ended twice in their lives.
static ENDED_TWICE: LazyLock<Mutex<[BTreeSet<usize>; 2]>> = LazyLock::new(Mutex::default);

/// A dispatch on an encoder that was ended twice does not ask the guard.
fn planted(guard: &'static TestGuard, key: Key, step: Step) -> bool {
    let mut ended = ENDED_TWICE.lock().expect("nobody panics in here");
    match step {
        Step::Call(CallKind::End) => {
            let again = !ended[0].insert(key.0);
            if again {
                ended[1].insert(key.0);
            }
        }
        Step::Open | Step::Call(CallKind::Free) => {
            ended.iter_mut().for_each(|set| {
                set.remove(&key.0);
            });
        }
        Step::Call(CallKind::Dispatch) if ended[1].contains(&key.0) => {
            return <Route>::Bare.call(key, 0, CallKind::Dispatch);
        }
        Step::Call(_) => {}
    }
    drop(ended);
    make(guard, key, step)
}
