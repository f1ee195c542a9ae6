//! Findings: every misuse that the guard saw, with both threads and both calls.
//!
//! A finding that repeats (same class, outcome and calls) is counted, not listed again. No call that goes through comes here.
//! Nothing allocates, and no lock is taken.

use crate::ids::{Key, Who};
use crate::sync::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, array, length};
use agx_fix_terms::{CallId, FindingClass, Outcome};
use const_fn::const_fn;

/// One misuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its class.
    pub class: FindingClass,
    /// What was made of it.
    pub outcome: Outcome,
    /// The encoder or command buffer.
    pub key: Key,
    /// The thread and call that it was found in.
    pub who: Who,
    /// The other thread and call, if there is one.
    pub other: Option<Who>,
    /// Whether work was lost, so that results may be wrong.
    pub lossy: bool,
}

/// How many kinds of finding are kept: any two of Metal's factories of encoders can meet on a command buffer, and any
/// method can come late.
const KINDS: usize = length(512, 1);

#[derive(Debug)]
pub(crate) struct Findings {
    total: AtomicU64,
    kinds: [KindOfFinding; KINDS],
}

/// What findings of a kind have in common, the first of them, and how many there are.
#[derive(Debug)]
struct KindOfFinding {
    /// What makes the kind, packed; 0 for a free place. Claimed by compare and swap.
    identity: AtomicU64,
    /// Set last: the fields are there.
    ready: AtomicU8,
    key: AtomicUsize,
    thread: AtomicU32,
    other_thread: AtomicU32,
    count: AtomicU64,
}

/// Set in every identity, as 0 is a free place.
const IDENTIFIED: u64 = 1 << 48;

impl Finding {
    fn identity(&self) -> u64 {
        let other = self.other.map_or(u16::MAX, |other| other.call.0);
        IDENTIFIED
            | u64::from(self.class as u8) << 40
            | u64::from(self.outcome as u8) << 36
            | u64::from(self.lossy) << 32
            | u64::from(self.who.call.0) << 16
            | u64::from(other)
    }
}

impl Findings {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self { total: AtomicU64::new(0), kinds: array![KindOfFinding::new(); KINDS] }
    }

    /// Counts a finding. Its number, if it is the first of its kind.
    pub(crate) fn add(&self, finding: &Finding) -> Option<usize> {
        self.total.fetch_add(1, Ordering::Relaxed);
        let identity = finding.identity();
        for (index, kind) in self.kinds.iter().enumerate() {
            let mut present = kind.identity.load(Ordering::Relaxed);
            if present == 0 {
                match kind.identity.compare_exchange(0, identity, Ordering::Relaxed, Ordering::Relaxed) {
                    Ok(_) => {
                        kind.fill(finding);
                        return Some(index);
                    }
                    Err(other) => present = other,
                }
            }
            if present == identity {
                kind.count.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        }
        None
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// The kinds of finding seen so far: number, the first of the kind, how often.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, Finding, u64)> {
        self.kinds.iter().enumerate().filter_map(|(index, kind)| {
            let finding = kind.read()?;
            Some((index, finding, kind.count.load(Ordering::Relaxed)))
        })
    }

    pub(crate) fn reset(&self) {
        self.total.store(0, Ordering::Relaxed);
        for kind in &self.kinds {
            kind.ready.store(0, Ordering::Relaxed);
            kind.count.store(0, Ordering::Relaxed);
            kind.identity.store(0, Ordering::Relaxed);
        }
    }
}

impl KindOfFinding {
    #[const_fn(cfg(not(loom)))]
    const fn new() -> Self {
        Self {
            identity: AtomicU64::new(0),
            ready: AtomicU8::new(0),
            key: AtomicUsize::new(0),
            thread: AtomicU32::new(0),
            other_thread: AtomicU32::new(0),
            count: AtomicU64::new(0),
        }
    }

    fn fill(&self, finding: &Finding) {
        self.key.store(finding.key.0, Ordering::Relaxed);
        self.thread.store(finding.who.thread, Ordering::Relaxed);
        self.other_thread.store(finding.other.map_or(0, |other| other.thread), Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.ready.store(1, Ordering::Release);
    }

    fn read(&self) -> Option<Finding> {
        if self.ready.load(Ordering::Acquire) == 0 {
            return None;
        }
        let identity = self.identity.load(Ordering::Relaxed);
        let other = CallId(identity as u16);
        let class = *FindingClass::ALL.get((identity >> 40) as u8 as usize)?;
        let outcome = *Outcome::ALL.get((identity >> 36) as usize & 15)?;
        let other_thread = self.other_thread.load(Ordering::Relaxed);
        Some(Finding {
            class,
            outcome,
            key: Key(self.key.load(Ordering::Relaxed)),
            who: Who { thread: self.thread.load(Ordering::Relaxed), call: CallId((identity >> 16) as u16) },
            other: (other != CallId(u16::MAX)).then_some(Who { thread: other_thread, call: other }),
            lossy: (identity >> 32) & 1 != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(thread: u32, call: u16) -> Who {
        Who { thread, call: CallId(call) }
    }

    /// Findings of which any two differ in something that makes a kind.
    fn different() -> Vec<Finding> {
        let mut all = Vec::new();
        for &class in FindingClass::ALL {
            for &outcome in Outcome::ALL {
                for (call, other, lossy) in [
                    (7, None, true),
                    (7, None, false),
                    (8, None, true),
                    (7, Some(who(3, 7)), true),
                    (7, Some(who(3, 8)), true),
                ] {
                    all.push(Finding { class, outcome, key: Key(0x40), who: who(2, call), other, lossy });
                }
            }
        }
        all
    }

    #[test]
    fn each_kind_is_kept_as_it_was_found_first_and_counted() {
        let findings = Findings::new();
        let different = different();
        for (number, finding) in different.iter().enumerate() {
            assert_eq!(findings.add(finding), Some(number), "{finding:?}");
        }
        let again = Finding { key: Key(0x80), who: who(9, 7), ..different[1] };
        assert_eq!(findings.add(&again), None, "another encoder and another thread make no other kind");
        let all: Vec<_> = findings.all().collect();
        for (number, (finding, kept)) in different.iter().zip(&all).enumerate() {
            assert_eq!(*kept, (number, *finding, if number == 1 { 2 } else { 1 }));
        }
        assert_eq!((all.len(), findings.total()), (different.len(), different.len() as u64 + 1));
    }

    #[test]
    fn after_a_reset_there_are_none() {
        let findings = Findings::new();
        let different = different();
        different.iter().for_each(|finding| assert!(findings.add(finding).is_some()));
        findings.reset();
        assert_eq!((findings.total(), findings.all().count()), (0, 0));
        assert_eq!(findings.add(&different[5]), Some(0), "the first of its kind again");
        assert_eq!(findings.all().collect::<Vec<_>>(), [(0, different[5], 1)]);
    }

    #[test]
    fn what_finds_no_place_is_counted_in_sum() {
        let findings = Findings::new();
        let finding = |call| Finding { who: who(2, call), ..different()[0] };
        for call in 0..KINDS as u16 {
            assert_eq!(findings.add(&finding(call)), Some(call.into()));
        }
        assert_eq!(findings.add(&finding(KINDS as u16)), None);
        assert_eq!((findings.total(), findings.all().count()), (KINDS as u64 + 1, KINDS));
    }
}
