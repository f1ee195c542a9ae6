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

#[test]
fn a_driver_with_other_class_names_and_without_agx_methods() {
    let classes = hooked_with("intel");
    assert!(classes.iter().any(|class| class == "MTLIGAccelComputeCommandEncoder"), "{classes:?}");
}

#[test]
fn two_drivers_in_one_process() {
    let classes = hooked_with("agx,intel");
    for class in ["AGXG16XFamilyComputeContext", "MTLIGAccelComputeCommandEncoder"] {
        assert!(classes.iter().any(|other| other == class), "{classes:?}");
    }
}

/// A wrapped object never reaches the application, so its class is not hooked, unless a device of that class is used as well.
#[test]
fn wrappers_that_forward() {
    let alone = hooked_with("debug");
    assert!(alone.iter().any(|class| class == "MTLDebugComputeCommandEncoder"), "{alone:?}");
    assert!(alone.iter().all(|class| !class.starts_with("AGX")), "{alone:?}");
    let both = hooked_with("debug,agx");
    for class in ["MTLDebugComputeCommandEncoder", "AGXG16XFamilyComputeContext"] {
        assert!(both.iter().any(|other| other == class), "{both:?}");
    }
}

#[test]
fn a_subclass_that_overrides_some_methods_and_calls_super() {
    hooked_with("subclass");
}

#[test]
fn a_subclass_that_appears_when_its_superclass_is_hooked_already() {
    let classes = hooked_with("agx,subclass");
    for class in ["AGXG17XFamilyComputeContext", "AGXG16XFamilyComputeContext"] {
        assert!(classes.iter().any(|other| other == class), "{classes:?}");
    }
}

#[test]
fn all_of_them() {
    hooked_with("debug,subclass,intel,agx");
}
