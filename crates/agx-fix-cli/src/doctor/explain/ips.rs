//! Reads macOS's crash reports (`.ips`): a line of JSON as a header, then the crash report, a second JSON document. Apple describes
//! its fields in "Interpreting the JSON format of a crash report". A field that is missing or has another type is ignored.

use super::evidence::{Evidence, Source, Thread, faulting_address, has_library};
use serde_json::Value;

/// Reads a crash report; `None` for other texts. The first line may be missing.
pub(super) fn read(text: &str) -> Option<Evidence> {
    let object = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
    let (head, body) = match text.trim_start().split_once('\n') {
        Some((head, body)) if object(head).is_some() => (object(head), object(body)?),
        _ => (None, object(text)?),
    };
    let threads = threads(&body);
    if threads.is_empty() && body.get("exception").is_none() {
        return None; // a JSON document of another kind
    }
    let lines = said(&body);
    let from_head = head.as_ref().and_then(|head| head.get("app_name"));
    Some(Evidence {
        source: Source::Ips,
        process: body.get("procName").or(from_head).and_then(Value::as_str).map(str::to_owned),
        injected: body
            .get("usedImages")
            .and_then(Value::as_array)
            .map(|_| has_library(images(&body).into_iter())),
        address: lines.iter().find_map(|line| faulting_address(line)),
        lines,
        threads,
    })
}

/// The words of a crash report: exception, termination, and messages of libraries (`asi`).
fn said(body: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for field in ["exception", "termination", "asi", "ktriageinfo", "vmRegionInfo", "lastExceptionReason"] {
        collect(body.get(field).unwrap_or(&Value::Null), &mut lines);
    }
    lines
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(text) => lines.extend(text.lines().map(|line| line.trim().to_owned())),
        Value::Array(values) => values.iter().for_each(|value| collect(value, lines)),
        Value::Object(object) => object.values().for_each(|value| collect(value, lines)),
        _ => {}
    }
}

fn threads(body: &Value) -> Vec<Thread> {
    let images = images(body);
    let all = body.get("threads").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let faulting = body.get("faultingThread").and_then(Value::as_u64);
    let thread = |(index, thread): (usize, &Value)| Thread {
        crashed: thread.get("triggered").and_then(Value::as_bool).unwrap_or(faulting == Some(index as u64)),
        frames: frames(thread, &images),
    };
    all.iter().enumerate().map(thread).collect()
}

/// The frames as text: `IMAGE SYMBOL + OFFSET`.
fn frames(thread: &Value, images: &[&str]) -> Vec<String> {
    let all = thread.get("frames").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let frame = |frame: &Value| {
        let number = |field: &str| frame.get(field).and_then(Value::as_u64);
        let image =
            number("imageIndex").and_then(|it| images.get(usize::try_from(it).ok()?)).unwrap_or(&"???");
        let symbol = frame.get("symbol").and_then(Value::as_str).unwrap_or("???");
        format!(
            "{image} {symbol} + {}",
            number("symbolLocation").or(number("imageOffset")).unwrap_or_default()
        )
    };
    all.iter().map(frame).collect()
}

/// The images' names, or paths where they have none.
fn images(body: &Value) -> Vec<&str> {
    let all = body.get("usedImages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name = |image| field(image, "name").or(field(image, "path")).unwrap_or("???");
    all.iter().map(name).collect()
}

fn field<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}
