//! What the fixtures write is what the readers find, in both encodings. (Damaged files: `fuzz/`.)

use agx_fix_macho::fixture::{self, Encoding, Fixture, Signing};
use agx_fix_macho::{Architecture, Binary, Fixup, Import, Kind, Origin, Version};
use object::macho;

const ENCODINGS: [Encoding; 2] = [Encoding::Opcodes, Encoding::Chains];

fn library(encoding: Encoding) -> Fixture {
    let mut fixture = Fixture { encoding, initialisers: 2, ..Fixture::library() };
    fixture.exports.push("_fixture_more".into());
    fixture.imports.push(Import { symbol: "_anybody".into(), origin: Origin::Anywhere, weak: true });
    fixture
}

#[test]
fn a_library_is_read_as_it_was_written() {
    for encoding in ENCODINGS {
        let written = library(encoding);
        let bytes = written.write();
        let binary = Binary::parse(&bytes).unwrap();
        let image = &binary.images[0];
        assert_eq!(binary.images.len(), 1);
        assert_eq!((image.architecture, image.kind), (Architecture::Arm64, Kind::Library));
        assert_eq!(image.minimum, Some(Version { major: 11, minor: 0 }));
        assert_eq!(image.platform, Some(macho::PLATFORM_MACOS));
        assert_eq!(image.install_name, written.install_name);
        let libraries: Vec<_> = image.libraries.iter().map(|it| it.name.clone()).collect();
        assert_eq!(libraries, written.libraries);
        assert_eq!(image.initialisers(), 2);
        assert_eq!(image.exports().unwrap(), written.exports);
        let addresses = image.export_addresses().unwrap();
        assert_eq!(addresses.len(), written.exports.len());
        assert!(addresses.values().all(|&address| image.is_code(address)), "{addresses:?}");
        assert!(image.fixups().unwrap().addends.is_empty());
    }
}

#[test]
fn imports_tuples_and_own_addresses_are_found_in_both_encodings() {
    for encoding in ENCODINGS {
        let written = library(encoding);
        let bytes = written.write();
        let binary = Binary::parse(&bytes).unwrap();
        let image = &binary.images[0];
        let fixups = image.fixups().unwrap();
        assert_eq!(fixups.imports, written.imports.iter().cloned().collect(), "{encoding:?}");
        let tuples = fixups.interposes(image);
        assert_eq!(tuples.len(), 1);
        assert_eq!(tuples[0].replaced, Some(Fixup::Import(written.imports[0].clone())));
        let Some(Fixup::Own(address)) = tuples[0].replacement else { panic!("{tuples:?}") };
        assert!(image.is_code(address) && !image.is_code(address + 4));
        // Two functions of initialisation, one replacement.
        let own = fixups.places.values().filter(|it| matches!(it, Fixup::Own(_))).count();
        assert_eq!((own, fixups.places.len()), (3, 3 + 3 + 1));
    }
}

#[test]
fn a_program_wants_to_lie_above_its_page_zero() {
    for encoding in ENCODINGS {
        let bytes = Fixture { encoding, initialisers: 1, ..Fixture::program() }.write();
        let binary = Binary::parse(&bytes).unwrap();
        let image = &binary.images[0];
        assert_eq!((image.kind, image.install_name.as_deref()), (Kind::Executable, None));
        let places: Vec<_> = image.fixups().unwrap().places.into_values().collect();
        assert!(matches!(places[..], [Fixup::Own(address)] if image.is_code(address)), "{places:?}");
    }
}

#[test]
fn a_universal_file_has_its_images_by_architecture() {
    let of = |architecture| Fixture { architecture, ..Fixture::program() }.write();
    let all = [Architecture::X86_64, Architecture::Arm64, Architecture::Arm64e];
    let bytes = fixture::universal(&all.map(of));
    let binary = Binary::parse(&bytes).unwrap();
    assert_eq!(binary.architectures(), all);
    let image = binary.image(Architecture::Arm64e).unwrap();
    assert_eq!(image.signature().unwrap().unwrap().problems(), [""; 0]);
    assert!(binary.image(Architecture::Other).is_none());
    let mut lying = bytes.clone();
    // The first entry says x86_64.
    lying[8..12].copy_from_slice(&macho::CPU_TYPE_ARM64.0.to_be_bytes());
    assert!(Binary::parse(&lying).unwrap_err().to_string().contains("filed under"));
}

#[test]
fn a_signature_has_flags_entitlements_and_hashes() {
    let key = "com.apple.security.cs.allow-dyld-environment-variables";
    let signing = Some(Signing::hardened("org.example.program", &[key]));
    let mut bytes = Fixture { signing, ..Fixture::program() }.write();
    {
        let binary = Binary::parse(&bytes).unwrap();
        let signature = binary.images[0].signature().unwrap().unwrap();
        assert!(signature.has(macho::CS_RUNTIME) && !signature.has(macho::CS_ADHOC));
        assert!(String::from_utf8_lossy(signature.entitlements.unwrap()).contains(key));
    }
    let problems = |bytes: &[u8]| {
        Binary::parse(bytes).unwrap().images[0].signature().unwrap().unwrap().problems().join("\n")
    };
    assert_eq!(problems(&bytes), "");
    bytes[0x2000] ^= 1;
    let said = problems(&bytes);
    assert!(said.starts_with("1 of ") && said.lines().count() == 1, "{said}");
    fixture::resign(&mut bytes);
    assert_eq!(problems(&bytes), "");
    bytes.push(0);
    assert!(problems(&bytes).contains("last thing"));
}

#[test]
fn an_unsigned_program_has_no_signature() {
    let bytes = Fixture { signing: None, ..Fixture::program() }.write();
    assert!(Binary::parse(&bytes).unwrap().images[0].signature().unwrap().is_none());
}

#[test]
fn other_files_are_refused_with_the_reason() {
    let said = |bytes: &[u8]| Binary::parse(bytes).unwrap_err().to_string();
    assert!(said(b"\x7fELF and more, so that a header fits in it").contains("not a Mach-O file"));
    assert!(said(&[0xce, 0xfa, 0xed, 0xfe, 7, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0]).contains("32-bit"));
    assert!(said(&0xcafe_babe_u64.to_be_bytes()[4..]).len() > 5);
    assert!(Binary::begins_like_one(&Fixture::program().write()) && !Binary::begins_like_one(b"#!/bin/sh"));
}
