//! This program as a child of itself, with the simulator where there is one, and with or without the library.

use crate::error::{Error, Result};
use crate::inject::{Injection, preload_variables};
use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

/// What a child is made of.
pub struct Tool {
    program: PathBuf,
    injection: Injection,
    simulator: Option<PathBuf>,
}

impl Tool {
    /// Unpacks the library and, where there is one, the simulator.
    ///
    /// # Errors
    /// One line: what cannot be unpacked, or that this program cannot be found.
    pub fn set_up() -> Result<Self> {
        let program = env::current_exe().map_err(|cause| {
            Error::new(format!("agx-fix cannot find itself to start its children: {cause}"))
        })?;
        let injection = Injection::unpack()?;
        let cache = agx_fix_bundle::cache_dir()?;
        let simulator = agx_fix_bundle::SIMULATOR.as_ref().map(|it| it.unpack(&cache)).transpose()?;
        Ok(Self { program, injection, simulator })
    }

    /// Has another program load the library and no other.
    pub fn inject(&self, command: &mut Command) {
        self.injection.set(command);
    }

    /// A child that inherits neither preloaded libraries nor options of agx-fix from this process.
    pub fn command(&self, injected: bool) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os().filter(|(name, _)| is_option(name)) {
            command.env_remove(name);
        }
        for list in preload_variables() {
            command.env_remove(list);
        }
        if let Some(simulator) = &self.simulator {
            command.env("AGX_SIM_LIBRARY", simulator).env("AGX_SIM_CRASH_REPORT", "1");
        }
        if injected {
            self.injection.set(&mut command);
        }
        command
    }
}

fn is_option(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("AGX_FIX_") && name != "AGX_FIX_CACHE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_surroundings_do_not_reach_a_run() {
        assert!(is_option(OsStr::new("AGX_FIX_DISABLE")));
        assert!(!is_option(OsStr::new("AGX_FIX_CACHE")));
        assert!(!is_option(OsStr::new("AGX_SIM_WIDEN")));
    }
}
