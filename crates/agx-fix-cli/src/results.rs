//! Reading the files that `agx-fix stress --json` and `agx-fix-lab bench --json` write.

use crate::stress::{self, StressReport};
use agx_fix_engine::bench::file::{self, Bench, Options, Shape, Throughput};
use agx_fix_engine::error::{Error, Result};
use agx_fix_interface::document::{self, Flaw};
use std::fs;
use std::path::Path;

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ResultFile {
    /// Of `agx-fix stress`.
    Stress(Box<StressReport>),
    /// Of `agx-fix-lab bench`.
    Bench(Box<Bench>),
}

/// Reads a file.
///
/// # Errors
/// One line: the file cannot be read, or what is wrong in which line of it.
pub(crate) fn read(path: &Path) -> Result<ResultFile> {
    let refused =
        |cause: String| Error::new(format!("{}: {cause}, so the file was not used", path.display()));
    let text = fs::read_to_string(path).map_err(|cause| refused(format!("it cannot be read ({cause})")))?;
    parse(&text).map_err(|flaw| refused(flaw.to_string()))
}

/// What a text holds.
///
/// # Errors
/// What is wrong in which line.
pub(crate) fn parse(text: &str) -> std::result::Result<ResultFile, Flaw> {
    match document::schema(text)?.as_str() {
        stress::SCHEMA => document::read(text, stress::SCHEMA).map(ResultFile::Stress),
        file::SCHEMA => {
            let bench: Box<Bench> = document::read(text, file::SCHEMA)?;
            contradiction(&bench).map_or(Ok(()), |(field, cause)| Err(flaw(text, field, cause)))?;
            Ok(ResultFile::Bench(bench))
        }
        other => Err(document::unknown(text, other, &[stress::SCHEMA, file::SCHEMA])),
    }
}

/// Where the field is first named.
fn flaw(text: &str, field: &str, cause: &str) -> Flaw {
    let named = format!("\"{field}\":");
    let line = text.lines().position(|line| line.contains(&named)).map_or(1, |before| before + 1);
    Flaw { line, cause: cause.to_owned() }
}

/// Larger than anything that is run, and small enough for products of a few such numbers.
const MOST: usize = 1 << 20;

/// What the tool never writes, in which field: tables whose parts do not belong together.
fn contradiction(bench: &Bench) -> Option<(&'static str, &'static str)> {
    let Options { threads, shape, .. } = &bench.options;
    let whole = |rows: &[Throughput]| {
        rows.iter().map(|row| row.threads).eq(threads.iter().copied())
            && rows.iter().all(|row| row.contender == rows[0].contender)
    };
    // Chunks of no rows are none.
    if !bench.throughput.chunks(threads.len().max(1)).all(whole) {
        return Some((
            "throughput",
            "it has not one row for each contender and number of threads, in their order",
        ));
    }
    let shapes = bench.sweep.iter().flat_map(|sweep| sweep.steps.iter().map(|step| &step.shape));
    if !shapes.chain([shape]).all(can_be) {
        return Some(("shape", "it has a shape that nobody can run"));
    }
    match &bench.sweep {
        Some(sweep) if sweep.best >= sweep.steps.len() => {
            Some(("best", "it is the place of no step of the sweep"))
        }
        _ => None,
    }
}

fn can_be(shape: &Shape) -> bool {
    let Shape { input, hidden, batch, dispatches, encoders, queues } = *shape;
    [input, hidden, batch, dispatches, encoders, queues].iter().all(|number| (1..=MOST).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stress::tests::sample as stress_sample;
    use agx_fix_engine::bench::file::Sweep;
    use agx_fix_engine::bench::fixture::bench as bench_sample;

    fn refused(text: &str) -> Flaw {
        parse(text).unwrap_err()
    }

    fn json(result: &impl serde::Serialize) -> String {
        serde_json::to_string_pretty(result).unwrap()
    }

    #[test]
    fn what_the_tool_writes_is_read() {
        let stress = stress_sample();
        assert_eq!(parse(&json(&stress)), Ok(ResultFile::Stress(Box::new(stress))));
        let bench = bench_sample();
        assert_eq!(parse(&json(&bench)), Ok(ResultFile::Bench(Box::new(bench))));
    }

    #[test]
    fn a_row_that_is_wrong_has_its_line() {
        let text = json(&stress_sample());
        let line = text.lines().position(|line| line.contains("\"wrong\"")).unwrap() + 1;
        for (right, wrong, said) in [
            ("\"wrong\": 0", "\"wrong\": \"none\"", "invalid type"),
            ("\"wrong\"", "\"foreign\"", "unknown field `foreign`"),
        ] {
            let flaw = refused(&text.replacen(right, wrong, 1));
            assert!(flaw.line == line && flaw.cause.contains(said), "{flaw}");
        }
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let bench = bench_sample;
        let shape = Shape { input: 0, ..bench().options.shape };
        let cut = bench().throughput.split_off(1);
        let sweep = Sweep { contender: "global".to_owned(), threads: 1, rounds: 1, steps: vec![], best: 7 };
        let none = Options { threads: vec![], ..bench().options };
        for (wrong, said) in [
            (Bench { throughput: cut, ..bench() }, "not one row for each contender"),
            (Bench { options: none, ..bench() }, "not one row for each contender"),
            (Bench { options: Options { shape, ..bench().options }, ..bench() }, "nobody can run"),
            (Bench { sweep: Some(sweep), ..bench() }, "no step of the sweep"),
        ] {
            let flaw = refused(&json(&wrong));
            assert!(flaw.cause.contains(said) && flaw.line > 1, "{flaw}");
        }
        let empty =
            Bench { throughput: vec![], options: Options { threads: vec![], ..bench().options }, ..bench() };
        assert!(parse(&json(&empty)).is_ok());
    }

    #[test]
    fn the_docs_have_every_field_of_a_stress_test() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
        let page = fs::read_to_string(page).unwrap();
        for name in document::field_names(&stress_sample()) {
            assert!(page.contains(&format!("`{name}`")), "docs/json.md says nothing of {name}");
        }
    }
}
