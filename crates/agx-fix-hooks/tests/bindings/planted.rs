//! Differences planted on purpose: a comparison that does not find them is worth nothing.

use super::compare::{compare, is_not_metals, table};
use super::protocols::Bindings;
use super::{PINNED, types::Types};
use agx_fix_hooks::table::Role;
use agx_fix_objc::encoding::Shape;
use std::collections::BTreeSet;

/// What the bindings say of a small protocol, in their own form.
const ALLOCATOR: &str = "
extern_protocol!(
    /// Documentation.
    pub unsafe trait MTL4CommandAllocator: NSObjectProtocol {
        #[cfg(feature = \"MTLDevice\")]
        #[unsafe(method(device))]
        #[unsafe(method_family = none)]
        fn device(&self) -> Retained<ProtocolObject<dyn MTLDevice>>;
        #[unsafe(method(label))]
        fn label(&self) -> Option<Retained<NSString>>;
        #[unsafe(method(allocatedSize))]
        fn allocatedSize(&self) -> u64;
        #[unsafe(method(reset))]
        fn reset(&self);
    }
);";

fn against(source: &str) -> BTreeSet<String> {
    compare(&table(), &Bindings::read([source]).expect("Rust"), &[Role::Allocator4])
}

/// A text of the bindings, and what stands in its place.
type Change = (&'static str, &'static str);
/// What a finding says.
type Words = &'static [&'static str];

/// Each difference, and what is said of it.
#[test]
fn what_differs_is_found_and_what_is_equal_is_not() {
    let added = "#[unsafe(method(trimTo:)) ] fn trimTo(&self, size: NSUInteger); } );";
    let factory = "fn reset(&self) -> Option<Retained<ProtocolObject<dyn MTL4CommandBuffer>>>";
    let encoder = "extern_protocol!(pub unsafe trait MTL5CommandEncoder: MTL4CommandEncoder {});
                   extern_protocol!(pub unsafe trait MTL4CommandEncoder: NSObjectProtocol {});
                   extern_protocol!(";
    let small = "#[repr(transparent)] pub struct Small(pub u32); extern_protocol!(";
    let differences: [(&[Change], &[Words]); 12] = [
        (&[], &[]),
        (&[("}\n);", added)], &[&["missing: -[MTL4CommandAllocator trimTo:]"]]),
        (&[("method(reset)", "method(resetAll)")], &[&["extra: "], &["missing: "]]),
        (&[("-> u64", "-> u32")], &[&["differs: allocatedSize", "Int(4)"]]),
        (&[("-> u64", "-> c_float")], &[&["differs: allocatedSize", "Float"]]),
        (&[("-> u64", "-> Small"), ("extern_protocol!(", small)], &[&["differs: allocatedSize", "Int(4)"]]),
        (&[("-> u64", "-> NSRange")], &[&["differs: allocatedSize", "Struct"]]),
        (&[("reset(&self)", "reset(&self, all: bool)")], &[&["3 shapes in the table, 4"]]),
        (&[("-> u64", "-> Unheard")], &[&["not understood", "Unheard"]]),
        (&[("extern_protocol!(", encoder)], &[&["new protocol: MTL5CommandEncoder"]]),
        (&[(ALLOCATOR, "")], &[&["gone: ", "MTL4CommandAllocator"]]),
        (&[("fn reset(&self)", factory)], &[&["answers Some(\"MTL4CommandBuffer\")"], &["Pointer"]]),
    ];
    for (changes, said) in differences {
        let source = changes.iter().fold(ALLOCATOR.to_owned(), |source, (from, to)| source.replace(from, to));
        let findings = against(&source);
        assert_eq!(findings.len(), said.len(), "{changes:?}: {findings:?}");
        for (finding, words) in findings.iter().zip(said) {
            assert!(words.iter().all(|word| finding.contains(word)), "{changes:?}: {findings:?}");
        }
    }
}

#[test]
fn every_row_that_is_taken_away_is_missed() {
    let all = table();
    for index in 0..all.len() {
        let mut without = all.clone();
        let gone = without.remove(index);
        let findings = compare(&without, &PINNED, &gone.roles);
        let missed = findings.iter().filter(|line| line.starts_with("missing")).count();
        let expected = if is_not_metals(&gone.selector) { 0 } else { gone.roles.len() };
        assert_eq!(missed, expected, "{}: {findings:?}", gone.selector);
    }
}

#[test]
fn every_argument_and_result_that_is_changed_is_found() {
    let all = table();
    for (index, row) in all.iter().enumerate().filter(|(_, row)| !is_not_metals(&row.selector)) {
        for place in 0..row.shapes.len() {
            let mut changed = row.clone();
            changed.shapes[place] = Shape::Int(2); // nothing in Metal is that wide
            let findings = compare(&[changed], &PINNED, &row.roles);
            let found = findings.iter().filter(|line| line.starts_with("differs")).count();
            assert_eq!(found, row.roles.len(), "row {index}, {} at {place}", row.selector);
        }
    }
}

#[test]
fn types_are_followed_to_what_is_passed() {
    let source = "
        #[repr(transparent)] #[derive(Clone)] pub struct Options(pub NSUInteger);
        pub type Address = u64;
        #[repr(C)] pub struct Both { pub first: Options, pub second: Address, pub third: Inner }
        #[repr(C)] pub struct Inner { pub value: c_float }
        pub type Handler = *mut block2::DynBlock<dyn Fn()>;
        pub struct Opaque { inner: u64 }";
    let mut types = Types::default();
    syn::parse_file(source).expect("Rust").items.iter().for_each(|item| types.add(item));
    let shape = |text: &str| types.shape(&syn::parse_str(text).expect("a type"));
    let inner = Shape::Struct(vec![Shape::Float]);
    assert_eq!(shape("Both"), Ok(Shape::Struct(vec![Shape::Int(8), Shape::Int(8), inner])));
    assert_eq!(shape("Option<&ProtocolObject<dyn MTLBuffer>>"), Ok(Shape::Pointer));
    assert_eq!(shape("Handler"), Ok(Shape::Pointer));
    assert!(shape("Opaque").is_err() && shape("Option<u8>").is_err() && shape("[u8; 2]").is_err());
}
