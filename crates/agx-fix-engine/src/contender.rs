//! What is compared: the driver alone, and the driver under each strategy.

use agx_fix_interface::options::Strategy;
use agx_fix_workload::Scenario;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// One of the compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contender {
    /// The driver alone, no library.
    #[default]
    Unguarded,
    /// The library with this strategy.
    Guarded(Strategy),
}

impl Contender {
    /// The library as it is by default.
    pub const DEFAULT: Self = Self::Guarded(Strategy::PerEncoder);
    /// All, in the order of tables.
    pub const ALL: [Self; 7] = [
        Self::Unguarded,
        Self::Guarded(Strategy::None),
        Self::Guarded(Strategy::AssociatedObject),
        Self::Guarded(Strategy::Global),
        Self::Guarded(Strategy::PerEncoder),
        Self::Guarded(Strategy::PerCommandBuffer),
        Self::Guarded(Strategy::Isolate),
    ];

    /// The name in options, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unguarded => "unguarded",
            Self::Guarded(strategy) => strategy.name(),
        }
    }

    /// The parser of an option that takes one.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        PossibleValuesParser::new(Self::ALL.map(Self::name)).try_map(|name| name.parse::<Self>())
    }

    /// The strategy, where the library is there.
    pub const fn strategy(self) -> Option<Strategy> {
        match self {
            Self::Unguarded => None,
            Self::Guarded(strategy) => Some(strategy),
        }
    }

    /// It excludes nobody: it must fail where the driver is meant to, or the run shows nothing.
    pub const fn is_baseline(self) -> bool {
        matches!(self, Self::Unguarded | Self::Guarded(Strategy::None))
    }

    /// It keeps the driver alive. (`associated-object` is neither this nor a baseline: the paper's design, measured.)
    pub const fn excludes(self) -> bool {
        matches!(
            self,
            Self::Guarded(
                Strategy::Global | Strategy::PerEncoder | Strategy::PerCommandBuffer | Strategy::Isolate
            )
        )
    }

    /// It loses no work, and mixes up nobody's.
    pub const fn isolates(self) -> bool {
        matches!(self, Self::Guarded(Strategy::Isolate))
    }

    /// It must be clean in that scenario.
    pub const fn must_be_clean(self, scenario: Scenario) -> bool {
        self.excludes() && (self.isolates() || !scenario.tears_sequences())
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Contender {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| format!("{name:?} is no strategy"))
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
    fn every_strategy_takes_part() {
        for strategy in Strategy::ALL {
            assert!(Contender::ALL.contains(&Contender::Guarded(strategy)), "{strategy}");
        }
    }

    #[test]
    fn names_go_round() {
        for contender in Contender::ALL {
            assert_eq!(contender.name().parse(), Ok(contender));
        }
        assert!("bogus".parse::<Contender>().is_err());
    }
}
