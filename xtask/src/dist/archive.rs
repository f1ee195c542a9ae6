//! The archive, its checksum, and a Homebrew formula that installs it.

use super::{Product, VERSION, read};
use crate::{Error, cannot_write};
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of the repository, and where they go.
const FILES: [(&str, &str); 6] = [
    ("crates/agx-fix/include/agx_fix.h", "include/agx_fix.h"),
    ("README.md", "README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE", "LICENSE"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
];
const PROGRAM: u32 = 0o755;
const PLAIN: u32 = 0o644;

/// Packs everything; the files that were written. The formula takes the archive from below `releases`, or from where it
/// lies.
pub(super) fn pack(
    product: &Product,
    root: &Path,
    folder: &Path,
    releases: Option<&str>,
) -> Result<Vec<PathBuf>, Error> {
    let name = format!("agx-fix-{VERSION}-macos-universal");
    let archive = folder.join(format!("{name}.tar.gz"));
    let bytes = tar_gz(&name, &contents(product, root)?)?;
    let hash = hexadecimal(&Sha256::digest(&bytes));
    let checksum = folder.join(format!("{name}.tar.gz.sha256"));
    let formula = folder.join("agx-fix.rb");
    let url = match releases {
        Some(releases) => format!("{releases}/{name}.tar.gz"),
        None => format!("file://{}", archive.display()),
    };
    let write = |path: &Path, bytes: &[u8]| fs::write(path, bytes).map_err(cannot_write(path));
    write(&archive, &bytes)?;
    write(&checksum, format!("{hash}  {name}.tar.gz\n").as_bytes())?;
    write(&formula, formula_text(&url, &hash).as_bytes())?;
    Ok(vec![archive, checksum, formula])
}

/// Name, mode and bytes of each file, in order.
fn contents(product: &Product, root: &Path) -> Result<Vec<(String, u32, Vec<u8>)>, Error> {
    let mut all = vec![
        ("bin/agx-fix".to_owned(), PROGRAM, read(&product.tool)?),
        ("lib/libagx_fix.dylib".to_owned(), PROGRAM, read(&product.library)?),
    ];
    for (from, to) in FILES {
        all.push((to.to_owned(), PLAIN, read(&root.join(from))?));
    }
    let docs = root.join("docs");
    let entries = docs.read_dir().map_err(|cause| format!("{}: {cause}", docs.display()))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        all.push((format!("docs/{name}"), PLAIN, read(&path)?));
    }
    all.sort();
    Ok(all)
}

/// The same bytes for the same contents: no dates, no owners.
fn tar_gz(name: &str, contents: &[(String, u32, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let failed = |cause: std::io::Error| format!("the archive cannot be made: {cause}");
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for (file, mode, bytes) in contents {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(*mode);
        header.set_mtime(0);
        tar.append_data(&mut header, format!("{name}/{file}"), &bytes[..]).map_err(failed)?;
    }
    tar.into_inner().and_then(|gzip| gzip.finish()).map_err(failed)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

fn formula_text(url: &str, hash: &str) -> String {
    format!(
        r##"class AgxFix < Formula
  desc "Guards programs that use Metal from several threads against driver crashes"
  url "{url}"
  version "{VERSION}"
  sha256 "{hash}"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on macos: :big_sur

  def install
    bin.install "bin/agx-fix"
    lib.install "lib/libagx_fix.dylib"
    include.install "include/agx_fix.h"
    doc.install "README.md", "CHANGELOG.md", Dir["docs/*.md"]
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/agx-fix --version")
  end
end
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;

    fn product(folder: &Path) -> Product {
        let product = Product { library: folder.join("l"), tool: folder.join("t") };
        fs::write(&product.library, "library").unwrap();
        fs::write(&product.tool, "tool").unwrap();
        product
    }

    #[test]
    fn the_archive_has_everything_and_the_formula_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let root = crate::root();
        let url = Some("https://example.org/v1");
        let packed = pack(&product(folder.path()), &root, folder.path(), url).unwrap();
        let bytes = fs::read(&packed[0]).unwrap();
        let mut tar = tar::Archive::new(GzDecoder::new(&bytes[..]));
        let entries = tar.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap())
        });
        let entries: Vec<_> = entries.collect();
        let name = format!("agx-fix-{VERSION}-macos-universal");
        let expected =
            [("bin/agx-fix", PROGRAM), ("lib/libagx_fix.dylib", PROGRAM), ("docs/options.md", PLAIN)];
        let expected = expected.into_iter().chain(FILES.map(|(_, to)| (to, PLAIN)));
        for (file, mode) in expected {
            assert!(entries.contains(&(format!("{name}/{file}"), mode)), "{file} is missing in {entries:?}");
        }
        let hash = hexadecimal(&Sha256::digest(&bytes));
        let said = fs::read_to_string(&packed[1]).unwrap();
        assert_eq!(said, format!("{hash}  {name}.tar.gz\n"));
        let formula = fs::read_to_string(&packed[2]).unwrap();
        assert!(
            formula.contains(&format!("sha256 \"{hash}\""))
                && formula.contains("https://example.org/v1/agx-fix-")
        );
        // Once more, the same.
        let again = tempfile::tempdir().unwrap();
        let packed = pack(&product(again.path()), &root, again.path(), url).unwrap();
        assert!(fs::read(&packed[0]).unwrap() == bytes);
    }
}
