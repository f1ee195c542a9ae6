//! Decides which crash class a text is of, by the texts and sites of docs/crash-classes.md: the answer as data, and as lines for
//! people. Names and remedies come from [`CrashClass`].

use super::evidence::{Evidence, Source};
use super::ips;
use agx_fix_terms::{CrashClass, FindingClass};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Texts that only the class of that number has. Classes 4, 6 and 7 have none: they are known by frames and addresses.
const TEXTS: [(&str, u8); 8] = [
    ("encoder is already encoding to this command buffer", 1),
    ("commit an already committed command buffer", 2),
    ("handler provided after commit call", 2),
    ("_status < MTLCommandBufferStatusCommitted", 2),
    ("with uncommitted encoder", 3),
    ("encoder released without endEncoding", 5),
    ("interpreter shutdown", 8),
    ("Python runtime state: finalizing", 8),
];

/// What to do where the library was in the process, and one of the classes that it prevents happened all the same.
const ALTHOUGH_INJECTED: &str = "the library was in this process, so this should not have happened: `agx-fix doctor \
                                 --coverage -- COMMAND` shows what it guards, AGX_FIX_VERBOSE=1 what it sees; please report both";

/// The version of the layout below.
const SCHEMA: &str = "agx-fix-explanation/1";

/// The result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// The tool's version.
    pub(super) version: String,
    /// The form of the text.
    pub(super) source: Source,
    /// The program that crashed, where the text names it.
    pub(super) process: Option<String>,
    /// Whether the library was in it; `None` where the text does not say.
    pub(super) injected: Option<bool>,
    /// The classes that it may be, the surest first.
    pub(super) findings: Vec<Explained>,
}

/// One class that a text may be of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explained {
    /// 1 to 8.
    pub(super) class: u8,
    /// The class in words.
    pub(super) finding: String,
    /// The part of the text that says so.
    pub(super) evidence: String,
    /// Whether the text says so in as many words; else it looks like it.
    pub(super) certain: bool,
    /// What to do.
    pub(super) remedy: String,
}

/// Explains a text.
pub(super) fn explain(text: &str) -> Explanation {
    let evidence = ips::read(text).unwrap_or_else(|| Evidence::of_text(text));
    Explanation {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        findings: judge(&evidence),
        source: evidence.source,
        process: evidence.process,
        injected: evidence.injected,
    }
}

/// In lines for people: one for each finding.
pub(super) fn render(explanation: &Explanation) -> String {
    if explanation.findings.is_empty() {
        return "none of the eight crash classes is recognised in this text; give the whole crash report (.ips, of \
                ~/Library/Logs/DiagnosticReports) or the lines around \"failed assertion\"\n"
            .to_owned();
    }
    let mut text = String::new();
    for it in &explanation.findings {
        let sure = if it.certain { "" } else { "probably " };
        writeln!(text, "{sure}class {}, {} ({}); {}", it.class, it.finding, it.evidence, it.remedy)
            .expect("a string takes everything");
    }
    text
}

/// The classes that the evidence may be of, the surest first.
fn judge(evidence: &Evidence) -> Vec<Explained> {
    let mut all: Vec<Explained> = CrashClass::ALL
        .iter()
        .filter_map(|class| {
            let in_words = spoken(class.number, evidence).map(|text| (text, true));
            let (text, certain) = in_words.or_else(|| looks_like(class.number, evidence))?;
            let prevented = (1..=5).contains(&class.number) && evidence.injected == Some(true);
            let remedy = if prevented && !is_ours(&text) { ALTHOUGH_INJECTED } else { class.remedy };
            Some(Explained {
                class: class.number,
                finding: class.what.into(),
                evidence: shortened(&text),
                certain,
                remedy: remedy.into(),
            })
        })
        .collect();
    all.sort_by_key(|it| (!it.certain, it.class));
    all
}

/// The line that says so in as many words: a text of the class, or one of the library's findings.
fn spoken(class: u8, evidence: &Evidence) -> Option<String> {
    let texts = TEXTS.iter().filter(|it| it.1 == class).map(|it| it.0.to_owned());
    let findings = FindingClass::ALL.iter().filter(|it| it.row().crash == class);
    let all: Vec<String> = texts.chain(findings.map(|it| format!("finding {it} ("))).collect();
    evidence.lines.iter().find(|line| all.iter().any(|text| line.contains(text))).cloned()
}

/// Whether a line of a log is a finding of the library.
fn is_ours(line: &str) -> bool {
    line.contains("finding ") && line.contains("agx-fix")
}

/// What a class without a text of its own is known by, and whether that is certain.
fn looks_like(class: u8, evidence: &Evidence) -> Option<(String, bool)> {
    match class {
        4 => null_context(evidence).or_else(|| freed_encoder(evidence)),
        6 => unlocked_map(evidence),
        7 => two_threads(evidence),
        8 => teardown(evidence),
        _ => None,
    }
}

/// Where the driver reads through an encoder's context pointer, and at which offset. An ended encoder's pointer is NULL.
const SITES: [(&str, u64); 5] = [
    ("setComputePipelineState:", 0x5c8),
    ("prepareForEnqueue", 0x98),
    ("allocateUSCSpillBuffer", 0x184),
    ("dispatchThreads:threadsPerThreadgroup:", 0x5f4),
    ("setBuffer:offset:atIndex:", 0),
];
/// No object lies below this address: an address there is an offset from NULL.
const LOWEST: u64 = 0x4000;

fn null_context(evidence: &Evidence) -> Option<(String, bool)> {
    let address = evidence.address.filter(|address| *address < LOWEST)?;
    // The frame that crashed is the innermost that is one of the sites.
    let (site, known) =
        evidence.crashed().iter().find_map(|frame| SITES.iter().find(|(site, _)| frame.contains(site)))?;
    Some((format!("{site} at {address:#x}"), address == *known))
}

fn freed_encoder(evidence: &Evidence) -> Option<(String, bool)> {
    let frames = evidence.crashed();
    let at = frames.iter().position(|frame| frame.contains("objc_msgSend"))?;
    let of_metal = |frame: &&String| {
        ["CommandEncoder", "MPSStream", "mlx::core::metal", "AGXMetal", "Metal "]
            .iter()
            .any(|it| frame.contains(it))
    };
    let caller = frames.get(at + 1..)?.iter().take(3).find(of_metal)?;
    // An address in the first pages is not that of a freed object.
    evidence.address.filter(|address| *address >= LOWEST)?;
    Some((format!("objc_msgSend to a freed object, from {caller}"), false))
}

fn unlocked_map(evidence: &Evidence) -> Option<(String, bool)> {
    const HEAP: [&str; 5] = [
        "BUG IN CLIENT OF LIBMALLOC",
        "pointer being freed was not allocated",
        "Heap corruption detected",
        "malloc: *** error",
        "incorrect checksum for freed object",
    ];
    let frames = evidence.crashed();
    let is_map = |frame: &str| {
        ["__hash_table", "unordered_map", "std::map", "__tree"].iter().any(|it| frame.contains(it))
    };
    let is_framework = |frame: &str| {
        ["mlx::core", "at::mps", "at::native::mps", "torch"].iter().any(|it| frame.contains(it))
    };
    let library = frames.iter().find(|frame| frame.contains("MetalShaderLibrary"));
    let map = || {
        let has_map = frames.iter().any(|frame| is_map(frame));
        frames.iter().find(|frame| has_map && is_framework(frame))
    };
    let frame = library.or_else(map)?;
    let corrupted = evidence.lines.iter().any(|line| HEAP.iter().any(|text| line.contains(text)));
    Some((frame.clone(), corrupted))
}

fn two_threads(evidence: &Evidence) -> Option<(String, bool)> {
    let encodes = |frame: &&String| frame.contains("-[AGX") && frame.contains("Context ");
    let crashed = evidence.crashed().iter().find(encodes)?;
    let others = evidence.threads.iter().filter(|thread| !thread.crashed);
    let other = others.flat_map(|thread| &thread.frames).find(encodes)?;
    Some((format!("{crashed}; in another thread {other}"), false))
}

fn teardown(evidence: &Evidence) -> Option<(String, bool)> {
    const ENDS: [&str; 5] = ["Py_Finalize", "finalize_interp", "__cxa_finalize", "_dl_fini", " exit + "];
    let mut frames = evidence.threads.iter().flat_map(|thread| &thread.frames);
    frames.find(|frame| ENDS.iter().any(|it| frame.contains(it))).map(|frame| (frame.clone(), false))
}

/// The beginning of a line, with single spaces and without control characters, so that it fits into a line of the answer.
fn shortened(text: &str) -> String {
    const ROOM: usize = 200;
    let words = text.split(|it: char| it.is_whitespace() || it.is_control()).filter(|word| !word.is_empty());
    let clean = words.collect::<Vec<_>>().join(" ");
    match clean.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}...", &clean[..end]),
        None => clean,
    }
}
