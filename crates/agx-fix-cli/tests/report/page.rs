//! The page in a headless Chromium: no complaint, nothing cut off or overlapping, at two widths, in light, dark and print.
//!
//! The browser is the one below `AGX_TEST_CHROMIUM_ROOT`, where `cargo xtask report-check` unpacks Debian's package, or the
//! system's. It runs once for each view, with `check.js` in the page, and prints the page with what the script found.

use super::{path, report};
use agx_fix_engine::bench::fixture;
use scraper::{Html, Selector};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The page's policy keeps scripts away that do not bear this word.
const CHECK: &str = concat!(
    "<script nonce=\"check\">document.body.dataset.wrong = JSON.stringify(",
    include_str!("check.js"),
    ")</script></body>"
);
const NAMES: [&str; 2] = ["chromium-headless-shell", "chromium"];

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
struct View {
    name: &'static str,
    width: u32,
    dark: bool,
    print: bool,
}

const fn view(name: &'static str, width: u32, dark: bool, print: bool) -> View {
    View { name, width, dark, print }
}

/// A phone, a desk, and A4 less its margins.
const VIEWS: [View; 5] = [
    view("phone-light", 390, false, false),
    view("phone-dark", 390, true, false),
    view("desk-light", 1280, false, false),
    view("desk-dark", 1280, true, false),
    view("print", 688, true, true),
];

/// A Chromium, and where its libraries are if that is not the system.
struct Browser {
    program: PathBuf,
    root: Option<PathBuf>,
}

impl Browser {
    /// `None`, and a line that says so, where there is no Chromium.
    fn find() -> Option<Self> {
        if let Some(root) = env::var_os("AGX_TEST_CHROMIUM_ROOT").map(PathBuf::from) {
            return Some(Self { program: root.join("usr/lib/chromium").join(NAMES[0]), root: Some(root) });
        }
        let paths = env::var_os("PATH").unwrap_or_default();
        let mut programs = env::split_paths(&paths).flat_map(|folder| NAMES.map(|name| folder.join(name)));
        let program = programs.find(|program| program.is_file());
        if program.is_none() {
            eprintln!("skipped: there is no Chromium; `cargo xtask report-check` fetches it");
        }
        Some(Self { program: program?, root: None })
    }

    /// Everything that is wrong with a page in a view. `name` is that of its picture.
    fn look(&self, page: &str, view: View, name: &str) -> Vec<String> {
        let folder = TempDir::new().expect("a folder for the page and the profile");
        let file = folder.path().join("page.html");
        let mut page = page.replacen("; style-src", "; script-src 'nonce-check'; style-src", 1);
        if view.print {
            page = page.replace("@media screen", "@media speech").replace("@media print", "@media all");
        }
        fs::write(&file, page.replacen("</body>", CHECK, 1)).expect("the page");
        let output = self.command(folder.path(), view, name).arg(&file).output().expect("Chromium starts");
        let document = Html::parse_document(&String::from_utf8_lossy(&output.stdout));
        let body = document.select(&Selector::parse("body").unwrap()).next().expect("a body");
        let found = body.attr("data-wrong").expect("the script has run");
        let mut wrong: Vec<String> = serde_json::from_str(found).expect("a list of sentences");
        let log = String::from_utf8_lossy(&output.stderr);
        let complaints = log.lines().filter(|line| line.contains("CONSOLE"));
        wrong.extend(complaints.map(|line| format!("log: {line}")));
        if body.attr("data-dark") != Some(if view.dark && !view.print { "true" } else { "false" }) {
            wrong.push(format!("the ground is not that of {}", view.name));
        }
        wrong
    }

    /// Leaves a picture of the page for people where `AGX_TEST_SCREENSHOTS` names a folder.
    fn command(&self, profile: &Path, view: View, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]);
        command.args(["--disable-background-networking", "--enable-logging=stderr", "--dump-dom"]);
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.arg(format!("--window-size={},16000", view.width));
        command.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!view.dark)));
        if let Some(folder) = env::var_os("AGX_TEST_SCREENSHOTS").map(PathBuf::from) {
            fs::create_dir_all(&folder).expect("a folder for pictures");
            command
                .arg(format!("--screenshot={}", folder.join(format!("{name}-{}.png", view.name)).display()));
        }
        if let Some(root) = &self.root {
            command.env("LD_LIBRARY_PATH", env::join_paths(folders_of_libraries(root)).expect("paths"));
            if root.join("etc/fonts/fonts.conf").exists() {
                command.env("FONTCONFIG_SYSROOT", root);
            }
        }
        command
    }
}

/// Some libraries of Debian's are in a folder of their own below the usual one.
fn folders_of_libraries(root: &Path) -> Vec<PathBuf> {
    let below = |folder: &PathBuf| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let usual = ["lib", "usr/lib"].map(|name| root.join(name));
    let of_architecture: Vec<PathBuf> =
        usual.iter().flat_map(below).filter(|path| path.to_string_lossy().ends_with("-linux-gnu")).collect();
    let own: Vec<PathBuf> = of_architecture.iter().flat_map(below).collect();
    of_architecture.into_iter().chain(own).collect()
}

/// Two stress tests by the tool itself, with so little work that they need not pass, and two made-up measurements, of which the
/// first has every part that the page can show.
pub(crate) fn results(folder: &Path) -> Vec<PathBuf> {
    let file = |name: &str| folder.join(name);
    for (name, bench) in [("bench.json", fixture::whole()), ("other.json", fixture::bench())] {
        fs::write(file(name), serde_json::to_string_pretty(&bench).unwrap()).unwrap();
    }
    let mut stress = assert_cmd::Command::new(env!("CARGO_BIN_EXE_agx-fix"));
    stress.current_dir(folder).env("AGX_FIX_CACHE", file("cache"));
    stress.args(["stress", "--iterations", "2", "--threads", "2", "--ops", "4", "--json", "stress.json"]);
    stress.output().expect("the tool starts");
    fs::copy(file("stress.json"), file("again.json")).expect("a result");
    ["stress.json", "bench.json", "again.json", "other.json"].map(file).to_vec()
}

fn page(folder: &Path, files: &[PathBuf]) -> String {
    let page = folder.join("page.html");
    let mut command = report(&files.iter().map(|file| path(file)).collect::<Vec<_>>());
    command.args(["--html", path(&page)]).assert().success();
    fs::read_to_string(page).unwrap()
}

#[test]
fn it_is_right_in_every_view() {
    let Some(browser) = Browser::find() else { return };
    let folder = TempDir::new().unwrap();
    let files = results(folder.path());
    for (name, files) in [("one", &files[..2]), ("several", &files[..])] {
        let page = page(folder.path(), files);
        for view in VIEWS {
            let wrong = browser.look(&page, view, name);
            assert!(wrong.is_empty(), "{name}, {view:?}: {wrong:#?}");
        }
    }
}

/// The baseline of the test above: what it is to find, planted.
#[test]
fn planted_flaws_are_found() {
    let Some(browser) = Browser::find() else { return };
    let folder = TempDir::new().unwrap();
    let page = page(folder.path(), &results(folder.path())[1..2]);
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
        let wrong =
            browser.look(&page.replacen("</main>", &format!("{planted}</main>"), 1), VIEWS[0], "planted");
        assert!(wrong.iter().any(|it| it.contains(found)), "{planted} was not found: {wrong:#?}");
    }
    for (right, planted, found) in [
        ("-scheme: dark", "-scheme: none", "the ground is not"),
        ("--s3: #e39ac8", "--s3: #33343a", "series 3 is pale"),
    ] {
        let wrong = browser.look(&page.replace(right, planted), VIEWS[1], "planted");
        assert!(wrong.iter().any(|it| it.contains(found)), "{wrong:#?}");
    }
}
