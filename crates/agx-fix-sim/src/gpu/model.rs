//! How long the GPU takes: a model with five constants. It comes on top of the arithmetic that the simulator really
//! does.
//!
//! ```text
//!   commit --latency--> queue: buffer + encoders + dispatches --> device: arithmetic --> completed
//! ```
//!
//! Any number of command buffers can be in the latency at once. A queue works on one command buffer after the other,
//! also while the device computes for it. Several queues work side by side. The device computes for one queue at a
//! time. A command buffer reserves the device when it reaches the head of its queue.
//!
//! Times are computed and not measured, each command buffer from the one before. So a thread that is woken late
//! delays one command buffer, and not all that follow.

use crate::options::Costs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a command buffer, or a list of them, asks of the GPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) encoders: u32,
    pub(crate) dispatches: u32,
    /// Floating-point operations: a multiplication and an addition each count.
    pub(crate) arithmetic: u64,
}

/// When the device is free again, in the model's time.
#[derive(Debug)]
pub(crate) struct Arithmetic(Mutex<Option<Instant>>);

impl Arithmetic {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Computes for so long, not before `earliest`; answers when that is done.
    fn compute(&self, earliest: Instant, time: Duration) -> Instant {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = later(earliest, *free) + time;
        *free = Some(done);
        done
    }
}

/// When a queue is free again, in the model's time.
#[derive(Debug, Default)]
pub(crate) struct Timeline(Option<Instant>);

impl Timeline {
    /// When `work` that was committed then is done.
    pub(crate) fn finish(
        &mut self,
        committed: Instant,
        work: &Work,
        costs: &Costs,
        device: &Arithmetic,
    ) -> Instant {
        let begun = later(committed + costs.latency, self.0);
        let encoded = begun + costs.buffer + costs.encoder * work.encoders + costs.dispatch * work.dispatches;
        let picoseconds = work.arithmetic.saturating_mul(costs.flop_ps);
        let done = device.compute(encoded, Duration::from_nanos(picoseconds / 1000));
        self.0 = Some(done);
        done
    }
}

fn later(one: Instant, other: Option<Instant>) -> Instant {
    other.map_or(one, |other| one.max(other))
}

/// Sleeps until then.
pub(crate) fn wait_until(then: Instant) {
    std::thread::sleep(then.saturating_duration_since(Instant::now()));
}

/// Lets the system wake this thread on time. By default it may do so 50 microseconds late.
pub(crate) fn wake_in_time() {
    // SAFETY: the call changes a number of the calling thread. If it fails, waits are as long as by default.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1 as libc::c_ulong, 0, 0, 0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn micros(time: u64) -> Duration {
        Duration::from_micros(time)
    }

    /// One encoder, one dispatch, 10 operations: 10 in the queue, 10 on the device.
    const WORK: Work = Work { encoders: 1, dispatches: 1, arithmetic: 10 };
    const COSTS: Costs = Costs {
        latency: micros(100),
        buffer: micros(5),
        encoder: micros(3),
        dispatch: micros(2),
        flop_ps: 1_000_000,
    };

    #[test]
    fn one_buffer_takes_the_latency_and_its_costs() {
        let (now, device) = (Instant::now(), Arithmetic::new());
        let done = Timeline::default().finish(now, &WORK, &COSTS, &device);
        assert_eq!(done - now, micros(120));
        let more = Work { encoders: 2, dispatches: 6, arithmetic: 40 };
        let later = done + micros(1000);
        assert_eq!(
            Timeline::default().finish(later, &more, &COSTS, &device) - later,
            micros(100 + 5 + 6 + 12 + 40)
        );
    }

    #[test]
    fn a_queue_overlaps_the_latency_and_nothing_else() {
        let (now, device, mut queue) = (Instant::now(), Arithmetic::new(), Timeline::default());
        let done: Vec<Duration> = (0..3).map(|_| queue.finish(now, &WORK, &COSTS, &device) - now).collect();
        assert_eq!(done, [micros(120), micros(140), micros(160)]);
    }

    #[test]
    fn queues_overlap_but_for_the_arithmetic() {
        let (now, device) = (Instant::now(), Arithmetic::new());
        let done: Vec<Duration> =
            (0..3).map(|_| Timeline::default().finish(now, &WORK, &COSTS, &device) - now).collect();
        assert_eq!(done, [micros(120), micros(130), micros(140)]);
    }
}
