//! What a call costs: the samples of one contender in one subject. `agx-fix-lab calls` measures them, and a file of
//! `agx-fix-lab bench --calls` carries those that `agx-fix report` shows.

use crate::bench::interval::{Spread, spread};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which thread calls which encoder, and how much it does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessPattern {
    /// One thread calls one encoder.
    OneThread,
    /// Each thread calls an encoder of its own.
    OwnEncoders,
    /// All threads call one encoder, back to back.
    OneEncoder,
    /// All threads call one encoder, with work inside the call and as much outside it.
    OneEncoderBusy,
    /// The same with ten times the work.
    OneEncoderLong,
}

/// An access pattern with so many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Which thread calls which encoder.
    pub pattern: AccessPattern,
    /// How many threads; 1 for [`AccessPattern::OneThread`].
    pub threads: usize,
}

impl Case {
    /// One thread on one encoder.
    pub const ONE: Self = Self { pattern: AccessPattern::OneThread, threads: 1 };

    /// One thread, and each other pattern with each of these numbers of threads.
    pub fn all(threads: &[usize]) -> Vec<Self> {
        use AccessPattern::{OneEncoder, OneEncoderBusy, OneEncoderLong, OwnEncoders};
        let several = threads.iter().flat_map(|&threads| {
            [OwnEncoders, OneEncoder, OneEncoderBusy, OneEncoderLong].map(|pattern| Self { pattern, threads })
        });
        std::iter::once(Self::ONE).chain(several).collect()
    }

    /// Whether threads wait for each other.
    #[inline]
    pub const fn is_contended(self) -> bool {
        !matches!(self.pattern, AccessPattern::OneThread | AccessPattern::OwnEncoders)
    }

    /// The encoder that a thread calls.
    #[inline]
    pub const fn encoder_of(self, thread: usize) -> usize {
        if self.is_contended() { 0 } else { thread }
    }

    /// How many encoders there are.
    pub const fn encoders(self) -> usize {
        if self.is_contended() { 1 } else { self.threads }
    }

    /// Steps of work in a call, and between two calls: some 50 or 500 ns. The shorter is about what a cheap method of a driver
    /// takes.
    #[inline]
    pub const fn work(self) -> u32 {
        match self.pattern {
            AccessPattern::OneEncoderBusy => 32,
            AccessPattern::OneEncoderLong => 320,
            AccessPattern::OneThread | AccessPattern::OwnEncoders | AccessPattern::OneEncoder => 0,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.pattern {
            AccessPattern::OneThread => return f.write_str("one thread"),
            AccessPattern::OwnEncoders => "encoders of their own",
            AccessPattern::OneEncoder => "one encoder",
            AccessPattern::OneEncoderBusy => "one encoder, busy",
            AccessPattern::OneEncoderLong => "one encoder, long",
        };
        write!(f, "{} threads, {what}", self.threads)
    }
}

/// What a thread does when it is its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A buffer of the thread's own is bound.
    Bind,
    /// Work is dispatched, with what the thread bound in the beginning.
    Dispatch,
}

/// Threads that take turns on one encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    /// What is done.
    pub act: Act,
    /// 1, or 2 that alternate.
    pub threads: usize,
}

impl Turns {
    /// All.
    pub const ALL: [Self; 4] = [
        Self { act: Act::Bind, threads: 1 },
        Self { act: Act::Dispatch, threads: 1 },
        Self { act: Act::Bind, threads: 2 },
        Self { act: Act::Dispatch, threads: 2 },
    ];
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// An Objective-C call, through the hooks if the library is there.
    Hook(Case),
    /// A call of a stand-in for the driver's method, under a lock alone.
    Lock(Case),
    /// A binding or a dispatch, by one thread or by two that take turns.
    Turns(Turns),
    /// Creation and end of an Objective-C encoder, on so many threads.
    HookLife(usize),
    /// Creation and end of an entry in a table alone, on so many threads.
    Life(usize),
    /// A call on so many live encoders, one after the other.
    Lookup(usize),
    /// Start and end of a process without Metal.
    Start,
}

impl Subject {
    /// The case of a call.
    pub const fn case(self) -> Option<Case> {
        match self {
            Self::Hook(case) | Self::Lock(case) => Some(case),
            _ => None,
        }
    }
}

/// The column of a table.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hook(case) | Self::Lock(case) => case.fmt(f),
            Self::Turns(Turns { act, threads }) => {
                let act = if *act == Act::Bind { "bind" } else { "dispatch" };
                write!(f, "{act}, {}", if *threads == 1 { "one thread" } else { "two threads in turn" })
            }
            Self::HookLife(1) | Self::Life(1) => f.write_str("one thread"),
            Self::HookLife(threads) | Self::Life(threads) => write!(f, "{threads} threads"),
            Self::Lookup(live) => live.fmt(f),
            Self::Start => f.write_str("a process"),
        }
    }
}

/// A contender in one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallCost {
    /// What is measured.
    pub subject: Subject,
    /// The contender's name.
    pub contender: String,
    /// A sample for each round, in nanoseconds: a core's time for one call (for a start, the time it takes).
    pub nanoseconds: Vec<f64>,
    /// The calls of the slowest thread as a share of the mean, for each round; empty for one thread.
    pub slowest_shares: Vec<f64>,
    /// Instructions of one call on one thread; `null` where they were not counted.
    pub instructions: Option<f64>,
}

impl CallCost {
    /// Without a sample.
    pub fn new(subject: Subject, contender: &str) -> Self {
        let (nanoseconds, slowest_shares) = (Vec::new(), Vec::new());
        Self { subject, contender: contender.to_owned(), nanoseconds, slowest_shares, instructions: None }
    }

    /// The samples in short; `None` without a sample.
    pub fn spread(&self) -> Option<Spread> {
        (!self.nanoseconds.is_empty()).then(|| spread(&self.nanoseconds))
    }
}
