//! Enums whose values have a name in options, tables and JSON. One macro gives all of them the same way from and to text.

/// `FromStr` and `Display` for a type with `ALL` and `name()`.
macro_rules! named {
    ($type:ty) => {
        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(name: &str) -> Result<Self, String> {
                let known = || Self::ALL.map(Self::name).join(", ");
                let found = Self::ALL.into_iter().find(|it| it.name() == name);
                found.ok_or_else(|| format!("{name:?} is not one of {}", known()))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use named;

#[cfg(test)]
mod tests {
    use crate::{EncoderKind, Program, Scenario};

    #[test]
    fn names_go_round_and_json_uses_them() {
        macro_rules! check {
            ($type:ty) => {
                for value in <$type>::ALL {
                    assert_eq!(value.name().parse(), Ok(value));
                    assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{value}\""));
                }
                let error = "bogus".parse::<$type>().unwrap_err();
                assert!(<$type>::ALL.iter().all(|value| error.contains(value.name())), "{error}");
            };
        }
        check!(Scenario);
        check!(Program);
        check!(EncoderKind);
    }
}
