//! Other drivers, wrappers and class hierarchies: each call takes the lock once, and reaches the method of its own class.

use agx_fix_tests::{Lab, success};
use std::collections::HashSet;

/// Runs the host with these drivers in one process, bare and with the library; the names of the hooked classes.
fn hooked_with(drivers: &str) -> Vec<String> {
    let lab = Lab::new();
    let host = lab.compile("drivers");
    let expected = format!("{} devices\n", drivers.split(',').count());
    assert_eq!(success(lab.bare(&host).env("AGX_SIM_DRIVER", drivers)), expected);
    assert_eq!(success(lab.injected(&host).env("AGX_SIM_DRIVER", drivers)), expected);
    let statistics = lab.statistics().remove(0);
    assert_eq!((statistics.late_calls, statistics.unguarded_calls), (0, 0));
    let all: Vec<String> =
        statistics.classes.iter().map(|class| format!("{} {}", class.class, class.role)).collect();
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "hooked twice: {all:?}");
    for class in &statistics.classes {
        assert_eq!(class.unguarded, [], "{}", class.class);
    }
    statistics.classes.into_iter().map(|class| class.class).collect()
}

const AGX: &str = "AGXG16XFamilyComputeContext";
const INTEL: &str = "MTLIGAccelComputeCommandEncoder";
const WRAPPER: &str = "MTLDebugComputeCommandEncoder";

#[test]
fn other_class_names_wrappers_and_subclasses_are_hooked_in_one_process() {
    for (drivers, expected) in [
        // Other class names, and no AGX methods.
        ("intel", &[INTEL][..]),
        ("agx,intel", &[AGX, INTEL]),
        ("debug,agx", &[WRAPPER, AGX]),
        // It overrides some methods and calls super; beside its superclass, it appears when that is hooked already.
        ("subclass", &["AGXG17XFamilyComputeContext"]),
        ("agx,subclass", &["AGXG17XFamilyComputeContext", AGX]),
        ("debug,subclass,intel,agx", &[WRAPPER, INTEL, AGX]),
    ] {
        let classes = hooked_with(drivers);
        for class in expected {
            assert!(classes.iter().any(|other| other == class), "{drivers}: {classes:?}");
        }
    }
}

/// A wrapped object never reaches the application, so its class is not hooked, unless a device of that class is used as well.
#[test]
fn what_a_wrapper_holds_is_not_hooked() {
    let classes = hooked_with("debug");
    assert!(classes.iter().any(|class| class == WRAPPER), "{classes:?}");
    assert!(classes.iter().all(|class| !class.starts_with("AGX")), "{classes:?}");
}
