//! Random programs: several threads on the stream's current encoder, which any of them ends, and what must come of it.

use crate::client::{Bind, METHODS, THINGS, Worker, ask, dispatch, queue, say};
use crate::driver::{Place, State, bare_encoder, state_of, world};
use agx_fix_objc::Id;
use proptest::prelude::*;
use std::collections::VecDeque;

/// One step of one thread.
#[derive(Clone, Copy, Debug)]
enum Step {
    Bind(Bind),
    Dispatch,
    /// Takes the current encoder, and binds a pipeline, as a sequence begins.
    Fetch,
    /// Ends the current encoder and opens the next, on the same command buffer or on a new one, and takes it.
    End {
        same_buffer: bool,
    },
    /// Commits the oldest command buffer that is not current.
    Commit,
}

/// A program: steps of threads, in the order in which they are made.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    threads: usize,
    /// Whether the driver gives a command buffer's last encoder again.
    coalesces: bool,
    steps: Vec<(usize, Step)>,
}

fn bind() -> impl Strategy<Value = Bind> {
    (0..METHODS, 0usize..4, 1..=THINGS, 0usize..50).prop_map(|(method, index, thing, value)| Bind {
        method,
        index,
        thing,
        value,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => bind().prop_map(Step::Bind),
        6 => Just(Step::Dispatch),
        2 => Just(Step::Fetch),
        1 => any::<bool>().prop_map(|same_buffer| Step::End { same_buffer }),
        1 => Just(Step::Commit),
    ]
}

impl Program {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        (1usize..=8, any::<bool>()).prop_flat_map(|(threads, coalesces)| {
            prop::collection::vec((0..threads, step()), 1..80).prop_map(move |steps| Self {
                threads,
                coalesces,
                steps,
            })
        })
    }

    /// Runs it. What is wrong with what the driver was given, if anything.
    pub(crate) fn run(&self) -> Result<(), String> {
        world().coalesces = self.coalesces;
        let mut run = Run::new(self.threads);
        for &(thread, step) in &self.steps {
            run.step(thread, step);
        }
        run.finish()
    }
}

/// A thread, the encoder that it uses, and one that it alone uses, without hooks: what that one is bound to is right.
struct Thread {
    worker: Worker,
    encoder: Id,
    own: Id,
}

/// A program on its way.
struct Run {
    queue: Id,
    threads: Vec<Thread>,
    encoder: Id,
    /// The last is current.
    buffers: VecDeque<Id>,
    encoders: Vec<Id>,
    /// The dispatches, by number from 1: whose, and what it must find.
    expected: Vec<(usize, State)>,
}

impl Run {
    fn new(threads: usize) -> Self {
        let queue = queue();
        let buffer = ask(queue, c"commandBuffer");
        let encoder = ask(buffer, c"computeCommandEncoder");
        let thread = |_| Thread { worker: Worker::new(), encoder: Id::NULL, own: Id::NULL };
        let threads = (0..threads).map(thread).collect();
        let mut run = Self {
            queue,
            threads,
            encoder,
            buffers: [buffer].into(),
            encoders: vec![encoder],
            expected: Vec::new(),
        };
        (0..run.threads.len()).for_each(|thread| run.fetch(thread));
        run
    }

    fn bind(&self, thread: usize, bind: Bind) {
        let Thread { worker, encoder, own } = &self.threads[thread];
        // An offset is for a buffer that the thread has bound.
        let at_index = state_of(*own).remove(&Place::Argument(bind.index));
        if !matches!(bind.method, 5 | 6) || at_index.is_some_and(|text| text.starts_with("buffer")) {
            worker.does(|| bind.call(*encoder));
            bind.call(*own);
        }
    }

    fn fetch(&mut self, thread: usize) {
        let current = self.encoder;
        let it = &mut self.threads[thread];
        if it.encoder != current {
            it.encoder = current;
            it.own = bare_encoder();
        }
        self.bind(thread, Bind { method: 0, index: 0, thing: thread % THINGS + 1, value: 0 });
    }

    fn step(&mut self, thread: usize, step: Step) {
        match step {
            Step::Bind(bind) => self.bind(thread, bind),
            Step::Fetch => self.fetch(thread),
            Step::Dispatch => {
                let it = &self.threads[thread];
                self.expected.push((thread, state_of(it.own)));
                let (encoder, number) = (it.encoder, self.expected.len());
                it.worker.does(|| dispatch(encoder, number));
            }
            Step::End { same_buffer } => {
                let (old, queue, last) = (self.encoder, self.queue, self.buffers[self.buffers.len() - 1]);
                let (mut buffer, mut encoder) = (last, Id::NULL);
                self.threads[thread].worker.does(|| {
                    say(old, c"endEncoding");
                    if !same_buffer {
                        buffer = ask(queue, c"commandBuffer");
                    }
                    encoder = ask(buffer, c"computeCommandEncoder");
                });
                if buffer != last {
                    self.buffers.push_back(buffer);
                }
                self.encoder = encoder;
                self.encoders.push(encoder);
                self.threads[thread].encoder = Id::NULL; // whoever opens an encoder knows that it is a new one
                self.fetch(thread);
            }
            Step::Commit => {
                if self.buffers.len() > 1 {
                    let buffer = self.buffers.pop_front().expect("more than one");
                    self.threads[thread].worker.does(|| say(buffer, c"commit"));
                }
            }
        }
    }

    fn finish(mut self) -> Result<(), String> {
        say(self.encoder, c"endEncoding");
        self.buffers.drain(..).for_each(|buffer| say(buffer, c"commit"));
        self.encoders.sort_unstable_by_key(|encoder| encoder.addr());
        self.encoders.dedup();
        self.encoders.iter().for_each(|&encoder| say(encoder, c"dealloc"));
        let world = world();
        if let Some(violation) = world.violations.first() {
            return Err(violation.clone());
        }
        let mut last = vec![0; self.threads.len()];
        for done in &world.done {
            let (thread, expected) = &self.expected[done.number - 1];
            if let Some((place, text)) =
                expected.iter().find(|(place, text)| done.state.get(place) != Some(*text))
            {
                let found = done.state.get(place);
                return Err(format!("dispatch {}: {place:?} is {found:?} and not {text:?}", done.number));
            }
            if done.number <= last[*thread] {
                return Err(format!("dispatch {} comes after {}", done.number, last[*thread]));
            }
            last[*thread] = done.number;
        }
        if world.done.len() == self.expected.len() {
            Ok(())
        } else {
            Err(format!("{} of {} dispatches", world.done.len(), self.expected.len()))
        }
    }
}
