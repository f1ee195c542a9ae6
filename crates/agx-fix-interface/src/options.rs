//! The environment options: one table for the library's parser, the tool's help and the docs.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// One option.
#[derive(Debug)]
pub struct Row {
    /// The environment variable.
    pub variable: &'static str,
    /// The values that it takes.
    pub values: &'static str,
    /// The value that holds where the variable is unset, empty or bad.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
    set: fn(&mut Options, &OsStr) -> Result<(), &'static str>,
}

const SWITCH: &str = "1|0 (also true|false, yes|no, on|off)";

/// All options of the library.
pub const ROWS: &[Row] = &[
    Row {
        variable: "AGX_FIX_DISABLE",
        values: SWITCH,
        default: "0",
        help: "Loads the library but hooks nothing.",
        set: |options, value| switch(value).map(|on| options.disable = on),
    },
    Row {
        variable: "AGX_FIX_VERBOSE",
        values: SWITCH,
        default: "0",
        help: "Says on standard error, and on macOS in the unified log too (subsystem `agx-fix`), what is hooked, what is \
               left alone and why, each late call and each long wait.",
        set: |options, value| switch(value).map(|on| options.verbose = on),
    },
    Row {
        variable: "AGX_FIX_STRATEGY",
        values: "none|global|associated-object|per-encoder|per-command-buffer|isolate",
        default: "per-encoder",
        help: "How encoders are guarded: not at all (hooks only), by one mutex for all encoders, by one mutex in an \
               associated object and four hooks as in the report, by one lock for each encoder, by one for each command \
               buffer and its encoders, or by that and bindings of its own for each thread (docs/isolation.md).",
        set: |options, value| {
            options.strategy = text(value)?.parse().map_err(|UnknownStrategy| Strategy::CHOICES)?;
            Ok(())
        },
    },
    Row {
        variable: "AGX_FIX_HOOKS",
        values: "all|report",
        default: "all",
        help: "Which methods strategy `global` locks: `report` leaves it the report's four of compute encoders, one \
               mutex around them and nothing else, which is the report's global variant. For comparisons only. \
               `associated-object` has these four hooks in any case; the other strategies are not changed.",
        set: |options, value| {
            options.hooks = match text(value)? {
                "all" => Hooks::All,
                "report" => Hooks::Report,
                _ => return Err("it takes all or report"),
            };
            Ok(())
        },
    },
    Row {
        variable: "AGX_FIX_STATS",
        values: "1|0|FILE",
        default: "0",
        help: "Writes statistics when the process exits: `1` as text to standard error, anything else is a file that \
               one line of JSON is appended to. Only a process that used Metal writes.",
        set: |options, value| {
            options.stats = match switch(value) {
                Ok(true) => StatsTarget::StandardError,
                Ok(false) => StatsTarget::Nowhere,
                Err(_) => StatsTarget::File(PathBuf::from(value)),
            };
            Ok(())
        },
    },
    Row {
        variable: "AGX_FIX_STATS_HELD",
        values: SWITCH,
        default: "0",
        help: "Times how long each call holds its lock; the statistics then name the longest hold. Two readings of the \
               clock for each call.",
        set: |options, value| switch(value).map(|on| options.stats_held = on),
    },
    Row {
        variable: "AGX_FIX_COVERAGE",
        values: "0|FILE",
        default: "0",
        help: "Appends one line of JSON to the file when the process exits: for each class of Metal objects that was \
               seen, which methods are guarded, which are not and why. Only a process that used Metal writes.",
        set: |options, value| file(value).map(|file| options.coverage = file),
    },
    Row {
        variable: "AGX_FIX_NOTICE",
        values: "0|FILE",
        default: "0",
        help: "Appends one line of JSON to the file when the process gets its first Metal device, and for each class that \
               is hooked: that the library is loaded, and how many classes are hooked. `agx-fix run --confirm` sets it.",
        set: |options, value| file(value).map(|file| options.notice = file),
    },
    Row {
        variable: "AGX_FIX_LATE_CALL",
        values: "rescue|skip|abort",
        default: "rescue",
        help: "What becomes of a call on an encoder that has ended: its work is done in another encoder (with strategy \
               isolate; with the others, and where that cannot be, it is left out and counted), it is left out and \
               counted, or the process ends with both threads and both selectors on standard error.",
        set: |options, value| {
            options.late_call = match text(value)? {
                "rescue" => LateCall::Rescue,
                "skip" => LateCall::Skip,
                "abort" => LateCall::Abort,
                _ => return Err("it takes rescue, skip or abort"),
            };
            Ok(())
        },
    },
    Row {
        variable: "AGX_FIX_MODE",
        values: "guard|detect|strict",
        default: "guard",
        help: "What is done about a misuse: it is kept from the driver, or only reported with nobody held up, or the \
               first one ends the process with its text on standard error (for tests of your own program).",
        set: |options, value| {
            options.mode = match text(value)? {
                "guard" => Mode::Guard,
                "detect" => Mode::Detect,
                "strict" => Mode::Strict,
                _ => return Err("it takes guard, detect or strict"),
            };
            Ok(())
        },
    },
    Row {
        variable: "AGX_FIX_WAIT_MS",
        values: "milliseconds",
        default: "2000",
        help: "How long a thread that opens an encoder, or commits, waits for another thread's encoder on the same \
               command buffer to end.",
        set: |options, value| {
            let limit: u64 = text(value)?.parse().map_err(|_| "it takes a whole number of milliseconds")?;
            options.patience = Duration::from_millis(limit);
            Ok(())
        },
    },
    Row {
        variable: "AGX_FIX_LOCK_WARN_MS",
        values: "milliseconds, 0 for never",
        default: "1000",
        help: "A call that waits longer than this for an encoder is counted, and with AGX_FIX_VERBOSE reported with \
               the thread and the selector that hold it. It keeps waiting.",
        set: |options, value| {
            let limit: u64 = text(value)?.parse().map_err(|_| "it takes a whole number of milliseconds")?;
            options.lock_warn = (limit > 0).then(|| Duration::from_millis(limit));
            Ok(())
        },
    },
];

/// The table as Markdown, for `docs/options.md`.
pub fn markdown() -> String {
    let mut text = String::from("| variable | values | default | what it does |\n|---|---|---|---|\n");
    for row in ROWS {
        let values = row.values.replace('|', "\\|");
        text.push_str(&format!("| `{}` | {values} | `{}` | {} |\n", row.variable, row.default, row.help));
    }
    text
}

/// How encoders are guarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Hooks installed, no lock: the cost of hooking alone.
    None,
    /// One mutex for all encoders.
    Global,
    /// The report's design: four hooks, a mutex in an associated object of each encoder, no state.
    AssociatedObject,
    /// One lock for each encoder.
    #[default]
    PerEncoder,
    /// One lock for each command buffer and its encoders.
    PerCommandBuffer,
    /// That, and bindings of its own for each thread that uses an encoder; late work is done elsewhere.
    Isolate,
}

/// A name that is no strategy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownStrategy;

impl Strategy {
    /// All strategies, in the order of tables.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::AssociatedObject,
        Self::Global,
        Self::PerEncoder,
        Self::PerCommandBuffer,
        Self::Isolate,
    ];
    const CHOICES: &'static str =
        "it takes none, global, associated-object, per-encoder, per-command-buffer or isolate";

    /// The name in options, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Global => "global",
            Self::AssociatedObject => "associated-object",
            Self::PerEncoder => "per-encoder",
            Self::PerCommandBuffer => "per-command-buffer",
            Self::Isolate => "isolate",
        }
    }
}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name).ok_or(UnknownStrategy)
    }
}

impl fmt::Display for UnknownStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Strategy::CHOICES)
    }
}

impl std::error::Error for UnknownStrategy {}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which methods [`Strategy::Global`] locks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hooks {
    /// All of the hook table.
    #[default]
    All,
    /// The report's four, and no state is kept: the report's global variant.
    Report,
}

/// What becomes of a call on an ended encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LateCall {
    /// Done in another encoder where that can be, else left out and counted.
    #[default]
    Rescue,
    /// Left out and counted.
    Skip,
    /// The process ends with the finding.
    Abort,
}

/// What is done about a misuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is kept from the driver.
    #[default]
    Guard,
    /// It is reported; nobody is held up.
    Detect,
    /// The first one ends the process.
    Strict,
}

/// Where statistics go at exit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StatsTarget {
    /// Nowhere.
    #[default]
    Nowhere,
    /// As text to standard error.
    StandardError,
    /// One line of JSON, appended to the file.
    File(PathBuf),
}

/// The options as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Hook nothing.
    pub disable: bool,
    /// Say on standard error what happens.
    pub verbose: bool,
    /// How encoders are guarded.
    pub strategy: Strategy,
    /// Which methods the strategy `global` locks.
    pub hooks: Hooks,
    /// Where statistics go at exit.
    pub stats: StatsTarget,
    /// Whether holds of locks are timed.
    pub stats_held: bool,
    /// The file that coverage is appended to at exit.
    pub coverage: Option<PathBuf>,
    /// The file that notices are appended to.
    pub notice: Option<PathBuf>,
    /// What becomes of a call on an ended encoder.
    pub late_call: LateCall,
    /// What is done about a misuse.
    pub mode: Mode,
    /// How long a thread waits for another thread's encoder to end.
    pub patience: Duration,
    /// A wait longer than this is reported; `None` for never.
    pub lock_warn: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            disable: false,
            verbose: false,
            strategy: Strategy::default(),
            hooks: Hooks::default(),
            stats: StatsTarget::default(),
            stats_held: false,
            coverage: None,
            notice: None,
            late_call: LateCall::default(),
            mode: Mode::default(),
            patience: Duration::from_millis(2000),
            lock_warn: Some(Duration::from_millis(1000)),
        }
    }
}

/// A variable whose value is not one of its values: the default holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    variable: &'static str,
    value: OsString,
    cause: &'static str,
    default: &'static str,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}={:?} is not understood: {}; the default {} holds",
            self.variable, self.value, self.cause, self.default
        )
    }
}

impl Options {
    /// Reads every option through `get`. Bad values leave the default and come back as complaints.
    pub fn read(get: impl Fn(&str) -> Option<OsString>) -> (Self, Vec<Complaint>) {
        let mut options = Self::default();
        let mut complaints = Vec::new();
        for row in ROWS {
            let Some(value) = get(row.variable).filter(|value| !value.is_empty()) else { continue };
            if let Err(cause) = (row.set)(&mut options, &value) {
                complaints.push(Complaint { variable: row.variable, value, cause, default: row.default });
            }
        }
        (options, complaints)
    }
}

fn text(value: &OsStr) -> Result<&str, &'static str> {
    value.to_str().ok_or("it is not UTF-8")
}

fn file(value: &OsStr) -> Result<Option<PathBuf>, &'static str> {
    match switch(value) {
        Ok(true) => Err("it takes a file or 0"),
        Ok(false) => Ok(None),
        Err(_) => Ok(Some(PathBuf::from(value))),
    }
}

fn switch(value: &OsStr) -> Result<bool, &'static str> {
    match text(value)?.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it takes 1 or 0"),
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
