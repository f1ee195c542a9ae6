//! The reader of Mach-O files. The first byte of the input names a whole file, and the rest is edits of it, eight bytes each: where
//! (three bytes), what (one), and a number (four). If it names none, the rest is the file.

#![no_main]

#[path = "../../crates/agx-fix-macho/tests/fuzz/properties.rs"]
mod properties;

use agx_fix_fuzz::is_planted;
use libfuzzer_sys::{Corpus, fuzz_target};
use std::sync::LazyLock;

/// A whole file, and where it has something else than zeros.
struct Whole(Vec<u8>, Vec<usize>);

static WHOLE: LazyLock<Vec<Whole>> = LazyLock::new(|| {
    let files = properties::whole().into_iter().map(|file| {
        let telling = file.iter().enumerate().filter(|(_, byte)| **byte != 0).map(|(at, _)| at).collect();
        Whole(file, telling)
    });
    files.collect()
});

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((which, rest)) = input.split_first() else { return Corpus::Reject };
    match WHOLE.get(usize::from(*which)) {
        Some(whole) => check(&edited(whole, rest)),
        None => check(rest),
    }
    Corpus::Keep
});

fn check(file: &[u8]) {
    if is_planted() {
        planted(file);
    }
    properties::read(file);
}

fn edited(whole: &Whole, edits: &[u8]) -> Vec<u8> {
    let Whole(file, telling) = whole;
    let mut file = file.clone();
    for &[a, b, c, what, ref number @ ..] in edits.as_chunks::<8>().0 {
        let place = u32::from_le_bytes([a, b, c, 0]) as usize;
        // Most of a file is zeros between segments.
        let at = if what & 0x80 == 0 { telling[place % telling.len()] } else { place };
        match what & 0x0f {
            0 => file.truncate(at.max(4)),
            // 1, 2, or more often 4 bytes, where that many are left.
            width => {
                let end = file.len().min(
                    at + match width {
                        1 | 2 => 1,
                        3 | 4 => 2,
                        _ => 4,
                    },
                );
                if let Some(bytes) = file.get_mut(at..end) {
                    bytes.copy_from_slice(&number[..bytes.len()]);
                }
            }
        }
    }
    file
}

/// Of an image's size in a universal file nothing is believed, but of its offset everything.
fn planted(file: &[u8]) {
    if file.starts_with(&[0xca, 0xfe, 0xba, 0xbe])
        && let Some(offset) = file.get(16..20)
    {
        let offset = u32::from_be_bytes(offset.try_into().expect("four bytes"));
        let _ = file[offset as usize];
    }
}
