//! How long threads waited for locks, and the longest time that a lock was held.
//!
//! Waits are counted in classes an eighth of an octave wide, so that a quantile is exact to an eighth of itself. Only a call
//! that has to wait reads the clock and writes to the classes, which all encoders share; the fast path does neither (I7). Holds
//! are timed only on request, as that takes two readings of the clock for each call.

use crate::sync::{AtomicU8, AtomicU64, Instant, Ordering, array, length};
use agx_fix_terms::CallId;
use const_fn::const_fn;
use std::time::Duration;

/// Classes of an octave, as a power of two.
const PARTS: u32 = 3;
/// Longer waits, of 18 minutes and more, are in the last class.
const OCTAVES: u32 = 40;
const CLASSES: usize = length(((OCTAVES - PARTS + 1) << PARTS) as usize, 1);

/// How long threads waited.
#[derive(Debug)]
pub struct WaitTimes {
    counts: [AtomicU64; CLASSES],
    longest: AtomicU64,
}

impl WaitTimes {
    /// No waits.
    #[allow(clippy::new_without_default, reason = "a const, for statics")]
    #[const_fn(cfg(not(loom)))]
    pub const fn new() -> Self {
        Self { counts: array![AtomicU64::new(0); CLASSES], longest: AtomicU64::new(0) }
    }

    /// Counts a wait.
    pub fn add(&self, wait: Duration) {
        let nanoseconds = nanoseconds(wait);
        self.counts[class_of(nanoseconds)].fetch_add(1, Ordering::Relaxed);
        self.longest.fetch_max(nanoseconds, Ordering::Relaxed);
    }

    /// The classes that have waits: the longest wait that belongs to it in nanoseconds, and how many it has.
    pub fn classes(&self) -> Vec<(u64, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        counts.enumerate().filter(|it| it.1 > 0).map(|(class, count)| (top_of(class), count)).collect()
    }

    /// The longest wait.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest.load(Ordering::Relaxed))
    }

    /// Counts from zero again.
    pub fn reset(&self) {
        self.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        self.longest.store(0, Ordering::Relaxed);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Below eight nanoseconds a class is one nanosecond.
fn class_of(nanoseconds: u64) -> usize {
    let Some(shift) = nanoseconds.checked_ilog2().and_then(|octave| octave.checked_sub(PARTS)) else {
        return nanoseconds as usize;
    };
    let class = ((shift as usize) << PARTS) + (nanoseconds >> shift) as usize;
    class.min(CLASSES - 1)
}

/// The longest wait of a class.
fn top_of(class: usize) -> u64 {
    let shift = (class >> PARTS).saturating_sub(1);
    let leading = class - (shift << PARTS);
    ((leading as u64 + 1) << shift) - 1
}

/// The longest time that a lock was held, where holds are timed.
#[derive(Debug)]
pub(crate) struct Holds {
    timed: AtomicU8,
    /// Nanoseconds in the upper 48 bits, the call in the lower 16: one word, so that the two belong together.
    longest: AtomicU64,
}

const LONGEST_HOLD: u64 = (1 << 48) - 1;

impl Holds {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self { timed: AtomicU8::new(0), longest: AtomicU64::new(0) }
    }

    pub(crate) fn configure(&self, timed: bool) {
        self.timed.store(timed.into(), Ordering::Relaxed);
    }

    /// Whether holds are timed.
    #[inline]
    pub(crate) fn are_timed(&self) -> bool {
        self.timed.load(Ordering::Relaxed) != 0
    }

    /// A hold begins; its beginning, if it is timed.
    #[inline]
    pub(crate) fn begin(&self) -> Option<Instant> {
        self.are_timed().then(Instant::now)
    }

    /// A hold of that call ends.
    #[cold]
    pub(crate) fn end(&self, begun: Instant, call: CallId) {
        self.add(begun.elapsed(), call);
    }

    fn add(&self, held: Duration, call: CallId) {
        let held = nanoseconds(held).min(LONGEST_HOLD);
        self.longest.fetch_max(held << 16 | u64::from(call.0), Ordering::Relaxed);
    }

    pub(crate) fn longest(&self) -> Option<(CallId, Duration)> {
        let word = self.longest.load(Ordering::Relaxed);
        (word > 0).then(|| (CallId(word as u16), Duration::from_nanos(word >> 16)))
    }

    pub(crate) fn reset(&self) {
        self.longest.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_the_first_class_whose_top_it_does_not_exceed() {
        for time in (0..5000).chain([1 << 20, (1 << 20) - 1, 123_456_789, (1 << 40) - 1]) {
            let class = class_of(time);
            assert!(time <= top_of(class), "{time} in {class}");
            assert!(class == 0 || time > top_of(class - 1), "{time} in {class}");
            assert!(top_of(class) - time <= time / 8, "{time} is told to an eighth");
        }
        assert_eq!(class_of(u64::MAX), CLASSES - 1);
        assert_eq!(class_of((1 << 40) - 1), CLASSES - 1);
    }

    #[test]
    fn waits_are_counted_until_the_reset() {
        let times = WaitTimes::new();
        for nanoseconds in [5, 5, 1000, 90] {
            times.add(Duration::from_nanos(nanoseconds));
        }
        assert_eq!(times.classes(), [(5, 2), (95, 1), (1023, 1)]);
        assert_eq!(times.longest(), Duration::from_nanos(1000));
        times.reset();
        assert_eq!((times.classes(), times.longest()), (vec![], Duration::ZERO));
    }

    #[test]
    fn the_longest_hold_has_its_call_and_untimed_holds_have_none() {
        let holds = Holds::new();
        assert!(holds.begin().is_none() && holds.longest().is_none());
        holds.configure(true);
        let long_ago = Instant::now().checked_sub(Duration::from_secs(5)).unwrap();
        holds.end(long_ago, CallId(7));
        holds.end(holds.begin().unwrap(), CallId(8));
        let (call, time) = holds.longest().unwrap();
        assert!(call == CallId(7) && time >= Duration::from_secs(5), "{call:?} {time:?}");
        holds.reset();
        assert_eq!(holds.longest(), None);
    }

    #[test]
    fn a_hold_is_told_to_the_nanosecond_up_to_three_days() {
        let holds = Holds::new();
        holds.add(Duration::from_nanos(1_000_001), CallId(u16::MAX - 1));
        holds.add(Duration::from_nanos(1_000_000), CallId(3));
        assert_eq!(holds.longest(), Some((CallId(u16::MAX - 1), Duration::from_nanos(1_000_001))));
        holds.add(Duration::from_secs(4 * 86_400), CallId(5));
        assert_eq!(
            holds.longest(),
            Some((CallId(5), Duration::from_nanos((1 << 48) - 1))),
            "the longest there is"
        );
    }
}
