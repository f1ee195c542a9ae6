//! Type encodings as C types.

use std::fmt::Write as _;

/// A type that a message carries.
#[derive(Debug)]
pub(super) struct Type {
    /// Its name in C.
    pub(super) name: String,
    /// The type codes of its words, structs flattened.
    pub(super) codes: String,
}

/// Reads types, and collects the structs that they are made of.
#[derive(Debug, Default)]
pub(super) struct Types {
    /// Name and definition, those that others contain before them.
    structs: Vec<(String, String)>,
}

impl Types {
    /// The type of an encoding.
    ///
    /// # Panics
    /// The encoding has something that no row has had yet.
    pub(super) fn read(&mut self, encoding: &str) -> Type {
        let mut rest = encoding;
        let read = self.next(&mut rest);
        assert!(rest.is_empty(), "{encoding}: what is {rest}?");
        read
    }

    /// The definitions of all structs read so far.
    pub(super) fn definitions(&self) -> String {
        self.structs.iter().map(|(_, definition)| definition.as_str()).collect()
    }

    fn next(&mut self, rest: &mut &str) -> Type {
        if rest.starts_with('{') {
            return self.next_struct(rest);
        }
        for (encoding, name) in SIMPLE {
            if let Some(tail) = rest.strip_prefix(encoding) {
                *rest = tail;
                return Type { name: name.into(), codes: encoding[..1].into() };
            }
        }
        panic!("a type encoding that has no C type here: {rest}")
    }

    /// `{Name=members}`.
    fn next_struct(&mut self, rest: &mut &str) -> Type {
        let (name, mut members) = rest[1..].split_once('=').expect("a struct with members");
        let (mut fields, mut codes) = (String::new(), String::new());
        while !members.starts_with('}') {
            let member = self.next(&mut members);
            write!(fields, " {} f{};", member.name, codes.len()).expect("a string takes everything");
            codes += &member.codes;
        }
        *rest = &members[1..];
        if !self.structs.iter().any(|(known, _)| known == name) {
            self.structs.push((name.into(), format!("struct {name} {{{fields} }};\n")));
        }
        Type { name: format!("struct {name}"), codes }
    }
}

const SIMPLE: [(&str, &str); 11] = [
    ("v", "void"),
    ("@", "id"),
    ("^v", "void *"),
    ("B", "BOOL"),
    ("C", "unsigned char"),
    ("I", "unsigned int"),
    ("i", "int"),
    ("Q", "unsigned long"),
    ("q", "long"),
    ("f", "float"),
    ("d", "double"),
];

#[cfg(test)]
mod tests {
    use super::Types;

    #[test]
    fn a_struct_of_structs() {
        let mut types = Types::default();
        let read = types.read("{Outer={Inner=Qf}d}");
        assert_eq!((read.name.as_str(), read.codes.as_str()), ("struct Outer", "Qfd"));
        let inner = "struct Inner { unsigned long f0; float f1; };\n";
        assert_eq!(types.definitions(), format!("{inner}struct Outer {{ struct Inner f0; double f2; }};\n"));
    }
}
