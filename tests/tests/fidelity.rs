//! Argument fidelity: through the hooks, the driver gets what the application sent, and the application what the driver
//! answered, bit for bit, for every row of the table. See `agx_fix_tests::fidelity`.

use agx_fix_hooks::table::{Action, COUNT, Role};
use agx_fix_interface::statistics::Statistics;
use agx_fix_tests::Lab;
use agx_fix_tests::fidelity::{Lot, MISTAKES, Machine, PATTERNS, guarded, methods, seed};
use std::path::Path;

/// The control of all other runs: the library without a mistake, whose hooks destroy as many registers as they may.
const CONTROL: &str = "plant";

#[test]
fn every_row_is_faithful() {
    let lab = Lab::new();
    faithful_with_all_presets(&Lot::new(Machine::native(), seed()), &lab.library);
}

#[test]
fn every_row_is_faithful_on_aarch64() {
    let Some(machine) = Machine::arm64() else { return };
    let library = machine.library(&[]);
    faithful_with_all_presets(&Lot::new(machine, seed()), &library);
}

#[test]
fn planted_mistakes_are_found() {
    find_mistakes(Machine::native());
}

#[test]
fn planted_mistakes_are_found_on_aarch64() {
    if let Some(machine) = Machine::arm64() {
        find_mistakes(machine);
    }
}

/// What makes both machines necessary.
#[test]
#[ignore = "says what a calling convention hides, and protects nothing"]
fn each_convention_hides_some_mistakes() {
    for machine in [Some(Machine::native()), Machine::arm64()].into_iter().flatten() {
        let lot = Lot::new(machine.clone(), seed());
        for mistake in MISTAKES.iter().filter(|mistake| !mistake.shows_on(machine.triple)) {
            let run = lot.run(Some(&machine.library(&[mistake.feature])), "per-encoder");
            assert!(run.faithful, "{} shows on {}: {}", mistake.feature, machine.triple, run.text);
        }
    }
}

fn faithful_with_all_presets(lot: &Lot, library: &Path) {
    let bare = lot.run(None, "");
    assert!(bare.faithful, "host and driver disagree without any hooks: {}", bare.text);
    for preset in ["per-encoder", "global", "none"] {
        let hooked = lot.run(Some(library), preset);
        assert!(hooked.faithful, "{preset}: {}", hooked.text);
        everything_was_hooked(&lot.statistics(), preset);
    }
    let count = methods().count();
    println!(
        "{COUNT} rows, {count} methods on {} classes, {} patterns of arguments, each in 4 runs",
        Role::ALL.len(),
        count * PATTERNS
    );
}

fn everything_was_hooked(statistics: &Statistics, preset: &str) {
    assert_eq!(statistics.preset, preset);
    assert_eq!((statistics.late_calls, statistics.unguarded_calls), (0, 0), "{preset}");
    for role in Role::ALL {
        let class = statistics.classes.iter().find(|class| class.role == role.protocol());
        let class = class.unwrap_or_else(|| panic!("{preset}: no class of {role:?} was hooked"));
        assert!(class.unguarded.is_empty(), "{preset}: {class:?}");
        assert_eq!(class.guarded as usize, guarded(role), "{preset}: {role:?}");
    }
    assert_eq!(statistics.classes.len(), Role::ALL.len());
    let locked = methods().filter(|method| matches!(method.row.action, Action::Locked(_))).count() * PATTERNS;
    if preset == "none" {
        assert_eq!(statistics.acquisitions, 0);
    } else {
        assert!(statistics.acquisitions >= locked as u64, "{preset}: {statistics}");
    }
}

/// The baseline of the tests above: they would fail if a row were declared wrong.
fn find_mistakes(machine: Machine) {
    let lot = Lot::new(machine.clone(), seed());
    let control = lot.run(Some(&machine.library(&[CONTROL])), "per-encoder");
    assert!(control.faithful, "without a mistake: {}", control.text);
    for mistake in MISTAKES.iter().filter(|mistake| mistake.shows_on(machine.triple)) {
        let run = lot.run(Some(&machine.library(&[mistake.feature])), "per-encoder");
        run.assert_found(mistake.feature, mistake.found_in);
    }
}
