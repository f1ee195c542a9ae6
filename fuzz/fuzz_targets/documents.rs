//! The readers of JSON: statistics, coverage, findings, notices. An input that begins with the number of a whole document is
//! edits of it, sixteen at most, two bytes each: which value, and what becomes of it. Any other input is the text.

#![no_main]

#[path = "../../crates/agx-fix-interface/tests/fuzz/properties.rs"]
#[allow(dead_code, reason = "the other target asks for the rest")]
mod properties;

use agx_fix_fuzz::is_planted;
use agx_fix_interface::Document as _;
use agx_fix_interface::document::Flaw;
use agx_fix_interface::statistics::Statistics;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::sync::LazyLock;

static WHOLE: LazyLock<[Value; 4]> = LazyLock::new(|| {
    let texts = [
        include_str!("../corpus/documents/statistics.json"),
        include_str!("../corpus/documents/coverage.json"),
        include_str!("../corpus/documents/findings.json"),
        include_str!("../corpus/documents/notice.json"),
    ];
    texts.map(|text| serde_json::from_str(text).expect("a whole document"))
});

fuzz_target!(|input: &[u8]| {
    let whole = input.split_first().and_then(|(which, edits)| Some((WHOLE.get(usize::from(*which))?, edits)));
    let text = match whole {
        Some((document, edits)) => edited(document, edits),
        None => String::from_utf8_lossy(input).into_owned(),
    };
    properties::document(&text, if is_planted() { planted } else { Statistics::from_json });
});

fn edited(document: &Value, edits: &[u8]) -> String {
    let mut document = document.clone();
    for &[which, what] in edits.as_chunks::<2>().0.iter().take(16) {
        let mut all = Vec::new();
        values(&mut document, &mut all);
        if all.is_empty() {
            break;
        }
        let value = all.swap_remove(usize::from(which) % all.len());
        *value = other(what, value.take());
    }
    document.to_string()
}

/// All that are neither lists nor objects.
fn values<'a>(value: &'a mut Value, all: &mut Vec<&'a mut Value>) {
    match value {
        Value::Object(object) => object.values_mut().for_each(|it| values(it, all)),
        Value::Array(array) => array.iter_mut().for_each(|it| values(it, all)),
        alone => all.push(alone),
    }
}

fn other(what: u8, value: Value) -> Value {
    match what % 16 {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(u64::MAX),
        4 => json!(u64::from(u32::MAX)),
        5 => json!(-1),
        6 => json!(f64::MAX),
        7 => json!(-0.0),
        8 => json!(1e-320),
        9 => json!(""),
        10 => json!("\u{0}\n\"\\\u{2028}\u{1f980}"),
        11 => json!([]),
        12 => json!({}),
        13 => json!([value, value]),
        // Quoted again and again, a text doubles.
        14 => json!(value.to_string().chars().take(60).collect::<String>()),
        _ => json!(what),
    }
}

/// A long wait is counted as a contention once more.
fn planted(text: &str) -> Result<Statistics, Flaw> {
    let mut read = Statistics::from_json(text)?;
    if read.long_waits > 0 {
        read.contentions = read.contentions.wrapping_add(1);
    }
    Ok(read)
}
