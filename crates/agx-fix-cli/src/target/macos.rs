//! dyld's rules: which program takes a library that `DYLD_INSERT_LIBRARIES` names.
//!
//! Sources are dyld's manual page, Apple's documentation of the hardened runtime and of library validation, and xnu's choice of a
//! slice. The rules are tested on files that the tests make; docs/macos.md lists what nobody has seen on a Mac yet.

use super::{Program, Refusal, Target};
use agx_fix_macho::entitlements::{ALLOW_DYLD_VARIABLES, DISABLE_LIBRARY_VALIDATION, GET_TASK_ALLOW};
use agx_fix_macho::{Architecture, Binary, Image, Kind};
use object::macho::{CS_REQUIRE_LV, CS_RESTRICT, CS_RUNTIME};
use std::path::Path;

/// Which code runs here.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// The tool's own, which is that of the processor, or of Rosetta.
    pub(crate) architecture: Architecture,
    /// The architectures that the library is built for.
    pub(crate) library: Vec<Architecture>,
}

type Verdict<T> = Result<T, Refusal>;

/// Folders of the system that its integrity protection covers, and those below them that it does not.
const PROTECTED: [&str; 4] = ["/System", "/usr", "/bin", "/sbin"];
const NOT_PROTECTED: [&str; 2] = ["/usr/local", "/System/Volumes/Data"];
const SHELLS: [&str; 6] = ["sh", "bash", "zsh", "dash", "ksh", "csh"];

/// Refuses by the place of a file alone, which needs no reading.
pub(super) fn check_place(real: &Path, is_restricted: bool, target: &Target) -> Verdict<()> {
    let below = |folders: &[&str]| folders.iter().any(|it| real.starts_with(it));
    if !is_restricted && (!below(&PROTECTED) || below(&NOT_PROTECTED)) {
        return Ok(());
    }
    let cause =
        "belongs to macOS (System Integrity Protection), and dyld ignores DYLD_INSERT_LIBRARIES there";
    let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(remedy) = target.past_the_shim() {
        return Err(Refusal::new(real, cause, remedy));
    }
    if name.starts_with("python3") || name.starts_with("pip3") {
        let cause =
            "is macOS's stand-in for Xcode's Python (xcrun), and dyld ignores DYLD_INSERT_LIBRARIES there";
        let remedy =
            "use another Python: of Homebrew, python.org or uv, or a virtual environment made by one";
        return Err(Refusal::new(real, cause, remedy));
    }
    let remedy = match target.by_way_of.last() {
        Some(script) => format!(
            "give what {0} starts, or start it with an interpreter that is not macOS's (`brew install {name}`; \
             `agx-fix run -- $(brew --prefix)/bin/{name} {0}`)",
            script.display()
        ),
        None if name == "env" || name == "arch" || name == "xcrun" => format!("give what {name} is to start"),
        None if SHELLS.contains(&name.as_str()) => {
            format!(
                "give what the shell is to start, or use a shell that is not macOS's (`brew install {name}`)"
            )
        }
        None => "use a build of it that is not macOS's, for example Homebrew's".to_owned(),
    };
    Err(Refusal::new(real, cause, remedy))
}

/// Refuses by what is in the file.
pub(super) fn check(path: &Path, bytes: &[u8], machine: &Machine) -> Verdict<Program> {
    if !Binary::begins_like_one(bytes) {
        let cause = "is neither a Mach-O program nor a script that begins with `#!`";
        return Err(Refusal::new(
            path,
            cause,
            "give the program that is to read it, as in `agx-fix run -- python3 FILE`",
        ));
    }
    let binary = Binary::parse(bytes).map_err(|cause| {
        Refusal::new(
            path,
            format!("is no program for this Mac: {cause}"),
            "install it anew, or use another build",
        )
    })?;
    let image = chosen(path, &binary, machine)?;
    check_image(path, image)?;
    Ok(Program { real: path.to_owned(), slices: binary.architectures(), runs: Some(image.architecture) })
}

/// The image that the kernel runs, if the library has one like it.
fn chosen<'b, 'data>(path: &Path, binary: &'b Binary<'data>, machine: &Machine) -> Verdict<&'b Image<'data>> {
    let all = binary.architectures();
    let named = all.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ");
    // Apple silicon runs Intel's code too, if there is no other.
    let preferred: &[Architecture] = match machine.architecture {
        Architecture::X86_64 => &[Architecture::X86_64],
        _ => &[Architecture::Arm64e, Architecture::Arm64, Architecture::X86_64],
    };
    let Some(image) = preferred.iter().find_map(|it| binary.image(*it)) else {
        let cause = format!("has no code for this Mac ({}), but for {named}", machine.architecture);
        return Err(Refusal::new(path, cause, format!("use a build of it for {}", machine.architecture)));
    };
    if image.kind != Kind::Executable {
        return Err(Refusal::new(path, "is a Mach-O file, but no program", "give the program that loads it"));
    }
    if machine.library.contains(&image.architecture) {
        return Ok(image);
    }
    let cause = format!(
        "runs as {}, and dyld ends such a program when it is given a library for others ({named} are in the file)",
        image.architecture
    );
    let other = all.iter().find(|it| machine.library.contains(it));
    Err(Refusal::new(
        path,
        cause,
        match other {
            Some(other) => format!(
                "use a copy with the other code alone (`lipo {} -thin {other} -output COPY`)",
                path.display()
            ),
            None => "use a build of it for arm64".to_owned(),
        },
    ))
}

/// Refuses where dyld would ignore its variables, or end the program because of the library.
fn check_image(path: &Path, image: &Image<'_>) -> Verdict<()> {
    let refused = |cause: &str, remedy: String| Err(Refusal::new(path, cause, remedy));
    if image.is_restricted() {
        let cause = "has a section __RESTRICT,__restrict, with which dyld ignores DYLD_INSERT_LIBRARIES";
        return refused(cause, "link it without that section".to_owned());
    }
    let damaged = |cause: agx_fix_macho::Malformed| {
        let remedy = format!("sign it anew (`codesign --force --sign - {}`)", path.display());
        Refusal::new(path, format!("has a signature that cannot be read: {cause}"), remedy)
    };
    let Some(signature) = image.signature().map_err(damaged)? else { return Ok(()) };
    let allowed = signature.allowed().map_err(damaged)?;
    let hardened = signature.has(CS_RUNTIME);
    let resign =
        || "sign a copy of it without that (`codesign --force --sign - COPY`), and run the copy".to_owned();
    if signature.has(CS_RESTRICT) {
        return refused("is signed as restricted, and dyld ignores DYLD_INSERT_LIBRARIES there", resign());
    }
    if hardened && !allowed.allow(ALLOW_DYLD_VARIABLES) && !allowed.allow(GET_TASK_ALLOW) {
        let cause = format!(
            "is signed with the hardened runtime and without the entitlement {ALLOW_DYLD_VARIABLES}, so dyld ignores \
             DYLD_INSERT_LIBRARIES"
        );
        return refused(&cause, resign());
    }
    if (hardened || signature.has(CS_REQUIRE_LV)) && !allowed.allow(DISABLE_LIBRARY_VALIDATION) {
        let cause = format!(
            "is signed with library validation and without the entitlement {DISABLE_LIBRARY_VALIDATION}, so dyld ends it \
             when it is given a library of another signer"
        );
        return refused(&cause, resign());
    }
    Ok(())
}

#[cfg(test)]
#[path = "macos_tests.rs"]
mod tests;
