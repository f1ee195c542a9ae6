//! Reading Objective-C type encodings: what a calling convention sees of a signature.
//!
//! Two signatures are interchangeable for a hook when each argument is passed the same way. Names of structs, classes
//! and pointees, qualifiers, signedness and the frame offsets that compilers write do not matter; kind and width do.

/// How one argument or result is passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `void`, as a result.
    Void,
    /// An integer of that many bytes; also `BOOL`.
    Int(u8),
    /// `float`.
    Float,
    /// `double`.
    Double,
    /// Objects, classes, selectors, blocks, strings and other pointers.
    Pointer,
    /// A struct by value.
    Struct(Vec<Shape>),
}

/// The shapes of a method's type encoding: result, receiver, selector, arguments. `None` if it cannot be read, or
/// holds what no method of Metal uses by value (unions, arrays, bit fields, incomplete structs).
pub fn shapes(encoding: &str) -> Option<Vec<Shape>> {
    let mut rest = encoding.as_bytes();
    let mut all = Vec::new();
    while !rest.is_empty() {
        all.push(shape(&mut rest)?);
        skip_offset(&mut rest);
    }
    Some(all)
}

fn shape(rest: &mut &[u8]) -> Option<Shape> {
    let (&first, tail) = rest.split_first()?;
    *rest = tail;
    Some(match first {
        b'r' | b'n' | b'N' | b'o' | b'O' | b'R' | b'V' | b'A' => return shape(rest), // qualifiers
        b'v' => Shape::Void,
        b'c' | b'C' | b'B' => Shape::Int(1),
        b's' | b'S' => Shape::Int(2),
        b'i' | b'I' => Shape::Int(4),
        b'q' | b'Q' | b'l' | b'L' => Shape::Int(8),
        b'f' => Shape::Float,
        b'd' => Shape::Double,
        b':' | b'#' | b'*' => Shape::Pointer,
        b'@' => {
            skip_object_details(rest)?;
            Shape::Pointer
        }
        b'^' => {
            skip_pointee(rest)?;
            Shape::Pointer
        }
        b'{' => Shape::Struct(members(rest)?),
        _ => return None,
    })
}

/// After `@`: a block (`?`, with an optional signature in angle brackets) or a quoted class name.
fn skip_object_details(rest: &mut &[u8]) -> Option<()> {
    match rest.first() {
        Some(b'?') => {
            *rest = &rest[1..];
            if rest.first() == Some(&b'<') {
                skip_nested(rest, b'<', b'>')?;
            }
        }
        Some(b'"') => {
            let end = rest[1..].iter().position(|&byte| byte == b'"')?;
            *rest = &rest[end + 2..];
        }
        _ => {}
    }
    Some(())
}

fn skip_pointee(rest: &mut &[u8]) -> Option<()> {
    match rest.first()? {
        b'{' => skip_nested(rest, b'{', b'}'),
        b'(' => skip_nested(rest, b'(', b')'),
        b'[' => skip_nested(rest, b'[', b']'),
        b'?' => {
            *rest = &rest[1..];
            Some(())
        }
        _ => shape(rest).map(drop),
    }
}

fn skip_nested(rest: &mut &[u8], open: u8, close: u8) -> Option<()> {
    let mut depth = 0usize;
    for (index, &byte) in rest.iter().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                *rest = &rest[index + 1..];
                return Some(());
            }
        }
    }
    None
}

/// After `{`: the name, `=`, the members (each with an optional quoted field name), `}`.
fn members(rest: &mut &[u8]) -> Option<Vec<Shape>> {
    let equals = rest.iter().position(|&byte| byte == b'=' || byte == b'}')?;
    if rest[equals] == b'}' {
        return None;
    }
    *rest = &rest[equals + 1..];
    let mut all = Vec::new();
    loop {
        match rest.first()? {
            b'}' => {
                *rest = &rest[1..];
                return Some(all);
            }
            b'"' => {
                let end = rest[1..].iter().position(|&byte| byte == b'"')?;
                *rest = &rest[end + 2..];
            }
            _ => all.push(shape(rest)?),
        }
    }
}

fn skip_offset(rest: &mut &[u8]) {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-')).count();
    *rest = &rest[digits..];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_names_and_qualifiers_do_not_matter() {
        let compiled = "v72@0:8{MTLSize=QQQ}16{MTLSize=\"width\"Q\"height\"Q\"depth\"Q}40r^v64";
        assert_eq!(shapes(compiled), shapes("v@:{?=QQQ}{?=QQQ}^{Anything}"));
    }

    #[test]
    fn kind_width_and_members_matter() {
        for (one, other) in [
            ("v@:Q", "v@:I"),
            ("v@:f", "v@:d"),
            ("v@:f", "v@:I"),
            ("v@:{A=QQ}", "v@:{A=QQQ}"),
            ("v@:Q", "v@:@"),
        ] {
            assert_ne!(shapes(one), shapes(other), "{one} {other}");
        }
    }

    #[test]
    fn a_bool_has_three_spellings() {
        assert_eq!(shapes("v@:B"), shapes("v@:c"));
        assert_eq!(shapes("v@:B"), shapes("v@:C"));
    }

    #[test]
    fn blocks_and_class_names_are_pointers() {
        assert_eq!(shapes("v24@0:8@?<v@?@>16"), shapes("v@:@\"NSString\""));
    }

    #[test]
    fn what_cannot_be_read_is_none() {
        for bad in ["v@:{Opaque}", "v@:(U=Qd)", "v@:[4Q]", "v@:b3", "v@:{A=Q", "v@:^", "v@:@\"NS", "€"] {
            assert_eq!(shapes(bad), None, "{bad}");
        }
    }
}
