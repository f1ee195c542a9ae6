//! What became of every row in every class that was seen. Installation writes it; the coverage, the statistics' list of
//! classes and the notices are made from it.

use crate::classes;
use crate::settings;
use crate::table::{Role, no_lock, selector_text};
use agx_fix_interface::Document as _;
use agx_fix_interface::coverage::{ClassCoverage, Coverage};
use agx_fix_interface::statistics::{HookedClass, Unguarded};
use agx_fix_platform::fork::ForkMutex;
use agx_fix_terms::Policy;
use std::collections::BTreeSet;

/// The classes that were seen, also those that there was no room for. Who holds it installs: installations take turns.
pub(crate) static SEEN: ForkMutex<Vec<ClassStanding>> = ForkMutex::new(Vec::new());

/// A class that was seen in a role.
#[derive(Clone, Debug)]
pub(crate) struct ClassStanding {
    /// The class's name.
    pub(crate) class: String,
    /// What its objects are.
    pub(crate) role: Role,
    /// The rows for that role, by their numbers.
    pub(crate) methods: Vec<(usize, Standing)>,
}

/// What became of a row in a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The method is replaced.
    Hooked,
    /// The class does not have it.
    Absent,
    /// The row says so.
    Left(&'static str),
    /// The policy hooks fewer methods.
    NotWanted,
    /// It could not be hooked, for this reason.
    LeftAlone(String),
    /// There was no room for the class.
    NoRoom,
}

const NO_ROOM: &str = "too many hooked classes, or too many on the class's line of inheritance";

impl ClassStanding {
    /// For the statistics; `None` for a class that there was no room for.
    pub(crate) fn hooked_class(&self) -> Option<HookedClass> {
        let mut class = HookedClass {
            class: self.class.clone(),
            role: self.role.protocol().into(),
            guarded: 0,
            unguarded: Vec::new(),
        };
        for (row, standing) in &self.methods {
            match standing {
                Standing::Hooked => class.guarded += 1,
                Standing::LeftAlone(reason) => class.unguarded.push(method(*row, reason)),
                Standing::NoRoom => return None,
                Standing::Absent | Standing::Left(_) | Standing::NotWanted => {}
            }
        }
        Some(class)
    }

    fn coverage(&self, policy: Policy) -> ClassCoverage {
        let mut class = ClassCoverage {
            class: self.class.clone(),
            protocol: self.role.protocol().into(),
            ..ClassCoverage::default()
        };
        for (row, standing) in &self.methods {
            match (standing, no_lock(policy, *row)) {
                (Standing::Absent, _) => class.absent.push(selector_text(*row)),
                (Standing::Left(reason), _) => class.left.push(method(*row, reason)),
                (Standing::LeftAlone(reason), _) => class.unguarded.push(method(*row, reason)),
                (Standing::NoRoom, _) => class.unguarded.push(method(*row, NO_ROOM)),
                (_, Some(reason)) => class.unguarded.push(method(*row, reason)),
                (Standing::Hooked | Standing::NotWanted, None) => class.guarded.push(selector_text(*row)),
            }
        }
        class
    }
}

fn method(row: usize, reason: &str) -> Unguarded {
    Unguarded { selector: selector_text(row), reason: reason.into() }
}

/// Whether anything is hooked.
pub fn is_installed() -> bool {
    classes::all().any(|class| class.roles() != 0)
}

/// How many classes are hooked so far.
pub fn class_count() -> usize {
    let classes: BTreeSet<String> = hooked_classes().into_iter().map(|class| class.class).collect();
    classes.len()
}

/// The classes hooked so far.
pub(crate) fn hooked_classes() -> Vec<HookedClass> {
    SEEN.lock().iter().filter_map(ClassStanding::hooked_class).collect()
}

/// The coverage of this process.
pub fn coverage() -> Coverage {
    let policy = settings::policy();
    Coverage {
        schema: Coverage::SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        preset: settings::preset().name().into(),
        classes: SEEN.lock().iter().map(|seen| seen.coverage(policy)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ROWS;
    use agx_fix_terms::Preset;

    fn number(role: Role, name: &str) -> usize {
        let wanted =
            |row: &crate::table::HookRow| row.is_for(role) && row.selector.to_bytes() == name.as_bytes();
        ROWS.iter().position(wanted).expect("a row")
    }

    fn encoder(methods: &[(&str, Standing)]) -> ClassStanding {
        let numbered = |(name, standing): &(&str, Standing)| (number(Role::Compute, name), standing.clone());
        ClassStanding {
            class: "E".into(),
            role: Role::Compute,
            methods: methods.iter().map(numbered).collect(),
        }
    }

    fn sample() -> ClassStanding {
        encoder(&[
            ("endEncoding", Standing::Hooked),
            ("setLabel:", Standing::Hooked),
            ("useHeap:", Standing::LeftAlone("its encoding".into())),
            ("destroyImpl", Standing::Absent),
            ("device", Standing::Left("it reads")),
        ])
    }

    #[test]
    fn every_method_is_in_one_list() {
        let class = sample().coverage(Preset::Guard.policy());
        assert_eq!((class.class.as_str(), class.protocol.as_str()), ("E", "MTLComputeCommandEncoder"));
        assert_eq!(class.guarded, ["endEncoding", "setLabel:"]);
        assert_eq!(
            class.unguarded,
            [Unguarded { selector: "useHeap:".into(), reason: "its encoding".into() }]
        );
        assert_eq!(class.absent, ["destroyImpl"]);
        assert_eq!(class.left, [Unguarded { selector: "device".into(), reason: "it reads".into() }]);
    }

    #[test]
    fn a_preset_without_locks_guards_nothing() {
        let class = sample().coverage(Preset::None.policy());
        assert!(class.guarded.is_empty() && class.unguarded.len() == 3, "{class:?}");
        let class = sample().coverage(Preset::AssociatedObject.policy());
        assert_eq!(class.guarded, ["endEncoding"]);
    }

    #[test]
    fn factories_of_devices_and_queues_need_no_lock() {
        let row = number(Role::Device, "newCommandQueue");
        let device =
            ClassStanding { class: "D".into(), role: Role::Device, methods: vec![(row, Standing::Hooked)] };
        for preset in Preset::ALL {
            assert_eq!(device.coverage(preset.policy()).guarded, ["newCommandQueue"], "{preset}");
        }
    }

    #[test]
    fn a_class_without_room_is_unguarded_and_not_hooked() {
        let seen = encoder(&[("endEncoding", Standing::NoRoom), ("destroyImpl", Standing::Absent)]);
        let class = seen.coverage(Preset::Guard.policy());
        assert_eq!((class.guarded.len(), class.unguarded.len(), class.absent.len()), (0, 1, 1));
        assert_eq!(seen.hooked_class(), None);
        assert_eq!(sample().hooked_class().map(|class| (class.guarded, class.unguarded.len())), Some((2, 1)));
    }
}
