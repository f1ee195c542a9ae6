//! What the library does: a struct of independent choices, and the table of presets that users choose from.

use crate::named::named;
use crate::named_by_inherent;

named! {
    /// Which lock a call takes.
    pub enum LockScope {
        /// None: the hooks are there and nobody waits.
        None = "none",
        /// The paper's mutex in an associated object of each encoder, around its four methods.
        AssociatedObject = "associated-object",
        /// One mutex around the paper's four methods of all encoders.
        PaperGlobal = "paper-global",
        /// One lock for all encoders and command buffers.
        Global = "global",
        /// One for each encoder.
        PerEncoder = "per-encoder",
        /// One for each command buffer and its encoders.
        PerCommandBuffer = "per-command-buffer",
    }
}

named! {
    /// Whether the library knows what is bound to an encoder.
    pub enum Bindings {
        /// It does not.
        NotKept = "not-kept",
        /// It does, for each thread that uses the encoder: each dispatch works with its own thread's bindings.
        PerThread = "per-thread",
    }
}

named! {
    /// What becomes of a late call: a call on an encoder that has ended.
    pub enum Late {
        /// It is left out and counted.
        Skip = "skip",
        /// Its work is done in another encoder where that can be, else it is left out and counted.
        Rescue = "rescue",
        /// The process ends with both threads and both selectors on standard error.
        Abort = "abort",
    }
}

named! {
    /// What is done about a misuse.
    pub enum Misuse {
        /// It is kept from the driver.
        Prevent = "prevent",
        /// It is reported; nobody is held up, and the driver sees every call.
        Detect = "detect",
        /// It is kept from the driver, and the first one ends the process with its text on standard error.
        Strict = "strict",
    }
}

/// What the library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Which lock a call takes.
    pub lock: LockScope,
    /// Whether bindings are kept.
    pub bindings: Bindings,
    /// What becomes of a late call.
    pub late: Late,
    /// What is done about a misuse.
    pub misuse: Misuse,
}

/// A preset: a policy with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresetRow {
    /// The name in options, tables and JSON.
    pub name: &'static str,
    /// What it does, as a clause.
    pub help: &'static str,
    /// What it comes to.
    pub policy: Policy,
}

/// Declares the presets and their rows.
macro_rules! presets {
    ($($preset:ident = $name:literal, [$lock:ident, $bindings:ident, $late:ident, $misuse:ident], $help:literal;)*) => {
        /// A preset, which is what users choose.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "each row has its help")]
        pub enum Preset { $($preset,)* }

        impl Preset {
            /// All, in the order of tables.
            pub const ALL: &'static [Self] = &[$(Self::$preset),*];

            /// What is known of the preset.
            pub const fn row(self) -> &'static PresetRow {
                match self {
                    $(Self::$preset => &PresetRow {
                        name: $name,
                        help: $help,
                        policy: Policy {
                            lock: LockScope::$lock,
                            bindings: Bindings::$bindings,
                            late: Late::$late,
                            misuse: Misuse::$misuse,
                        },
                    },)*
                }
            }
        }
    };
}

presets! {
    None = "none", [None, NotKept, Skip, Prevent],
        "the hooks alone, no lock: what hooking costs";
    AssociatedObject = "associated-object", [AssociatedObject, NotKept, Skip, Prevent],
        "the paper's design: four hooks, a mutex in an associated object of each encoder";
    PaperGlobal = "paper-global", [PaperGlobal, NotKept, Skip, Prevent],
        "the paper's other variant: its four hooks, one mutex";
    Global = "global", [Global, NotKept, Skip, Prevent],
        "all hooks, one lock for all encoders";
    PerEncoder = "per-encoder", [PerEncoder, NotKept, Skip, Prevent],
        "one lock for each encoder, no bindings kept";
    PerCommandBuffer = "per-command-buffer", [PerCommandBuffer, NotKept, Skip, Prevent],
        "one lock for each command buffer and its encoders";
    Guard = "guard", [PerEncoder, NotKept, Skip, Prevent],
        "one lock for each encoder; late calls are left out and counted";
    Isolate = "isolate", [PerCommandBuffer, PerThread, Rescue, Prevent],
        "one lock for each command buffer, bindings of its own for each thread, and late work is done in another encoder \
         (docs/isolation.md)";
    Detect = "detect", [PerEncoder, NotKept, Skip, Detect],
        "nobody is held up and the driver sees every call; misuse is reported";
}

impl Preset {
    /// The name in options, tables and JSON.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What it comes to.
    pub const fn policy(self) -> Policy {
        self.row().policy
    }
}

#[allow(clippy::derivable_impls, reason = "the default is no part of a row")]
impl Default for Preset {
    fn default() -> Self {
        Self::Guard
    }
}

named_by_inherent!(Preset);

impl Policy {
    /// Whether the guard decides about calls. The paper's two locks and no lock pass the guard by.
    pub const fn guards(self) -> bool {
        matches!(self.lock, LockScope::Global | LockScope::PerEncoder | LockScope::PerCommandBuffer)
    }

    /// Whether only the paper's four methods are hooked.
    pub const fn has_paper_hooks(self) -> bool {
        matches!(self.lock, LockScope::AssociatedObject | LockScope::PaperGlobal)
    }

    /// Whether the guard only watches.
    pub const fn detects(self) -> bool {
        self.guards() && matches!(self.misuse, Misuse::Detect)
    }

    /// Whether each thread has bindings of its own. That takes the lock of the command buffer, and somebody who waits for it.
    pub const fn isolates(self) -> bool {
        matches!((self.lock, self.bindings), (LockScope::PerCommandBuffer, Bindings::PerThread))
            && !self.detects()
    }

    /// Whether late work is done in another encoder: it takes the bindings of the thread.
    pub const fn rescues(self) -> bool {
        self.isolates() && matches!(self.late, Late::Rescue)
    }

    /// The choices that have no effect beside the others, each as a sentence without its end.
    pub fn without_effect(self) -> impl Iterator<Item = &'static str> {
        let late = self.late != Late::Skip;
        let misuse = self.misuse != Misuse::Prevent;
        [
            (late && !self.guards(), "what becomes of late calls has no effect with a lock that does not see them"),
            (misuse && !self.guards(), "what is done about misuse has no effect with a lock that does not see it"),
            (
                self.guards() && self.late == Late::Rescue && !self.rescues(),
                "late calls cannot be rescued without bindings for each thread (preset isolate): they are left out and counted",
            ),
            (
                self.bindings == Bindings::PerThread && !self.isolates(),
                "bindings for each thread have no effect where nobody is held up",
            ),
        ]
        .into_iter()
        .filter_map(|(said, text)| said.then_some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Named;

    #[test]
    fn presets_have_names_of_their_own_and_no_choice_without_effect() {
        for &preset in Preset::ALL {
            assert_eq!(Preset::by_name(preset.name()), Some(preset));
            assert_eq!(preset.policy().without_effect().next(), None, "{preset}");
        }
    }

    #[test]
    fn a_choice_without_effect_is_named() {
        let late = |late, preset: Preset| Policy { late, ..preset.policy() }.without_effect().count();
        assert_eq!(late(Late::Rescue, Preset::Guard), 1);
        assert_eq!(late(Late::Rescue, Preset::Isolate), 0);
        assert_eq!(late(Late::Abort, Preset::Guard), 0);
        assert_eq!(late(Late::Abort, Preset::AssociatedObject), 1);
        let misuse = |misuse, preset: Preset| Policy { misuse, ..preset.policy() }.without_effect().count();
        assert_eq!(misuse(Misuse::Strict, Preset::None), 1);
        assert_eq!(misuse(Misuse::Strict, Preset::Isolate), 0);
        assert!(misuse(Misuse::Detect, Preset::Isolate) > 0);
    }
}
