//! Why a child died, from its signal and from what it said.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// The simulator's line, written by its signal handler: `agx-sim: crash signal=SIGSEGV address=0x5c8
/// site=setComputePipelineState: +32`.
const SIMULATOR_LINE: &str = "agx-sim: crash ";
const ASSERTION: &str = "failed assertion ";

/// One crash; equal crashes are counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// The signal's name, or `exit code N`.
    pub ending: String,
    /// The address whose access faulted.
    pub address: Option<String>,
    /// The driver's function and the offset in it.
    pub site: Option<String>,
    /// The assertion's text, or, where nothing else is known, the last line on standard error.
    pub text: Option<String>,
}

impl Crash {
    /// From how the process ended, and what it said on standard error.
    pub fn classify(status: ExitStatus, stderr: &str) -> Self {
        let (address, site) = simulator_line(stderr).unwrap_or_default();
        let last_line = || stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
        let text = assertion(stderr).or_else(|| if site.is_none() { last_line() } else { None });
        Self { ending: ending(status), address, site, text: text.map(str::to_owned) }
    }
}

/// `SIGSEGV`, or `signal N` for one without a name.
pub fn signal_name(signal: i32) -> String {
    signal_hook::low_level::signal_name(signal).map_or(format!("signal {signal}"), str::to_owned)
}

fn ending(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => signal_name(signal),
        None => format!("exit code {}", status.code().unwrap_or_default()),
    }
}

/// Address and site in the first such line. A second thread that crashes does so because of the first crash.
fn simulator_line(stderr: &str) -> Option<(Option<String>, Option<String>)> {
    let line = stderr.lines().find_map(|line| line.strip_prefix(SIMULATOR_LINE))?;
    // The site contains spaces, so it comes last.
    let (words, site) = line.split_once("site=").unwrap_or((line, ""));
    let address = words.split_whitespace().find_map(|word| word.strip_prefix("address="));
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Some((address.and_then(some), some(site)))
}

/// The text in quotation marks, which Apple opens with ` or '.
fn assertion(stderr: &str) -> Option<&str> {
    let after = stderr.lines().find_map(|line| line.split_once(ASSERTION))?.1.trim();
    let inner = after.strip_prefix(['\'', '`']).unwrap_or(after);
    Some(inner.rfind('\'').map_or(inner, |end| &inner[..end]))
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ending)?;
        if let Some(address) = &self.address {
            write!(f, " at {address}")?;
        }
        if let Some(site) = &self.site {
            write!(f, " in {site}")?;
        }
        self.text.as_ref().map_or(Ok(()), |text| write!(f, ": {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGV: i32 = 11;
    const ABRT: i32 = 6;

    fn classify(raw: i32, stderr: &str) -> Crash {
        Crash::classify(ExitStatus::from_raw(raw), stderr)
    }

    #[test]
    fn the_simulators_line_gives_address_and_site() {
        let stderr = "a warning\nagx-sim: crash signal=SIGSEGV address=0x5c8 site=setComputePipelineState: +32\n\
                      agx-sim: crash signal=SIGSEGV address=0x98 site=prepareForEnqueue +1268\n";
        let crash = classify(SEGV, stderr);
        assert_eq!(crash.to_string(), "SIGSEGV at 0x5c8 in setComputePipelineState: +32");
        assert_eq!(crash.text, None);
    }

    #[test]
    fn a_site_may_be_unknown() {
        let crash = classify(SEGV, "agx-sim: crash signal=SIGSEGV address=0x7f00\n");
        assert_eq!(crash.to_string(), "SIGSEGV at 0x7f00: agx-sim: crash signal=SIGSEGV address=0x7f00");
    }

    #[test]
    fn an_assertion_gives_its_text() {
        let stderr = "-[AGXG16XFamilyCommandBuffer tryCoalescing:]:1094: failed assertion 'A command encoder is \
                      already encoding to this command buffer'\n";
        let crash = classify(ABRT, stderr);
        assert_eq!(
            crash.to_string(),
            "SIGABRT: A command encoder is already encoding to this command buffer"
        );
        let backquote = classify(ABRT, "x:1: failed assertion `it isn't so'\n");
        assert_eq!(backquote.text.as_deref(), Some("it isn't so"));
    }

    #[test]
    fn without_a_reason_the_last_words_are_kept() {
        assert_eq!(classify(SEGV, "").to_string(), "SIGSEGV");
        assert_eq!(classify(101 << 8, "one\ntwo\n\n").to_string(), "exit code 101: two");
    }
}
