//! What is compared: the driver alone, and the driver under each preset.

use agx_fix_terms::{Named, Preset};
use agx_fix_workload::Scenario;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::iter;
use std::str::FromStr;

/// One of the compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contender {
    /// The driver alone, no library.
    #[default]
    Unguarded,
    /// The library with this preset.
    Guarded(Preset),
}

impl Contender {
    /// All, in the order of tables.
    pub fn all() -> impl Iterator<Item = Self> {
        iter::once(Self::Unguarded).chain(Preset::ALL.iter().copied().map(Self::Guarded))
    }

    /// What is compared unless others are named: the driver alone, each lock, and each preset that locks. (`per-encoder`
    /// has the lock of `guard`; `paper-global` and `detect` are compared where that is asked for.)
    pub fn usual() -> impl Iterator<Item = Self> {
        let beside = [Preset::PerEncoder, Preset::PaperGlobal, Preset::Detect].map(Self::Guarded);
        Self::all().filter(move |it| !beside.contains(it))
    }

    /// Those that were named, in the order of tables; the usual ones where none was.
    pub fn chosen(named: &[Self]) -> Vec<Self> {
        if named.is_empty() {
            Self::usual().collect()
        } else {
            Self::all().filter(|it| named.contains(it)).collect()
        }
    }

    /// The name in options, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unguarded => "unguarded",
            Self::Guarded(preset) => preset.name(),
        }
    }

    /// The parser of an option that takes one.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        PossibleValuesParser::new(Self::all().map(Self::name)).try_map(|name| name.parse::<Self>())
    }

    /// The preset, where the library is there.
    pub const fn preset(self) -> Option<Preset> {
        match self {
            Self::Unguarded => None,
            Self::Guarded(preset) => Some(preset),
        }
    }

    /// It keeps no threads apart. Where the driver is meant to fail it must fail, or the run shows nothing.
    pub const fn is_baseline(self) -> bool {
        match self {
            Self::Unguarded => true,
            // The paper's designs are neither: they are measured.
            Self::Guarded(preset) => !self.excludes() && !preset.policy().has_paper_hooks(),
        }
    }

    /// It keeps the driver alive.
    pub const fn excludes(self) -> bool {
        match self {
            Self::Unguarded => false,
            Self::Guarded(preset) => preset.policy().guards() && !preset.policy().detects(),
        }
    }

    /// No work is lost, and each thread gets its own results.
    pub const fn isolates(self) -> bool {
        match self {
            Self::Unguarded => false,
            Self::Guarded(preset) => preset.policy().isolates(),
        }
    }

    /// It must be clean in that scenario.
    pub const fn must_be_clean(self, scenario: Scenario) -> bool {
        self.excludes() && (self.isolates() || !scenario.tears_sequences())
    }
}

/// The parser of an option that takes one of a fixed list.
pub fn named<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::ALL.iter().map(|it| it.name()))
        .map(|name| T::by_name(&name).expect("it is one of them"))
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Contender {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all().find(|it| it.name() == name).ok_or_else(|| format!("{name:?} is no preset"))
    }
}

impl Serialize for Contender {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Contender {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_round() {
        for contender in Contender::all() {
            assert_eq!(contender.name().parse(), Ok(contender));
        }
        assert!("bogus".parse::<Contender>().is_err());
    }
}
