//! Reading the tool's own files: known layouts only, and the line of what is wrong.
//!
//! A file is one JSON object whose field `schema` names its layout and version. A reader asks [`schema`] first, then
//! [`read`]s the type that belongs to it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong there, in words.
    pub cause: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.cause)
    }
}

impl std::error::Error for Flaw {}

impl Flaw {
    fn of(error: &serde_json::Error, text: &str) -> Self {
        let said = error.to_string();
        // The place is said once, in front.
        let cause = said.rfind(" at line ").map_or(said.as_str(), |at| &said[..at]);
        let cause = if is_cut(error, cause, text) {
            format!("the text is cut off here ({cause})")
        } else if error.is_data() {
            cause.to_owned()
        } else {
            format!("this is no JSON ({cause})")
        };
        Self { line: foreign(&cause, text).unwrap_or(error.line().max(1)), cause }
    }
}

/// The line of a field that the layout does not have: where a struct is flattened, it is noticed at the end of the object.
fn foreign(cause: &str, text: &str) -> Option<usize> {
    let field = cause.strip_prefix("unknown field `")?.split('`').next()?;
    Some(text.lines().position(|line| line.contains(&format!("\"{field}\":")))? + 1)
}

/// Whether the text ended before its JSON did: also inside a number, which then is a bad one.
fn is_cut(error: &serde_json::Error, cause: &str, text: &str) -> bool {
    let (lines, last) = (text.lines().count(), text.lines().last().unwrap_or_default());
    let at_the_end = error.line() == lines && error.column() >= last.len();
    error.is_eof() || (error.is_syntax() && at_the_end && cause == "invalid number")
}

#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}

/// The schema that the text names.
///
/// # Errors
/// The text is no whole JSON object, or it names no schema.
pub fn schema(text: &str) -> Result<String, Flaw> {
    let head: Head = serde_json::from_str(text).map_err(|error| Flaw::of(&error, text))?;
    head.schema.ok_or_else(|| Flaw {
        line: 1,
        cause: "it has no field \"schema\", so it is no file of agx-fix".into(),
    })
}

/// Reads a text of the layout `wanted`.
///
/// # Errors
/// The text is no whole JSON object, has another schema, or lacks or adds fields.
pub fn read<T: DeserializeOwned>(text: &str, wanted: &str) -> Result<T, Flaw> {
    let found = schema(text)?;
    if found != wanted {
        return Err(unknown(text, &found, &[wanted]));
    }
    serde_json::from_str(text).map_err(|error| Flaw::of(&error, text))
}

/// The flaw of a text whose schema is none of `known`.
pub fn unknown(text: &str, found: &str, known: &[&str]) -> Flaw {
    let line = text.lines().position(|line| line.contains("\"schema\"")).map_or(1, |before| before + 1);
    let known = known.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ");
    Flaw { line, cause: format!("the schema is {found:?}, where this version reads {known}") }
}

/// A file or line of the tool or the library that is one JSON object.
pub trait Document: Serialize + DeserializeOwned {
    /// The name and version of the layout; a reader refuses any other.
    const SCHEMA: &'static str;

    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with the text: not JSON, cut off, another schema, missing or foreign fields.
    fn from_json(text: &str) -> Result<Self, Flaw> {
        read(text, Self::SCHEMA)
    }

    /// The object as one line of JSON.
    fn to_json(&self) -> String {
        // Strings and numbers under string keys always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Serde's way with values that have names: `#[serde(with = "named")]`.
pub mod named {
    use agx_fix_terms::Named;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    /// Writes the name.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Named, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.name())
    }

    /// Reads the name.
    ///
    /// # Errors
    /// Those of the deserializer, and a name that no value has.
    pub fn deserialize<'de, T: Named, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let name = String::deserialize(deserializer)?;
        T::by_name(&name).ok_or_else(|| de::Error::custom(format!("{name:?} is not known here")))
    }
}

/// The names of all fields of a file, also of those inside: what its documentation must have.
pub fn field_names(file: &impl Serialize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(&serde_json::to_value(file).unwrap_or_default(), &mut names);
    names
}

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            names.extend(object.keys().cloned());
            object.values().for_each(|value| collect(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

/// For tests: docs/json.md has every field of a file.
///
/// # Panics
/// It has not.
pub fn assert_documented(file: &impl Serialize) {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
    let page = std::fs::read_to_string(page).expect("docs/json.md");
    for name in field_names(file) {
        assert!(page.contains(&format!("`{name}`")), "docs/json.md says nothing of {name}");
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// It goes round in one line, its fields are documented, and a text that is none is refused.
    pub(crate) fn check<T: Document + PartialEq + fmt::Debug>(document: &T) {
        let json = document.to_json();
        assert!(!json.contains('\n'));
        assert_eq!(T::from_json(&json).as_ref(), Ok(document));
        assert_documented(document);
        let refused = |text: &str| T::from_json(text).unwrap_err().to_string();
        assert!(refused(&json.replace(T::SCHEMA, "another/0")).contains("another/0"));
        refused(&json[..json.len() / 2]);
        refused("{\"schema\":1}");
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        schema: String,
        rows: Vec<u32>,
    }

    const GOOD: &str = "{\n  \"schema\": \"sample/1\",\n  \"rows\": [\n    1,\n    2\n  ]\n}\n";

    fn flaw(text: &str) -> String {
        read::<Sample>(text, "sample/1").unwrap_err().to_string()
    }

    #[test]
    fn a_good_text_is_read() {
        let sample = read::<Sample>(GOOD, "sample/1").unwrap();
        assert_eq!(sample, Sample { schema: "sample/1".into(), rows: vec![1, 2] });
    }

    #[test]
    fn another_version_is_named_with_its_line() {
        let said = flaw(&GOOD.replace("sample/1", "sample/2"));
        assert_eq!(said, "line 2: the schema is \"sample/2\", where this version reads \"sample/1\"");
    }

    #[test]
    fn a_text_that_is_cut_off_says_where_it_ends() {
        for (kept, line) in
            [("{\n  \"schema\": \"sam", 2), ("{\n  \"schema\": \"sample/1\",\n  \"rows\": [\n    1,", 4)]
        {
            let said = flaw(kept);
            assert!(said.starts_with(&format!("line {line}: the text is cut off here")), "{said}");
        }
        assert!(flaw("").starts_with("line 1: the text is cut off here"));
    }

    #[test]
    fn foreign_texts_are_refused() {
        assert!(flaw("{\"rows\": []}").contains("no file of agx-fix"));
        assert!(flaw("[1, 2]").starts_with("line 1: "));
        assert!(flaw("\n\nhello").starts_with("line 3: this is no JSON"));
        assert!(flaw(&format!("{GOOD}{GOOD}")).starts_with("line 8: this is no JSON"));
    }

    #[test]
    fn wrong_missing_and_foreign_fields_have_their_line() {
        assert!(flaw(&GOOD.replace("    2\n", "    \"two\"\n")).starts_with("line 5: invalid type"));
        assert!(flaw(&GOOD.replace("\"rows\"", "\"cols\"")).starts_with("line 3: unknown field `cols`"));
        assert!(flaw("{\"schema\": \"sample/1\"}").starts_with("line 1: missing field `rows`"));
        assert!(!flaw(&GOOD.replace('2', "-2")).contains("at line"), "the place is said once");
    }
}
