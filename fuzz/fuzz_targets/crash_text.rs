//! `agx-fix doctor --explain`: crash reports of macOS (`.ips`) and pasted texts. Seeds are its samples.

#![no_main]

#[path = "../../crates/agx-fix-cli/src/doctor/explain/evidence.rs"]
mod evidence;
#[path = "../../crates/agx-fix-cli/src/doctor/explain/ips.rs"]
mod ips;
#[path = "../../crates/agx-fix-cli/src/doctor/explain/properties.rs"]
mod properties;
#[path = "../../crates/agx-fix-cli/src/doctor/explain/rules.rs"]
mod rules;

use agx_fix_fuzz::is_planted;
use libfuzzer_sys::fuzz_target;
use rules::{Explanation, render};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    properties::explained(&text, if is_planted() { planted } else { render });
});

/// Cut off at so many bytes, wherever that is.
fn planted(explanation: &Explanation) -> String {
    const ROOM: usize = 80;
    for it in &explanation.findings {
        let _ = &it.evidence[..it.evidence.len().min(ROOM)];
    }
    render(explanation)
}
