//! Files for a report: a stress test by the tool itself with little work, and a made-up measurement.

use agx_fix_engine::bench::file::Bench;
use agx_fix_engine::bench::fixture;
use assert_cmd::Command;
use std::fs;
use std::path::PathBuf;
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix"));
        command.current_dir(self.0.path()).env("AGX_FIX_CACHE", self.path("cache"));
        command.args(["stress", "--iterations", "2", "--threads", "2", "--ops", "4", "--json", name]);
        command.output().expect("the tool starts");
        self.path(name)
    }

    /// A measurement by threads.
    pub(crate) fn bench(&self, name: &str) -> PathBuf {
        self.measurement(name, &fixture::bench())
    }

    /// A measurement with every part that the page can show.
    pub(crate) fn whole_bench(&self, name: &str) -> PathBuf {
        self.measurement(name, &fixture::whole())
    }

    fn measurement(&self, name: &str, bench: &Bench) -> PathBuf {
        fs::write(self.path(name), serde_json::to_string_pretty(bench).expect("JSON")).expect(name);
        self.path(name)
    }
}
