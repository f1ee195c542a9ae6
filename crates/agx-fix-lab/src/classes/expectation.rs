//! What the guard is to make of each program.

use agx_fix_engine::contender::Contender;
use agx_fix_terms::{FindingClass as Class, Outcome};
use agx_fix_workload::Program;

/// What a guarded row is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    /// Clean runs, with this finding in some of them. Findings of its class, and of the other classes named, are allowed.
    Found(Class, Outcome, &'static [Class]),
    /// Clean runs without a finding. The lock's contentions show that the threads met.
    Excluded,
    /// The driver fails in spite of the guard, and the finding was reported before.
    ReportedOnly(Class),
}

impl Expectation {
    pub(super) const fn of(program: Program, contender: Contender) -> Self {
        use Expectation::{Excluded, Found, ReportedOnly};
        match program {
            Program::EncoderOtherThread | Program::BlitOtherThread => {
                Found(Class::EncoderAlreadyOpen, Outcome::Prevented, &[])
            }
            Program::EncoderSameThread => ReportedOnly(Class::EncoderAlreadyOpen),
            Program::SecondCommit | Program::EncoderAfterCommit | Program::SecondEnd => {
                Found(Class::UsedAfterCommit, Outcome::Prevented, &[])
            }
            Program::LateHandler => Found(Class::UsedAfterCommit, Outcome::Converted, &[]),
            Program::CommitThenEnd | Program::EventThenEnd | Program::MakerFirst | Program::EndWithOpen => {
                Found(Class::EncoderOpenAtCommit, Outcome::Prevented, &[])
            }
            Program::CommitNeverEnded | Program::CommitSameThread | Program::OwnLeftOpen => {
                Found(Class::EncoderOpenAtCommit, Outcome::Converted, &[])
            }
            Program::LateCall | Program::FreedInFlight if contender.isolates() => {
                Found(Class::LateCall, Outcome::Converted, &[])
            }
            Program::LateCall | Program::FreedInFlight => Found(Class::LateCall, Outcome::Prevented, &[]),
            // The commit that follows may be what ends it.
            Program::ReleasedOpen => {
                Found(Class::ReleasedWithoutEnd, Outcome::Converted, &[Class::EncoderOpenAtCommit])
            }
            Program::Abandoned => Found(Class::ReleasedWithoutEnd, Outcome::Converted, &[]),
            Program::TwoThreads => Excluded,
        }
    }

    /// Whether a finding of this class is allowed.
    pub(super) fn allows(self, class: Class) -> bool {
        match self {
            Self::Found(expected, _, others) => class == expected || others.contains(&class),
            Self::Excluded => false,
            Self::ReportedOnly(expected) => class == expected,
        }
    }
}
