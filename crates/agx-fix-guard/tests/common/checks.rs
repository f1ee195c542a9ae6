//! What the models of loom and of shuttle have in common: tests as a table, and what a panic says.

/// Tests, each with its name and what it checks.
macro_rules! checks {
    ($($name:ident: $check:expr;)*) => { $(
        #[test]
        fn $name() {
            $check;
        }
    )* };
}
pub(crate) use checks;

/// Whether as much is to be checked as can be.
pub(crate) fn is_long() -> bool {
    std::env::var_os("AGX_VERIFY_LONG").is_some()
}

pub(crate) fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}
