//! A headless Chromium, spoken to by the DevTools protocol over a pipe (`--remote-debugging-pipe`): one JSON message after
//! the other, each with a zero byte behind it. <https://chromedevtools.github.io/devtools-protocol/>
//!
//! It is the one below `AGX_TEST_CHROMIUM_ROOT`, where `cargo xtask report-check` unpacks Debian's package, or the system's.

use serde_json::{Value, json};
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const NAMES: [&str; 2] = ["chromium-headless-shell", "chromium"];
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
];

/// A browser with one page open. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    calls: u64,
    session: Option<String>,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// `None`, and a line that says so, where there is no Chromium.
    pub(crate) fn start() -> Option<Self> {
        let Some(mut command) = command() else {
            eprintln!("skipped: there is no Chromium; `cargo xtask report-check` fetches it");
            return None;
        };
        let profile = TempDir::new().expect("a folder for the profile");
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let mut child = command.spawn().expect("Chromium starts");
        let to = child.stdin.take().expect("a pipe");
        let mut from = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while from.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let message = serde_json::from_slice(&std::mem::take(&mut message)).unwrap_or_default();
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let events = Vec::new();
        let mut browser =
            Self { child, to, from: receiver, calls: 0, session: None, events, _profile: profile };
        browser.open_page();
        Some(browser)
    }

    fn open_page(&mut self) {
        let target = self.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.call("Target.attachToTarget", attach);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Calls a method of the protocol; its result.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("Chromium lives");
        loop {
            let answer = self.receive();
            if answer["id"] == self.calls {
                assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn receive(&mut self) -> Value {
        self.from.recv_timeout(PATIENCE).expect("Chromium answers")
    }

    /// Opens a file and waits until it is there.
    pub(crate) fn open(&mut self, file: &Path) {
        self.events.clear();
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
    }

    /// What the browser complained of since the file was opened, and what it fetched beside it.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let complaint = |event: &Value| {
            let parameters = &event["params"];
            match event["method"].as_str()? {
                "Runtime.consoleAPICalled" => Some(format!("console: {}", parameters["args"])),
                "Runtime.exceptionThrown" => Some(format!("exception: {}", parameters["exceptionDetails"])),
                "Log.entryAdded" => Some(format!("log: {}", parameters["entry"]["text"])),
                "Network.requestWillBeSent" if parameters["type"] != "Document" => {
                    Some(format!("request: {}", parameters["request"]["url"]))
                }
                _ => None,
            }
        };
        self.events.iter().filter_map(complaint).collect()
    }

    /// The value of a JavaScript expression.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let result = self.call("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The browser's end of the pipe is on descriptors 3 and 4, to which a shell moves them.
fn command() -> Option<Command> {
    let (program, libraries) = find()?;
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"]).arg(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(root) = libraries {
        command.env("LD_LIBRARY_PATH", env::join_paths(folders_of_libraries(&root)).expect("paths"));
        if root.join("etc/fonts/fonts.conf").exists() {
            command.env("FONTCONFIG_SYSROOT", &root);
        }
    }
    Some(command)
}

/// The program, and where its libraries are if that is not the system.
fn find() -> Option<(PathBuf, Option<PathBuf>)> {
    if let Some(root) = env::var_os("AGX_TEST_CHROMIUM_ROOT").map(PathBuf::from) {
        return Some((root.join("usr/lib/chromium").join(NAMES[0]), Some(root)));
    }
    let paths = env::var_os("PATH").unwrap_or_default();
    let mut programs = env::split_paths(&paths).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    programs.find(|program| program.is_file()).map(|program| (program, None))
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
