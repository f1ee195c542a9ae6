//! The statistics of one process, as JSON: `agx_fix_stats_json`, `AGX_FIX_STATS=FILE`.

use crate::document::Document;
use crate::waits::{self, Waits};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The statistics of one process. Counts are exact once the threads that made the calls have been joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// [`Document::SCHEMA`].
    pub schema: String,
    /// The library's version.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// The preset's name.
    pub preset: String,
    /// Whether hooks are installed.
    pub enabled: bool,
    /// Calls that took an encoder's or command buffer's lock; a call from inside another on the same encoder does not
    /// count.
    pub acquisitions: u64,
    /// Acquisitions that had to wait for another thread.
    pub contentions: u64,
    /// Mutexes made: one for each encoder opened; with preset `global` one in all.
    pub mutex_creations: u64,
    /// Calls on an ended encoder, which did not reach the driver.
    pub late_calls: u64,
    /// The late calls that were dispatches.
    pub late_dispatches: u64,
    /// The late dispatches that were done in another encoder; each of the others is work that the GPU was not given.
    pub rescued_dispatches: u64,
    /// Waits longer than `AGX_FIX_LOCK_WARN_MS`.
    pub long_waits: u64,
    /// How long the contended acquisitions waited. Measured only where a thread waits.
    pub waits: Waits,
    /// The labels of the encoders and command buffers that were waited for most often, at most eight. Only where
    /// `AGX_FIX_STATS` asks for statistics.
    pub most_contended: Vec<Contended>,
    /// The longest time that a lock was held; `null` unless `AGX_FIX_STATS_HELD` has holds timed.
    pub longest_hold: Option<Hold>,
    /// Misuses seen, repetitions included; `agx_fix_findings_json` tells them apart.
    pub findings: u64,
    /// Calls that went to the driver without a lock, as there was no room for their encoder.
    pub unguarded_calls: u64,
    /// Encoders that are retained at this moment, waiting for their command buffer to complete or go.
    pub retained: u64,
    /// Late calls by selector, only those that happened.
    pub late_by_selector: Vec<SelectorCount>,
    /// The first late calls, one by one.
    pub first_late_calls: Vec<LateCall>,
    /// The classes that were hooked.
    pub classes: Vec<HookedClass>,
}

/// A count beside a selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectorCount {
    /// The selector.
    pub selector: String,
    /// How often.
    pub count: u64,
}

/// What was waited for under one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contended {
    /// The label that the application gave the encoders or command buffers; empty for those without one.
    pub label: String,
    /// Calls that had to wait for one of them.
    pub contentions: u64,
}

/// A hold of a lock: from the lock until just before the unlock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// The call that the lock was taken for.
    pub selector: String,
    /// Its length in nanoseconds.
    pub ns: u64,
}

/// One call: which method, by which thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The selector.
    pub selector: String,
    /// The system's number of the thread.
    pub thread: u32,
    /// The thread's name, empty if it has none or is gone.
    pub thread_name: String,
}

/// A call on an ended encoder, and the call that had ended it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateCall {
    /// The encoder's address.
    pub encoder: u64,
    /// The late call.
    pub call: Call,
    /// The call that ended the encoder.
    pub ended_by: Call,
}

/// One class whose methods were hooked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookedClass {
    /// The class's name.
    pub class: String,
    /// What its objects are: `device`, `queue`, `command-buffer`, `encoder`.
    pub role: String,
    /// Methods hooked.
    pub guarded: u32,
    /// Methods left alone, each with the reason.
    pub unguarded: Vec<Unguarded>,
}

/// A method that was left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unguarded {
    /// The selector.
    pub selector: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by thread {}", self.selector, self.thread)?;
        if self.thread_name.is_empty() { Ok(()) } else { write!(f, " ({})", self.thread_name) }
    }
}

impl fmt::Display for LateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "late call on encoder {:#x}: {}; it was ended by {}",
            self.encoder, self.call, self.ended_by
        )
    }
}

impl Statistics {
    /// Contentions as a share of acquisitions, 0 to 1; 0 where nothing was acquired.
    #[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn contention_rate(&self) -> f64 {
        if self.acquisitions == 0 { 0.0 } else { self.contentions as f64 / self.acquisitions as f64 }
    }

    /// Late dispatches that were done nowhere.
    pub fn dispatches_left_out(&self) -> u64 {
        self.late_dispatches.saturating_sub(self.rescued_dispatches)
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "agx-fix {} in process {}, preset {}", self.version, self.pid, self.preset)?;
        let rate = format!("  ({:.2} %)", 100.0 * self.contention_rate());
        let late =
            format!("  ({} dispatches, {} of them rescued)", self.late_dispatches, self.rescued_dispatches);
        for (label, count, beside) in [
            ("acquisitions", self.acquisitions, ""),
            ("contentions", self.contentions, &rate),
            ("mutexes created", self.mutex_creations, ""),
            ("late calls", self.late_calls, &late),
            ("long waits", self.long_waits, ""),
        ] {
            write!(f, "\n  {label:<16} {count:>12}{beside}")?;
        }
        if self.waits.count > 0 {
            write!(f, "\n  waits            {}", self.waits)?;
        }
        if let Some(hold) = &self.longest_hold {
            write!(f, "\n  longest hold     {}, {}", waits::time(hold.ns), hold.selector)?;
        }
        for Contended { label, contentions } in &self.most_contended {
            let label = if label.is_empty() { "(no label)" } else { label };
            write!(f, "\n  contended        {contentions:>12}  {label}")?;
        }
        for late in &self.first_late_calls {
            write!(f, "\n  {late}")?;
        }
        Ok(())
    }
}

impl Document for Statistics {
    const SCHEMA: &'static str = "agx-fix-statistics/2";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Statistics {
        Statistics {
            schema: Statistics::SCHEMA.into(),
            acquisitions: 4,
            contentions: 1,
            ..Statistics::default()
        }
    }

    #[test]
    fn the_text_has_what_was_measured_and_no_more() {
        assert!(!sample().to_string().contains("longest"));
        let measured = Statistics {
            waits: Waits::new([(2_047, 1)], 2_000),
            most_contended: vec![Contended { label: "matmul".into(), contentions: 3 }],
            longest_hold: Some(Hold { selector: "endEncoding".into(), ns: 1_500_000 }),
            ..sample()
        };
        let text = measured.to_string();
        for part in ["longest 2.0 us", "1.5 ms, endEncoding", "3  matmul"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        crate::document::tests::check(&measured);
    }

    #[test]
    fn the_rate_of_nothing_is_zero() {
        assert_eq!(Statistics::default().contention_rate().to_bits(), 0.0f64.to_bits());
        assert_eq!(sample().contention_rate().to_bits(), 0.25f64.to_bits());
    }
}
