//! Reads macOS's crash reports (`.ips`): a line of JSON as a header, then the crash report, a second JSON document. Apple describes
//! its fields in "Interpreting the JSON format of a crash report". A field that is missing or has another type is ignored.

use super::evidence::{Evidence, Source, Thread, faulting_address, has_library};
use serde_json::Value;

/// Reads a crash report; `None` for other texts. The first line may be missing.
pub(super) fn read(text: &str) -> Option<Evidence> {
    let object = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
    let (head, body) = match text.trim_start().split_once('\n') {
        Some((head, body)) if object(head).is_some() => (object(head)?, object(body)?),
        _ => (Value::Null, object(text)?),
    };
    let images: Vec<&str> = list(&body["usedImages"]).map(image).collect();
    let threads = threads(&body, &images);
    if threads.is_empty() && body.get("exception").is_none() {
        return None; // a JSON document of another kind
    }
    let mut lines = Vec::new();
    // Exception, termination, and messages of libraries.
    for field in ["exception", "termination", "asi", "ktriageinfo", "vmRegionInfo", "lastExceptionReason"] {
        collect(&body[field], &mut lines);
    }
    Some(Evidence {
        source: Source::Ips,
        process: body.get("procName").unwrap_or(&head["app_name"]).as_str().map(str::to_owned),
        injected: body["usedImages"].is_array().then(|| has_library(images.iter())),
        address: lines.iter().find_map(|line| faulting_address(line)),
        lines,
        threads,
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(text) => lines.extend(text.lines().map(|line| line.trim().to_owned())),
        Value::Array(values) => values.iter().for_each(|value| collect(value, lines)),
        Value::Object(object) => object.values().for_each(|value| collect(value, lines)),
        _ => {}
    }
}

fn threads(body: &Value, images: &[&str]) -> Vec<Thread> {
    let faulting = body["faultingThread"].as_u64();
    let thread = |(index, thread): (usize, &Value)| Thread {
        crashed: thread["triggered"].as_bool().unwrap_or(faulting == Some(index as u64)),
        frames: list(&thread["frames"]).map(|it| frame(it, images)).collect(),
    };
    list(&body["threads"]).enumerate().map(thread).collect()
}

/// `IMAGE SYMBOL + OFFSET`.
fn frame(frame: &Value, images: &[&str]) -> String {
    let number = |field: &str| frame[field].as_u64();
    let image = number("imageIndex").and_then(|it| images.get(usize::try_from(it).ok()?)).unwrap_or(&"???");
    let symbol = frame["symbol"].as_str().unwrap_or("???");
    format!("{image} {symbol} + {}", number("symbolLocation").or(number("imageOffset")).unwrap_or_default())
}

/// An image's name, or path where it has none.
fn image(image: &Value) -> &str {
    image["name"].as_str().or(image["path"].as_str()).unwrap_or("???")
}
