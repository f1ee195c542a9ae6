//! `agx-fix report`: one page of what `agx-fix stress --json` and `agx-fix-lab bench --json` wrote, as HTML and as Markdown.
//!
//! - `runs`: the files, read and numbered; `sections`, `measured`: what the page says of them;
//! - `page`: the page as Markdown, and as HTML made from it; `chart`: its charts as SVG.

mod chart;
mod measured;
mod page;
mod runs;
mod sections;

use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::output::{self, Destination};
use runs::Runs;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Makes one page of results: tables, charts, machine, commit, command, and what is simulated
///
/// Takes the files that `agx-fix stress --json` and `agx-fix-lab bench --json` wrote, one or several, and shows several of a kind
/// side by side. The HTML page is one file that fetches nothing and needs no script. Without --html and --markdown the
/// Markdown is printed. A file that is cut off, foreign or of another version is refused, and nothing is written.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Results of `stress` and `bench`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the page as HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the page as Markdown, with tables in place of charts
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// Reads everything before it writes anything.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    distinct(args)?;
    let destination = |path: &Option<PathBuf>, option| {
        path.as_deref().map(|path| Destination::check_for(path, option, "nothing was written")).transpose()
    };
    let html = destination(&args.html, "--html")?;
    let markdown = destination(&args.markdown, "--markdown")?;
    let page = sections::page(&Runs::read(&args.files)?);
    if html.is_none() && markdown.is_none() {
        output::print(&page.markdown())?;
    }
    if let Some(destination) = html {
        destination.write_text(&page.html())?;
    }
    if let Some(destination) = markdown {
        destination.write_text(&page.markdown())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Nothing that is read or written is written over.
fn distinct(args: &Args) -> Result<()> {
    let written: Vec<&Path> =
        [&args.html, &args.markdown].into_iter().flatten().map(PathBuf::as_path).collect();
    let same = |one: &Path, other: &Path| {
        let place = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
        place(one) == place(other)
    };
    let taken = |path: &&Path| args.files.iter().any(|file| same(file, path));
    let twice = written.windows(2).find(|pair| same(pair[0], pair[1])).map(|pair| pair[0]);
    match written.iter().copied().find(|path| taken(path)).or(twice) {
        Some(path) => Err(Error::new(format!(
            "{} would be written over, so nothing was written; give --html and --markdown a path of their own",
            path.display()
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
