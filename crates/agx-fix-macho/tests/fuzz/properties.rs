//! Files to damage, and a function that reads everything of a file. The tests beside it use them, and `fuzz/` does.

use agx_fix_macho::Binary;
use agx_fix_macho::fixture::{self, Encoding, Fixture, Signing};

/// Whole files.
pub(crate) fn whole() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for encoding in [Encoding::Opcodes, Encoding::Chains] {
        files.push(Fixture { encoding, initialisers: 1, ..Fixture::library() }.write());
        files.push(Fixture { encoding, ..Fixture::program() }.write());
    }
    let signing = Some(Signing::hardened("fixture", &["com.apple.security.get-task-allow"]));
    files.push(Fixture { signing, restricted: true, ..Fixture::program() }.write());
    files.push(fixture::universal(&files));
    files
}

/// Reads everything of a file. Each reader answers, or says what is wrong.
pub(crate) fn read(bytes: &[u8]) {
    let Ok(binary) = Binary::parse(bytes) else { return };
    for image in &binary.images {
        if let Ok(fixups) = image.fixups() {
            let _ = fixups.interposes(image);
        }
        if let Ok(Some(signature)) = image.signature() {
            let _ = (signature.problems(), signature.allowed());
        }
        let _ = (image.exports(), image.export_addresses(), image.initialisers(), image.signature_range());
        let _ = (image.base(), image.is_code(0), image.is_restricted());
        let _ = image.section("__DATA", "__interpose");
    }
}
