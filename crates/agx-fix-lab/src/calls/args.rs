//! The options of `agx-fix-lab calls`.

use clap::ValueEnum;
use std::path::PathBuf;

/// Measures what one guarded call costs, beside other locks
///
/// Contenders are measured one after the other, a few milliseconds each, round by round, so that whatever else happens on
/// the machine happens to all of them. Where valgrind is installed, instructions are counted as well.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each contender is measured
    #[arg(long, value_name = "N", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) rounds: u32,
    /// How long a measurement takes (2 x N times that where N threads wait for each other)
    #[arg(long, value_name = "MS", default_value = "5", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) window: u64,
    /// Numbers of threads, beside one
    #[arg(
        long,
        value_name = "N,N",
        value_delimiter = ',',
        default_value = "2,4",
        // A queue has 64 command buffers, and there is an encoder more than threads.
        value_parser = clap::value_parser!(u32).range(2..=59)
    )]
    pub(super) threads: Vec<u32>,
    /// Encoders that pass through one process while its memory is watched
    #[arg(
        long,
        value_name = "N",
        default_value = "10000000",
        value_parser = clap::value_parser!(u64).range(1..=10_000_000_000)
    )]
    pub(super) encoders: u64,
    /// Only this part; may be repeated
    #[arg(long, value_name = "PART")]
    pub(super) only: Vec<Part>,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write the tables between the marks in FILE
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// Locks alone, around a stand-in for the driver's method
    Locks,
    /// Objective-C calls through the hooks
    Hooks,
    /// Bindings and dispatches on one encoder, by one thread and by two that take turns
    Turns,
    /// Creation and end of encoders
    Lives,
    /// Look-ups among up to 100,000 live encoders
    Lookup,
    /// What the library adds to the start of a process
    Start,
    /// Memory while encoders come and go
    Memory,
    /// Instructions, by valgrind
    Instructions,
}
