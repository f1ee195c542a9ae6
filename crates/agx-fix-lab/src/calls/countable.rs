//! What instructions are counted of: each contender on one thread, in a job that makes a number of calls.

use super::args::Part;
use super::child::Job;
use super::report::Subject;
use super::rounds::{OWN_LOCK, contenders};
use crate::harness::hooks::Caller;
use crate::harness::{Case, Length, Meeting, lives, locks, lookup};
use agx_fix_engine::contender::Contender;

/// As many calls as make a start fall out and do not take long under valgrind.
const CALLS: u64 = 10 * 512;
const ONE: Case = Case { meeting: Meeting::OneThread, threads: 1 };

/// A contender in one subject.
pub(super) struct Countable {
    pub(super) subject: Subject,
    /// The contender's name in that subject.
    pub(super) name: String,
    /// What is in the process.
    pub(super) contender: Contender,
    pub(super) job: Job,
}

/// All that belong to wanted parts.
pub(super) fn all(wants: impl Fn(Part) -> bool) -> Vec<Countable> {
    let mut all = Vec::new();
    if wants(Part::Locks) {
        all.extend(locks::ALL.map(|lock| {
            let job = Job::Lock { contender: lock.name.to_owned(), case: ONE, length: Length::Calls(CALLS) };
            alone(Subject::Lock(ONE), lock.name, job)
        }));
    }
    if wants(Part::Hooks) {
        all.extend(
            contenders().map(|contender| hooked(Subject::Hook(ONE), contender, vec![ONE], Vec::new())),
        );
        let job = Job::Hooks {
            cases: vec![ONE],
            caller: Caller::OwnLock,
            lives: Vec::new(),
            length: Length::Calls(CALLS),
        };
        all.push(alone(Subject::Hook(ONE), OWN_LOCK, job));
    }
    if wants(Part::Lives) {
        all.extend(contenders().map(|it| hooked(Subject::HookLife(1), it, Vec::new(), vec![1])));
        all.extend(lives::ALL.map(|life| {
            let length = Length::Calls(CALLS);
            alone(
                Subject::Life(1),
                life.name,
                Job::Life { contender: life.name.to_owned(), threads: 1, length },
            )
        }));
    }
    if wants(Part::Lookup) {
        let pairs = lookup::SIZES.into_iter().flat_map(|live| lookup::ALL.map(|lookup| (live, lookup.name)));
        all.extend(pairs.map(|(live, name)| {
            // Each encoder has its turn.
            let length = Length::Calls(CALLS.max(live as u64));
            alone(Subject::Lookup(live), name, Job::Lookup { contender: name.to_owned(), live, length })
        }));
    }
    all
}

/// Without the library.
fn alone(subject: Subject, name: &str, job: Job) -> Countable {
    Countable { subject, name: name.to_owned(), contender: Contender::Unguarded, job }
}

fn hooked(subject: Subject, contender: Contender, cases: Vec<Case>, lives: Vec<usize>) -> Countable {
    let job = Job::Hooks { cases, caller: Caller::Plain, lives, length: Length::Calls(CALLS) };
    Countable { subject, name: contender.name().to_owned(), contender, job }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_contender_is_counted_once_in_each_subject() {
        let all = all(|_| true);
        for (index, one) in all.iter().enumerate() {
            let same = |other: &&Countable| other.subject == one.subject && other.name == one.name;
            assert_eq!(all.iter().filter(same).count(), 1, "{index}");
        }
        assert_eq!(
            all.iter().filter(|it| it.subject == Subject::Hook(ONE)).count(),
            contenders().count() + 1
        );
    }
}
