//! The figures of the paper that this project implements ("AGX Fix Optimization Report", 2025-12-21: Mac16,5 with M4 Max,
//! macOS 15.7.3, PyTorch 2.9.1a0). No other file carries them.

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
