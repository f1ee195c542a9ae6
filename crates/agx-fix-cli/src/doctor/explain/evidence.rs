//! What a crash text says: its lines, the address that faulted, the threads and their frames. Reads texts of any form.

use serde::{Deserialize, Serialize};

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    /// A crash report of macOS: two JSON documents.
    Ips,
    /// Anything else.
    Text,
}

/// What a text says.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub(super) source: Source,
    pub(super) process: Option<String>,
    pub(super) injected: Option<bool>,
    /// All that is said in words.
    pub(super) lines: Vec<String>,
    /// The address whose access faulted.
    pub(super) address: Option<u64>,
    /// The one that crashed is there, if any is.
    pub(super) threads: Vec<Thread>,
}

/// A thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Thread {
    pub(super) crashed: bool,
    /// Where it was, the innermost call first.
    pub(super) frames: Vec<String>,
}

/// A part of the library's file name.
const LIBRARY: &str = "libagx_fix";

impl Evidence {
    /// Of a text in no form that is known.
    pub(super) fn of_text(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        let mut threads = threads(&lines);
        if !threads.iter().any(|thread| thread.crashed) {
            // A part of a crash report, or something else: all of it may be about the crash.
            threads.push(Thread { crashed: true, frames: lines.clone() });
        }
        let named =
            lines.iter().find_map(|line| line.strip_prefix("Process:")).map(|rest| rest.trim().to_owned());
        Self {
            source: Source::Text,
            process: named.filter(|name| !name.is_empty()),
            injected: text.contains(LIBRARY).then_some(true),
            address: lines.iter().find_map(|line| faulting_address(line)),
            lines,
            threads,
        }
    }

    /// Where the thread that crashed was.
    pub(super) fn crashed(&self) -> &[String] {
        self.threads.iter().find(|thread| thread.crashed).map_or(&[], |thread| &thread.frames)
    }
}

/// Whether the library's file is in a list of images.
pub(super) fn has_library(mut images: impl Iterator<Item = impl AsRef<str>>) -> bool {
    images.any(|image| image.as_ref().contains(LIBRARY))
}

/// The address that a line says faulted, in the words of crash reports, lldb, agx-fix and its simulator.
pub(super) fn faulting_address(line: &str) -> Option<u64> {
    const BEFORE: [&str; 6] = [
        "KERN_INVALID_ADDRESS at 0x",
        "KERN_PROTECTION_FAILURE at 0x",
        "SIGSEGV at 0x",
        "SIGBUS at 0x",
        "address=0x",
        "fault addr 0x",
    ];
    BEFORE.into_iter().find_map(|before| {
        let rest = line.split_once(before)?.1;
        let end = rest.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(rest.len());
        u64::from_str_radix(&rest[..end], 16).ok()
    })
}

/// The threads of a crash report as text (`Thread 5 Crashed:`), or of lldb's `bt all` (`* thread #5, ...`).
fn threads(lines: &[String]) -> Vec<Thread> {
    let mut threads: Vec<Thread> = Vec::new();
    let mut inside = false;
    for line in lines {
        let is_lldb = line.starts_with("thread #") || line.starts_with("* thread #");
        let is_report =
            line.strip_prefix("Thread ").is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
        // A register dump and the name of a thread begin like a thread.
        if is_lldb
            || (is_report && line.contains(':') && !line.contains(" name:") && !line.contains("crashed with"))
        {
            let crashed = line.contains("Crashed") || line.starts_with("* ");
            threads.push(Thread { crashed, frames: Vec::new() });
            inside = true;
        } else if line.is_empty() {
            inside = false;
        } else if inside && let Some(thread) = threads.last_mut() {
            thread.frames.push(line.clone());
        }
    }
    threads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_everybodys_words() {
        for (line, address) in [
            ("Exception Codes: KERN_INVALID_ADDRESS at 0x00000000000005c8", Some(0x5c8)),
            ("stop reason = EXC_BAD_ACCESS (code=1, address=0x98)", Some(0x98)),
            ("SIGSEGV at 0x0 in setBuffer:offset:atIndex: +56", Some(0)),
            ("at 0x5c8", None),
            ("address=0x", None),
            ("address=0xffffffffffffffffff", None),
        ] {
            assert_eq!(faulting_address(line), address, "{line}");
        }
    }

    #[test]
    fn threads_of_a_report_and_of_lldb() {
        let text = "Thread 0:\n0 libsystem wait\n\nThread 3 Crashed:: queue\n0 AGX set\n1 torch go\n\nThread 3 crashed with \
                    ARM Thread State:\n x0: 0\n";
        let evidence = Evidence::of_text(text);
        assert_eq!(
            (evidence.threads.len(), evidence.crashed()),
            (2, &["0 AGX set".to_owned(), "1 torch go".into()][..])
        );
        let text =
            "* thread #5, stop reason = x\n  * frame #0: a\n    frame #1: b\n  thread #1\n    frame #0: c\n";
        let evidence = Evidence::of_text(text);
        assert_eq!((evidence.threads.len(), evidence.crashed().len()), (2, 2));
    }
}
