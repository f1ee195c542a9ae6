//! `agx-fix-lab bench`: what it refuses, the paper's exact counts, and the file it writes.
//!
//! The tests that run the workload need the Objective-C runtime, which `cargo xtask test` provides. None looks at a speed.

#![cfg(target_os = "linux")]

use agx_fix_engine::bench::file::{Bench, Contention, Counts, Sample};
use agx_fix_engine::bench::model::bound;
use agx_fix_engine::contender::Contender;
use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn bench(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix-lab"));
    command.env("AGX_FIX_CACHE", cache).arg("bench").args(arguments);
    command
}

#[test]
fn a_file_that_cannot_be_written_stops_it_before_the_first_run() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "no marks").unwrap();
    for arguments in
        [["--json", file.join("x.json").to_str().unwrap()], ["--markdown", file.to_str().unwrap()]]
    {
        let output = bench(folder.path(), &arguments).assert().code(1).get_output().clone();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("nothing was run") && said.lines().count() == 1, "{said}");
    }
}

/// Runs, and reads the file.
fn result(arguments: &[&str]) -> (Bench, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bench.json");
    let mut command = bench(&folder.path().join("cache"), arguments);
    let output = command.arg("--json").arg(&file).assert().success().get_output().clone();
    assert!(output.stderr.is_empty(), "no progress bar where there is no terminal");
    let json = fs::read_to_string(&file).unwrap();
    (Bench::from_json(&json).unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// One iteration of 400 operations, every strategy.
#[test]
fn the_papers_four_hooks_count_what_the_paper_counts() {
    let (bench, text) = result(&["--iterations", "1", "--threads", "8"]);
    let counted = |name: &str| -> Contention {
        bench.contention.iter().find(|row| row.contender == name).unwrap().clone()
    };
    for (name, mutexes) in [("paper-global", 1.0), ("associated-object", 800.0)] {
        let row = counted(name);
        assert_eq!(
            (row.operations, row.acquisitions.mean, row.mutex_creations.mean),
            (400, 2_400.0, mutexes),
            "{name}"
        );
    }
    // A setPipeline, three buffers, bytes, a dispatch, an end and a free for each of two encoders; two openings, a commit
    // and a free of the command buffer. Frees on the GPU's thread may come after the count.
    let all = counted("global").acquisitions.mean;
    assert!((7_900.0..=8_000.0).contains(&all), "{all}");
    let guard = counted("guard");
    assert_eq!(guard.mutex_creations.mean, 800.0);
    assert_eq!(counted("none").acquisitions.mean, 0.0);
    for part in
        ["acquisitions", "2,400", "paper-global", "10,386 ± 351", "`?`: one round, unknown", "simulated"]
    {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn every_run_of_every_contender_is_in_the_file() {
    let (bench, _) = result(&["--iterations", "2", "--threads", "1,2", "--ops", "3", "--resamples", "100"]);
    let contenders = Contender::usual().count() + 1;
    assert_eq!((bench.samples.len(), bench.throughput.len()), (2 * 2 * contenders, 2 * contenders));
    assert_eq!(bench.contention.len(), contenders - 1, "without the library nobody counts");
    assert!(bench.sweep.is_none() && bench.calls.is_none());
    let gpu = bench.gpu.unwrap();
    for sample in &bench.samples {
        // The simulated GPU follows the model: no run is faster.
        assert!(
            sample.throughput() <= bound(&gpu, &bench.options.shape, sample.threads) * 1.001,
            "{sample:?}"
        );
        assert_eq!(sample.operations, 3 * sample.threads as u64);
        assert_eq!(sample.counts.is_none(), sample.contender == "unguarded", "{sample:?}");
    }
    let of_the_paper = |sample: &&Sample| sample.contender == "associated-object" && sample.threads == 2;
    for sample in bench.samples.iter().filter(of_the_paper) {
        let Counts { acquisitions, mutex_creations, .. } = sample.counts.clone().unwrap();
        assert_eq!((acquisitions, mutex_creations), (36, 12));
    }
}

#[test]
fn a_sweep_has_every_shape_in_every_round() {
    let (bench, text) =
        result(&["--sweep", "--iterations", "2", "--threads", "2", "--ops", "2", "--resamples", "100"]);
    let sweep = bench.sweep.unwrap();
    assert!(bench.samples.is_empty() && sweep.steps.len() > 10);
    assert!(sweep.steps.iter().all(|step| step.samples.len() == 2 && step.share_of_maximum.is_some()));
    let most = sweep.steps.iter().map(|step| step.work.mean).fold(0.0, f64::max);
    assert_eq!(sweep.steps[sweep.best].work.mean, most);
    assert!(
        text.contains("of the modelled GPU's maximum") && text.contains("no finding about a real GPU"),
        "{text}"
    );
}

#[test]
fn a_run_that_is_not_right_is_an_error_and_leaves_no_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bench.json");
    let size = ["--iterations", "1", "--threads", "1", "--ops", "100000", "--timeout", "1"];
    let mut command = bench(&folder.path().join("cache"), &size);
    let output = command.arg("--json").arg(&file).assert().code(1).get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("unguarded") && said.contains("took longer than 1 s"), "{said}");
    assert!(!file.exists());
}
