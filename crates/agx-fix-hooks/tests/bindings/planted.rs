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

fn only(findings: &BTreeSet<String>) -> &str {
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.first().expect("one")
}

#[test]
fn what_is_equal_has_no_findings() {
    assert_eq!(against(ALLOCATOR), BTreeSet::new());
}

#[test]
fn a_method_that_is_new_in_the_bindings_is_found() {
    let added = "#[unsafe(method(trimTo:)) ] fn trimTo(&self, size: NSUInteger); } );";
    let findings = against(&ALLOCATOR.replace("}\n);", added));
    let said = only(&findings);
    assert!(said.starts_with("missing: -[MTL4CommandAllocator trimTo:]"), "{said}");
}

#[test]
fn a_row_that_the_bindings_lack_is_found() {
    let findings = against(&ALLOCATOR.replace("method(reset)", "method(resetAll)"));
    let said: Vec<_> = findings.iter().map(|line| line.split(':').next().expect("a word")).collect();
    assert_eq!(said, ["extra", "missing"], "{findings:?}");
}

#[test]
fn another_width_an_enumeration_and_another_count_are_found() {
    for (other, shape) in
        [("u32", "Int(4)"), ("c_float", "Float"), ("Small", "Int(4)"), ("NSRange", "Struct")]
    {
        let source = ALLOCATOR.replace("-> u64", &format!("-> {other}"));
        let findings = against(&format!("#[repr(transparent)] pub struct Small(pub u32);{source}"));
        let said = only(&findings);
        assert!(said.starts_with("differs: allocatedSize") && said.contains(shape), "{said}");
    }
    let findings = against(&ALLOCATOR.replace("fn reset(&self)", "fn reset(&self, all: bool)"));
    assert!(only(&findings).contains("3 shapes in the table, 4"), "{findings:?}");
}

#[test]
fn a_type_that_nobody_defines_is_found() {
    let findings = against(&ALLOCATOR.replace("-> u64", "-> Unheard"));
    assert!(only(&findings).contains("not understood") && only(&findings).contains("Unheard"));
}

#[test]
fn a_new_kind_of_encoder_and_a_protocol_that_is_gone_are_found() {
    let new = "extern_protocol!(pub unsafe trait MTL5CommandEncoder: MTL4CommandEncoder {});
               extern_protocol!(pub unsafe trait MTL4CommandEncoder: NSObjectProtocol {});";
    let findings = against(&format!("{ALLOCATOR}{new}"));
    assert!(only(&findings).contains("MTL5CommandEncoder"), "{findings:?}");
    let findings = against("");
    assert!(only(&findings).contains("no protocol MTL4CommandAllocator"), "{findings:?}");
}

#[test]
fn a_factory_of_other_objects_is_found() {
    let findings = against(&ALLOCATOR.replace(
        "fn reset(&self);",
        "fn reset(&self) -> Option<Retained<ProtocolObject<dyn MTL4CommandBuffer>>>;",
    ));
    assert!(findings.iter().any(|line| line.contains("answers Some(\"MTL4CommandBuffer\")")), "{findings:?}");
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
