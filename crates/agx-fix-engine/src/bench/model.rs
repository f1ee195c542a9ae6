//! The paper's figures, and the modelled GPU: its constants, how they are fitted to the figures, and what they predict.
//!
//! The paper is "AGX Fix Optimization Report", 2025-12-21: Mac16,5 with M4 Max, macOS 15.7.3, PyTorch 2.9.1a0. No other file
//! carries its figures.
//!
//! # The fit
//!
//! The paper's throughput table is all that is used. Operations of N threads, each of which waits for its own, go through
//! a GPU that takes `cycle` for one of them, of which `service` cannot overlap with others':
//!
//! ```text
//!   throughput(N) = min(N / cycle, 1 / service)
//! ```
//!
//! [`fit`] takes the two numbers with the smallest sum of squared relative (logarithmic) errors over the table's ten means.
//! For a given border between the threads that are held up by the cycle and those held up by the service, the two are
//! geometric means, so it tries every border. [`residuals`] says what is left: the table sinks again at 8 threads, which two
//! numbers cannot follow.
//!
//! # What the table cannot tell
//!
//! It has one shape only, so it says nothing about how the service divides among command buffer, encoders, dispatches and
//! arithmetic. Here each of the four has the same share. Every factor of a sweep rests on that division, as its text says.

use super::file::{GpuModel, Shape};
use std::process::Command;

/// One row of its throughput table: operations a second, mean and standard deviation of 5 iterations x 50 operations a
/// thread.
pub struct PaperRow {
    /// How many.
    pub threads: usize,
    /// One mutex for all encoders: our `paper-global`.
    pub global: (f64, f64),
    /// A mutex an encoder: our `associated-object`.
    pub per_encoder: (f64, f64),
}

const fn row(threads: usize, global: (f64, f64), per_encoder: (f64, f64)) -> PaperRow {
    PaperRow { threads, global, per_encoder }
}

/// Its throughput table.
pub const THROUGHPUT: [PaperRow; 5] = [
    row(1, (3_609.0, 905.0), (4_118.0, 1_061.0)),
    row(2, (8_035.0, 130.0), (7_883.0, 126.0)),
    row(4, (10_386.0, 351.0), (10_120.0, 616.0)),
    row(8, (8_922.0, 43.0), (8_952.0, 109.0)),
    row(16, (9_231.0, 71.0), (9_235.0, 86.0)),
];

/// The size of the iteration that [`COUNTS`] is about: 8 threads x 50 operations.
pub const COUNTED_THREADS: usize = 8;

/// Its statistics of one iteration by our contender: acquisitions, contentions, mutexes created.
pub const COUNTS: [(&str, [u64; 3]); 2] =
    [("paper-global", [2_400, 69, 1]), ("associated-object", [2_400, 0, 800])];

/// Of command buffer, encoders, dispatches and arithmetic in the service.
const SHARE: f64 = 0.25;

/// The two numbers that the paper's table determines, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// From an operation's beginning to its end where nothing else is under way.
    pub cycle: f64,
    /// The part of it that cannot overlap with others'.
    pub service: f64,
}

impl Fit {
    /// Operations a second.
    pub fn throughput(&self, threads: usize) -> f64 {
        (threads as f64 / self.cycle).min(1.0 / self.service)
    }

    fn error(&self) -> f64 {
        points().map(|(threads, measured)| (self.throughput(threads) / measured).ln().powi(2)).sum()
    }
}

/// Threads and operations a second, both variants.
fn points() -> impl Iterator<Item = (usize, f64)> {
    let both = |row: &'static PaperRow| [row.global.0, row.per_encoder.0].map(|mean| (row.threads, mean));
    THROUGHPUT.iter().flat_map(both)
}

/// Fits the paper's table.
pub fn fit() -> Fit {
    let candidate = |border: usize| {
        let cycle = geometric_mean(points().filter(|it| it.0 < border).map(|(n, mean)| n as f64 / mean));
        let service = geometric_mean(points().filter(|it| it.0 >= border).map(|(_, mean)| 1.0 / mean));
        Fit { cycle, service }
    };
    let borders = THROUGHPUT[1..].iter().map(|row| row.threads);
    let fits = borders.map(candidate);
    fits.min_by(|one, other| one.error().total_cmp(&other.error())).expect("the table has several rows")
}

fn geometric_mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value.ln(), count + 1.0));
    f64::exp(sum / count)
}

/// The constants that follow from the fit, for operations of the paper's batching in this shape.
pub fn fitted(shape: &Shape) -> GpuModel {
    let Fit { cycle, service } = fit();
    let share_us = 1e6 * SHARE * service;
    GpuModel {
        latency_us: 1e6 * (cycle - service),
        buffer_us: share_us,
        encoder_us: share_us / 2.0,
        dispatch_us: share_us / 2.0,
        flop_ps: 1e6 * share_us / shape.flops() as f64,
    }
}

/// The environment of a run that follows the model.
pub fn set(command: &mut Command, model: &GpuModel) {
    let nanoseconds = |time: f64| (1e3 * time).round().to_string();
    command
        .env("AGX_SIM_LATENCY_NS", nanoseconds(model.latency_us))
        .env("AGX_SIM_BUFFER_NS", nanoseconds(model.buffer_us))
        .env("AGX_SIM_ENCODER_NS", nanoseconds(model.encoder_us))
        .env("AGX_SIM_DISPATCH_NS", nanoseconds(model.dispatch_us))
        .env("AGX_SIM_FLOP_PS", model.flop_ps.round().to_string());
}

/// Operations of that shape in a second, at most: what the model says where threads cost no time.
pub fn bound(model: &GpuModel, shape: &Shape, threads: usize) -> f64 {
    let dispatches = (shape.dispatches * shape.encoders) as f64;
    let operations = dispatches / 2.0;
    let encoded = model.buffer_us + shape.encoders as f64 * model.encoder_us + dispatches * model.dispatch_us;
    let arithmetic = 1e-6 * model.flop_ps * shape.flops() as f64 * operations;
    let service = encoded + arithmetic;
    let by_threads = threads as f64 / (model.latency_us + service);
    let by_queues = shape.queues.min(threads) as f64 / service;
    1e6 * operations * by_threads.min(by_queues).min(1.0 / arithmetic)
}

/// Operations of that shape in a second if the GPU computed and did nothing else.
pub fn maximum(model: &GpuModel, shape: &Shape) -> f64 {
    1e12 / (model.flop_ps * shape.flops() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { input: 32, hidden: 64, batch: 4, dispatches: 1, encoders: 2, queues: 1 };

    #[test]
    fn no_neighbour_fits_the_paper_better() {
        let best = fit();
        for (cycle, service) in
            [(0.99, 1.0), (1.01, 1.0), (1.0, 0.99), (1.0, 1.01), (1.01, 0.99), (0.99, 1.01)]
        {
            let neighbour = Fit { cycle: cycle * best.cycle, service: service * best.service };
            assert!(neighbour.error() > best.error(), "{neighbour:?}");
        }
    }

    #[test]
    fn the_fit_is_the_papers_own_reading() {
        let Fit { cycle, service } = fit();
        assert!((1.0 / service - 10_000.0).abs() < 1_000.0, "it saturates near 10,000 operations a second");
        assert!((1.0 / cycle - 4_000.0).abs() < 500.0, "one thread has about 4,000");
        for (threads, measured) in points() {
            let off = (fit().throughput(threads) / measured - 1.0).abs();
            assert!(off < 0.1, "{threads} threads: off by {off}");
        }
    }

    #[test]
    fn the_constants_add_up_to_the_fit() {
        let (fit, model) = (fit(), fitted(&SHAPE));
        for threads in [1, 2, 4, 8, 16] {
            let (bound, wanted) = (bound(&model, &SHAPE, threads), fit.throughput(threads));
            assert!((bound / wanted - 1.0).abs() < 1e-9, "{threads}: {bound} {wanted}");
        }
        assert!(
            (maximum(&model, &SHAPE) * fit.service - 4.0).abs() < 1e-9,
            "a quarter of the service is arithmetic"
        );
    }

    #[test]
    fn bounds_follow_batching_queues_and_size() {
        let model = GpuModel {
            latency_us: 100.0,
            buffer_us: 10.0,
            encoder_us: 5.0,
            dispatch_us: 5.0,
            flop_ps: 2.5e6,
        };
        // Ten operations of arithmetic: 10 us. A service of 10 + 2 * 5 + 2 * 5 + 10 = 40 us.
        let shape = Shape { input: 1, hidden: 1, batch: 1, ..SHAPE };
        let per_second = |shape: Shape, threads| bound(&model, &shape, threads).round();
        assert_eq!(per_second(shape, 1), (1e6f64 / 140.0).round());
        assert_eq!(per_second(shape, 100), 25_000.0, "one queue is busy all the time");
        assert_eq!(per_second(Shape { queues: 2, ..shape }, 100), 50_000.0);
        assert_eq!(
            per_second(Shape { queues: 100, ..shape }, 100),
            100_000.0,
            "the device is busy all the time"
        );
        // Four operations in a command buffer: 10 + 2 * 5 + 8 * 5 + 40 = 100 us.
        assert_eq!(per_second(Shape { dispatches: 4, ..shape }, 100), 40_000.0);
        assert_eq!(per_second(Shape { batch: 3, ..shape }, 100), (1e6f64 / 60.0).round());
    }
}
