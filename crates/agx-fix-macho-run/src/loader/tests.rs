//! The loader on small images, and on the library that is shipped.

use super::*;
use agx_fix_macho::Architecture;
use agx_fix_macho::fixture::{Encoding, Fixture};
use std::os::unix::process::ExitStatusExt;
use std::panic::{catch_unwind, resume_unwind};
use std::process::Command;
use std::sync::atomic::Ordering;

const ENCODINGS: [Encoding; 2] = [Encoding::Opcodes, Encoding::Chains];

fn fixture(encoding: Encoding) -> Fixture {
    Fixture { architecture: machine::ARCHITECTURE, encoding, ..Fixture::library() }
}

fn counters(image: &Image<'_>) -> &'static [AtomicU64] {
    crate::calls::counters(image.fixups().unwrap().imports.len(), None).unwrap()
}

/// The pointer at a place of an image.
fn word(image: &Loaded, offset: u64) -> usize {
    // SAFETY: tests ask for places that fixups were written to.
    unsafe { *((image.base + offset as usize) as *const usize) }
}

#[test]
fn fixups_are_written_in_both_encodings_and_imports_are_reached_and_counted() {
    for encoding in ENCODINGS {
        let file = fixture(encoding).write();
        let binary = Binary::parse(&file).unwrap();
        let image = image(&binary).unwrap();
        let counters = counters(image);
        let loaded = Loaded::new(image, counters).unwrap();
        let (_, pointers) = image.section("__DATA", "__got").unwrap();
        let imports: Vec<_> = image.fixups().unwrap().imports.into_iter().map(|it| it.symbol).collect();
        let (metal, getenv) = (word(&loaded, pointers.address), word(&loaded, pointers.address + 8));
        assert!(loaded.holds(metal) && loaded.holds(getenv) && metal != getenv);
        // SAFETY: the stub goes on to getenv(3), which takes a terminated string.
        let path = unsafe {
            let getenv: extern "C" fn(*const c_char) -> *const c_char = std::mem::transmute(getenv);
            CStr::from_ptr(getenv(c"PATH".as_ptr()))
        };
        assert_eq!(path.to_str().unwrap(), std::env::var("PATH").unwrap());
        let counts: Vec<_> =
            imports.iter().zip(counters).map(|(it, n)| (it.as_str(), n.load(Ordering::Relaxed))).collect();
        assert!(
            counts.contains(&("_getenv", 1)) && counts.contains(&("_MTLCreateSystemDefaultDevice", 0)),
            "{counts:?}"
        );
        // The tuple leads to the image's one function, which it exports.
        assert_eq!(loaded.interposes["_MTLCreateSystemDefaultDevice"], loaded.exports["_fixture_version"]);
    }
}

#[test]
fn what_dyld_would_do_and_nobody_here_does_is_refused() {
    let refused = |fixture: Fixture| {
        let file = fixture.write();
        let binary = Binary::parse(&file).unwrap();
        image(&binary).and_then(|image| Loaded::new(image, counters(image))).unwrap_err()
    };
    let library = || fixture(Encoding::Chains);
    assert!(refused(Fixture { initialisers: 1, ..library() }).contains("initialisers"));
    assert!(refused(Fixture { architecture: Architecture::Other, ..library() }).contains("no image"));
    let mut anywhere = library();
    anywhere.imports.push(Import { symbol: "_any".into(), origin: Origin::Anywhere, weak: false });
    assert!(refused(anywhere).contains("_any"));
}

/// A library without a name: as dyld's two levels have it, the other library's is not taken.
fn image_without_shim() -> Fixture {
    let mut library = fixture(Encoding::Opcodes);
    let metal = library.libraries[0].clone();
    library.imports.push(Import { symbol: "_malloc".into(), origin: Origin::Library(metal), weak: false });
    library
}

#[test]
fn an_import_without_a_shim_stops_the_process_with_its_name_when_it_is_called() {
    const CHILD: &str = "MACHO_RUN_CALLS_WHAT_IS_MISSING";
    let file = image_without_shim().write();
    let binary = Binary::parse(&file).unwrap();
    let image = image(&binary).unwrap();
    let loaded = Loaded::new(image, counters(image)).unwrap();
    assert_eq!(loaded.without_shim.len(), 1);
    if std::env::var_os(CHILD).is_some() {
        let (_, pointers) = image.section("__DATA", "__got").unwrap();
        // SAFETY: the stub looks at no argument.
        unsafe { std::mem::transmute::<usize, extern "C" fn()>(word(&loaded, pointers.address + 16))() };
        unreachable!("it came back");
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "--nocapture", std::thread::current().name().expect("a test")]);
    let output = child.env(CHILD, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{said}");
    assert!(said.contains("_malloc of") && said.contains("Metal"), "{said}");
}

/// The library that `cargo xtask macho-run` has built, read for the life of the process.
fn library() -> &'static Image<'static> {
    let path = std::env::var("AGX_MACHO_RUN_LIBRARY").expect("`cargo xtask macho-run` names the library");
    let file = Vec::leak(std::fs::read(path).expect("the library"));
    let binary = Box::leak(Box::new(Binary::parse(file).expect("a Mach-O file")));
    image(binary).expect("a library")
}

fn load(image: &Image<'_>) -> (Loaded, &'static [AtomicU64]) {
    let counters = counters(image);
    (Loaded::new(image, counters).unwrap(), counters)
}

#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn the_unwinder_finds_every_function() {
    let image = library();
    let (loaded, _) = load(image);
    let count = unwind::find_all(image, loaded.base);
    println!("{count} functions have unwinding information");
    assert!(count > 1000, "{count}");
}

/// The exports answer, and leave a trace in the counts of imports.
#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn exports_answer_and_calls_of_imports_are_counted() {
    let image = library();
    let (loaded, counters) = load(image);
    assert_eq!(loaded.interposes.len(), 3);
    assert!(loaded.interposes.values().chain(loaded.exports.values()).all(|&it| loaded.holds(it)));
    let version = loaded.exports["_agx_fix_version"];
    let json = loaded.exports["_agx_fix_stats_json"];
    let mut buffer = vec![0u8; 4096];
    // SAFETY: the functions of these names have these signatures (agx_fix.h); a live buffer and its size.
    let (version, length) = unsafe {
        let version: extern "C" fn() -> *const c_char = std::mem::transmute(version);
        let json: extern "C" fn(*mut u8, usize) -> usize = std::mem::transmute(json);
        (CStr::from_ptr(version()), json(buffer.as_mut_ptr(), buffer.len()))
    };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    let text = std::str::from_utf8(&buffer[..length]).unwrap();
    assert!(text.starts_with('{') && text.contains("agx-fix-statistics/2"), "{text}");
    let imports = image.fixups().unwrap().imports;
    let called = imports.iter().zip(counters).filter(|(_, count)| count.load(Ordering::Relaxed) > 0);
    let called: Vec<_> = called.map(|(import, _)| import.symbol.as_str()).collect();
    assert!(called.contains(&"_malloc") && called.contains(&"_memcpy"), "{called:?}");
}

#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn constants_are_for_reading_once_the_image_is_loaded() {
    let image = library();
    let (loaded, _) = load(image);
    let constant = image.segments.iter().find(|it| it.name == "__DATA_CONST").expect("constants");
    let start = loaded.base + constant.address as usize;
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let holds = |line: &&str| {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        range.is_some_and(|(from, to)| {
            let at = |text| usize::from_str_radix(text, 16).unwrap();
            (at(from)..at(to)).contains(&start)
        })
    };
    let line = maps.lines().find(holds).expect("mapped");
    assert!(line.contains(" r--p "), "{line}");
}

/// A panic of this test's own passes nothing of the image's; that the process still unwinds with its table registered does.
#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn the_process_still_unwinds_by_itself() {
    load(library());
    assert!(catch_unwind(|| resume_unwind(Box::new(1))).is_err());
}
