//! Each property broken on purpose, in a file that is otherwise as it should be, and found.

use super::properties::carried;
use super::*;
use agx_fix_macho::fixture::{Encoding, Fixture, Signing, resign, universal};
use agx_fix_macho::{Import, Origin};
use object::macho::{self, LoadCommandType};

const SYSTEM: &str = "/usr/lib/libSystem.B.dylib";
const ALLOWED: &str = "
    # What the fixture imports.
    /usr/lib/libSystem.B.dylib
    _getenv _getpid # both of one line
    /System/Library/Frameworks/Metal.framework/Versions/A/Metal
    _MTLCreateSystemDefaultDevice _MTLCopyAllDevices
";

fn expected_of_fixture() -> Expected {
    Expected {
        name: "libfixture.dylib".into(),
        kind: Kind::Library,
        install_name: Some("@rpath/libfixture.dylib".into()),
        allowed: Allowed::parse("the list", ALLOWED).unwrap(),
        exports: ["_fixture_version".to_owned()].into(),
        interposes: [(METAL.to_owned(), "_MTLCreateSystemDefaultDevice".to_owned())].into(),
        ..expected(&["/somewhere/else".into()])
    }
}

/// A universal file of fixtures, for both architectures.
fn both(fixture: &Fixture) -> Vec<u8> {
    let of = |architecture| Fixture { architecture, ..fixture.clone() }.write();
    universal(&[Architecture::X86_64, Architecture::Arm64].map(of))
}

/// What is found in a fixture that was changed.
fn found(change: impl FnOnce(&mut Fixture)) -> Vec<Problem> {
    let mut fixture = Fixture::library();
    change(&mut fixture);
    problems(&both(&fixture), &expected_of_fixture())
}

/// What is found in a file whose image for arm64 was changed, and signed again.
fn found_in_bytes(change: impl FnOnce(&mut Vec<u8>)) -> Vec<Problem> {
    let of = |architecture| Fixture { architecture, ..Fixture::library() }.write();
    let mut image = of(Architecture::Arm64);
    change(&mut image);
    resign(&mut image);
    problems(&universal(&[of(Architecture::X86_64), image]), &expected_of_fixture())
}

/// Every line has this text, and there is one for each of `images`.
fn assert_said(problems: &[Problem], images: usize, text: &str) {
    assert!(problems.len() == images && problems.iter().all(|it| it.contains(text)), "{text}: {problems:#?}");
}

fn import(symbol: &str, origin: Origin) -> Import {
    Import { symbol: symbol.into(), origin, weak: false }
}

fn of_system(symbol: &str) -> Import {
    import(symbol, Origin::Library(SYSTEM.into()))
}

/// Where a load command of that kind begins.
fn command(image: &[u8], kind: LoadCommandType) -> usize {
    let word = |at: usize| u32::from_le_bytes(*image[at..].first_chunk().unwrap());
    let mut at = 32;
    while word(at) != kind.0 {
        at += word(at + 4) as usize;
    }
    at
}

#[test]
fn a_good_file_has_no_problem() {
    for encoding in [Encoding::Opcodes, Encoding::Chains] {
        assert_eq!(found(|fixture| fixture.encoding = encoding), [""; 0]);
    }
    assert_eq!(found_in_bytes(|_| ()), [""; 0]);
}

#[test]
fn architectures() {
    let arm64 = Fixture::library().write();
    assert_said(&problems(&arm64, &expected_of_fixture()), 1, "is for arm64, not for arm64 and x86_64");
    let other = Fixture { architecture: Architecture::Arm64e, ..Fixture::library() }.write();
    let three = universal(&[other, arm64]);
    assert_said(
        &problems(&three, &expected_of_fixture()),
        1,
        "is for arm64 and arm64e, not for arm64 and x86_64",
    );
    assert_said(&problems(b"no Mach-O", &expected_of_fixture()), 1, "cannot be read");
}

#[test]
fn page_boundaries() {
    let mut file = both(&Fixture::library());
    // The second entry says where the image for arm64 begins.
    let field = 8 + 20 + 8;
    let start = u32::from_be_bytes(*file[field..].first_chunk().unwrap());
    file[field..field + 4].copy_from_slice(&(start + 0x1000).to_be_bytes());
    file.splice(start as usize..start as usize, [0; 0x1000]);
    assert_said(&problems(&file, &expected_of_fixture()), 1, "off a page's boundary");
}

#[test]
fn the_kind_of_file() {
    assert_said(&found(|fixture| fixture.kind = Kind::Bundle), 2, "is a Bundle, not a Library");
}

#[test]
fn two_levels_of_names() {
    let one_level = found_in_bytes(|image| image[24] &= !(macho::MH_TWOLEVEL.0 as u8));
    assert_said(&one_level, 1, "whichever library has the name first");
}

#[test]
fn the_install_name() {
    let absolute = found(|fixture| fixture.install_name = Some("/opt/libfixture.dylib".into()));
    assert_said(&absolute, 2, "is known to programs as /opt/libfixture.dylib");
    assert_said(&found(|fixture| fixture.install_name = None), 2, "is known to programs as no name");
}

#[test]
fn load_commands() {
    let replace = |kind: LoadCommandType| {
        found_in_bytes(|image| {
            let at = command(image, macho::LC_UUID);
            image[at..at + 4].copy_from_slice(&kind.0.to_le_bytes());
        })
    };
    assert_said(&replace(macho::LC_SOURCE_VERSION), 1, "has no load command 0x1b");
    let strange = replace(macho::LC_LINKER_OPTIMIZATION_HINT);
    assert!(strange.iter().any(|it| it.contains("has the load command 0x2e")), "{strange:?}");
}

#[test]
fn the_oldest_system() {
    assert_said(
        &found(|fixture| fixture.minimum = (12, 0)),
        2,
        "runs on macOS 12.0 and newer, not from 11.0 on",
    );
    let platform = found_in_bytes(|image| {
        let at = command(image, macho::LC_BUILD_VERSION) + 8;
        image[at] = macho::PLATFORM_IOS.0 as u8;
    });
    assert_said(&platform, 1, "is not for macOS");
}

#[test]
fn no_code_at_loading_or_unloading() {
    assert_said(&found(|fixture| fixture.initialisers = 3), 2, "has 3 initialisers");
    assert_said(&found(|fixture| fixture.terminators = 1), 2, "loaded or unloaded");
}

#[test]
fn what_it_stands_in_front_of() {
    let create = "_MTLCreateSystemDefaultDevice";
    let nothing = found(|fixture| fixture.interposes.clear());
    assert_said(&nothing, 2, "does not stand in front of _MTLCreateSystemDefaultDevice of /System");
    let more = found(|fixture| {
        fixture.imports.push(import("_MTLCopyAllDevices", Origin::Library(METAL.into())));
        fixture.interposes.push("_MTLCopyAllDevices".into());
    });
    assert_said(&more, 2, "stands in front of _MTLCopyAllDevices of /System");
    let of_another = found(|fixture| fixture.imports[0] = of_system(create));
    assert!(
        of_another.iter().any(|it| it.contains("stands in front of") && it.contains(SYSTEM)),
        "{of_another:?}"
    );
    let anywhere = found(|fixture| fixture.imports[0] = import(create, Origin::Anywhere));
    assert!(anywhere.iter().any(|it| it.contains("of whatever library")), "{anywhere:?}");
}

#[test]
fn what_it_calls_instead() {
    let broken = found_in_bytes(|image| {
        let at = {
            let binary = Binary::parse(image).unwrap();
            let (segment, section) = binary.images[0].section("__DATA", "__interpose").unwrap();
            segment.data.as_ptr().addr() - image.as_ptr().addr()
                + (section.address - segment.address) as usize
        };
        image[at..at + 8].fill(0);
    });
    assert!(broken.iter().any(|it| it.contains("has no code of its own to call")), "{broken:?}");
}

#[test]
fn imports_that_nobody_allowed() {
    let new = found(|fixture| fixture.imports.push(of_system("_fork")));
    assert_said(&new, 2, "imports _fork, which the list does not have: decide whether");
}

#[test]
fn imports_from_a_library_that_does_not_have_them() {
    let wrong = found(|fixture| fixture.imports[1] = import("_getenv", Origin::Library(METAL.into())));
    assert_said(&wrong, 2, "but the list says that /usr/lib/libSystem.B.dylib has it");
    let anywhere = found(|fixture| fixture.imports[1] = import("_getenv", Origin::Anywhere));
    assert_said(&anywhere, 2, "looks for _getenv in Anywhere");
    let weak = found(|fixture| fixture.imports[1].weak = true);
    assert_said(&weak, 2, "imports _getenv weakly");
}

#[test]
fn exports() {
    assert_said(&found(|fixture| fixture.exports.clear()), 2, "does not export _fixture_version");
    let more = found(|fixture| fixture.exports.push("_rust_eh_personality".into()));
    assert_said(&more, 2, "exports _rust_eh_personality, which no header declares");
}

#[test]
fn no_signature() {
    let unsigned = found(|fixture| fixture.signing = None);
    assert!(unsigned.iter().any(|it| it.contains("is not signed, and Apple silicon")), "{unsigned:?}");
}

#[test]
fn pages_that_were_changed() {
    let mut file = both(&Fixture::library());
    let length = file.len();
    file[length / 2] ^= 1;
    assert_said(&problems(&file, &expected_of_fixture()), 1, "have another hash than the signature says");
}

#[test]
fn whose_signature_it_is() {
    let hardened =
        found(|fixture| fixture.signing = Some(Signing::hardened("libfixture", &["com.apple.anything"])));
    assert!(hardened.iter().any(|it| it.contains("is signed in somebody's name")), "{hardened:?}");
    assert!(hardened.iter().any(|it| it.contains("asks for entitlements")), "{hardened:?}");
}

#[test]
fn paths_of_machines() {
    let path = found(|fixture| fixture.strings.push("at /Users/me/fixture/src/lib.rs:3".into()));
    assert_said(&path, 2, "contains a path of a machine (/Users/me/fixture/src/lib.rs:3)");
    let own = found(|fixture| fixture.strings.push("/somewhere/else/lib.rs".into()));
    assert_said(&own, 2, "/somewhere/else/lib.rs");
}

#[test]
fn the_library_in_the_tool() {
    let library = Fixture { strings: vec!["library".into()], ..Fixture::library() }.write();
    let tool = |strings: Vec<String>| both(&Fixture { strings, ..Fixture::program() });
    assert_said(&carried(&tool(Vec::new()), &library), 2, "does not carry the library");
    // Any bytes will do that can be in a text.
    assert_eq!(carried(&tool(vec!["a library".into()]), b"a library"), [""; 0]);
    assert_said(&carried(&tool(vec!["agx_fix_sim".into()]), b"agx"), 2, "carries the simulator");
}

#[test]
fn the_header_declares_the_exports() {
    let header = "/*\n agx_fix_in_a_remark(\n */\nbool agx_fix_one(void);\nconst char *agx_fix_two(void);\nsize_t agx_fix_three(char *buffer,\n     size_t size);\n#define agx_fix_four(x)\n";
    let names = functions(header);
    assert_eq!(Vec::from_iter(names), ["_agx_fix_one", "_agx_fix_three", "_agx_fix_two"]);
    assert!(declared(&crate::root()).unwrap().contains("_agx_fix_install"));
}

#[test]
fn lists_that_contradict_themselves_are_refused() {
    let said = |text| Allowed::parse("list", text).unwrap_err();
    assert!(said("_getenv").contains("under no library"));
    assert!(said("/a\n_getenv\n/b\n_getenv").contains("twice"));
}

/// What is allowed can be linked: the stubs have it in the same library.
#[test]
fn allowed_imports_are_in_the_stubs() {
    let root = crate::root();
    let stubs = Allowed::stubs(&root).unwrap();
    let listed = Allowed::listed(&root).unwrap();
    assert!(listed.all().count() > 50);
    for (symbol, library) in listed.all() {
        assert_eq!(stubs.library(symbol), Some(library), "{symbol}");
    }
}
