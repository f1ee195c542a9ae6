//! Files for a report, made by the tool itself with little work.

use agx_fix_interface::bench::{Bench, CallCost, CallScenario, Calls};
use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with results. It is gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Results(TempDir);

impl Results {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a folder for the test"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A stress test. Whether so few runs pass is not what this is about.
    pub(crate) fn stress(&self, name: &str) -> PathBuf {
        self.run(&["stress", "--iterations", "2", "--threads", "2", "--ops", "4", "--json", name], None);
        self.path(name)
    }

    /// A measurement by threads.
    pub(crate) fn bench(&self, name: &str, threads: &str) -> PathBuf {
        self.measure(name, threads, &[])
    }

    /// A measurement with every part that the page can show.
    pub(crate) fn whole_bench(&self, name: &str) -> PathBuf {
        let file = self.measure(name, "1,2,4", &["--tables", "--sweep"]);
        add_calls(&file);
        file
    }

    fn measure(&self, name: &str, threads: &str, parts: &[&str]) -> PathBuf {
        let size = ["bench", "--iterations", "2", "--resamples", "100", "--ops", "4", "--threads", threads];
        self.run(&[&size[..], parts, &["--json", name]].concat(), Some(0));
        self.path(name)
    }

    fn run(&self, arguments: &[&str], code: Option<i32>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix"));
        command.current_dir(self.0.path()).env("AGX_FIX_CACHE", self.path("cache")).args(arguments);
        let output = command.output().expect("the tool starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(code.is_none_or(|code| output.status.code() == Some(code)), "{arguments:?}: {stderr}");
    }
}

/// `bench` does not measure calls, which the page can show: made-up figures in the type that files have.
fn add_calls(file: &Path) {
    let mut bench = Bench::from_json(&fs::read_to_string(file).expect("bench.json")).expect("a measurement");
    let contenders = ["bare dispatch", "std::sync::Mutex", "a name that is far longer than there is room"];
    let row = |scenario, threads, number: usize| CallCost {
        contender: contenders[number].to_owned(),
        scenario,
        threads,
        ns_per_call: [1.0, 1.4, 1.1].map(|noise| noise * 4.0 * 30f64.powi(number as i32)).to_vec(),
        instructions_per_call: Some(12.0),
    };
    let places =
        [(CallScenario::OneThread, 1), (CallScenario::OwnEncoders, 8), (CallScenario::OneEncoder, 8)];
    let rows = places.into_iter().flat_map(|(scenario, threads)| {
        (0..contenders.len()).map(move |number| row(scenario, threads, number))
    });
    bench.calls = Some(Calls { rows: rows.collect() });
    fs::write(file, serde_json::to_string_pretty(&bench).expect("JSON")).expect("bench.json");
}
