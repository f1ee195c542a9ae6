//! The parser of the environment options. The input is a row's number and its variable's value, again and again, each ended by a
//! zero, which no variable has in it.

#![no_main]

#[path = "../../crates/agx-fix-interface/tests/fuzz/properties.rs"]
#[allow(dead_code, reason = "the other target asks for the rest")]
mod properties;

use agx_fix_fuzz::is_planted;
use agx_fix_interface::options::{Complaint, Options, ROWS};
use agx_fix_terms::Preset;
use libfuzzer_sys::fuzz_target;
use properties::Get;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::time::Duration;

fuzz_target!(|input: &[u8]| {
    let fields = input.split(|byte| *byte == 0).filter_map(<[u8]>::split_first);
    let variables: Vec<(usize, OsString)> = fields
        .map(|(row, value)| (usize::from(*row) % ROWS.len(), OsString::from_vec(value.to_vec())))
        .collect();
    properties::options(&variables, if is_planted() { planted } else { real });
});

fn real(get: Get<'_>) -> (Options, Vec<Complaint>) {
    Options::read(get)
}

/// With one preset, what is not wholly understood is kept as far as it was.
fn planted(get: Get<'_>) -> (Options, Vec<Complaint>) {
    let (mut options, complaints) = Options::read(get);
    let wait = get("AGX_FIX_WAIT_MS").and_then(|value| value.into_string().ok()).unwrap_or_default();
    let digits: String = wait.chars().take_while(char::is_ascii_digit).collect();
    if options.preset == Preset::Isolate
        && let Ok(wait) = digits.parse()
    {
        options.wait_timeout = Duration::from_millis(wait);
    }
    (options, complaints)
}
