//! The labels that the application gave its encoders and command buffers, and which of them were waited for.
//!
//! Contentions are counted by calls that had to wait, and only where statistics were asked for: reading a label sends
//! messages to the object.

use crate::settings;
use agx_fix_interface::statistics::Contended;
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_objc::{Id, runtime, send};
use agx_fix_platform::fork::ForkMutex;
use agx_fix_terms::CallKind;
use core::ffi::{c_char, c_void};
use std::collections::BTreeMap;
use std::ffi::CStr;

/// Labels beyond this are not told apart: an application may give each encoder one of its own.
const MOST_LABELS: usize = 256;
const OTHERS: &str = "(further labels)";
/// What the statistics show.
const SHOWN: usize = 8;

/// By label.
static COUNTS: ForkMutex<BTreeMap<String, u64>> = ForkMutex::new(BTreeMap::new());

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

/// A call of that kind on `object` had to wait.
///
/// # Safety
/// `object` is alive: the receiver of the call.
pub(crate) unsafe fn contended(object: Id, kind: CallKind) {
    // An object that is being freed may have given up its label.
    if !settings::counts_by_label() || kind == CallKind::Free {
        return;
    }
    // Threads of the application may have no pool of their own at this point.
    // SAFETY: the object is alive, as the caller says.
    let label = autorelease_pool(|| unsafe { label_of(object) });
    add(&mut COUNTS.lock(), label);
}

fn add(counts: &mut BTreeMap<String, u64>, label: String) {
    let known = counts.len() < MOST_LABELS || counts.contains_key(&label);
    *counts.entry(if known { label } else { OTHERS.to_owned() }).or_default() += 1;
}

/// The labels that were waited for most, the first the most.
pub(crate) fn most_contended() -> Vec<Contended> {
    most_of(&COUNTS.lock())
}

fn most_of(counts: &BTreeMap<String, u64>) -> Vec<Contended> {
    let mut all: Vec<Contended> =
        counts.iter().map(|(label, &contentions)| Contended { label: label.clone(), contentions }).collect();
    // Stable: of equals, the first label in order.
    all.sort_by_key(|one| core::cmp::Reverse(one.contentions));
    all.truncate(SHOWN);
    all
}

/// Counts from zero again.
pub(crate) fn reset() {
    COUNTS.lock().clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_contended_come_first_and_labels_do_not_pile_up() {
        let mut counts = BTreeMap::new();
        for number in 0..MOST_LABELS + 50 {
            add(&mut counts, format!("encoder {number:03}"));
        }
        add(&mut counts, "encoder 007".to_owned());
        assert_eq!(counts.len(), MOST_LABELS + 1);
        let most = most_of(&counts);
        assert_eq!(most.len(), SHOWN);
        assert_eq!((most[0].label.as_str(), most[0].contentions), (OTHERS, 50));
        assert_eq!((most[1].label.as_str(), most[1].contentions), ("encoder 007", 2));
    }
}
