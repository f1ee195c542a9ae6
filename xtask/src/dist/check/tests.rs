//! Each property broken on purpose, in a file that is otherwise as it should be, and found.

use super::properties::carried;
use super::*;
use agx_fix_macho::fixture::{Encoding, Fixture, Signing, resign, universal};
use agx_fix_macho::{Import, Origin};
use object::macho::{self, LoadCommandType};

const SYSTEM: &str = "/usr/lib/libSystem.B.dylib";
const CREATE: &str = "_MTLCreateSystemDefaultDevice";
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

fn replace_command(image: &mut [u8], kind: LoadCommandType) {
    let at = command(image, macho::LC_UUID);
    image[at..at + 4].copy_from_slice(&kind.0.to_le_bytes());
}

fn hardened() -> Signing {
    Signing::hardened("libfixture", &["com.apple.anything"])
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

/// What is broken, and what is said of it.
type Broken<T> = (fn(&mut T), &'static str);

/// Broken in both images, with the one thing that is said of each.
const BROKEN: [Broken<Fixture>; 16] = [
    (|it| it.kind = Kind::Bundle, "is a Bundle, not a Library"),
    (
        |it| it.install_name = Some("/opt/libfixture.dylib".into()),
        "is known to programs as /opt/libfixture.dylib",
    ),
    (|it| it.install_name = None, "is known to programs as no name"),
    (|it| it.minimum = (12, 0), "runs on macOS 12.0 and newer, not from 11.0 on"),
    (|it| it.initialisers = 3, "has 3 initialisers"),
    (|it| it.terminators = 1, "loaded or unloaded"),
    (|it| it.interposes.clear(), "does not stand in front of _MTLCreateSystemDefaultDevice of /System"),
    (
        |it| {
            it.imports.push(import("_MTLCopyAllDevices", Origin::Library(METAL.into())));
            it.interposes.push("_MTLCopyAllDevices".into());
        },
        "stands in front of _MTLCopyAllDevices of /System",
    ),
    (|it| it.imports.push(of_system("_fork")), "imports _fork, which the list does not have: decide whether"),
    (
        |it| it.imports[1] = import("_getenv", Origin::Library(METAL.into())),
        "but the list says that /usr/lib/libSystem.B.dylib has it",
    ),
    (|it| it.imports[1] = import("_getenv", Origin::Anywhere), "looks for _getenv in Anywhere"),
    (|it| it.imports[1].weak = true, "imports _getenv weakly"),
    (|it| it.exports.clear(), "does not export _fixture_version"),
    (
        |it| it.exports.push("_rust_eh_personality".into()),
        "exports _rust_eh_personality, which no header declares",
    ),
    (
        |it| it.strings.push("at /Users/me/fixture/src/lib.rs:3".into()),
        "contains a path of a machine (/Users/me/fixture/src/lib.rs:3)",
    ),
    (|it| it.strings.push("/somewhere/else/lib.rs".into()), "/somewhere/else/lib.rs"),
];

/// The same, where it is said among other things.
const BROKEN_IN_MORE_THAN_ONE_WAY: [Broken<Fixture>; 5] = [
    (|it| it.imports[0] = of_system(CREATE), "of /usr/lib/libSystem.B.dylib, which nobody asked for"),
    (|it| it.imports[0] = import(CREATE, Origin::Anywhere), "of whatever library"),
    (|it| it.signing = None, "is not signed, and Apple silicon"),
    (|it| it.signing = Some(hardened()), "is signed in somebody's name"),
    (|it| it.signing = Some(hardened()), "asks for entitlements"),
];

/// The same, of the bytes of one image.
const BROKEN_BYTES: [Broken<Vec<u8>>; 5] = [
    (|it| it[24] &= !(macho::MH_TWOLEVEL.0 as u8), "whichever library has the name first"),
    (|it| replace_command(it, macho::LC_SOURCE_VERSION), "has no load command 0x1b"),
    (|it| replace_command(it, macho::LC_LINKER_OPTIMIZATION_HINT), "has the load command 0x2e"),
    (
        |it| {
            let at = command(it, macho::LC_BUILD_VERSION) + 8;
            it[at] = macho::PLATFORM_IOS.0 as u8;
        },
        "is not for macOS",
    ),
    (
        |it| {
            let at = {
                let binary = Binary::parse(it).unwrap();
                let (segment, section) = binary.images[0].section("__DATA", "__interpose").unwrap();
                segment.data.as_ptr().addr() - it.as_ptr().addr()
                    + (section.address - segment.address) as usize
            };
            it[at..at + 8].fill(0);
        },
        "has no code of its own to call",
    ),
];

#[test]
fn each_broken_property_is_found() {
    for (change, text) in BROKEN {
        assert_said(&found(change), 2, text);
    }
    let more = BROKEN_IN_MORE_THAN_ONE_WAY.map(|(change, text)| (found(change), text));
    for (problems, text) in
        more.into_iter().chain(BROKEN_BYTES.map(|(change, text)| (found_in_bytes(change), text)))
    {
        assert!(problems.iter().any(|it| it.contains(text)), "{text}: {problems:#?}");
    }
}

#[test]
fn pages_that_were_changed() {
    let mut file = both(&Fixture::library());
    let length = file.len();
    file[length / 2] ^= 1;
    assert_said(&problems(&file, &expected_of_fixture()), 1, "have another hash than the signature says");
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
