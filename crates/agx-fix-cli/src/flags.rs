//! The flags of `agx-fix run`: one for each option of the library that has a flag, made from the option table.

use agx_fix_engine::error::{Error, Result};
use agx_fix_interface::options::{OptionRow, RENAMED, ROWS, Renamed, Values, flag_of};
use clap::builder::{PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, FromArgMatches};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variables of the flags that were given, with their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags(Vec<(&'static str, OsString)>);

impl clap::Args for Flags {
    fn augment_args(command: clap::Command) -> clap::Command {
        let flags = ROWS.iter().filter(|row| row.has_flag).map(flag);
        command.args(flags).args(RENAMED.iter().map(renamed_flag))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let value = |variable: &str| matches.get_raw(variable).and_then(Iterator::last).map(OsStr::to_owned);
        let renamed = RENAMED.iter().filter_map(|row| Some((row.variable, value(row.variable)?)));
        let given = ROWS.iter().filter(|row| row.has_flag);
        let given = given.filter_map(|row| match row.values {
            Values::Switch => matches.get_flag(row.variable).then(|| (row.variable, "1".into())),
            _ => Some((row.variable, value(row.variable)?)),
        });
        Ok(Self(renamed.chain(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag(row: &'static OptionRow) -> Arg {
    let arg = Arg::new(row.variable).long(row.flag()).help(help(row));
    match row.values {
        Values::Switch => arg.action(ArgAction::SetTrue),
        Values::Words(words) => {
            arg.value_name("WORD").hide_possible_values(true).value_parser(PossibleValuesParser::new(words()))
        }
        Values::Milliseconds => arg.value_name("MS").value_parser(clap::value_parser!(u64)),
        Values::File => arg.value_name("FILE").value_parser(ValueParser::path_buf()),
        Values::FileOrStandardError => arg
            .value_name("FILE")
            .value_parser(ValueParser::path_buf())
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("1"),
    }
}

fn help(row: &OptionRow) -> String {
    match row.values {
        Values::Words(words) => format!("{} [{}, default: {}]", row.help, words().join(", "), row.default),
        Values::Milliseconds => format!("{} [default: {}]", row.help, row.default),
        Values::Switch | Values::File | Values::FileOrStandardError => row.help.to_owned(),
    }
}

/// The flag of an earlier version: not in the help.
fn renamed_flag(row: &'static Renamed) -> Arg {
    let words = row.words().into_iter().filter(|word| !word.is_empty());
    Arg::new(row.variable)
        .long(flag_of(row.variable))
        .hide(true)
        .value_parser(PossibleValuesParser::new(words))
}

impl Flags {
    /// Sets the variables of the flags that were given. A flag of an earlier version sets the variable of now, which has the
    /// last word over the environment, and says on standard error what it is called.
    pub(crate) fn set(&self, command: &mut Command) -> Result<()> {
        for (variable, value) in &self.0 {
            if let Some(renamed) = RENAMED.iter().find(|row| row.variable == *variable) {
                let (before, now, value) = (flag_of(variable), flag_of(renamed.now), renamed.value(value));
                eprintln!("agx-fix: --{before} still works, but its name is now --{now} {}", value.display());
                if !value.is_empty() {
                    command.env(renamed.now, value);
                }
                continue;
            }
            let is_file = match OptionRow::of(variable).map(|row| row.values) {
                Some(Values::File) => true,
                Some(Values::FileOrStandardError) => value != "1",
                _ => false,
            };
            if is_file {
                command.env(variable, writable(Path::new(value))?);
            } else {
                command.env(variable, value);
            }
        }
        Ok(())
    }
}

/// The file, empty: the library appends, and only at exit, when it is too late to say that it cannot. The path is
/// absolute, since the program may change its folder.
fn writable(file: &Path) -> Result<PathBuf> {
    let refused = |cause| {
        let path = file.display();
        Error::new(format!("{path} cannot be written ({cause}), so nothing was started; name another file"))
    };
    File::create(file).map_err(refused)?;
    std::path::absolute(file).map_err(refused)
}
