//! The samples of all classes (tests/crashes, written after the facts in docs/crash-classes.md; none is of a real machine),
//! and texts that are none.

use super::evidence::Source;
use super::properties::explained;
use super::*;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

/// Name and text of each sample.
fn samples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/crashes");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = files
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn every_sample_is_of_the_class_that_its_name_says() {
    let mut seen = [false; 9];
    for (name, text) in samples() {
        let class: u8 =
            name.strip_prefix("class-").and_then(|it| it[..1].parse().ok()).expect("a class in the name");
        let explanation = explain(&text);
        assert_eq!(explanation.findings.first().map(|it| it.class), Some(class), "{name}: {explanation:?}");
        assert_eq!(explanation.source == Source::Ips, name.ends_with(".ips"), "{name}");
        seen[usize::from(class)] = true;
        let lines = render(&explanation);
        assert!(lines.lines().all(|line| line.contains("class ") && line.contains("; ")), "{lines}");
    }
    assert!(seen[1..].iter().all(|it| *it), "a class has no sample: {seen:?}");
}

#[test]
fn a_report_names_its_program_and_whether_the_library_was_there() {
    let text = samples()
        .into_iter()
        .find(|(name, _)| name.starts_with("class-4") && name.ends_with(".ips"))
        .unwrap()
        .1;
    let bare = explain(&text);
    assert_eq!((bare.process.as_deref(), bare.injected), (Some("python3.12"), Some(false)));
    assert!(bare.findings[0].certain && bare.findings[0].remedy.contains("agx-fix run"));
    assert!(bare.findings[0].evidence.contains("0x5c8"));
    let injected = explain(&text.replace("\"libsystem_pthread.dylib\"", "\"libagx_fix-0123.dylib\""));
    assert_eq!(injected.injected, Some(true));
    assert!(injected.findings[0].remedy.contains("should not have happened"));
    // Without its first line it is the same.
    let body = text.split_once('\n').unwrap().1;
    assert_eq!(explain(body).findings, bare.findings);
}

#[test]
fn findings_of_the_library_are_known_by_their_names() {
    let classes = |text: &str| explain(text).findings.iter().map(|it| it.class).collect::<Vec<_>>();
    let all: Vec<(&str, u8)> = vec![("encoder-already-open", 1), ("late-call", 4), ("torn-sequence", 7)];
    for (name, class) in all {
        assert_eq!(classes(&format!("agx-fix: finding {name} (prevented): two threads")), [class]);
    }
    assert!(classes("finding nothing (prevented)").is_empty());
}

#[test]
fn a_null_access_elsewhere_and_a_wild_one_are_not_class_4() {
    let report = |address: &str, frame: &str| {
        format!(
            "Exception Codes: KERN_INVALID_ADDRESS at {address}\n\nThread 1 Crashed:\n0 x 0x1 {frame} + 3\n\n"
        )
    };
    let classes =
        |text: String| explain(&text).findings.iter().map(|it| (it.class, it.certain)).collect::<Vec<_>>();
    assert_eq!(classes(report("0x5c8", "-[A setComputePipelineState:]")), [(4, true)]);
    assert_eq!(classes(report("0x5d0", "-[A setComputePipelineState:]")), [(4, false)]);
    assert_eq!(classes(report("0x5c8", "strlen")), []);
    assert_eq!(classes(report("0x123456789", "-[A setComputePipelineState:]")), []);
}

#[test]
fn other_texts_are_none() {
    for text in [
        "",
        "hello",
        "{}",
        "{}\n{}",
        "{\"threads\": 3}",
        "Segmentation fault: 11",
        "\u{0}\n{\"exception\": 1}",
    ] {
        let explanation = explain(text);
        assert!(explanation.findings.is_empty(), "{text}");
        assert_eq!(render(&explanation).lines().count(), 1);
    }
}

#[test]
fn every_field_is_documented() {
    agx_fix_interface::document::assert_documented(&explain(&samples()[0].1));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        explained(&text, render);
        explained(&String::from_utf8_lossy(&bytes), render);
    }

    #[test]
    fn no_damage_to_a_sample_panics(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
                                    cut in 0usize..40, with in "[\\[\\]{}\",:0-9a-z\n é]{0,6}") {
        let samples = samples();
        let mut text: Vec<char> = which.get(&samples).1.chars().collect();
        let start = at.index(text.len());
        let end = (start + cut).min(text.len());
        text.splice(start..end, with.chars());
        explained(&text.iter().collect::<String>(), render);
    }

    #[test]
    fn any_json_is_read(frames in prop::collection::vec(("[a-zA-Z:_]{0,20}", any::<Option<i64>>()), 0..5), thread in any::<i64>()) {
        let frames: Vec<_> = frames
            .iter()
            .map(|(symbol, number)| serde_json::json!({"symbol": symbol, "imageIndex": number, "symbolLocation": number}))
            .collect();
        let body = serde_json::json!({"faultingThread": thread, "threads": [{"frames": frames}, 7], "exception": [], "usedImages": [1]});
        explained(&format!("{{}}\n{body}"), render);
    }
}
