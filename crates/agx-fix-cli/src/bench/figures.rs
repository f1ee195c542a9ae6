//! The figures of the report that this project implements ("AGX Fix Optimization Report", 2025-12-21: Mac16,5 with M4 Max,
//! macOS 15.7.3, PyTorch 2.9.1a0). Nothing else in the project carries them.

/// One row of its throughput table: operations a second, mean and standard deviation of 5 iterations x 50 operations a
/// thread.
pub(super) struct ReportRow {
    pub(super) threads: usize,
    /// One mutex for all encoders: our `report-global`.
    pub(super) global: (f64, f64),
    /// A mutex an encoder: our `associated-object`.
    pub(super) per_encoder: (f64, f64),
}

const fn row(threads: usize, global: (f64, f64), per_encoder: (f64, f64)) -> ReportRow {
    ReportRow { threads, global, per_encoder }
}

/// Its throughput table.
pub(super) const THROUGHPUT: [ReportRow; 5] = [
    row(1, (3_609.0, 905.0), (4_118.0, 1_061.0)),
    row(2, (8_035.0, 130.0), (7_883.0, 126.0)),
    row(4, (10_386.0, 351.0), (10_120.0, 616.0)),
    row(8, (8_922.0, 43.0), (8_952.0, 109.0)),
    row(16, (9_231.0, 71.0), (9_235.0, 86.0)),
];

/// Its statistics of one iteration: 8 threads x 50 operations.
pub(super) struct ReportCounts {
    pub(super) contender: &'static str,
    pub(super) acquisitions: u64,
    pub(super) contentions: u64,
    pub(super) mutex_creations: u64,
}

/// The size of that iteration.
pub(super) const COUNTED_THREADS: usize = 8;

/// Its statistics table.
pub(super) const COUNTS: [ReportCounts; 2] = [
    ReportCounts { contender: "report-global", acquisitions: 2_400, contentions: 69, mutex_creations: 1 },
    ReportCounts {
        contender: "associated-object",
        acquisitions: 2_400,
        contentions: 0,
        mutex_creations: 800,
    },
];
