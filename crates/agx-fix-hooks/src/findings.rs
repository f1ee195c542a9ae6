//! Findings on their way out: to standard error, to JSON.

use crate::host::GUARD;
use crate::report;
use crate::settings;
use agx_fix_guard::Finding;
use agx_fix_interface::Document as _;
use agx_fix_interface::findings::{self, Findings};
use agx_fix_interface::statistics::Call;
use agx_fix_objc::{Id, runtime, send};
use agx_fix_terms::{FindingClass, Late, Misuse};
use agx_fix_platform::fork::ForkMutex;
use core::ffi::{c_char, c_void};
use std::collections::BTreeMap;
use std::ffi::CStr;

/// The labels of the objects of findings, by the findings' numbers.
static LABELS: ForkMutex<BTreeMap<usize, String>> = ForkMutex::new(BTreeMap::new());

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
    let policy = settings::policy();
    let ends = policy.misuse == Misuse::Strict
        || (finding.class == FindingClass::LateCall && policy.late == Late::Abort);
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
    let text = sentence(finding, &call, other.as_ref());
    findings::Finding {
        class: finding.class,
        outcome: finding.outcome,
        object: finding.key.0 as u64,
        label,
        call,
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

/// The findings of this process.
pub fn findings() -> Findings {
    let labels = LABELS.lock();
    let label = |number: usize| labels.get(&number).cloned().unwrap_or_default();
    Findings {
        schema: Findings::SCHEMA.into(),
        pid: std::process::id(),
        findings: GUARD
            .findings()
            .map(|(number, finding, count)| describe(&finding, count, label(number)))
            .collect(),
    }
}
