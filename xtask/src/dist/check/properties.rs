//! One function a property: nothing, or a line for each thing that is wrong, which continues «NAME (ARCHITECTURE) ...».

use super::{Expected, Problem};
use agx_fix_macho::{Architecture, Binary, Fixup, Image, Interpose, Kind, Origin};
use object::macho::{self, LoadCommandType};
use std::collections::BTreeSet;

/// The file is universal, with the images that it should have, each where its system's pages begin.
pub(super) fn slices(binary: &Binary<'_>, expected: &Expected) -> Vec<Problem> {
    let mut found = binary.architectures();
    found.sort();
    if found != expected.architectures {
        let names = |all: &[Architecture]| all.iter().map(|it| it.name()).collect::<Vec<_>>().join(" and ");
        return vec![format!(
            "is for {}, not for {}: look at lipo",
            names(&found),
            names(&expected.architectures)
        )];
    }
    let unaligned = |image: &&Image<'_>| {
        let page = if image.architecture == Architecture::X86_64 { 0x1000 } else { 0x4000 };
        !image.file_offset.is_multiple_of(page)
    };
    let unaligned = binary.images.iter().filter(unaligned);
    unaligned
        .map(|it| format!("has its image for {} off a page's boundary: look at lipo", it.architecture))
        .collect()
}

/// It is a library or a program, and finds each import in one library.
pub(super) fn kind(image: &Image<'_>, expected: &Expected) -> Vec<Problem> {
    let mut problems = Vec::new();
    if image.kind != expected.kind {
        problems.push(format!("is a {:?}, not a {:?}", image.kind, expected.kind));
    }
    if !image.flags.contains(macho::MH_TWOLEVEL) {
        problems.push(
            "takes its imports from whichever library has the name first: link it with two levels".into(),
        );
    }
    if image.install_name != expected.install_name {
        let name = |name: &Option<String>| name.clone().unwrap_or("no name".into());
        let (found, wanted) = (name(&image.install_name), name(&expected.install_name));
        problems.push(format!("is known to programs as {found}, not as {wanted}: look at -install_name"));
    }
    problems
}

/// What it has to have. One of a list is enough.
const NEEDED: [&[LoadCommandType]; 6] = [
    &[macho::LC_SEGMENT_64],
    &[macho::LC_SYMTAB],
    &[macho::LC_UUID],
    &[macho::LC_BUILD_VERSION],
    &[macho::LC_DYLD_INFO_ONLY, macho::LC_DYLD_CHAINED_FIXUPS],
    &[macho::LC_CODE_SIGNATURE],
];
/// What it may have besides.
const KNOWN: [LoadCommandType; 9] = [
    macho::LC_ID_DYLIB,
    macho::LC_LOAD_DYLIB,
    macho::LC_DYSYMTAB,
    macho::LC_DYLD_EXPORTS_TRIE,
    macho::LC_FUNCTION_STARTS,
    macho::LC_DATA_IN_CODE,
    macho::LC_SOURCE_VERSION,
    macho::LC_MAIN,
    macho::LC_LOAD_DYLINKER,
];

/// It has the load commands that it needs, and none that nobody expects: a search path, a library that is exported again, an
/// environment for dyld.
pub(super) fn commands(image: &Image<'_>, _: &Expected) -> Vec<Problem> {
    let missing = NEEDED.iter().filter(|any| !any.iter().any(|it| image.commands.contains(it)));
    let mut problems: Vec<_> =
        missing.map(|any| format!("has no load command {}", hexadecimal(any[0]))).collect();
    let strange: BTreeSet<_> =
        image.commands.iter().filter(|it| !is_known(**it)).map(|it| hexadecimal(*it)).collect();
    problems.extend(strange.iter().map(|it| {
        format!("has the load command {it}, which nobody has looked at: find out which option of the linker made it")
    }));
    problems
}

fn is_known(command: LoadCommandType) -> bool {
    KNOWN.contains(&command) || NEEDED.iter().any(|any| any.contains(&command))
}

fn hexadecimal(command: LoadCommandType) -> String {
    format!("{:#x} (LC_... in mach-o/loader.h)", command.0)
}

/// It says that it runs on macOS, from the oldest one that is served.
pub(super) fn oldest_system(image: &Image<'_>, expected: &Expected) -> Vec<Problem> {
    let mut problems = Vec::new();
    if image.platform != Some(macho::PLATFORM_MACOS) {
        problems.push("is not for macOS".into());
    }
    let minimum = image.minimum.map_or("none".into(), |version| version.to_string());
    if minimum != expected.oldest_macos {
        let wanted = &expected.oldest_macos;
        problems.push(format!(
            "runs on macOS {minimum} and newer, not from {wanted} on: look at MACOSX_DEPLOYMENT_TARGET"
        ));
    }
    problems
}

/// Nothing runs when it is loaded: in a process that never asks for a Metal device no code of the library runs.
pub(super) fn initialisers(image: &Image<'_>, _: &Expected) -> Vec<Problem> {
    let mut problems = Vec::new();
    if image.initialisers() > 0 {
        let count = image.initialisers();
        problems
            .push(format!("has {count} initialisers, and would run code in every process: take them out"));
    }
    if image.sections_of(macho::S_MOD_TERM_FUNC_POINTERS).next().is_some()
        || image.commands.contains(&macho::LC_ROUTINES_64)
    {
        problems.push("has functions that run when it is loaded or unloaded: take them out".into());
    }
    problems
}

/// It stands in front of the functions that it should, with code of its own.
pub(super) fn interposes(image: &Image<'_>, expected: &Expected) -> Vec<Problem> {
    let fixups = match image.fixups() {
        Ok(fixups) => fixups,
        Err(cause) => return vec![format!("has fixups that cannot be read: {cause}")],
    };
    let (mut problems, mut found) = (Vec::new(), BTreeSet::new());
    for tuple in fixups.interposes(image) {
        match interposed(&tuple, image) {
            Ok(function) => drop(found.insert(function)),
            Err(problem) => problems.push(problem),
        }
    }
    for (library, symbol) in expected.interposes.difference(&found) {
        problems
            .push(format!("does not stand in front of {symbol} of {library}: look at __DATA,__interpose"));
    }
    for (library, symbol) in found.difference(&expected.interposes) {
        problems.push(format!("stands in front of {symbol} of {library}, which nobody asked for"));
    }
    problems
}

/// The function that a tuple is about: its library and its name.
fn interposed(tuple: &Interpose, image: &Image<'_>) -> Result<(String, String), Problem> {
    let Some(Fixup::Import(replaced)) = &tuple.replaced else {
        return Err("stands in front of something that is not imported".into());
    };
    let Origin::Library(library) = &replaced.origin else {
        return Err(format!("stands in front of {}, of whatever library", replaced.symbol));
    };
    match tuple.replacement {
        Some(Fixup::Own(address)) if image.is_code(address) => Ok((library.clone(), replaced.symbol.clone())),
        _ => Err(format!("has no code of its own to call in place of {}", replaced.symbol)),
    }
}

/// Each import is allowed, and comes from the library that has it.
pub(super) fn imports(image: &Image<'_>, expected: &Expected) -> Vec<Problem> {
    let Ok(fixups) = image.fixups() else { return Vec::new() };
    let list = &expected.allowed.list;
    let mut problems = Vec::new();
    for import in &fixups.imports {
        let symbol = &import.symbol;
        let Some(library) = expected.allowed.library(symbol) else {
            problems.push(format!(
                "imports {symbol}, which {list} does not have: decide whether it is to need that, in every process it gets \
                 into; if so, add the name there below the library that has it since macOS {}, with its reason",
                expected.oldest_macos
            ));
            continue;
        };
        if import.origin != Origin::Library(library.to_owned()) {
            problems.push(format!(
                "looks for {symbol} in {:?}, but {list} says that {library} has it",
                import.origin
            ));
        }
        if import.weak {
            problems.push(format!(
                "imports {symbol} weakly, so that it may be missing: nothing here looks whether it is"
            ));
        }
    }
    problems
}

/// It exports what it should, and nothing else.
pub(super) fn exports(image: &Image<'_>, expected: &Expected) -> Vec<Problem> {
    let found: BTreeSet<String> = match image.exports() {
        Ok(names) => names.into_iter().collect(),
        Err(cause) => return vec![format!("has exports that cannot be read: {cause}")],
    };
    let missing = expected.exports.difference(&found).map(|it| format!("does not export {it}"));
    let more =
        found.difference(&expected.exports).map(|it| format!("exports {it}, which no header declares"));
    missing.chain(more).collect()
}

/// It is signed, by nobody in particular, and each page is what was signed.
pub(super) fn signature(image: &Image<'_>, _: &Expected) -> Vec<Problem> {
    let signature = match image.signature() {
        Ok(Some(signature)) => signature,
        Ok(None) => {
            return vec![
                "is not signed, and Apple silicon runs nothing unsigned: look at -adhoc_codesign".into(),
            ];
        }
        Err(cause) => return vec![format!("has a signature that cannot be read: {cause}")],
    };
    let mut problems: Vec<Problem> =
        signature.problems().into_iter().map(|it| format!("has a bad signature: {it}")).collect();
    if !signature.has(macho::CS_ADHOC) {
        problems.push("is signed in somebody's name".into());
    }
    if signature.entitlements.is_some() {
        problems.push("asks for entitlements, which need a certificate".into());
    }
    problems
}

/// No path of the machine that it was built on.
pub(super) fn texts(image: &Image<'_>, expected: &Expected) -> Vec<Problem> {
    let found = expected.forbidden.iter().filter_map(|text| {
        let at = find(image.data(), text.as_bytes())?;
        let around = &image.data()[at..image.data().len().min(at + 80)];
        let end = around.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(around.len());
        Some(format!(
            "contains a path of a machine ({}): look at --remap-path-prefix",
            String::from_utf8_lossy(&around[..end])
        ))
    });
    found.collect()
}

/// The tool has the library in it, in each of its images, and no simulator.
pub(super) fn carried(tool: &[u8], library: &[u8]) -> Vec<Problem> {
    let Ok(binary) = Binary::parse(tool) else { return Vec::new() };
    let mut problems = Vec::new();
    for image in binary.images.iter().filter(|image| image.kind == Kind::Executable) {
        let architecture = image.architecture;
        if find(image.data(), library).is_none() {
            problems.push(format!("agx-fix ({architecture}) does not carry the library that lies beside it"));
        }
        if find(image.data(), b"agx_fix_sim").is_some() {
            problems
                .push(format!("agx-fix ({architecture}) carries the simulator, which runs on Linux only"));
        }
    }
    problems
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first).map(|(at, _)| at);
    starts.find(|&at| bytes[at..].starts_with(text))
}
