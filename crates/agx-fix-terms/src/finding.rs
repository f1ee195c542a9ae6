//! Findings: the classes of misuse that agx-fix sees, and what it makes of a misuse.
//!
//! A class is one row of [`FindingClass::row`]; guard, texts, JSON, docs and `agx-fix doctor --explain` read it from there.

use crate::crash::CrashClass;
use crate::named::named;
use crate::named_by_inherent;

/// A class of findings: which rule of Metal was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// The name in JSON and texts.
    pub name: &'static str,
    /// The crash class that such a misuse leads to without agx-fix.
    pub crash: u8,
    /// What happened. `{call}` is the call that was found, `{other}` the other call, `{whose}` says whether the same
    /// thread made both.
    pub sentence: &'static str,
    /// What the author of the program can do about it.
    pub remedy: &'static str,
    /// Whether such a misuse can cost work, so that results may be wrong.
    pub may_lose: bool,
}

/// Declares the classes and their rows.
macro_rules! classes {
    ($($(#[$about:meta])* $class:ident = $row:expr,)*) => {
        /// Which rule of Metal was broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum FindingClass { $($(#[$about])* $class,)* }

        impl FindingClass {
            /// All, in the order of their crash classes.
            pub const ALL: &'static [Self] = &[$(Self::$class),*];

            /// What is known of the class.
            pub const fn row(self) -> &'static FindingRow {
                match self { $(Self::$class => const { &$row },)* }
            }
        }
    };
}

classes! {
    /// An encoder was asked for while another one of the command buffer was open.
    EncoderAlreadyOpen = FindingRow {
        name: "encoder-already-open",
        crash: 1,
        sentence: "{call} asks for an encoder while the one of {other} is open ({whose})",
        remedy: "end the open encoder before another one is asked for",
        may_lose: false,
    },
    /// A command buffer was committed, given a handler, or asked for an encoder after its commit, or after the end of a
    /// command buffer of Metal 4.
    UsedAfterCommit = FindingRow {
        name: "used-after-commit",
        crash: 2,
        sentence: "{call} comes after the command buffer's commit or end",
        remedy: "encode what comes later into a new command buffer, and add handlers before the commit",
        may_lose: true,
    },
    /// A command buffer was committed, or an event encoded, while an encoder was open; or a parallel render encoder was
    /// ended while one that it had made was open.
    EncoderOpenAtCommit = FindingRow {
        name: "encoder-open-at-commit",
        crash: 3,
        sentence: "{call} comes while the encoder of {other} is open ({whose})",
        remedy: "end every encoder of the command buffer before the commit or the event",
        may_lose: false,
    },
    /// An encoder was called after its end.
    LateCall = FindingRow {
        name: "late-call",
        crash: 4,
        sentence: "{call} comes after the encoder's end; it was ended by {other}",
        remedy: "end an encoder when every thread is done with it, or use the preset `isolate`, which does late \
                 work in another encoder",
        may_lose: true,
    },
    /// The last reference to an encoder went without its end.
    ReleasedWithoutEnd = FindingRow {
        name: "released-without-end",
        crash: 5,
        sentence: "{call} gives up the last reference to an encoder that is open",
        remedy: "call `endEncoding` before the last reference goes",
        may_lose: false,
    },
    /// Two threads were inside one encoder or command buffer. Seen where misuse is only detected; otherwise one of them
    /// waits.
    TwoThreads = FindingRow {
        name: "two-threads",
        crash: 7,
        sentence: "{call} comes while {other} is inside",
        remedy: "give each thread an encoder of its own, or use the preset `guard`, under which threads take turns",
        may_lose: false,
    },
    /// What a thread had bound was not what the encoder held at its dispatch, as another thread had bound something in
    /// between. Seen where bindings are kept for each thread.
    TornSequence = FindingRow {
        name: "torn-sequence",
        crash: 7,
        sentence: "{call} would have worked with what {other} had bound; its own bindings were applied again",
        remedy: "give each thread an encoder of its own, or hold one lock of your own from the first binding to \
                 the dispatch",
        may_lose: false,
    },
    /// A dispatch depends on bindings that cannot be known: made before the hooks were there, or reached through an
    /// argument buffer. Seen where bindings are kept for each thread.
    UnknownBindings = FindingRow {
        name: "unknown-bindings",
        crash: 7,
        sentence: "{call} depends on bindings that cannot be known: set before the hooks, or in an argument buffer",
        remedy: "make the bindings of a dispatch in the thread that dispatches",
        may_lose: true,
    },
}

impl FindingClass {
    /// The name in JSON and texts.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What the author of the program can do about it.
    pub const fn remedy(self) -> &'static str {
        self.row().remedy
    }

    /// The crash class that such a misuse leads to without agx-fix.
    pub const fn crash(self) -> &'static CrashClass {
        CrashClass::of(self.row().crash)
    }
}

named_by_inherent!(FindingClass);

named! {
    /// What was made of a misuse, the best first.
    pub enum Outcome {
        /// It did not reach the driver, or not before it was allowed to.
        Prevented = "prevented",
        /// The driver was given something else, which is allowed, in its place.
        Converted = "converted",
        /// Only said: the driver was given it as it was.
        Reported = "reported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Named;

    #[test]
    fn rows_are_complete_and_in_order() {
        assert!(FindingClass::ALL.is_sorted_by_key(|class| class.row().crash));
        for (place, &class) in FindingClass::ALL.iter().enumerate() {
            assert_eq!(class as usize, place);
            assert_eq!(FindingClass::by_name(class.name()), Some(class));
            assert!(class.row().sentence.contains("{call}"), "{class}");
            assert!(!class.remedy().is_empty(), "{class}");
        }
    }
}
