//! The probe: a child of this program that makes one object of each kind that the system's Metal has, so that the library in it
//! hooks their classes. It asks for a kind of encoder only if the driver has the factory.

use super::coverage::{self, CoverageReport};
use agx_fix_engine::child::{end_with, leave_no_core_file};
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::inject::Tool;
use agx_fix_engine::output;
use agx_fix_engine::run::own_words;
use agx_fix_engine::supervise::{Ending, Finished, Interrupt, supervise};
use agx_fix_interface::Document as _;
use agx_fix_interface::coverage::Coverage;
use agx_fix_metal::injected;
use agx_fix_metal::{Device, Object};
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_workload::EncoderKind;
use std::process::ExitCode;
use std::time::Duration;

/// Makes one Metal object of each kind
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The process with which the probe ends
    #[arg(long)]
    parent: Option<u32>,
}

/// A probe that takes longer is taken to hang.
const LIMIT: Duration = Duration::from_secs(30);

/// What the child prints, with the protocol, before it asks for an encoder. After each kind it prints its coverage, so that a
/// driver that ends the process costs only what would follow.
const ASKED: &str = "asked ";

/// The kinds, each of a command buffer. The usual ones first: a driver that refuses one with an assertion ends the probe.
fn kinds(metal4: bool) -> impl Iterator<Item = EncoderKind> {
    EncoderKind::ALL
        .into_iter()
        .filter(move |kind| *kind != EncoderKind::SubEncoder && kind.is_metal4() == metal4)
}

/// The child.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    args.parent.map_or(Ok(()), end_with)?;
    leave_no_core_file();
    let device = Device::system_default().map_err(Error::new)?;
    autorelease_pool(|| {
        let device = Object::from(&device);
        metal(&device)?;
        metal4(&device)
    })?;
    say_coverage()?;
    Ok(ExitCode::SUCCESS)
}

/// Each kind on a command buffer of its own, which is not committed.
fn metal(device: &Object) -> Result<()> {
    let Some(queue) = device.ask(c"newCommandQueue") else { return Ok(()) };
    for kind in kinds(false) {
        if let Some(buffer) = queue.ask(c"commandBuffer") {
            open_and_end(device, &buffer, kind)?;
        }
    }
    Ok(())
}

fn metal4(device: &Object) -> Result<()> {
    let queue = device.ask(c"newMTL4CommandQueue");
    let parts = (queue, device.ask(c"newCommandAllocator"), device.ask(c"newCommandBuffer"));
    let (Some(_queue), Some(allocator), Some(buffer)) = parts else { return Ok(()) };
    if !buffer.tell_with(c"beginCommandBufferWithAllocator:", &allocator) {
        return Ok(());
    }
    for kind in kinds(true) {
        open_and_end(device, &buffer, kind)?;
    }
    buffer.tell(c"endCommandBuffer");
    Ok(())
}

fn open_and_end(device: &Object, buffer: &Object, kind: EncoderKind) -> Result<()> {
    if kind.is_denied_by(device) {
        return Ok(());
    }
    output::print(&format!("{ASKED}{}\n", kind.protocol()))?;
    let Some(encoder) = kind.open(buffer) else { return Ok(()) };
    if kind == EncoderKind::Parallel
        && let Some(inner) = EncoderKind::SubEncoder.open(&encoder)
    {
        inner.tell(c"endEncoding");
    }
    encoder.tell(c"endEncoding");
    say_coverage()
}

fn say_coverage() -> Result<()> {
    let json = injected::coverage_json()
        .ok_or_else(|| Error::new("the library is not in the probe, so there is no coverage to show"))?;
    output::print(&format!("{json}\n"))
}

/// The parent's side: runs the child with the library.
pub(super) fn examine(interrupt: &Interrupt) -> Result<CoverageReport> {
    let mut command = Tool::set_up()?.command(true);
    command.args(["probe", "--parent", &std::process::id().to_string()]);
    let finished = supervise(&mut command, LIMIT, interrupt)
        .map_err(|cause| Error::new(format!("the probe cannot be started: {cause}")))?;
    judge(&finished)
}

fn judge(finished: &Finished) -> Result<CoverageReport> {
    let (ending, stopped) = match finished.ending {
        Ending::Exited(status) if status.success() => (status.into(), None),
        Ending::Exited(status) if status.code() == Some(1) => return Err(own_words(&finished.stderr)),
        Ending::Exited(status) => (status.into(), Some("crashed")),
        Ending::TimedOut => (coverage::Ending::default(), Some("hung")),
        Ending::Interrupted(_) => return Err(Error::new("the probe was interrupted; nothing is shown")),
    };
    let asked = finished.stdout.lines().rev().find_map(|line| line.strip_prefix(ASKED));
    let stopped = stopped.map(|how| format!("{how} after it had asked for {}", asked.unwrap_or("a device")));
    let coverage = finished.stdout.lines().rev().find(|line| line.starts_with('{'));
    let processes = coverage
        .map(|json| {
            Coverage::from_json(json).map_err(|cause| Error::new(format!("the probe's coverage: {cause}")))
        })
        .transpose()?;
    let not_made = not_made(processes.as_ref());
    let processes = processes.into_iter().collect();
    Ok(CoverageReport {
        probe_stopped: stopped,
        not_made,
        ..CoverageReport::new(Vec::new(), ending, processes)
    })
}

fn not_made(coverage: Option<&Coverage>) -> Vec<String> {
    let classes = coverage.map_or(&[][..], |coverage| &coverage.classes);
    let all = kinds(false).chain(kinds(true)).map(EncoderKind::protocol);
    all.filter(|it| classes.iter().all(|class| class.protocol != *it)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::coverage::ClassCoverage;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn finished(raw: i32, stdout: &str, stderr: &str) -> Finished {
        let ending = Ending::Exited(ExitStatus::from_raw(raw));
        Finished { ending, stdout: stdout.into(), stderr: stderr.into() }
    }

    fn coverage(protocols: &[&str]) -> String {
        let class = |it: &&str| ClassCoverage { protocol: (*it).into(), ..ClassCoverage::default() };
        let classes = protocols.iter().map(class).collect();
        Coverage { schema: Coverage::SCHEMA.into(), classes, ..Coverage::default() }.to_json()
    }

    #[test]
    fn a_crash_names_what_was_asked_for_last_and_leaves_what_was_said_before() {
        let said = format!("asked One\n{}\nasked Two\n", coverage(&["MTLBlitCommandEncoder"]));
        let report = judge(&finished(6, &said, "")).unwrap();
        assert_eq!(report.probe_stopped.as_deref(), Some("crashed after it had asked for Two"));
        assert_eq!(report.processes[0].classes.len(), 1);
        let report = judge(&finished(6, "", "")).unwrap();
        assert!(report.processes.is_empty() && report.probe_stopped.unwrap().contains("a device"));
    }

    #[test]
    fn a_failure_is_the_probes_own_word() {
        let said = judge(&finished(1 << 8, "", "agx-fix: no Metal\n")).unwrap_err().to_string();
        assert_eq!(said, "no Metal");
    }

    #[test]
    fn kinds_without_a_class_were_not_made() {
        let all: Vec<&str> = kinds(false).chain(kinds(true)).map(EncoderKind::protocol).collect();
        let not_made = |protocols: &[&str]| judge(&finished(0, &coverage(protocols), "")).unwrap().not_made;
        assert!(not_made(&all).is_empty());
        assert_eq!(not_made(&all[1..]), ["MTLComputeCommandEncoder"]);
    }
}
