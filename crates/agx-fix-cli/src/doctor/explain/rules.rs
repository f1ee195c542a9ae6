//! Which crash class the evidence is of: the texts and sites of docs/crash-classes.md.

use super::evidence::Evidence;
use super::explanation::Explained;

/// A class: what it is, and what to do about it.
struct Class {
    number: u8,
    what: &'static str,
    remedy: &'static str,
    /// Texts that only this class has.
    texts: &'static [&'static str],
    /// The findings of the library that are of this class.
    findings: &'static [&'static str],
}

const CLASSES: [Class; 8] = [
    Class {
        number: 1,
        what: "a second encoder was opened on a command buffer",
        remedy: "start it with `agx-fix run`: another thread then waits for the open encoder to end; if it still happens, the \
                 same thread opens both, and has to end the first one",
        texts: &["encoder is already encoding to this command buffer"],
        findings: &["encoder-already-open"],
    },
    Class {
        number: 2,
        what: "a command buffer was used after its commit",
        remedy: "start it with `agx-fix run`: a second commit then does nothing and late handlers are called; encode what \
                 comes later into a new command buffer",
        texts: &[
            "commit an already committed command buffer",
            "handler provided after commit call",
            "_status < MTLCommandBufferStatusCommitted",
        ],
        findings: &["used-after-commit"],
    },
    Class {
        number: 3,
        what: "a command buffer was committed, or an event encoded, while an encoder was open",
        remedy: "start it with `agx-fix run`: the open encoder is then waited for, or ended",
        texts: &["with uncommitted encoder"],
        findings: &["encoder-open-at-commit"],
    },
    Class {
        number: 4,
        what: "an encoder was ended or freed while a thread used it",
        remedy: "start it with `agx-fix run`: calls on an ended encoder then do not reach the driver; where its statistics \
                 name late dispatches, add `--preset isolate`, which does their work in another encoder",
        texts: &[],
        findings: &["late-call"],
    },
    Class {
        number: 5,
        what: "an encoder was released without its end",
        remedy: "start it with `agx-fix run`: the encoder is then ended before its last reference goes",
        texts: &["encoder released without endEncoding"],
        findings: &["released-without-end"],
    },
    Class {
        number: 6,
        what: "a framework above Metal changed a map of its own from several threads",
        remedy: "no injected library can prevent it: upgrade PyTorch or MLX (`agx-fix doctor -- COMMAND` shows which are \
                 installed), or call it from one thread",
        texts: &[],
        findings: &[],
    },
    Class {
        number: 7,
        what: "two threads were inside one encoder",
        remedy: "start it with `agx-fix run --preset isolate`: threads then take turns, and each keeps its own bindings",
        texts: &[],
        findings: &["two-threads", "torn-sequence", "unknown-bindings"],
    },
    Class {
        number: 8,
        what: "the interpreter or the process was going away while threads still used it",
        remedy: "no injected library can prevent it: join the threads and wait for the GPU (`torch.mps.synchronize()`, \
                 `mx.synchronize()`) before the program ends",
        texts: &["interpreter shutdown", "Python runtime state: finalizing"],
        findings: &[],
    },
];

/// What to do where the library was there, and one of the classes that it keeps from the driver happened all the same.
const ALTHOUGH_INJECTED: &str = "the library was in this process, so this should not have happened: `agx-fix doctor \
                                 --coverage -- COMMAND` shows what it guards, AGX_FIX_VERBOSE=1 what it sees; please report both";

/// The classes that the evidence may be of, the surest first.
pub(super) fn judge(evidence: &Evidence) -> Vec<Explained> {
    let mut all: Vec<Explained> = CLASSES
        .iter()
        .filter_map(|class| {
            let in_words = spoken(class, evidence).map(|text| (text, true));
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

/// The line that says so in as many words.
fn spoken(class: &Class, evidence: &Evidence) -> Option<String> {
    let says = |line: &&String| {
        class.texts.iter().any(|text| line.contains(text))
            || class.findings.iter().any(|name| line.contains(&format!("finding {name} (")))
    };
    evidence.lines.iter().find(says).cloned()
}

/// A finding of the library's own in a log.
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

/// Where the driver reads the context that an ended encoder has no more, and at which offsets from it.
const SITES: [(&str, u64); 5] = [
    ("setComputePipelineState:", 0x5c8),
    ("prepareForEnqueue", 0x98),
    ("allocateUSCSpillBuffer", 0x184),
    ("dispatchThreads:threadsPerThreadgroup:", 0x5f4),
    ("setBuffer:offset:atIndex:", 0),
];
/// No object lies below it: an address there is an offset from NULL.
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
    // Nobody sends messages to freed objects at the first pages.
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

/// As much of a line as a line of ours has room for, without columns and control characters.
fn shortened(text: &str) -> String {
    const ROOM: usize = 200;
    let words = text.split(|it: char| it.is_whitespace() || it.is_control()).filter(|word| !word.is_empty());
    let clean = words.collect::<Vec<_>>().join(" ");
    match clean.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}...", &clean[..end]),
        None => clean,
    }
}
