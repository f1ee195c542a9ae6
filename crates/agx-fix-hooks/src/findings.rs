//! Findings on their way out: to standard error, to JSON.

use crate::fork::ForkMutex;
use crate::host::GUARD;
use crate::report;
use crate::settings;
use agx_fix_guard::Finding;
use agx_fix_interface::findings::{self, ClassOfFinding, Findings, OutcomeOfFinding, SCHEMA};
use agx_fix_objc::{Id, runtime, send};
use agx_fix_terms::{FindingClass, Outcome};
use core::ffi::{c_char, c_void};
use std::collections::BTreeMap;
use std::ffi::CStr;

/// The labels of the objects of findings, by the findings' numbers.
pub(crate) static LABELS: ForkMutex<BTreeMap<usize, String>> = ForkMutex::new(BTreeMap::new());

/// A finding that the guard has answered with a refusal.
///
/// # Safety
/// `object` is alive: the receiver of the call that was found.
#[cold]
pub(crate) unsafe fn refused(finding: &Finding, object: Id) {
    let first = GUARD.note(finding);
    // SAFETY: forwarded.
    unsafe { out(finding, first, object) };
}

/// A finding that the guard has counted already; `first` is its number, if it is the first of its kind.
///
/// # Safety
/// `object` is alive: the receiver of the call that was found.
#[cold]
pub(crate) unsafe fn out(finding: &Finding, first: Option<usize>, object: Id) {
    let ends =
        settings::strict() || (finding.class == FindingClass::LateCall && settings::abort_on_late_call());
    if first.is_none() && !ends && !settings::verbose() {
        return;
    }
    // SAFETY: forwarded.
    let label = unsafe { label_of(object) };
    if let Some(number) = first {
        LABELS.lock().insert(number, label.clone());
    }
    let described = describe(finding, 1, label);
    if ends {
        report::say(&format!("{described}; ending the process, as the options say"));
        std::process::abort();
    }
    report::say_event(&described.to_string());
}

/// The label that the application gave the object, empty if none.
///
/// # Safety
/// `object` is nil or alive.
pub(crate) unsafe fn label_of(object: Id) -> String {
    let label = runtime::selector(c"label");
    // SAFETY: the receiver is alive; `label` and `UTF8String` have these signatures wherever they exist.
    unsafe {
        if object.is_null() || runtime::instance_method(runtime::class_of(object), label).is_none() {
            return String::new();
        }
        let text: Id = send(object, label, ());
        if text.is_null() {
            return String::new();
        }
        let bytes: *const c_void = send(text, runtime::selector(c"UTF8String"), ());
        if bytes.is_null() {
            return String::new();
        }
        CStr::from_ptr(bytes.cast::<c_char>()).to_string_lossy().into_owned()
    }
}

fn describe(finding: &Finding, count: u64, label: String) -> findings::Finding {
    let call = report::call(finding.who.call, finding.who.thread);
    let other = finding.other.map(|other| report::call(other.call, other.thread));
    let class = match finding.class {
        FindingClass::EncoderAlreadyOpen => ClassOfFinding::EncoderAlreadyOpen,
        FindingClass::UsedAfterCommit => ClassOfFinding::UsedAfterCommit,
        FindingClass::EncoderOpenAtCommit => ClassOfFinding::EncoderOpenAtCommit,
        FindingClass::LateCall => ClassOfFinding::LateCall,
        FindingClass::ReleasedWithoutEnd => ClassOfFinding::ReleasedWithoutEnd,
        FindingClass::TwoThreads => ClassOfFinding::TwoThreads,
        FindingClass::TornSequence => ClassOfFinding::TornSequence,
        FindingClass::UnknownBindings => ClassOfFinding::UnknownBindings,
    };
    let outcome = match finding.outcome {
        Outcome::Prevented => OutcomeOfFinding::Prevented,
        Outcome::Converted => OutcomeOfFinding::Converted,
        Outcome::Reported => OutcomeOfFinding::Reported,
    };
    let same_thread = finding.other.is_some_and(|other| other.thread == finding.who.thread);
    let text =
        sentence(finding.class, &call.to_string(), other.as_ref().map(ToString::to_string), same_thread);
    findings::Finding {
        class,
        outcome,
        object: finding.key.0 as u64,
        label,
        call,
        other,
        results_may_be_wrong: finding.lossy,
        count,
        text,
    }
}

fn sentence(class: FindingClass, call: &str, other: Option<String>, same_thread: bool) -> String {
    let other = other.unwrap_or_default();
    let whose =
        if same_thread { "the same thread: a mistake of the program, not a race" } else { "another thread" };
    match class {
        FindingClass::EncoderAlreadyOpen => {
            format!("{call} asks for an encoder while the one of {other} is open ({whose})")
        }
        FindingClass::UsedAfterCommit => format!("{call} comes after the command buffer's commit or end"),
        FindingClass::EncoderOpenAtCommit => {
            format!("{call} comes while the encoder of {other} is open ({whose})")
        }
        FindingClass::LateCall => format!("{call} comes after the encoder's end; it was ended by {other}"),
        FindingClass::ReleasedWithoutEnd => {
            format!("{call} gives up the last reference to an encoder that is open")
        }
        FindingClass::TwoThreads => format!("{call} comes while {other} is inside"),
        FindingClass::TornSequence => {
            format!(
                "{call} would have worked with what {other} had bound; its own bindings were applied again"
            )
        }
        FindingClass::UnknownBindings => {
            format!(
                "{call} depends on bindings that cannot be known: set before the hooks, or in an argument buffer"
            )
        }
    }
}

/// The findings of this process.
pub fn findings() -> Findings {
    let labels = LABELS.lock();
    let label = |number: usize| labels.get(&number).cloned().unwrap_or_default();
    Findings {
        schema: SCHEMA.into(),
        pid: std::process::id(),
        findings: GUARD
            .findings()
            .map(|(number, finding, count)| describe(&finding, count, label(number)))
            .collect(),
    }
}
