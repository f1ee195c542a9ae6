//! The programs, by name and crash class.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One way into a crash class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// Class 1: a thread asks for a compute encoder while another thread's is open.
    EncoderOtherThread,
    /// Class 1: a thread asks for a blit encoder while another thread's compute encoder is open.
    BlitOtherThread,
    /// Class 1: a thread asks for a second encoder itself.
    EncoderSameThread,
    /// Class 2: two threads commit.
    SecondCommit,
    /// Class 2: handlers are added after the commit.
    LateHandler,
    /// Class 2: an encoder is asked for after the commit.
    EncoderAfterCommit,
    /// Class 2, Metal 4: a command buffer is ended twice, and asked for an encoder.
    SecondEnd,
    /// Class 3: a thread commits while another thread's encoder is open; that thread ends it in time.
    CommitThenEnd,
    /// Class 3: as before, but that thread ends it only after the commit.
    CommitNeverEnded,
    /// Class 3: a thread commits with its own encoder open.
    CommitSameThread,
    /// Class 3: a thread has an event signalled while another thread's encoder is open.
    EventThenEnd,
    /// Class 3: a thread ends a parallel render encoder while a sub-encoder of another thread is open.
    MakerFirst,
    /// Class 3: a thread ends a parallel render encoder, and commits, with sub-encoders of its own open.
    OwnLeftOpen,
    /// Class 3, Metal 4: a thread ends a command buffer while another thread's encoder is open.
    EndWithOpen,
    /// Class 4: a thread encodes into an encoder that another has ended.
    LateCall,
    /// Class 4: an encoder without a reference is called while its buffer is in flight.
    FreedInFlight,
    /// Class 5: the last reference to an open encoder goes; the buffer is committed.
    ReleasedOpen,
    /// Class 5: the last references to an open encoder and to its buffer go, many times over.
    Abandoned,
    /// Class 7: two threads are inside one encoder.
    TwoThreads,
}

/// What is known of a program.
struct About {
    name: &'static str,
    class: u8,
    misuse: &'static str,
    operations: usize,
    /// Options of the guard and of the simulator that make the program's point in a bounded time.
    environment: &'static [(&'static str, &'static str)],
}

const fn about(name: &'static str, class: u8, operations: usize, misuse: &'static str) -> About {
    About { name, class, misuse, operations, environment: &[] }
}

impl Program {
    /// All, in the order of tables.
    pub const ALL: [Self; 19] = [
        Self::EncoderOtherThread,
        Self::BlitOtherThread,
        Self::EncoderSameThread,
        Self::SecondCommit,
        Self::LateHandler,
        Self::EncoderAfterCommit,
        Self::SecondEnd,
        Self::CommitThenEnd,
        Self::CommitNeverEnded,
        Self::CommitSameThread,
        Self::EventThenEnd,
        Self::MakerFirst,
        Self::OwnLeftOpen,
        Self::EndWithOpen,
        Self::LateCall,
        Self::FreedInFlight,
        Self::ReleasedOpen,
        Self::Abandoned,
        Self::TwoThreads,
    ];

    const fn about(self) -> About {
        match self {
            Self::EncoderOtherThread => {
                about("encoder-other-thread", 1, 2, "second compute encoder, by another thread")
            }
            Self::BlitOtherThread => {
                about("blit-other-thread", 1, 1, "second (blit) encoder, by another thread")
            }
            Self::EncoderSameThread => {
                about("encoder-same-thread", 1, 1, "second compute encoder, by the same thread")
            }
            // The GPU is at work meanwhile: what has completed is known to have been committed by other means.
            Self::SecondCommit => About {
                environment: &[("AGX_SIM_SERVICE_US", "50000")],
                ..about("second-commit", 2, 1, "second commit, by another thread")
            },
            Self::LateHandler => About {
                environment: &[("AGX_SIM_SERVICE_US", "50000")],
                ..about("late-handler", 2, 1, "handlers added after the commit")
            },
            Self::EncoderAfterCommit => {
                about("encoder-after-commit", 2, 2, "encoder asked for after the commit")
            }
            Self::SecondEnd => {
                about("second-end", 2, 0, "second end of a Metal 4 buffer, and an encoder asked for")
            }
            Self::CommitThenEnd => {
                about("commit-then-end", 3, 1, "commit with another thread's encoder open, which ends soon")
            }
            Self::CommitNeverEnded => About {
                environment: &[("AGX_FIX_WAIT_MS", "100")],
                ..about(
                    "commit-never-ended",
                    3,
                    1,
                    "commit with another thread's encoder open, which does not end",
                )
            },
            Self::CommitSameThread => about("commit-same-thread", 3, 1, "commit with one's own encoder open"),
            Self::EventThenEnd => {
                about("event-then-end", 3, 1, "event encoded with another thread's encoder open")
            }
            Self::MakerFirst => {
                about("maker-first", 3, 1, "parallel encoder ended with another thread's sub-encoder open")
            }
            Self::OwnLeftOpen => about(
                "own-left-open",
                3,
                1,
                "parallel encoder ended, and commit, with one's own sub-encoders open",
            ),
            Self::EndWithOpen => {
                about("end-with-open", 3, 0, "Metal 4 buffer ended with another thread's encoder open")
            }
            Self::LateCall => about("late-call", 4, 2, "calls on an encoder that another thread has ended"),
            Self::FreedInFlight => About {
                environment: &[("AGX_SIM_SERVICE_US", "100000")],
                ..about("freed-in-flight", 4, 1, "call on an encoder without a reference, buffer in flight")
            },
            Self::ReleasedOpen => {
                about("released-open", 5, 1, "last reference to an open encoder goes, then commit")
            }
            Self::Abandoned => {
                about("abandoned", 5, 1, "last references to an open encoder and its buffer go, 100 times")
            }
            Self::TwoThreads => About {
                environment: &[("AGX_SIM_WIDEN_US", "20000")],
                ..about("two-threads", 7, 2, "two threads inside one encoder")
            },
        }
    }

    /// The name in options, tables and JSON.
    pub const fn name(self) -> &'static str {
        self.about().name
    }

    /// The crash class, 1 to 8.
    pub const fn class(self) -> u8 {
        self.about().class
    }

    /// What the program does against the rules.
    pub const fn misuse(self) -> &'static str {
        self.about().misuse
    }

    /// Variables that its process needs.
    pub const fn environment(self) -> &'static [(&'static str, &'static str)] {
        self.about().environment
    }

    /// Operations whose numbers are looked at.
    pub(super) const fn operations(self) -> usize {
        self.about().operations
    }

    /// Operations that cannot arrive, whoever protects the driver, as they were encoded after the end or the commit.
    pub const fn unavoidable_losses(self) -> u64 {
        match self {
            Self::LateCall | Self::EncoderAfterCommit => 1,
            _ => 0,
        }
    }
}

impl FromStr for Program {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|it| it.name() == name)
            .ok_or_else(|| format!("{name:?} is no class program"))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_round_and_json_uses_them() {
        for program in Program::ALL {
            assert_eq!(program.name().parse(), Ok(program));
            assert_eq!(serde_json::to_string(&program).unwrap(), format!("\"{program}\""));
        }
        assert!("bogus".parse::<Program>().is_err());
    }

    #[test]
    fn programs_stand_in_the_order_of_their_classes() {
        assert!(Program::ALL.is_sorted_by_key(|program| program.class()));
    }
}
