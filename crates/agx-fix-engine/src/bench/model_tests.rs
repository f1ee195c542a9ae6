//! Tests of `model`.

use super::*;

const SHAPE: Shape = Shape { input: 32, hidden: 64, batch: 4, dispatches: 1, encoders: 2, queues: 1 };

#[test]
fn no_neighbour_fits_the_paper_better() {
    let best = fit();
    for (cycle, service) in [(0.99, 1.0), (1.01, 1.0), (1.0, 0.99), (1.0, 1.01), (1.01, 0.99), (0.99, 1.01)] {
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
    let model =
        GpuModel { latency_us: 100.0, buffer_us: 10.0, encoder_us: 5.0, dispatch_us: 5.0, flop_ps: 1e6 };
    // Ten operations of arithmetic: 10 us. A service of 10 + 2 * 5 + 2 * 5 + 10 = 40 us.
    let shape = Shape { input: 1, hidden: 1, batch: 1, ..SHAPE };
    let model = GpuModel { flop_ps: model.flop_ps * 2.5, ..model };
    let per_second = |shape: Shape, threads| bound(&model, &shape, threads).round();
    assert_eq!(per_second(shape, 1), (1e6f64 / 140.0).round());
    assert_eq!(per_second(shape, 100), 25_000.0, "one queue is busy all the time");
    assert_eq!(per_second(Shape { queues: 2, ..shape }, 100), 50_000.0);
    assert_eq!(per_second(Shape { queues: 100, ..shape }, 100), 100_000.0, "the device is busy all the time");
    // Four operations in a command buffer: 10 + 2 * 5 + 8 * 5 + 40 = 100 us.
    assert_eq!(per_second(Shape { dispatches: 4, ..shape }, 100), 40_000.0);
    assert_eq!(per_second(Shape { batch: 3, ..shape }, 100), (1e6f64 / 60.0).round());
}
