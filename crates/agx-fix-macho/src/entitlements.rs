//! Entitlements: a property list in the signature, with which the signer lets a program do more.

use crate::{Malformed, Result};
use plist::{Dictionary, Value};

/// dyld reads its variables in spite of the hardened runtime.
pub const ALLOW_DYLD_VARIABLES: &str = "com.apple.security.cs.allow-dyld-environment-variables";
/// Libraries of other signers are loaded in spite of the hardened runtime.
pub const DISABLE_LIBRARY_VALIDATION: &str = "com.apple.security.cs.disable-library-validation";
/// A debugger may look into the program: what Xcode gives to builds for debugging.
pub const GET_TASK_ALLOW: &str = "com.apple.security.get-task-allow";

/// The entitlements of a program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entitlements(Dictionary);

impl Entitlements {
    pub(crate) fn parse(xml: &[u8]) -> Result<Self> {
        let damaged = |cause: &str| Malformed(format!("the entitlements are damaged: {cause}"));
        let value = Value::from_reader_xml(xml).map_err(|cause| damaged(&cause.to_string()))?;
        value.into_dictionary().map(Self).ok_or_else(|| damaged("they are no dictionary"))
    }

    /// Whether the program has the entitlement: the key is there, and true.
    pub fn allow(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_boolean) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(inner: &str) -> Result<Entitlements> {
        Entitlements::parse(format!("<plist version=\"1.0\">{inner}</plist>").as_bytes())
    }

    #[test]
    fn only_what_is_true_is_allowed() {
        let all = parse("<dict><key>a</key><true/><key>b</key><false/><key>c</key><string>x</string></dict>");
        let all = all.unwrap();
        assert!(all.allow("a") && !all.allow("b") && !all.allow("c") && !all.allow("d"));
        assert!(!Entitlements::default().allow("a"));
    }

    #[test]
    fn other_lists_and_other_bytes_are_damaged() {
        assert!(parse("<array/>").unwrap_err().to_string().contains("no dictionary"));
        for bytes in [&b"\xff\xfe<plist>"[..], b"<plist><dict><key>a</key>", b""] {
            assert!(Entitlements::parse(bytes).unwrap_err().to_string().contains("damaged"));
        }
    }
}
