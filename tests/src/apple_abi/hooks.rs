//! The hooks' source, from the table.

use crate::fidelity::{Method, class_name, methods};
use agx_fix_hooks::table::Action;
use std::fmt::Write as _;
use std::path::Path;

/// The project's types by type encoding. The compiler compares the encodings with those in the declarations.
const TYPES: [(&str, &str); 18] = [
    ("v", "()"),
    ("@", "types::Id"),
    ("^v", "*const c_void"),
    ("B", "abi::Bool"),
    ("C", "u8"),
    ("I", "u32"),
    ("i", "i32"),
    ("Q", "usize"),
    ("q", "isize"),
    ("f", "f32"),
    ("d", "f64"),
    ("{MTLSize=QQQ}", "abi::Size"),
    ("{MTLOrigin=QQQ}", "abi::Origin"),
    ("{MTLRegion={MTLOrigin=QQQ}{MTLSize=QQQ}}", "abi::Region"),
    ("{MTLViewport=dddddd}", "abi::Viewport"),
    ("{MTLScissorRect=QQQQ}", "abi::ScissorRect"),
    ("{_NSRange=QQ}", "abi::Range"),
    ("{MTL4BufferRange=QQ}", "abi::BufferRange4"),
];

/// A wrong declaration: a type that is passed in another way than the one whose encoding it takes.
#[derive(Debug)]
pub struct Mistake {
    /// For people.
    pub name: &'static str,
    /// Whose place the wrong type takes.
    encoding: &'static str,
    /// The wrong type.
    ty: &'static str,
    /// A row that it must be found in, by selector, and in which part of the call.
    pub found_in: (&'static str, &'static str),
}

/// What a run must find.
pub const MISTAKES: [Mistake; 2] = [
    Mistake {
        name: "float as uint32_t",
        encoding: "f",
        ty: "u32",
        found_in: ("setBlendColorRed:green:blue:alpha:", "argument 0"),
    },
    // As in `drawIndexedPrimitives:…`, where it is on the stack.
    Mistake {
        name: "NSInteger as int",
        encoding: "q",
        ty: "i32",
        found_in: (
            "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:baseVertex:baseInstance:",
            "argument 6",
        ),
    },
];

fn hooked() -> impl Iterator<Item = Method> {
    methods().filter(|method| !matches!(method.row.action, Action::Leave(_)))
}

/// The methods that are to be hooked.
pub fn hook_count() -> usize {
    hooked().count()
}

/// The arguments of one, two or four bytes that are on the stack, by selector: where Apple's convention would place
/// them, and those after them, as no other does.
pub fn small_on_stack() -> Vec<String> {
    let mut found = Vec::new();
    for method in methods() {
        // The receiver and the selector.
        let (mut words, mut floats) = (2, 0);
        for (index, &encoding) in method.arguments().iter().enumerate() {
            let full = match encoding {
                "f" | "d" => {
                    floats += 1;
                    floats > 8
                }
                _ => {
                    // A struct of two words is passed as them, a larger one by its address.
                    let needed = 1 + usize::from(encoding.ends_with("=QQ}"));
                    words += needed;
                    words > 8
                }
            };
            if full && ["B", "C", "I", "i", "f"].contains(&encoding) {
                found.push(format!("{} argument {index}", method.row.selector.to_string_lossy()));
            }
        }
    }
    found
}

/// The source of a library with a hook for each method, and a mistake planted in it if there is one.
pub(super) fn source(mistake: Option<&Mistake>) -> String {
    let objc = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/agx-fix-objc/src");
    let mut text = include_str!("../../apple/hooks.rs").to_owned();
    for module in ["types", "abi"] {
        let path = objc.join(module).with_extension("rs");
        writeln!(text, "\n#[path = {path:?}]\npub mod {module};").expect("a string takes everything");
    }
    for (encoding, ty) in TYPES {
        writeln!(text, "const _: () = assert!(same(<{ty} as abi::Encode>::ENCODING, {encoding:?}));")
            .expect("a string takes everything");
    }
    let mut entries = String::new();
    for method in hooked() {
        let name = format!("row_{}_{}", method.number, method.role as u8);
        let mut arguments = String::new();
        for (index, encoding) in method.arguments().iter().enumerate() {
            write!(arguments, "a{index}: {}, ", type_of(encoding, mistake))
                .expect("a string takes everything");
        }
        let (arguments, answer) = (arguments.trim_end_matches(", "), type_of(method.result(), mistake));
        writeln!(text, "hook! {{ {name}({arguments}) -> {answer} }}").expect("a string takes everything");
        writeln!(
            entries,
            "    Hook {{ class: c\"{}\".as_ptr(), selector: c{:?}.as_ptr(), function: {name}::hook as *const c_void, \
             original: &{name}::ORIGINAL }},",
            class_name(method.role),
            method.row.selector
        )
        .expect("a string takes everything");
    }
    let count = hook_count();
    write!(
        text,
        "\n#[unsafe(no_mangle)]\npub static HOOK_COUNT: usize = {count};\n\
         #[unsafe(no_mangle)]\npub static HOOKS: [Hook; {count}] = [\n{entries}];\n"
    )
    .expect("a string takes everything");
    text
}

/// The type of an encoding, or the wrong one that is planted in its place.
fn type_of(encoding: &str, mistake: Option<&Mistake>) -> &'static str {
    if let Some(mistake) = mistake.filter(|mistake| mistake.encoding == encoding) {
        return mistake.ty;
    }
    let known = TYPES.iter().find(|(known, _)| *known == encoding);
    known.unwrap_or_else(|| panic!("a type encoding that has no type here: {encoding}")).1
}
