//! How long calls waited for locks: classes of waits, and what follows from them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The waits of one process, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    /// How many.
    pub count: u64,
    /// Half of them were no longer, in nanoseconds, to an eighth of itself; 0 where there are none.
    pub median_ns: u64,
    /// 99 of 100 were no longer, likewise.
    pub p99_ns: u64,
    /// The longest, in nanoseconds.
    pub longest_ns: u64,
    /// The classes that have waits, from short to long.
    pub classes: Vec<WaitClass>,
}

/// Waits of about the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitClass {
    /// The longest wait that belongs here, in nanoseconds.
    pub up_to_ns: u64,
    /// How many.
    pub count: u64,
}

impl Waits {
    /// From classes, (longest, count) each, in any order, and the longest wait of all.
    pub fn new(classes: impl IntoIterator<Item = (u64, u64)>, longest_ns: u64) -> Self {
        let mut counts = BTreeMap::new();
        for (up_to_ns, count) in classes {
            *counts.entry(up_to_ns).or_default() += count;
        }
        let classes: Vec<WaitClass> =
            counts.into_iter().map(|(up_to_ns, count)| WaitClass { up_to_ns, count }).collect();
        let count = classes.iter().map(|class| class.count).sum();
        let mut waits = Self { count, median_ns: 0, p99_ns: 0, longest_ns, classes };
        [waits.median_ns, waits.p99_ns] = [waits.quantile(50), waits.quantile(99)];
        waits
    }

    /// Those of several processes together.
    pub fn merged<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let (mut classes, mut longest) = (Vec::new(), 0);
        for waits in all {
            classes.extend(waits.classes.iter().map(|class| (class.up_to_ns, class.count)));
            longest = longest.max(waits.longest_ns);
        }
        Self::new(classes, longest)
    }

    /// So many in a hundred were no longer.
    fn quantile(&self, percent: u64) -> u64 {
        let wanted = (self.count * percent).div_ceil(100);
        let mut counted = 0;
        let class = self.classes.iter().find(|class| {
            counted += class.count;
            counted >= wanted
        });
        class.map_or(0, |class| class.up_to_ns.min(self.longest_ns))
    }
}

/// `median 1.2 us, 99 % up to 30.0 us, longest 1.5 ms`.
impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "median {}, 99 % up to {}, longest {}",
            time(self.median_ns),
            time(self.p99_ns),
            time(self.longest_ns)
        )
    }
}

/// A time for people, in the unit that leaves a number below 1000.
pub fn time(nanoseconds: u64) -> String {
    let number = nanoseconds as f64;
    match nanoseconds {
        0..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{:.1} us", number / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", number / 1e6),
        _ => format!("{:.1} s", number / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_hand() {
        let waits = Waits::new([(1023, 1), (7, 98), (95, 1)], 1000);
        assert_eq!((waits.count, waits.median_ns, waits.p99_ns, waits.longest_ns), (100, 7, 95, 1000));
        assert_eq!(waits.classes.len(), 3);
        assert_eq!(Waits::new([(1023, 1)], 1000).p99_ns, 1000, "no quantile is above the longest");
        assert_eq!(Waits::new([], 0), Waits::default());
    }

    #[test]
    fn merging_adds_what_belongs_together() {
        let [one, other] = [Waits::new([(7, 1), (95, 2)], 90), Waits::new([(95, 3)], 94)];
        let both = Waits::merged([&one, &other]);
        assert_eq!(both, Waits::new([(7, 1), (95, 5)], 94));
    }

    #[test]
    fn times_have_a_unit() {
        let waits = Waits::new([(999, 60), (1_500, 38), (2_000_000, 2)], 1_600_000);
        assert_eq!(waits.to_string(), "median 999 ns, 99 % up to 1.6 ms, longest 1.6 ms");
        assert_eq!((time(1_500), time(3_000_000_000)), ("1.5 us".into(), "3.0 s".into()));
    }
}
