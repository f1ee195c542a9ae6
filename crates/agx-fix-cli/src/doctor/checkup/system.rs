//! The machine: its system, its processor, its Metal, and which methods the library guards there.

use super::Item;
use crate::doctor::coverage::CoverageReport;
use crate::doctor::probe;
use crate::target::{Files, Surroundings, System};
use agx_fix_engine::error::Result;
use agx_fix_engine::provenance;
use agx_fix_engine::supervise::Interrupt;
use agx_fix_macho::Architecture;
use plist::Value;
use std::path::Path;

/// The oldest macOS that the library is built for.
const OLDEST: u32 = 11;

pub(super) fn items(around: &Surroundings, interrupt: &Interrupt) -> Vec<Item> {
    let mut items = vec![system(around), Item::good("chip", provenance::machine().cpu), library(around)];
    items.extend(metal(around.system, &probe::examine(interrupt)));
    items
}

fn system(around: &Surroundings) -> Item {
    match around.system {
        System::Macos => macos(&around.files),
        System::Linux => {
            let text = around.files.read(Path::new("/etc/os-release")).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
            let name = name.map_or("Linux", |name| name.trim_matches('"'));
            Item::good(
                "system",
                format!("{name}, {}: no Metal here, but for the simulated one", provenance::machine().kernel),
            )
        }
    }
}

fn macos(files: &Files) -> Item {
    const FILE: &str = "/System/Library/CoreServices/SystemVersion.plist";
    let list = files.read(Path::new(FILE)).ok().and_then(|bytes| Value::from_reader_xml(&bytes[..]).ok());
    let list = list.and_then(Value::into_dictionary).unwrap_or_default();
    let value = |key: &str| list.get(key).and_then(Value::as_string);
    let Some(version) = value("ProductVersion") else {
        return Item::unknown("system", format!("macOS; {FILE} names no version"), "`sw_vers` shows it");
    };
    let finding = format!("macOS {version} ({})", value("ProductBuildVersion").unwrap_or("build unknown"));
    let major = version.split('.').next().and_then(|it| it.parse::<u32>().ok());
    match major {
        Some(major) if major < OLDEST => {
            Item::bad("system", finding, format!("upgrade to macOS {OLDEST} or newer"))
        }
        _ => Item::good("system", finding),
    }
}

/// What the library is built for.
fn library(around: &Surroundings) -> Item {
    let own = agx_fix_bundle::LIBRARY.file_name;
    match around.system {
        System::Linux => Item::good("library", format!("{own}, for {}", std::env::consts::ARCH)),
        System::Macos if around.machine.library.is_empty() => {
            Item::bad("library", format!("{own} is damaged"), "install agx-fix anew")
        }
        System::Macos => Item::good("library", format!("{own}, for {}", names(&around.machine.library))),
    }
}

/// Architectures, as a list for people.
pub(super) fn names(architectures: &[Architecture]) -> String {
    architectures.iter().map(|it| it.name()).collect::<Vec<_>>().join(" and ")
}

/// The device that a probe has found, and what is guarded there.
fn metal(system: System, probed: &Result<CoverageReport>) -> Vec<Item> {
    let remedy = "run `agx-fix doctor --coverage`, which shows more";
    let report = match probed {
        Ok(report) => report,
        Err(cause) => return vec![Item::unknown("metal", format!("not looked at: {cause}"), remedy)],
    };
    let classes = || report.processes.iter().flat_map(|process| &process.classes);
    let whose = if system == System::Linux { "simulated driver" } else { "driver" };
    let device = classes().find(|class| class.protocol == "MTLDevice");
    let mut items = vec![match device {
        Some(device) => Item::good("metal", format!("{whose}, device of class {}", device.class)),
        None => Item::bad(
            "metal",
            format!("{whose}: no device"),
            "a Mac with a GPU has one, but for some virtual machines",
        ),
    }];
    let guarded: usize = classes().map(|class| class.guarded.len()).sum();
    let counts = format!(
        "{guarded} methods of {} classes guarded, {} unguarded",
        classes().count(),
        report.unguarded()
    );
    items.push(match (report.is_good(), &report.probe_stopped) {
        (true, _) => Item::good("coverage", format!("{counts}, in a probe")),
        (false, Some(how)) => Item::unknown("coverage", format!("{counts}; the probe {how}"), remedy),
        (false, None) => Item::bad("coverage", counts, remedy),
    });
    items
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::*;
    use crate::doctor::coverage::tests::report;
    use crate::target::fixture::Tree;
    use agx_fix_engine::error::Error;

    fn macos_of(version: &str) -> Item {
        let tree = Tree::new();
        let list = format!(
            "<plist version=\"1.0\"><dict><key>ProductVersion</key><string>{version}</string>\
             <key>ProductBuildVersion</key><string>24G419</string></dict></plist>"
        );
        tree.file("/System/Library/CoreServices/SystemVersion.plist", list.as_bytes(), 0o644);
        system(&tree.surroundings(System::Macos, ""))
    }

    #[test]
    fn the_version_of_macos_is_read_from_its_own_file() {
        let item = macos_of("15.7.3");
        assert_eq!((item.standing, item.finding.as_str()), (Standing::Good, "macOS 15.7.3 (24G419)"));
        assert_eq!(macos_of("10.15.7").standing, Standing::Bad);
        assert_eq!(system(&Tree::new().surroundings(System::Macos, "")).standing, Standing::Unknown);
    }

    #[test]
    fn linux_says_its_name_and_that_it_has_no_metal() {
        let tree = Tree::new();
        tree.file("/etc/os-release", b"ID=x\nPRETTY_NAME=\"A System 12\"\n", 0o644);
        let item = system(&tree.surroundings(System::Linux, ""));
        assert!(item.finding.starts_with("A System 12, ") && item.finding.contains("no Metal"), "{item}");
    }

    #[test]
    fn the_library_names_its_architectures() {
        let mut around = Tree::new().surroundings(System::Macos, "");
        assert!(library(&around).finding.ends_with("for x86_64 and arm64"));
        around.machine.library.clear();
        assert_eq!(library(&around).standing, Standing::Bad);
    }

    fn standings(probed: &Result<CoverageReport>) -> Vec<Standing> {
        metal(System::Macos, probed).iter().map(|item| item.standing).collect()
    }

    #[test]
    fn the_probe_gives_device_and_coverage_or_a_reason() {
        assert_eq!(standings(&Ok(report(&[&[]]))), [Standing::Good, Standing::Good]);
        assert_eq!(standings(&Ok(report(&[&["one:"]]))), [Standing::Good, Standing::Bad]);
        let stopped = CoverageReport { probe_stopped: Some("hung".into()), ..report(&[&[]]) };
        assert_eq!(standings(&Ok(stopped)), [Standing::Good, Standing::Unknown]);
        assert_eq!(standings(&Err(Error::new("why"))), [Standing::Unknown]);
        assert!(metal(System::Linux, &Ok(report(&[&[]])))[0].finding.contains("simulated"));
    }
}
