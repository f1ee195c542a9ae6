//! The environment options: one table for the library's parser, the flags of `agx-fix run`, help and docs.

use agx_fix_terms::{Late, Misuse, Named, Policy, Preset};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// One option.
#[derive(Debug)]
pub struct OptionRow {
    /// The environment variable.
    pub variable: &'static str,
    /// The values that it takes.
    pub values: Values,
    /// The value that holds where the variable is unset, empty or bad.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Whether `agx-fix run` has a flag for it.
    pub has_flag: bool,
    set: fn(&mut Options, &OsStr) -> Result<(), String>,
}

/// The values that an option takes.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// On or off.
    Switch,
    /// One of these words.
    Words(fn() -> Vec<&'static str>),
    /// A whole number of milliseconds. What 0 means is in the help.
    Milliseconds,
    /// A file, or 0 for none.
    File,
    /// A file, 1 for standard error, or 0 for none.
    FileOrStandardError,
}

impl OptionRow {
    /// The name of the flag of `agx-fix run`: `--NAME`.
    pub fn flag(&self) -> String {
        flag_of(self.variable)
    }

    /// The row of a variable.
    pub fn of(variable: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.variable == variable)
    }
}

/// The flag that belongs to a variable.
pub fn flag_of(variable: &str) -> String {
    variable.trim_start_matches("AGX_FIX_").to_ascii_lowercase().replace('_', "-")
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch => f.write_str("1|0 (also true|false, yes|no, on|off)"),
            Self::Words(words) => f.write_str(&words().join("|")),
            Self::Milliseconds => f.write_str("milliseconds"),
            Self::File => f.write_str("0|FILE"),
            Self::FileOrStandardError => f.write_str("1|0|FILE"),
        }
    }
}

/// The word for a choice that is left to the preset.
const AS_THE_PRESET_SAYS: &str = "preset";

fn names<T: Named>() -> Vec<&'static str> {
    T::ALL.iter().map(|value| value.name()).collect()
}

fn names_or_preset<T: Named>() -> Vec<&'static str> {
    [vec![AS_THE_PRESET_SAYS], names::<T>()].concat()
}

/// All options of the library.
pub const ROWS: &[OptionRow] = &[
    OptionRow {
        variable: "AGX_FIX_DISABLE",
        values: Values::Switch,
        default: "0",
        help: "Loads the library but hooks nothing.",
        has_flag: false,
        set: |options, value| switch(value).map(|on| options.disable = on),
    },
    OptionRow {
        variable: "AGX_FIX_VERBOSE",
        values: Values::Switch,
        default: "0",
        help: "Says on standard error, and on macOS in the unified log too (subsystem `agx-fix`), what is hooked, what is \
               left alone and why, each late call and each long wait.",
        has_flag: true,
        set: |options, value| switch(value).map(|on| options.verbose = on),
    },
    OptionRow {
        variable: "AGX_FIX_PRESET",
        values: Values::Words(names::<Preset>),
        default: "guard",
        help: "What the library does, as one word (docs/options.md has the table): `guard`, `isolate` and `detect` are for users, the others \
               are baselines for comparisons.",
        has_flag: true,
        set: |options, value| named(value).map(|preset| options.preset = preset),
    },
    OptionRow {
        variable: "AGX_FIX_STATS",
        values: Values::FileOrStandardError,
        default: "0",
        help: "Writes statistics when the process exits: `1` as text to standard error, anything else is a file that \
               one line of JSON is appended to. Only a process that used Metal writes.",
        has_flag: true,
        set: |options, value| {
            options.stats = match switch(value) {
                Ok(true) => StatsTarget::StandardError,
                Ok(false) => StatsTarget::Nowhere,
                Err(_) => StatsTarget::File(PathBuf::from(value)),
            };
            Ok(())
        },
    },
    OptionRow {
        variable: "AGX_FIX_STATS_HELD",
        values: Values::Switch,
        default: "0",
        help: "Times how long each call holds its lock; the statistics then name the longest hold. Two readings of the \
               clock for each call.",
        has_flag: true,
        set: |options, value| switch(value).map(|on| options.stats_held = on),
    },
    OptionRow {
        variable: "AGX_FIX_COVERAGE",
        values: Values::File,
        default: "0",
        help: "Appends one line of JSON to the file when the process exits: for each class of Metal objects that was \
               seen, which methods are guarded, which are not and why. Only a process that used Metal writes.",
        has_flag: true,
        set: |options, value| file(value).map(|file| options.coverage = file),
    },
    OptionRow {
        variable: "AGX_FIX_NOTICE",
        values: Values::File,
        default: "0",
        help: "Appends one line of JSON to the file when the process gets its first Metal device, and for each class that \
               is hooked: that the library is loaded, and how many classes are hooked. `agx-fix run --confirm` sets it.",
        has_flag: false,
        set: |options, value| file(value).map(|file| options.notice = file),
    },
    OptionRow {
        variable: "AGX_FIX_LATE_CALL",
        values: Values::Words(names_or_preset::<Late>),
        default: AS_THE_PRESET_SAYS,
        help: "What becomes of a call on an encoder that has ended: it is left out and counted (skip), its work is done in \
               another encoder where that can be (rescue: with preset isolate), or the process ends with both threads and \
               both selectors on standard error (abort).",
        has_flag: true,
        set: |options, value| or_presets(value).map(|late| options.late = late),
    },
    OptionRow {
        variable: "AGX_FIX_MISUSE",
        values: Values::Words(names_or_preset::<Misuse>),
        default: AS_THE_PRESET_SAYS,
        help: "What is done about a misuse: it is kept from the driver (prevent), only reported with nobody held up \
               (detect), or kept from the driver and the first one ends the process with its text on standard error \
               (strict: for tests of your own program).",
        has_flag: true,
        set: |options, value| or_presets(value).map(|misuse| options.misuse = misuse),
    },
    OptionRow {
        variable: "AGX_FIX_WAIT_MS",
        values: Values::Milliseconds,
        default: "2000",
        help: "How long a thread that opens an encoder, or commits, waits for another thread's encoder on the same \
               command buffer to end.",
        has_flag: true,
        set: |options, value| {
            options.wait_timeout = milliseconds(value)?;
            Ok(())
        },
    },
    OptionRow {
        variable: "AGX_FIX_LOCK_WARN_MS",
        values: Values::Milliseconds,
        default: "1000",
        help: "A call that waits longer than this for an encoder (0: never) is counted, and with AGX_FIX_VERBOSE reported with \
               the thread and the selector that hold it. It keeps waiting.",
        has_flag: true,
        set: |options, value| {
            options.lock_warn = Some(milliseconds(value)?).filter(|limit| !limit.is_zero());
            Ok(())
        },
    },
];

/// An option of earlier versions. It still works, and says what it is called now.
#[derive(Debug)]
pub struct Renamed {
    /// The variable of before.
    pub variable: &'static str,
    /// What it is called now.
    pub now: &'static str,
    /// Values that are called otherwise now: before and now.
    values: &'static [(&'static str, &'static str)],
    /// Whether the values of now are values of before too.
    keeps_values: bool,
}

/// All options of earlier versions.
pub const RENAMED: &[Renamed] = &[
    Renamed { variable: "AGX_FIX_STRATEGY", now: "AGX_FIX_PRESET", values: &[], keeps_values: true },
    Renamed {
        variable: "AGX_FIX_HOOKS",
        now: "AGX_FIX_PRESET",
        values: &[("all", ""), ("report", "paper-global")],
        keeps_values: false,
    },
    Renamed {
        variable: "AGX_FIX_MODE",
        now: "AGX_FIX_MISUSE",
        values: &[("guard", "prevent")],
        keeps_values: true,
    },
];

impl Renamed {
    /// The values that it takes.
    pub fn words(&self) -> Vec<&'static str> {
        let now = OptionRow::of(self.now).filter(|_| self.keeps_values).map(|row| row.values);
        let now = if let Some(Values::Words(words)) = now { words() } else { vec![] };
        self.values.iter().map(|(before, _)| *before).chain(now).collect()
    }

    /// What the value of before is called now; empty for one that says nothing any more.
    pub fn value<'v>(&self, before: &'v OsStr) -> &'v OsStr {
        let known = self.values.iter().find(|(name, _)| before == *name);
        known.map_or(before, |&(_, now)| OsStr::new(now))
    }
}

/// The options as Markdown, for `docs/options.md`.
pub fn markdown() -> String {
    let mut text = String::from("| variable | values | default | what it does |\n|---|---|---|---|\n");
    for row in ROWS {
        let values = row.values.to_string().replace('|', "\\|");
        text.push_str(&format!("| `{}` | {values} | `{}` | {} |\n", row.variable, row.default, row.help));
    }
    text
}

/// The presets as Markdown, for `docs/options.md`.
pub fn presets_markdown() -> String {
    let mut text = String::from(
        "| preset | lock | bindings | late calls | misuse | what it does |\n|---|---|---|---|---|---|\n",
    );
    for preset in Preset::ALL {
        let row = preset.row();
        let Policy { lock, bindings, late, misuse } = row.policy;
        text.push_str(&format!(
            "| `{}` | {lock} | {bindings} | {late} | {misuse} | {} |\n",
            row.name, row.help
        ));
    }
    text
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
    /// What the library does.
    pub preset: Preset,
    /// What becomes of a late call, where that is not left to the preset.
    pub late: Option<Late>,
    /// What is done about a misuse, where that is not left to the preset.
    pub misuse: Option<Misuse>,
    /// Where statistics go at exit.
    pub stats: StatsTarget,
    /// Whether holds of locks are timed.
    pub stats_held: bool,
    /// The file that coverage is appended to at exit.
    pub coverage: Option<PathBuf>,
    /// The file that notices are appended to.
    pub notice: Option<PathBuf>,
    /// How long a thread waits for another thread's encoder to end.
    pub wait_timeout: Duration,
    /// A wait longer than this is reported; `None` for never.
    pub lock_warn: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            disable: false,
            verbose: false,
            preset: Preset::default(),
            late: None,
            misuse: None,
            stats: StatsTarget::default(),
            stats_held: false,
            coverage: None,
            notice: None,
            wait_timeout: Duration::from_millis(2000),
            lock_warn: Some(Duration::from_millis(1000)),
        }
    }
}

/// Something to say about the options that were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// A value is not one of its variable's values: the default holds.
    NotUnderstood {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: OsString,
        /// What is wrong with it.
        cause: String,
        /// What holds instead.
        default: &'static str,
    },
    /// The variable has another name now; its value holds.
    Renamed {
        /// The name that was given.
        variable: &'static str,
        /// The name of now, and the value that says the same.
        now: OsString,
    },
    /// A choice has no effect beside the others.
    WithoutEffect(&'static str),
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnderstood { variable, value, cause, default } => {
                write!(f, "{variable}={value:?} is not understood: {cause}; the default {default} holds")
            }
            Self::Renamed { variable, now } => {
                write!(f, "{variable} still works, but its name is now {}", now.display())
            }
            Self::WithoutEffect(text) => f.write_str(text),
        }
    }
}

impl Options {
    /// Reads every option through `get`. Bad values leave the default; what is to be said about them comes back too.
    pub fn read(get: impl Fn(&str) -> Option<OsString>) -> (Self, Vec<Complaint>) {
        let mut options = Self::default();
        let mut complaints = Vec::new();
        let given = |name: &str| get(name).filter(|value| !value.is_empty());
        for renamed in RENAMED {
            let Some(value) = given(renamed.variable) else { continue };
            let value = renamed.value(&value).to_owned();
            let mut now = OsString::from(renamed.now);
            if !value.is_empty() {
                now.push("=");
                now.push(&value);
            }
            complaints.push(Complaint::Renamed { variable: renamed.variable, now });
            if let Some(row) = OptionRow::of(renamed.now) {
                options.set(row, value, &mut complaints);
            }
        }
        for row in ROWS {
            if let Some(value) = given(row.variable) {
                options.set(row, value, &mut complaints);
            }
        }
        complaints.extend(options.policy().without_effect().map(Complaint::WithoutEffect));
        (options, complaints)
    }

    fn set(&mut self, row: &OptionRow, value: OsString, complaints: &mut Vec<Complaint>) {
        if value.is_empty() {
            return;
        }
        if let Err(cause) = (row.set)(self, &value) {
            complaints.push(Complaint::NotUnderstood {
                variable: row.variable,
                value,
                cause,
                default: row.default,
            });
        }
    }

    /// What the library does: the preset, and the choices that were not left to it.
    pub fn policy(&self) -> Policy {
        let preset = self.preset.policy();
        Policy {
            late: self.late.unwrap_or(preset.late),
            misuse: self.misuse.unwrap_or(preset.misuse),
            ..preset
        }
    }
}

fn named<T: Named>(value: &OsStr) -> Result<T, String> {
    T::by_name(text(value)?).ok_or_else(|| one_of(&names::<T>()))
}

/// `None` for the word that leaves the choice to the preset.
fn or_presets<T: Named>(value: &OsStr) -> Result<Option<T>, String> {
    let value = text(value)?;
    match T::by_name(value) {
        None if value != AS_THE_PRESET_SAYS => Err(one_of(&names_or_preset::<T>())),
        choice => Ok(choice),
    }
}

fn one_of(words: &[&str]) -> String {
    let (last, others) = words.split_last().expect("an option with words has some");
    format!("it takes {} or {last}", others.join(", "))
}

fn milliseconds(value: &OsStr) -> Result<Duration, String> {
    let number = text(value)?.parse().map_err(|_| "it takes a whole number of milliseconds")?;
    Ok(Duration::from_millis(number))
}

fn text(value: &OsStr) -> Result<&str, String> {
    value.to_str().ok_or_else(|| "it is not UTF-8".to_owned())
}

fn file(value: &OsStr) -> Result<Option<PathBuf>, String> {
    match switch(value) {
        Ok(true) => Err("it takes a file or 0".to_owned()),
        Ok(false) => Ok(None),
        Err(_) => Ok(Some(PathBuf::from(value))),
    }
}

fn switch(value: &OsStr) -> Result<bool, String> {
    match text(value)?.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it takes 1 or 0".to_owned()),
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
