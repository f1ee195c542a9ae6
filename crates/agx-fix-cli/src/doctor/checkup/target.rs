//! The command: which program it executes, whether that takes the library, and which frameworks its Python has. Packages are
//! found by the names of their folders; no code is run.

use super::Item;
use super::system::names;
use crate::target::python::{Environment, is_python, version_of};
use crate::target::{Program, Surroundings, System, Target, check, resolve};
use std::ffi::OsString;
use std::path::PathBuf;

/// A framework that uses Metal from several threads, and what is known of changes to it.
struct Framework {
    package: &'static str,
    /// Where it was reported and worked on.
    threads: &'static str,
}

const FRAMEWORKS: [Framework; 2] = [
    Framework {
        package: "torch",
        threads: "pytorch/pytorch issues 197805 and 100285, pull requests 197836, 167541, 198039 and 108996",
    },
    Framework { package: "mlx", threads: "ml-explore/mlx issues 3216, 3078 and 3348" },
];

/// What is looked at where no command is given.
const USUAL: &str = "python3";

pub(super) fn items(command: &[OsString], around: &Surroundings) -> Vec<Item> {
    let usual = [OsString::from(USUAL)];
    let words = if command.is_empty() { &usual[..] } else { command };
    let target = match resolve(words, around) {
        Ok(target) => target,
        Err(refusal) if command.is_empty() => {
            let finding =
                format!("no COMMAND was given, and there is no {USUAL} to look at: {}", refusal.finding());
            return vec![Item::unknown("target", finding, "give one: `agx-fix doctor -- COMMAND`")];
        }
        Err(refusal) => return vec![Item::bad("target", refusal.finding(), refusal.remedy)],
    };
    let mut items = vec![program(command.is_empty(), &target)];
    match check(&target, around) {
        Ok(programs) => {
            items.push(slices(&programs, around.system));
            items.push(Item::good("injection", injected(&programs)));
        }
        Err(refusal) => items.push(Item::bad("injection", refusal.finding(), refusal.remedy)),
    }
    items.extend(frameworks(&target, around));
    items
}

fn program(is_usual: bool, target: &Target) -> Item {
    let mut finding = target.program.display().to_string();
    if is_usual {
        finding = format!("{finding} (no COMMAND was given: {USUAL} of PATH)");
    }
    for script in target.by_way_of.iter().rev() {
        finding = format!("{finding}, by way of {}", script.display());
    }
    Item::good("target", finding)
}

fn slices(programs: &[Program], system: System) -> Item {
    if system == System::Linux {
        return Item::good("slices", format!("{}, as all programs here", std::env::consts::ARCH));
    }
    let one = |program: &Program| {
        let runs = program.runs.map_or("nothing", |it| it.name());
        format!("{} has {}, runs as {runs}", program.real.display(), names(&program.slices))
    };
    Item::good("slices", programs.iter().map(one).collect::<Vec<_>>().join("; "))
}

fn injected(programs: &[Program]) -> String {
    match programs {
        [_, inner] => format!("takes the library, as does {}, which it becomes", inner.real.display()),
        _ => "takes the library".to_owned(),
    }
}

fn frameworks(target: &Target, around: &Surroundings) -> Vec<Item> {
    let environment =
        Some(&target.program).filter(|it| is_python(it)).and_then(|it| Environment::of(it, &around.files));
    let Some(environment) = environment else {
        let finding = format!("{} is no Python, so its packages are not known", target.program.display());
        return vec![Item::unknown(
            "frameworks",
            finding,
            "`agx-fix doctor -- PYTHON` lists those of a Python",
        )];
    };
    let folders = environment.packages(&around.files);
    if folders.is_empty() {
        let finding = format!("no folder of packages below {}", environment.folder.display());
        return vec![Item::unknown("frameworks", finding, "`PYTHON -m pip list` shows what is installed")];
    }
    FRAMEWORKS.iter().flat_map(|framework| installed(framework, &folders, &environment, around)).collect()
}

fn installed(
    framework: &Framework,
    folders: &[PathBuf],
    environment: &Environment,
    around: &Surroundings,
) -> Vec<Item> {
    let Framework { package, threads } = framework;
    let Some(version) = version_of(package, folders, &around.files) else {
        return vec![Item::good(package, format!("not installed in {}", environment.folder.display()))];
    };
    // It is not known which releases have the changes.
    let finding = format!(
        "not known whether {package} {version} has the upstream fixes: agx-fix knows of no version that does"
    );
    vec![
        Item::good(package, format!("{version}, in {}", environment.folder.display())),
        Item::unknown("upstream", finding, format!("look for them in its release notes ({threads})")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::*;
    use crate::target::fixture::{Tree, words};
    use agx_fix_macho::fixture::{Fixture, Signing};

    /// A virtual environment with a Python that this signer signed.
    fn tree(signing: Signing) -> Tree {
        let tree = Tree::new();
        tree.program("/opt/py/bin/python3.12", &Fixture { signing: Some(signing), ..Fixture::program() });
        tree.link("/opt/py/bin/python3.12", "/v/bin/python3");
        tree.file("/v/pyvenv.cfg", b"home = /opt/py/bin\n", 0o644);
        tree.file("/v/lib/python3.12/site-packages/torch-2.9.1.dist-info/METADATA", b"", 0o644);
        tree.script("/v/bin/tool", "#!/v/bin/python3\n");
        tree
    }

    fn looked_at(tree: &Tree, command: &[&str], path: &str) -> Vec<Item> {
        items(&words(command), &tree.surroundings(System::Macos, path))
    }

    fn item<'i>(items: &'i [Item], subject: &str) -> &'i Item {
        items.iter().find(|item| item.subject == subject).unwrap_or_else(|| panic!("{subject} in {items:?}"))
    }

    #[test]
    fn a_good_target_has_slices_injection_and_versions() {
        let items = looked_at(&tree(Signing::linker("python")), &["tool"], "/v/bin");
        assert_eq!(item(&items, "target").finding, "/v/bin/python3, by way of /v/bin/tool");
        assert_eq!(item(&items, "slices").finding, "/opt/py/bin/python3.12 has arm64, runs as arm64");
        assert_eq!(item(&items, "injection").standing, Standing::Good);
        assert_eq!(item(&items, "torch").finding, "2.9.1, in /v");
        assert!(item(&items, "mlx").finding.contains("not installed"));
        let upstream = item(&items, "upstream");
        assert!(
            upstream.standing == Standing::Unknown && upstream.finding.contains("not known"),
            "{upstream}"
        );
    }

    #[test]
    fn a_target_that_takes_no_library_is_bad_with_a_remedy_and_its_frameworks_are_shown_all_the_same() {
        let items = looked_at(&tree(Signing::hardened("python", &[])), &["/v/bin/python3"], "");
        let injection = item(&items, "injection");
        assert!(
            injection.standing == Standing::Bad && injection.remedy.as_ref().unwrap().contains("codesign")
        );
        assert_eq!(item(&items, "torch").standing, Standing::Good);
    }

    #[test]
    fn without_a_command_the_usual_python_is_looked_at_if_there_is_one() {
        let items = looked_at(&tree(Signing::linker("python")), &[], "/v/bin");
        assert!(item(&items, "target").finding.contains("no COMMAND was given"));
        let items = looked_at(&Tree::new(), &[], "/v/bin");
        assert!(items.len() == 1 && items[0].standing == Standing::Unknown, "{items:?}");
        let items = looked_at(&Tree::new(), &["nothing"], "/v/bin");
        assert!(items.len() == 1 && items[0].standing == Standing::Bad, "{items:?}");
    }

    #[test]
    fn a_program_that_is_no_python_has_no_packages() {
        let tree = Tree::new();
        tree.program("/opt/tool", &Fixture::program());
        let items = looked_at(&tree, &["/opt/tool"], "");
        assert!(item(&items, "frameworks").finding.contains("is no Python"));
    }
}
