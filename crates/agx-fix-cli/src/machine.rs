//! The machine and the build, which every measurement names.

use serde::{Deserialize, Serialize};
use std::process::Command;
use std::{fmt, fs, thread};

/// The version of the tool.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that was built, `unknown` outside a repository.
pub(crate) const COMMIT: &str = env!("AGX_FIX_COMMIT");

/// The machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Machine {
    /// The processor's name.
    pub(crate) cpu: String,
    /// Cores that the process may use.
    pub(crate) cores: usize,
    /// Operating system and architecture.
    pub(crate) system: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        Self {
            cpu: cpu().unwrap_or_else(|| "unknown processor".to_owned()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.cores == 1 { "" } else { "s" };
        write!(f, "{}, {} core{plural}, {}", self.cpu, self.cores, self.system)
    }
}

fn cpu() -> Option<String> {
    if cfg!(target_os = "macos") {
        let output =
            Command::new("/usr/sbin/sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
        return Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
            .filter(|name| !name.is_empty());
    }
    model_name(&fs::read_to_string("/proc/cpuinfo").ok()?)
}

/// ARM kernels give no name.
fn model_name(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_model_name_is_the_processor() {
        let text = "processor\t: 0\nmodel name\t: A Processor: 3 GHz\nmodel name\t: Another\n";
        assert_eq!(model_name(text).as_deref(), Some("A Processor: 3 GHz"));
        assert_eq!(model_name("processor\t: 0\n"), None);
    }
}
