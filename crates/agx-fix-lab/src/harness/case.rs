//! How threads and encoders meet in a measurement.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who calls what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Meeting {
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

impl Meeting {
    /// All, in the order of tables.
    pub(crate) const ALL: [Self; 5] =
        [Self::OneThread, Self::OwnEncoders, Self::OneEncoder, Self::OneEncoderBusy, Self::OneEncoderLong];

    /// The name in options, tables and JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OneThread => "one-thread",
            Self::OwnEncoders => "own-encoders",
            Self::OneEncoder => "one-encoder",
            Self::OneEncoderBusy => "one-encoder-busy",
            Self::OneEncoderLong => "one-encoder-long",
        }
    }

    /// Whether threads wait for each other there.
    #[inline]
    pub(crate) const fn is_contended(self) -> bool {
        matches!(self, Self::OneEncoder | Self::OneEncoderBusy | Self::OneEncoderLong)
    }
}

impl fmt::Display for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A meeting of so many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Who calls what.
    pub(crate) meeting: Meeting,
    /// How many threads; 1 for [`Meeting::OneThread`].
    pub(crate) threads: usize,
}

impl Case {
    /// One thread, and each of the others with each of these numbers of threads.
    pub(crate) fn all(threads: &[usize]) -> Vec<Self> {
        let one = Self { meeting: Meeting::OneThread, threads: 1 };
        let several = threads.iter().flat_map(|&threads| {
            Meeting::ALL.into_iter().skip(1).map(move |meeting| Self { meeting, threads })
        });
        std::iter::once(one).chain(several).collect()
    }

    /// The encoder that a thread calls.
    #[inline]
    pub(crate) const fn encoder_of(self, thread: usize) -> usize {
        if self.meeting.is_contended() { 0 } else { thread }
    }

    /// Steps of work in a call, and between two calls: some 50 or 500 ns. The shorter is about what a cheap method of a driver
    /// takes.
    #[inline]
    pub(crate) const fn work(self) -> u32 {
        match self.meeting {
            Meeting::OneEncoderBusy => 32,
            Meeting::OneEncoderLong => 320,
            Meeting::OneThread | Meeting::OwnEncoders | Meeting::OneEncoder => 0,
        }
    }

    /// How many encoders there are.
    pub(crate) const fn encoders(self) -> usize {
        if self.meeting.is_contended() { 1 } else { self.threads }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.threads == 1 { "" } else { "s" };
        let what = match self.meeting {
            Meeting::OneThread => return f.write_str("one thread"),
            Meeting::OwnEncoders => "encoders of their own",
            Meeting::OneEncoder => "one encoder",
            Meeting::OneEncoderBusy => "one encoder, busy",
            Meeting::OneEncoderLong => "one encoder, long",
        };
        write!(f, "{} thread{plural}, {what}", self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_is_there_once() {
        let cases = Case::all(&[2, 4]);
        assert_eq!(cases.len(), 1 + 2 * 4);
        assert_eq!(cases.iter().filter(|case| case.threads == 1).count(), 1);
    }

    #[test]
    fn encoders_are_ones_own_or_all_the_same() {
        let own = Case { meeting: Meeting::OwnEncoders, threads: 4 };
        let one = Case { meeting: Meeting::OneEncoder, threads: 4 };
        assert_eq!((own.encoders(), own.encoder_of(3)), (4, 3));
        assert_eq!((one.encoders(), one.encoder_of(3)), (1, 0));
    }
}
