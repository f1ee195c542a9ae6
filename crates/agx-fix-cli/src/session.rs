//! What `stress` and `bench` do around their runs: set up, show how far they are, stop when asked to.

use crate::error::{Error, Result};
use crate::run_one::{Stop, Workbench};
use crate::supervise::Interrupt;
use indicatif::{ProgressBar, ProgressStyle};

/// Makes ready to run children, and to be stopped.
pub(crate) fn set_up() -> Result<(Workbench, Interrupt)> {
    let interrupt = Interrupt::install()
        .map_err(|cause| Error::new(format!("signals cannot be handled ({cause}), so nothing was run")))?;
    Ok((Workbench::set_up()?, interrupt))
}

/// The error that the tool ends with; where it was asked to stop, it ends here.
pub(crate) fn stopped(stop: Stop) -> Error {
    match stop {
        Stop::Error(error) => error,
        Stop::Signal(signal) => die_of(signal),
    }
}

/// On standard error, and only where that is a terminal.
pub(crate) fn progress(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} left ({msg})")
        .expect("the template is right");
    ProgressBar::new(runs).with_style(style)
}

/// Ends the process the way the signal would have, now that its child is gone: a shell then stops its script as well.
fn die_of(signal: i32) -> Error {
    let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
    let error =
        Error::new(format!("stopped by {name}; the run in progress was ended, and nothing was written"));
    eprintln!("agx-fix: {error}");
    // It returns only where the signal's default is not to end the process.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    error
}
