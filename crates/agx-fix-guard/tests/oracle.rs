//! Random sequences of calls of three threads on a few encoders, and an oracle that knows what must become of each: which
//! dispatches reach the driver, which come late, and what is counted.
//!
//! The calls come one after the other, each in the thread that it is said to be of, so that there is one right answer.
//! (Calls at once are what `tests/loom` and `tests/shuttle` are for; sequences of bindings through the hooks, against an
//! oracle of what each dispatch must work with, are in `agx-fix-hooks/tests/isolation`.)

mod common;

use agx_fix_guard::{Call, CallId, Config, Key, Kind, Maker, Sharing};
use common::{TestGuard, Way, new_guard};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use std::sync::mpsc::{Sender, channel};

const THREADS: usize = 3;
const ENCODERS: usize = 4;
const BUFFER: Key = Key(0x9000);

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The driver answers the encoder, new or once more.
    Open,
    Call(Kind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has seen it, or it has been freed.
    Unknown,
    Open,
    Ended,
}

#[derive(Default)]
struct Expected {
    dispatches: u64,
    late: u64,
    late_dispatches: u64,
    acquisitions: u64,
    creations: u64,
}

/// What becomes of a step, by the invariants alone.
fn oracle(state: &mut State, step: Step, expected: &mut Expected) -> bool {
    match step {
        Step::Open => {
            *state = State::Open;
            expected.creations += 1;
            true
        }
        Step::Call(kind) => {
            if *state == State::Unknown {
                if kind == Kind::Free {
                    return true; // goes by: there is nothing to guard
                }
                *state = State::Open;
                expected.creations += u64::from(kind != Kind::Access);
            }
            expected.acquisitions += 1;
            if *state == State::Ended && matches!(kind, Kind::Encode | Kind::Dispatch | Kind::End) {
                expected.late += 1;
                expected.late_dispatches += u64::from(kind == Kind::Dispatch);
                return false;
            }
            expected.dispatches += u64::from(kind == Kind::Dispatch);
            match kind {
                Kind::End | Kind::Teardown => *state = State::Ended,
                Kind::Free => *state = State::Unknown,
                _ => {}
            }
            true
        }
    }
}

/// Does things one after the other, in a thread of its own.
struct Worker(Sender<Box<dyn FnOnce() + Send>>);

impl Worker {
    fn new() -> Self {
        let (tell, hear) = channel::<Box<dyn FnOnce() + Send>>();
        std::thread::spawn(move || hear.into_iter().for_each(|thing| thing()));
        Self(tell)
    }

    fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, hear) = channel();
        self.0.send(Box::new(move || tell.send(question()).unwrap())).unwrap();
        hear.recv().unwrap()
    }
}

fn make(guard: &'static TestGuard, key: Key, step: Step) -> bool {
    match step {
        Step::Open => {
            let call = Call { id: CallId(50), kind: Kind::Open };
            let _ = guard.opened(key, Maker::Buffer(BUFFER), call);
            true
        }
        Step::Call(kind) => Way::Guarded(guard).call(key, kind as u16, kind, || ()),
    }
}

fn steps() -> impl Strategy<Value = Vec<(usize, usize, Step)>> {
    let step = prop_oneof![
        2 => Just(Step::Open),
        4 => Just(Step::Call(Kind::Dispatch)),
        2 => Just(Step::Call(Kind::Encode)),
        1 => Just(Step::Call(Kind::Access)),
        2 => Just(Step::Call(Kind::End)),
        1 => Just(Step::Call(Kind::Teardown)),
        1 => Just(Step::Call(Kind::Free)),
    ];
    proptest::collection::vec((0..THREADS, 0..ENCODERS, step), 0..40)
}

/// One sequence, on an idle guard. All encoders are free again afterwards.
fn run(
    workers: &[Worker],
    guard: &'static TestGuard,
    steps: &[(usize, usize, Step)],
) -> Result<(), TestCaseError> {
    let before = guard.statistics();
    let mut states = [State::Unknown; ENCODERS];
    let (mut expected, mut reached) = (Expected::default(), 0);
    let freeing = (0..ENCODERS).map(|encoder| (0, encoder, Step::Call(Kind::Free)));
    for (thread, encoder, step) in steps.iter().copied().chain(freeing) {
        let key = Key(0x1000 + encoder * 0x80);
        let right = oracle(&mut states[encoder], step, &mut expected);
        let real = workers[thread].ask(move || make(guard, key, step));
        prop_assert_eq!(real, right, "{:?} on {:?}", step, key);
        reached += u64::from(real && matches!(step, Step::Call(Kind::Dispatch)));
    }
    let counted = guard.statistics();
    prop_assert_eq!(reached, expected.dispatches, "dispatches in the output");
    prop_assert_eq!(counted.late_calls - before.late_calls, expected.late);
    prop_assert_eq!(counted.late_dispatches - before.late_dispatches, expected.late_dispatches);
    prop_assert_eq!(counted.acquisitions - before.acquisitions, expected.acquisitions);
    prop_assert_eq!((counted.contentions, counted.retained), (0, 0));
    // One lock for all is made once.
    let creations = counted.creations - before.creations;
    prop_assert!(creations == expected.creations || counted.creations <= 1, "{} locks were made", creations);
    Ok(())
}

#[test]
fn every_call_comes_out_as_the_oracle_says() {
    let workers: Vec<Worker> = (0..THREADS).map(|_| Worker::new()).collect();
    let guards = [Sharing::PerEncoder, Sharing::PerBuffer, Sharing::Global].map(|sharing| {
        let guard = new_guard();
        guard.configure(Config { sharing, ..Config::default() });
        guard
    });
    let inputs = (0..guards.len(), steps());
    let config = Cases { failure_persistence: None, ..Cases::default() };
    let cases = config.cases;
    let outcome = TestRunner::new(config).run(&inputs, |(guard, steps)| run(&workers, guards[guard], &steps));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    println!(
        "verify | fuzz | sequences of calls over 3 threads, against an oracle | {cases} executions | proptest"
    );
}
