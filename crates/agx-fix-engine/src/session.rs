//! Around the runs: how far they are, and the end when a signal asks for it.

use crate::crash::signal_name;
use crate::error::Error;
use crate::run::Stop;
use indicatif::{ProgressBar, ProgressStyle};

/// The error that the tool ends with. If a signal asked the tool to stop, this does not return: it ends the process as the
/// signal would have, so that a shell stops its script too.
pub fn stopped(stop: Stop) -> Error {
    let signal = match stop {
        Stop::Error(error) => return error,
        Stop::Signal(signal) => signal,
    };
    let said = "the run in progress was ended, and nothing was written";
    let error = Error::new(format!("stopped by {}; {said}", signal_name(signal)));
    eprintln!("agx-fix: {error}");
    // It returns only where the signal's default is not to end the process.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    error
}

/// A progress bar on standard error, if that is a terminal.
pub fn progress(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} left ({msg})")
        .expect("the template is right");
    ProgressBar::new(runs).with_style(style)
}

/// Runs each row once, and does so again and again: other load on the machine then affects all rows alike.
/// `run` is told the iteration, from 0 on.
///
/// # Errors
/// What `run` ended with.
pub fn in_turn<R>(
    rows: &mut [R],
    iterations: u32,
    name: impl Fn(&R) -> String,
    mut run: impl FnMut(&mut R, u32) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let progress = progress(u64::from(iterations) * rows.len() as u64);
    for iteration in 0..iterations {
        for row in &mut *rows {
            progress.set_message(name(row));
            run(row, iteration)?;
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    Ok(())
}
