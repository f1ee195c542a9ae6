//! What is said of a finding: the line for standard error, and its part of the JSON. It is told of findings and does not know
//! the guard.

use crate::labels::label_of;
use crate::say::{call, say, say_event};
use crate::settings;
use agx_fix_guard::Finding;
use agx_fix_interface::findings;
use agx_fix_interface::statistics::Call;
use agx_fix_objc::Id;
use agx_fix_platform::fork::ForkMutex;
use agx_fix_terms::{FindingClass, Late, Misuse};
use std::collections::BTreeMap;

/// The labels of the objects of findings, by the findings' numbers.
static LABELS: ForkMutex<BTreeMap<usize, String>> = ForkMutex::new(BTreeMap::new());

/// The labels of the objects of findings, by the findings' numbers.
pub(crate) fn labels_of_findings() -> BTreeMap<usize, String> {
    LABELS.lock().clone()
}

/// A finding, which the guard has counted: it is written down, and ends the process if the policy says so. `first` is its
/// number, if it is the first of its kind.
///
/// # Safety
/// `object` is alive: the receiver of the call that was found.
#[cold]
pub(crate) unsafe fn tell(finding: &Finding, first: Option<usize>, object: Id) {
    let policy = settings::policy();
    let ends = policy.misuse == Misuse::Strict
        || (finding.class == FindingClass::LateCall && policy.late == Late::Abort);
    if first.is_none() && !ends && !settings::verbose() {
        return;
    }
    // SAFETY: the object is alive, as the caller says.
    let label = unsafe { label_of(object) };
    if let Some(number) = first {
        LABELS.lock().insert(number, label.clone());
    }
    let mut line = describe(finding, 1, label).to_string();
    if first.is_some() {
        line += &format!("; remedy: {}", finding.class.remedy());
    }
    if ends {
        say(&format!("{line}; ending the process, as the options say"));
        std::process::abort();
    }
    say_event(&line);
}

/// A finding, for JSON and for people.
pub(crate) fn describe(finding: &Finding, count: u64, label: String) -> findings::Finding {
    let this = call(finding.who.call, finding.who.thread);
    let other = finding.other.map(|other| call(other.call, other.thread));
    let text = sentence(finding, &this, other.as_ref());
    findings::Finding {
        class: finding.class,
        outcome: finding.outcome,
        object: finding.key.0 as u64,
        label,
        call: this,
        other,
        results_may_be_wrong: finding.lossy,
        count,
        text,
    }
}

/// The sentence of the finding's class, with the calls of this finding.
fn sentence(finding: &Finding, call: &Call, other: Option<&Call>) -> String {
    let same_thread = finding.other.is_some_and(|other| other.thread == finding.who.thread);
    let whose =
        if same_thread { "the same thread: a mistake of the program, not a race" } else { "another thread" };
    let other = other.map(ToString::to_string).unwrap_or_default();
    let text = finding.class.row().sentence;
    text.replace("{call}", &call.to_string()).replace("{other}", &other).replace("{whose}", whose)
}
