//! From figures to places on an axis, and the axis's ticks.

use agx_fix_engine::numbers::thousands;
use agx_fix_interface::waits;

/// What the figures of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A number of things.
    Count,
    /// A ratio or a factor.
    Ratio,
    /// A share, shown in percent.
    Share,
    /// A time in nanoseconds.
    Nanoseconds,
}

/// An axis's ends, and how figures lie between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    unit: Unit,
}

/// One tick: its place, from 0 to 1, and its label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) place: f64,
    pub(crate) label: String,
}

/// The largest magnitude that is drawn. A file can name any number; beyond this there are no digits left for ticks.
const MOST: f64 = 1e12;
/// The smallest figure of a logarithmic axis.
const LEAST: f64 = 1e-3;
/// Divisions of an axis, roughly.
const DIVISIONS: f64 = 4.0;

impl Scale {
    /// From 0 to above all of `values`.
    pub(crate) fn from_zero(values: impl IntoIterator<Item = f64>, unit: Unit) -> Self {
        let most = values.into_iter().map(sane).fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let step = round_above(most / DIVISIONS) / 2.0;
        Self { low: 0.0, high: (most / step).ceil() * step, logarithmic: false, unit }
    }

    /// From below to above all of `values`.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, unit: Unit) -> Self {
        let (low, high) = ends(values.into_iter().map(sane)).unwrap_or((0.0, 1.0));
        let step = round_above((high - low).max(0.02 * high.abs()).max(1e-3) / DIVISIONS) / 2.0;
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        Self { low: first * step, high: (last.max(first + 1.0)) * step, logarithmic: false, unit }
    }

    /// All shares.
    pub(crate) const fn shares() -> Self {
        Self { low: 0.0, high: 1.0, logarithmic: false, unit: Unit::Share }
    }

    /// Round figures around all of `values` that are above 0, with equal distances for equal factors.
    pub(crate) fn logarithmic(values: impl IntoIterator<Item = f64>, unit: Unit) -> Self {
        let positive = values.into_iter().filter(|value| *value > 0.0).map(|value| sane(value).max(LEAST));
        let (low, high) = ends(positive).unwrap_or((1.0, 10.0));
        let (low, high) = (round_below(low), round_above(high));
        let high = if low < high { high } else { 10.0 * low };
        Self { low, high, logarithmic: true, unit }
    }

    /// Where a figure lies, from 0 to 1. What is beyond an end lies at that end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let value = sane(value).clamp(self.low, self.high);
        let between = |low: f64, high: f64, value: f64| (value - low) / (high - low);
        if self.logarithmic {
            between(self.low.log10(), self.high.log10(), value.log10())
        } else {
            between(self.low, self.high, value)
        }
    }

    /// As many ticks as fit, where a label of so many characters takes `room(characters)` of the axis, from 0 to 1.
    pub(crate) fn ticks(&self, room: impl Fn(usize) -> f64) -> Vec<Tick> {
        let candidates = (1..=8).map(|coarseness| self.candidate(coarseness));
        let fits = |ticks: &Vec<Tick>| (2..=6).contains(&ticks.len()) && !overlap(ticks, &room);
        let mut candidates = candidates.skip_while(|ticks| !fits(ticks));
        candidates.next().unwrap_or_else(|| self.at([self.low, self.high], (self.high - self.low) / 10.0))
    }

    /// Ticks with ever larger steps.
    fn candidate(&self, coarseness: u32) -> Vec<Tick> {
        if self.logarithmic {
            return self.at(self.powers(coarseness), 1.0);
        }
        let step = round_above((self.high - self.low) / DIVISIONS * f64::from(coarseness));
        let (first, last) = ((self.low / step).ceil(), (self.high / step + 1e-9).floor());
        self.at((0..=(last - first).max(0.0) as u32).map(|number| (first + f64::from(number)) * step), step)
    }

    /// 1, 2 and 5 times the powers of ten on the axis, or the powers alone, or some of them.
    fn powers(&self, coarseness: u32) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let (factors, step): (&[f64], _) =
            if coarseness == 1 { (&[1.0, 2.0, 5.0], 1) } else { (&[1.0], coarseness - 1) };
        let all =
            (first..=last).flat_map(|power| factors.iter().map(move |factor| factor * 10f64.powi(power)));
        let on_the_axis = (self.low * (1.0 - 1e-9))..=(self.high * (1.0 + 1e-9));
        all.filter(|value| on_the_axis.contains(value)).step_by(step as usize).collect()
    }

    fn at(&self, values: impl IntoIterator<Item = f64>, step: f64) -> Vec<Tick> {
        let tick = |value: f64| Tick { place: self.place(value), label: self.unit.label(value, step) };
        values.into_iter().map(tick).collect()
    }
}

impl Unit {
    /// A figure as a tick has it, where the next one is a `step` away.
    fn label(self, value: f64, step: f64) -> String {
        match self {
            Self::Count if value.abs() >= MOST / 1e3 => format!("{value:.0e}"),
            Self::Count if decimals(step) == 0 => thousands(value),
            Self::Count | Self::Ratio => format!("{value:.*}", decimals(step)),
            Self::Share => format!("{:.*} %", decimals(100.0 * step), 100.0 * value),
            Self::Nanoseconds if value < 1.0 => format!("{value} ns"),
            Self::Nanoseconds => waits::time(value as u64).replace(".0 ", " "),
        }
    }
}

/// Digits behind the point that tell figures apart that are a step of 1, 2 or 5 times a power of ten away.
fn decimals(step: f64) -> usize {
    (-step.log10() - 1e-9).ceil().max(0.0) as usize
}

fn sane(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(-MOST, MOST) }
}

fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |ends, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

/// 1, 2 or 5 times a power of ten, and not below `least`.
fn round_above(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// 1, 2 or 5 times a power of ten, and not above `most`.
fn round_below(most: f64) -> f64 {
    let power = 10f64.powf(most.log10().floor());
    let factor = [5.0, 2.0].into_iter().find(|factor| factor * power <= most * (1.0 + 1e-9));
    factor.unwrap_or(1.0) * power
}

fn overlap(ticks: &[Tick], room: &impl Fn(usize) -> f64) -> bool {
    let half = |tick: &Tick| room(tick.label.chars().count()) / 2.0;
    ticks.windows(2).any(|pair| pair[1].place - pair[0].place < half(&pair[0]) + half(&pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(scale: &Scale, room: f64) -> Vec<String> {
        scale.ticks(|characters| characters as f64 * room).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_cover_the_figures() {
        let scale = Scale::from_zero([8_035.0, 10_386.0], Unit::Count);
        assert_eq!(labels(&scale, 0.01), ["0", "5,000", "10,000"]);
        assert_eq!(scale.place(6_250.0), 0.5);
        let ratio = Scale::around([0.93, 1.0, 1.04], Unit::Ratio);
        assert_eq!(labels(&ratio, 0.01), ["0.95", "1.00", "1.05"]);
        assert_eq!(labels(&Scale::shares(), 0.01), ["0 %", "50 %", "100 %"]);
        let times = Scale::logarithmic([4.0, 30_000.0, 0.0], Unit::Nanoseconds);
        assert_eq!(labels(&times, 0.01), ["10 ns", "100 ns", "1 us", "10 us"]);
        assert_eq!((times.place(2.0), times.place(50_000.0)), (0.0, 1.0));
        assert!((times.place(1e5f64.sqrt()) - 0.5).abs() < 1e-9);
        let near = Scale::logarithmic([4.0, 30.0], Unit::Nanoseconds);
        assert_eq!(labels(&near, 0.01), ["2 ns", "5 ns", "10 ns", "20 ns", "50 ns"]);
    }

    #[test]
    fn where_there_is_little_room_there_are_fewer_ticks() {
        let scale = Scale::from_zero([10_386.0], Unit::Count);
        assert_eq!(labels(&scale, 0.08), ["0", "10,000"]);
        let times = Scale::logarithmic([4.0, 30_000.0], Unit::Nanoseconds);
        assert_eq!(labels(&times, 0.05), ["10 ns", "1 us"]);
    }

    #[test]
    fn small_spans_have_ticks_that_differ() {
        for values in [[0.0, 0.0003], [0.0, 0.013], [0.0, 0.9], [0.999, 1.001]] {
            for scale in [Scale::from_zero(values, Unit::Share), Scale::around(values, Unit::Ratio)] {
                let mut labels = labels(&scale, 0.01);
                let count = labels.len();
                labels.dedup();
                assert!(count >= 2 && labels.len() == count, "{values:?}: {labels:?}");
            }
        }
    }

    proptest! {
        /// Whatever a file says.
        #[test]
        fn places_and_ticks_stay_on_the_axis(values in proptest::collection::vec(any::<f64>(), 0..5)) {
            let given = || values.iter().copied();
            for unit in [Unit::Count, Unit::Ratio, Unit::Share, Unit::Nanoseconds] {
                for scale in
                    [Scale::from_zero(given(), unit), Scale::around(given(), unit), Scale::logarithmic(given(), unit)]
                {
                    let ticks = scale.ticks(|characters| characters as f64 * 0.03);
                    prop_assert!(ticks.len() >= 2 && ticks.len() <= 6, "{scale:?} {ticks:?}");
                    let places = ticks.iter().map(|tick| tick.place).chain(given().map(|it| scale.place(it)));
                    for place in places {
                        prop_assert!((0.0..=1.0).contains(&place), "{scale:?} {place}");
                    }
                }
            }
        }
    }
}
