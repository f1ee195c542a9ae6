//! The figures of the report that this project implements ("AGX Fix Optimization Report", 2025-12-21: Mac16,5 with M4 Max,
//! macOS 15.7.3, PyTorch 2.9.1a0). Nothing else in the project carries them.

/// One row of its throughput table: operations a second, mean and standard deviation of 5 iterations x 50 operations a
/// thread.
pub struct ReportRow {
    /// How many.
    pub threads: usize,
    /// One mutex for all encoders: our `report-global`.
    pub global: (f64, f64),
    /// A mutex an encoder: our `associated-object`.
    pub per_encoder: (f64, f64),
}

const fn row(threads: usize, global: (f64, f64), per_encoder: (f64, f64)) -> ReportRow {
    ReportRow { threads, global, per_encoder }
}

/// Its throughput table.
pub const THROUGHPUT: [ReportRow; 5] = [
    row(1, (3_609.0, 905.0), (4_118.0, 1_061.0)),
    row(2, (8_035.0, 130.0), (7_883.0, 126.0)),
    row(4, (10_386.0, 351.0), (10_120.0, 616.0)),
    row(8, (8_922.0, 43.0), (8_952.0, 109.0)),
    row(16, (9_231.0, 71.0), (9_235.0, 86.0)),
];

/// Its statistics of one iteration: 8 threads x 50 operations.
pub struct ReportCounts {
    /// The name that the contender has here.
    pub contender: &'static str,
    /// Locks that were taken.
    pub acquisitions: u64,
    /// Acquisitions that had to wait.
    pub contentions: u64,
    /// Mutexes that were made.
    pub mutex_creations: u64,
}

/// The size of that iteration.
pub const COUNTED_THREADS: usize = 8;

/// Its statistics table.
pub const COUNTS: [ReportCounts; 2] = [
    ReportCounts { contender: "report-global", acquisitions: 2_400, contentions: 69, mutex_creations: 1 },
    ReportCounts {
        contender: "associated-object",
        acquisitions: 2_400,
        contentions: 0,
        mutex_creations: 800,
    },
];
