//! The table of class programs: one row for each way into a crash class. To add a program is to add a row, and the function
//! that it names.

use super::scene::{Remarks, Scene};
use super::{committed, ended, kinds, open};
use crate::outcome::Failure;
use agx_fix_terms::named_by_inherent;
use serde::{Deserialize, Serialize};

/// What is known of a program.
struct About {
    name: &'static str,
    class: u8,
    /// Operations whose numbers are checked, and how many of them no guard can save, because they are encoded after the end or
    /// the commit.
    operations: (usize, u64),
    play: fn(&Scene) -> Result<Remarks, Failure>,
    misuse: &'static str,
    /// Options of the guard and of the simulator that make the program's point in a bounded time.
    environment: &'static [(&'static str, &'static str)],
}

/// `Name "name", class, (operations, those that cannot arrive), function, what it does against the rules [environment]`. The
/// rows stand in the order of their classes, which is that of tables.
macro_rules! programs {
    ($($program:ident $name:literal, $class:literal, $operations:tt, $play:path, $misuse:literal $environment:tt;)*) => {
        /// One way into a crash class.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Program {
            $(#[doc = $misuse] $program,)*
        }

        impl Program {
            /// All, in the order of tables.
            pub const ALL: [Self; ABOUT.len()] = [$(Self::$program),*];
        }

        const ABOUT: &[About] = &[$(About {
            name: $name,
            class: $class,
            operations: $operations,
            play: $play,
            misuse: $misuse,
            environment: &$environment,
        }),*];
    };
}

/// The GPU is at work for so long that what has completed was committed by other means.
const AT_WORK: (&str, &str) = ("AGX_SIM_SERVICE_US", "50000");

programs! {
    EncoderOtherThread "encoder-other-thread", 1, (2, 0), open::second_of_other_thread,
        "second compute encoder, by another thread" [];
    BlitOtherThread "blit-other-thread", 1, (1, 0), open::blit_of_other_thread,
        "second (blit) encoder, by another thread" [];
    EncoderSameThread "encoder-same-thread", 1, (1, 0), open::second_of_same_thread,
        "second compute encoder, by the same thread" [];
    SecondCommit "second-commit", 2, (1, 0), committed::second_commit,
        "second commit, by another thread" [AT_WORK];
    LateHandler "late-handler", 2, (1, 0), committed::late_handler,
        "handlers added after the commit" [AT_WORK];
    EncoderAfterCommit "encoder-after-commit", 2, (2, 1), committed::encoder_after_commit,
        "encoder asked for after the commit" [];
    SecondEnd "second-end", 2, (0, 0), kinds::ended_twice,
        "second end of a Metal 4 buffer, and an encoder asked for" [];
    CommitThenEnd "commit-then-end", 3, (1, 0), open::committed_then_ended,
        "commit with another thread's encoder open, which ends soon" [];
    CommitNeverEnded "commit-never-ended", 3, (1, 0), open::committed_and_ended_too_late,
        "commit with another thread's encoder open, which does not end" [("AGX_FIX_WAIT_MS", "100")];
    CommitSameThread "commit-same-thread", 3, (1, 0), open::committed_by_same_thread,
        "commit with one's own encoder open" [];
    EventThenEnd "event-then-end", 3, (1, 0), open::event,
        "event encoded with another thread's encoder open" [];
    MakerFirst "maker-first", 3, (1, 0), kinds::maker_ended_first,
        "parallel encoder ended with another thread's sub-encoder open" [];
    OwnLeftOpen "own-left-open", 3, (1, 0), kinds::own_left_open,
        "parallel encoder ended, and commit, with one's own sub-encoders open" [];
    EndWithOpen "end-with-open", 3, (0, 0), kinds::ended_with_encoder_open,
        "Metal 4 buffer ended with another thread's encoder open" [];
    LateCall "late-call", 4, (2, 1), ended::late_call,
        "calls on an encoder that another thread has ended" [];
    FreedInFlight "freed-in-flight", 4, (1, 0), ended::freed_in_flight,
        "call on an encoder without a reference, buffer in flight" [("AGX_SIM_SERVICE_US", "100000")];
    ReleasedOpen "released-open", 5, (1, 0), ended::released_then_committed,
        "last reference to an open encoder goes, then commit" [];
    Abandoned "abandoned", 5, (1, 0), ended::abandoned_with_its_buffer,
        "last references to an open encoder and its buffer go, 100 times" [];
    TwoThreads "two-threads", 7, (2, 0), ended::two_threads,
        "two threads inside one encoder" [("AGX_SIM_WIDEN_US", "20000")];
}

impl Program {
    const fn about(self) -> &'static About {
        &ABOUT[self as usize]
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

    /// Operations that no guard can save: they are encoded after the end or the commit.
    pub const fn unavoidable_losses(self) -> u64 {
        self.about().operations.1
    }

    /// Operations whose numbers are checked.
    pub(super) const fn operations(self) -> usize {
        self.about().operations.0
    }

    /// Runs it.
    pub(super) fn play(self, scene: &Scene) -> Result<Remarks, Failure> {
        (self.about().play)(scene)
    }
}

named_by_inherent!(Program);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_stand_in_the_order_of_their_classes() {
        assert!(Program::ALL.is_sorted_by_key(|program| program.class()));
    }
}
