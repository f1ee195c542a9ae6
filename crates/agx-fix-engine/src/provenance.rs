//! Where a result comes from: the machine, the build and the command; and the heading that says it.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::process::Command;
use std::{fs, thread};

/// The version of the tool.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that was built, `unknown` outside a repository.
pub const COMMIT: &str = env!("AGX_FIX_COMMIT");

/// The machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Cores that the process may use.
    pub cores: usize,
    /// Operating system and architecture.
    pub system: String,
    /// The kernel's name and release.
    pub kernel: String,
}

/// What every file of results names, beside its own fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The tool's version.
    pub version: String,
    /// The commit that was built, `unknown` outside a repository.
    pub commit: String,
    /// Whose driver ran.
    pub driver: Driver,
    /// The machine.
    pub machine: Machine,
    /// The command, word by word.
    pub command: Vec<String>,
}

/// Whose driver ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Driver {
    /// The simulator of this project.
    Simulated,
    /// The system's Metal.
    Metal,
}

impl Driver {
    /// What every title of figures carries.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Simulated => " (simulated)",
            Self::Metal => "",
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.cores == 1 { "" } else { "s" };
        write!(f, "{}, {} core{plural}, {}, {}", self.cpu, self.cores, self.system, self.kernel)
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Simulated => "the SIMULATED driver: no Apple GPU and no Apple code took part",
            Self::Metal => "this Mac's Metal",
        })
    }
}

/// The provenance of what this process measures.
pub fn here() -> Provenance {
    Provenance {
        version: VERSION.to_owned(),
        commit: COMMIT.to_owned(),
        driver: driver(),
        machine: machine(),
        command: command(),
    }
}

/// The first lines of a result's text. `made_by` is the command; `lines` follow the provenance.
pub fn heading(made_by: &str, provenance: &Provenance, lines: &[(&str, String)]) -> String {
    let Provenance { driver, .. } = provenance;
    format!("{made_by} on {driver}\n{}", origin(provenance, lines))
}

/// The same without the first line.
pub fn origin(provenance: &Provenance, lines: &[(&str, String)]) -> String {
    let Provenance { version, commit, machine, command, .. } = provenance;
    let mut text = format!(
        "machine: {machine}\nbuild:   agx-fix {version}, commit {commit}\ncommand: {}\n",
        command.join(" ")
    );
    for (name, said) in lines {
        writeln!(text, "{:<8} {said}", format!("{name}:")).expect("a string takes everything");
    }
    text
}

/// This machine.
pub fn machine() -> Machine {
    let uname = rustix::system::uname();
    Machine {
        cpu: cpu().unwrap_or_else(|| "unknown processor".to_owned()),
        cores: thread::available_parallelism().map_or(1, usize::from),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        kernel: format!("{} {}", uname.sysname().to_string_lossy(), uname.release().to_string_lossy()),
    }
}

/// The system's average load in the last minute; `None` where it does not say.
pub fn load() -> Option<f64> {
    #[cfg(target_os = "linux")]
    // Fixed point, with 16 bits behind the point.
    return Some(rustix::system::sysinfo().loads[0] as f64 / 65_536.0);
    #[cfg(not(target_os = "linux"))]
    None
}

/// Whose driver runs here.
pub const fn driver() -> Driver {
    if cfg!(target_os = "linux") { Driver::Simulated } else { Driver::Metal }
}

/// The command line as typed, but for the path of the program.
fn command() -> Vec<String> {
    let mut words = std::env::args_os();
    let program = words.next().unwrap_or_default();
    let name = std::path::Path::new(&program).file_name().unwrap_or(&program).to_string_lossy().into_owned();
    std::iter::once(name).chain(words.map(|word| word.to_string_lossy().into_owned())).collect()
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

/// The processor's name in `/proc/cpuinfo`. ARM kernels give none.
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
