//! The page in a browser: no complaint, nothing cut off or overlapping, at two widths, in light, dark and print.

use super::browser::Browser;
use super::results::Results;
use super::{path, report};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CHECK: &str = include_str!("check.js");

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
struct View {
    name: &'static str,
    width: u32,
    scheme: &'static str,
    print: bool,
}

const fn view(name: &'static str, width: u32, scheme: &'static str, print: bool) -> View {
    View { name, width, scheme, print }
}

/// A phone, a desk, and A4 less its margins.
const VIEWS: [View; 5] = [
    view("phone-light", 390, "light", false),
    view("phone-dark", 390, "dark", false),
    view("desk-light", 1280, "light", false),
    view("desk-dark", 1280, "dark", false),
    view("print", 688, "dark", true),
];

/// Everything that is wrong with a page in a view.
fn look(browser: &mut Browser, file: &Path, view: View) -> Vec<String> {
    let View { width, scheme, print, .. } = view;
    let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
    browser.call("Emulation.setDeviceMetricsOverride", size);
    let media = if print { "print" } else { "screen" };
    let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
    browser.call("Emulation.setEmulatedMedia", json!({"media": media, "features": features}));
    browser.open(file);
    let mut wrong: Vec<String> =
        serde_json::from_value(browser.evaluate(CHECK)).expect("a list of sentences");
    wrong.extend(browser.complaints());
    let light = browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)";
    if light != (print || scheme == "light") {
        wrong.push(format!("the ground is {} in {}", if light { "light" } else { "dark" }, view.name));
    }
    wrong
}

/// A picture of the whole page for people, where `AGX_TEST_SCREENSHOTS` names a folder.
fn take_picture(browser: &mut Browser, name: &str) {
    let Some(folder) = env::var_os("AGX_TEST_SCREENSHOTS").map(PathBuf::from) else { return };
    let picture =
        browser.call("Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true}));
    let picture = BASE64_STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("base 64");
    fs::create_dir_all(&folder).expect("a folder for pictures");
    fs::write(folder.join(format!("{name}.png")), picture).expect("a picture");
}

fn page(results: &Results, name: &str, files: &[PathBuf]) -> PathBuf {
    let page = results.path(name);
    let mut command = report(&files.iter().map(|file| path(file)).collect::<Vec<_>>());
    command.args(["--html", path(&page)]).assert().success();
    page
}

#[test]
fn it_is_right_in_every_view() {
    let Some(mut browser) = Browser::start() else { return };
    let results = Results::new();
    let files = [
        results.stress("stress.json"),
        results.whole_bench("bench.json"),
        results.stress("other.json"),
        results.bench("bench2.json"),
    ];
    for (name, files) in [("one", &files[..2]), ("several", &files[..])] {
        let page = page(&results, &format!("{name}.html"), files);
        for view in VIEWS {
            let wrong = look(&mut browser, &page, view);
            take_picture(&mut browser, &format!("{name}-{}", view.name));
            assert!(wrong.is_empty(), "{name}, {view:?}: {wrong:#?}");
        }
    }
}

/// The baseline of the test above: what it is to find, planted.
#[test]
fn planted_flaws_are_found() {
    let Some(mut browser) = Browser::start() else { return };
    let results = Results::new();
    let page = page(&results, "page.html", &[results.bench("bench.json")]);
    let page = fs::read_to_string(page).unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("planted.html");
    let svg = |inside: &str| {
        format!("<svg role=img viewBox='0 0 99 99' width=99 height=99><title>x</title>{inside}</svg>")
    };
    for (planted, found) in [
        ("<div style='width: 3000px'>wide</div>".to_owned(), "page: "),
        (svg("<text x=90 y=50>outside</text>"), "is outside"),
        (svg("<text x=9 y=50>one</text><text x=12 y=50>other</text>"), "overlap"),
        (svg("<text x=9 y=50 style='font-size: 5px'>small</text>"), "high"),
        ("<p style='color: #888'>pale</p>".to_owned(), "a contrast of"),
        (
            "<div class=scroll style='width: 9px; overflow: hidden; white-space: nowrap'>hidden</div>"
                .to_owned(),
            "is cut off",
        ),
        ("<script>console.error('no')</script>".to_owned(), "log: "),
        ("<img src='http://127.0.0.1:9/x.png'>".to_owned(), "log: "),
    ] {
        fs::write(&file, page.replacen("</main>", &format!("{planted}</main>"), 1)).unwrap();
        let wrong = look(&mut browser, &file, VIEWS[0]);
        assert!(wrong.iter().any(|it| it.contains(found)), "{planted} was not found: {wrong:#?}");
    }
    // What the page's policy keeps away is fetched without it.
    let open = page.replacen("Content-Security-Policy", "x", 1);
    fs::write(&file, open.replacen("</main>", "<img src='nothing.png'></main>", 1)).unwrap();
    let wrong = look(&mut browser, &file, VIEWS[0]);
    assert!(wrong.iter().any(|it| it.contains("request: ")), "{wrong:#?}");
    let dark = page.replace("prefers-color-scheme: dark", "prefers-color-scheme: none");
    fs::write(&file, dark).unwrap();
    assert!(look(&mut browser, &file, VIEWS[1]).iter().any(|it| it.contains("the ground is light")));
}
