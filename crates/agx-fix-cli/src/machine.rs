//! The machine and the build, which every measurement names.

use agx_fix_interface::provenance::{Driver, Machine};
use std::process::Command;
use std::{fs, thread};

/// The version of the tool.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that was built, `unknown` outside a repository.
pub(crate) const COMMIT: &str = env!("AGX_FIX_COMMIT");

/// This machine.
pub(crate) fn this() -> Machine {
    let uname = rustix::system::uname();
    Machine {
        cpu: cpu().unwrap_or_else(|| "unknown processor".to_owned()),
        cores: thread::available_parallelism().map_or(1, usize::from),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        kernel: format!("{} {}", uname.sysname().to_string_lossy(), uname.release().to_string_lossy()),
    }
}

/// The system's average load in the last minute; `None` where it does not say.
pub(crate) fn load() -> Option<f64> {
    #[cfg(target_os = "linux")]
    // Fixed point, with 16 bits behind the point.
    return Some(rustix::system::sysinfo().loads[0] as f64 / 65_536.0);
    #[cfg(not(target_os = "linux"))]
    None
}

/// Whose driver runs here.
pub(crate) const fn driver() -> Driver {
    if cfg!(target_os = "linux") { Driver::Simulated } else { Driver::Metal }
}

/// The command line as typed, but for the path of the tool.
pub(crate) fn command() -> Vec<String> {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("agx-fix".to_owned()).chain(words).collect()
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
