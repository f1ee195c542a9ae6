//! The eight kinds of crash that users of Metal from several threads report (docs/crash-classes.md has the sources).

/// One kind of crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrashClass {
    /// 1 to 8.
    pub number: u8,
    /// What happened, as a clause.
    pub what: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl CrashClass {
    /// All, by number.
    pub const ALL: [Self; 8] = [
        Self {
            number: 1,
            what: "a second encoder was opened on a command buffer",
            remedy: "start it with `agx-fix run`: another thread then waits for the open encoder to end; if it still \
                     happens, the same thread opens both, and has to end the first one",
        },
        Self {
            number: 2,
            what: "a command buffer was used after its commit",
            remedy: "start it with `agx-fix run`: a second commit then does nothing and late handlers are called; encode \
                     what comes later into a new command buffer",
        },
        Self {
            number: 3,
            what: "a command buffer was committed, or an event encoded, while an encoder was open",
            remedy: "start it with `agx-fix run`: the open encoder is then waited for, or ended",
        },
        Self {
            number: 4,
            what: "an encoder was ended or freed while a thread used it",
            remedy: "start it with `agx-fix run`: calls on an ended encoder then do not reach the driver; where its \
                     statistics name late dispatches, add `--preset isolate`, which does their work in another encoder",
        },
        Self {
            number: 5,
            what: "an encoder was released without its end",
            remedy: "start it with `agx-fix run`: the encoder is then ended before its last reference goes",
        },
        Self {
            number: 6,
            what: "a framework above Metal changed a map of its own from several threads",
            remedy: "no injected library can prevent it: upgrade PyTorch or MLX (`agx-fix doctor -- COMMAND` shows which \
                     are installed), or call it from one thread",
        },
        Self {
            number: 7,
            what: "two threads were inside one encoder",
            remedy: "start it with `agx-fix run --preset isolate`: threads then take turns, and each keeps its own bindings",
        },
        Self {
            number: 8,
            what: "the interpreter or the process was going away while threads still used it",
            remedy: "no injected library can prevent it: join the threads and wait for the GPU \
                     (`torch.mps.synchronize()`, `mx.synchronize()`) before the program ends",
        },
    ];

    /// The class with that number, 1 to 8.
    pub const fn of(number: u8) -> &'static Self {
        const ALL: &[CrashClass; 8] = &CrashClass::ALL;
        &ALL[number as usize - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_by_its_number() {
        for (place, class) in CrashClass::ALL.iter().enumerate() {
            assert_eq!(usize::from(class.number), place + 1);
            assert_eq!(CrashClass::of(class.number), class);
        }
    }
}
