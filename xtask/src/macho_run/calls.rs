//! Which imports of the Mac's library the tests really called: counted by its stubs, over all processes.
//!
//! What the library does with an import that nobody called has been seen nowhere. `macos/not-called.txt` lists those, so that a
//! new one is noticed, and one that is called from now on as well.

use crate::Error;
use agx_fix_macho::{Architecture, Binary};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const LIST: &str = "macos/not-called.txt";

/// Prints the counts of the x86_64 image, and compares with the list.
pub(super) fn check(library: &Path, counted: &Path, root: &Path) -> Result<(), Error> {
    let symbols = imports(library, Architecture::X86_64)?;
    let counts = read(counted, symbols.len())?;
    let mut all: Vec<_> = symbols.iter().map(String::as_str).zip(counts).collect();
    all.sort_by_key(|&(symbol, count)| (std::cmp::Reverse(count), symbol));
    for (symbol, count) in all.iter().filter(|(_, count)| *count > 0) {
        println!("{count:>14}  {symbol}");
    }
    summarise(Architecture::X86_64, all.iter().map(|(_, count)| *count));
    let path = root.join(LIST);
    let list = fs::read_to_string(&path).map_err(|cause| format!("{}: {cause}", path.display()))?;
    let problems = compare(&all, &list);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n       ")) }
}

/// Prints how many imports of an image were called. Where the tests were left out there is no file, and nothing to say.
pub(super) fn print(library: &Path, counted: &Path, architecture: Architecture) -> Result<(), Error> {
    if counted.exists() {
        let counts = read(counted, imports(library, architecture)?.len())?;
        summarise(architecture, counts.into_iter());
    }
    Ok(())
}

fn summarise(architecture: Architecture, counts: impl ExactSizeIterator<Item = u64>) {
    let all = counts.len();
    println!("imports called ({architecture}): {} of {all}", counts.filter(|count| *count > 0).count());
}

/// The imports of an image, in the order in which they are counted.
fn imports(library: &Path, architecture: Architecture) -> Result<Vec<String>, Error> {
    let cannot = |cause: String| format!("{}: {cause}", library.display());
    let file = fs::read(library).map_err(|cause| cannot(cause.to_string()))?;
    let binary = Binary::parse(&file).map_err(|cause| cannot(cause.to_string()))?;
    let image = binary.image(architecture);
    let image = image.ok_or_else(|| cannot(format!("it is not for {architecture}")))?;
    let fixups = image.fixups().map_err(|cause| cannot(cause.to_string()))?;
    Ok(fixups.imports.into_iter().map(|import| import.symbol).collect())
}

/// See `calls.rs` of agx-fix-macho-run.
fn read(counted: &Path, imports: usize) -> Result<Vec<u64>, Error> {
    let bytes = fs::read(counted).map_err(|cause| format!("{}: {cause}", counted.display()))?;
    let (words, rest) = bytes.as_chunks::<8>();
    if words.len() != imports || !rest.is_empty() {
        return Err(format!("{} does not have one count for each import", counted.display()));
    }
    Ok(words.iter().map(|word| u64::from_ne_bytes(*word)).collect())
}

/// A line for each difference. In the list `#` begins a remark; names stand as many to a line as one likes; those that end in
/// `?` may be called or not.
fn compare(all: &[(&str, u64)], list: &str) -> Vec<String> {
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let name = |word: &&str| word.trim_end_matches('?').to_owned();
    let listed: BTreeSet<String> = words.iter().map(name).collect();
    let open: BTreeSet<String> = words.iter().filter(|word| word.ends_with('?')).map(name).collect();
    let mut problems = Vec::new();
    for &(symbol, count) in all.iter().filter(|(symbol, _)| !open.contains(*symbol)) {
        match (count, listed.contains(symbol)) {
            (0, false) => problems.push(format!(
                "no test called {symbol}, so nothing is known of what the library does with it: call it in a test, or \
                 add it to {LIST} with the reason"
            )),
            (1.., true) => {
                problems.push(format!("{symbol} was called, but {LIST} says that no test does: take it out there"))
            }
            _ => {}
        }
    }
    let known: BTreeSet<String> = all.iter().map(|(symbol, _)| (*symbol).to_owned()).collect();
    let gone = listed.difference(&known);
    problems.extend(
        gone.map(|it| format!("{LIST} has {it}, which the library does not import any more: take it out")),
    );
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_is_a_line() {
        let all = [("_a", 3), ("_b", 0), ("_c", 0)];
        assert_eq!(compare(&all, "# reason\n_b _c # both\n"), [""; 0]);
        assert_eq!(compare(&all, "_a? _b? _c"), [""; 0]);
        for (list, said) in [("_b", "_c"), ("_a _b _c", "_a was called"), ("_b _c _d", "_d, which")] {
            let problems = compare(&all, list);
            assert_eq!(problems.len(), 1, "{list}: {problems:?}");
            assert!(problems[0].contains(said), "{list}: {problems:?}");
        }
    }

    #[test]
    fn a_file_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls");
        fs::write(&path, [0; 12]).unwrap();
        assert!(read(&path, 1).is_err() && read(&path, 2).is_err());
        fs::write(&path, 7u64.to_ne_bytes()).unwrap();
        assert_eq!(read(&path, 1), Ok(vec![7]));
    }
}
