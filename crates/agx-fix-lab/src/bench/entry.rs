//! What is compared: the driver alone, every strategy, and the paper's global variant.

use agx_fix_engine::contender::Contender;
use agx_fix_interface::options::Strategy;
use std::process::Command;
use std::str::FromStr;

/// One of the compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// As `stress` has it.
    Plain(Contender),
    /// One mutex around the paper's four methods.
    PaperGlobal,
}

/// What the others are compared with.
pub(super) const BASELINE: Entry = Entry::Plain(Contender::Unguarded);
const PAPER_GLOBAL: &str = "paper-global";

impl Entry {
    /// All, in the order of tables. A strategy that the library learns is here by itself.
    pub(super) fn all() -> Vec<Self> {
        let strategies = Strategy::ALL.map(|strategy| Self::Plain(Contender::Guarded(strategy)));
        let mut all = vec![BASELINE];
        for entry in strategies {
            // Beside the other variant of the paper.
            if entry == Self::Plain(Contender::Guarded(Strategy::AssociatedObject)) {
                all.push(Self::PaperGlobal);
            }
            all.push(entry);
        }
        all
    }

    /// The name in options, tables and JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plain(contender) => contender.name(),
            Self::PaperGlobal => PAPER_GLOBAL,
        }
    }

    /// What runs, as far as the strategy says.
    pub(super) const fn contender(self) -> Contender {
        match self {
            Self::Plain(contender) => contender,
            Self::PaperGlobal => Contender::Guarded(Strategy::Global),
        }
    }

    /// Sets what the strategy does not say.
    pub(super) fn set(self, command: &mut Command) {
        if self == Self::PaperGlobal {
            command.env("AGX_FIX_HOOKS", "report");
        }
    }
}

impl FromStr for Entry {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all().into_iter().find(|it| it.name() == name).ok_or_else(|| format!("{name:?} is no strategy"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_takes_part_once_and_names_go_round() {
        let all = Entry::all();
        assert_eq!(all.len(), Strategy::ALL.len() + 2);
        assert_eq!(all[0], BASELINE);
        for entry in all {
            assert_eq!(entry.name().parse(), Ok(entry));
        }
        assert!("bogus".parse::<Entry>().is_err());
    }
}
