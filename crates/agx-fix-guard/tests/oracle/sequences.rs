//! Sequences of calls, the threads that make them, and the oracle. Whoever includes this (the tests beside it, and
//! `fuzz/`) has a module `common` too.

pub(crate) use crate::common::PRESETS;
use crate::common::{BUFFER, Route, TestGuard, guarded_by};
use agx_fix_guard::Key;
use agx_fix_terms::CallKind;
use std::sync::mpsc::{Sender, channel};

pub(crate) const THREADS: usize = 3;
pub(crate) const ENCODERS: usize = 4;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// The driver answers the encoder, new or once more.
    Open,
    Call(CallKind),
}

/// A step of a thread on an encoder.
pub(crate) type Move = (usize, usize, Step);

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
                if kind == CallKind::Free {
                    return true; // the guard knows no such encoder
                }
                *state = State::Open;
                expected.creations += u64::from(kind != CallKind::Access);
            }
            expected.acquisitions += 1;
            if *state == State::Ended && matches!(kind, CallKind::Encode | CallKind::Dispatch | CallKind::End)
            {
                expected.late += 1;
                expected.late_dispatches += u64::from(kind == CallKind::Dispatch);
                return false;
            }
            expected.dispatches += u64::from(kind == CallKind::Dispatch);
            match kind {
                CallKind::End | CallKind::Teardown => *state = State::Ended,
                CallKind::Free => *state = State::Unknown,
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

/// How a thread makes a step. True if it reached the driver.
pub(crate) type Make = fn(&'static TestGuard, Key, Step) -> bool;

/// As the hooks do.
pub(crate) fn make(guard: &'static TestGuard, key: Key, step: Step) -> bool {
    let route = Route::Guarded(guard);
    match step {
        Step::Open => {
            let _ = route.open(key, BUFFER);
            true
        }
        Step::Call(kind) => route.call(key, kind as u16, kind),
    }
}

/// The threads and the guards, for one sequence after the other.
pub(crate) struct Stage {
    workers: Vec<Worker>,
    /// One for each of `PRESETS`.
    guards: [&'static TestGuard; PRESETS.len()],
    make: Make,
}

impl Stage {
    pub(crate) fn new(make: Make) -> Self {
        let guards = PRESETS.map(|preset| guarded_by(preset).0);
        Self { workers: (0..THREADS).map(|_| Worker::new()).collect(), guards, make }
    }

    /// One sequence, on the guard of `PRESETS[preset]`, which is idle. All encoders are free again afterwards.
    ///
    /// # Panics
    /// A call comes out otherwise than the oracle says.
    pub(crate) fn run(&self, preset: usize, moves: &[Move]) {
        let (guard, make) = (self.guards[preset], self.make);
        let before = guard.statistics();
        let mut states = [State::Unknown; ENCODERS];
        let (mut expected, mut reached) = (Expected::default(), 0);
        let mut wrong = None;
        let freeing = (0..ENCODERS).map(|encoder| (0, encoder, Step::Call(CallKind::Free)));
        for (thread, encoder, step) in moves.iter().copied().chain(freeing) {
            let key = Key(0x1000 + encoder * 0x80);
            let right = oracle(&mut states[encoder], step, &mut expected);
            let real = self.workers[thread].ask(move || make(guard, key, step));
            if real != right {
                wrong.get_or_insert((thread, key, step, real));
            }
            reached += u64::from(real && matches!(step, Step::Call(CallKind::Dispatch)));
        }
        // Only now, when all is free for the next sequence.
        if let Some((thread, key, step, real)) = wrong {
            let did = if real { "reached the driver" } else { "did not reach the driver" };
            panic!("oracle: {step:?} of thread {thread} on {key:?} {did}, wrongly");
        }
        let counted = guard.statistics();
        assert_eq!(reached, expected.dispatches, "dispatches in the output");
        assert_eq!(counted.late_calls - before.late_calls, expected.late, "late calls");
        assert_eq!(
            counted.late_dispatches - before.late_dispatches,
            expected.late_dispatches,
            "late dispatches"
        );
        assert_eq!(counted.acquisitions - before.acquisitions, expected.acquisitions, "acquisitions");
        assert_eq!((counted.contentions, counted.retained), (0, 0), "contentions, encoders retained");
        // One lock for all is made once.
        let creations = counted.creations - before.creations;
        assert!(creations == expected.creations || counted.creations <= 1, "{creations} locks were made");
    }
}
