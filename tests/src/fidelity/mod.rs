//! Argument fidelity: does every row's trampoline pass on, bit for bit, what it was given?
//!
//! Two Objective-C sources are generated from the hook table. The *driver* has a class for each role, with a method for each
//! row of the role, which records its arguments and answers random bits (factories answer objects). The *host* sends each row's
//! message with many patterns of values, and compares what was sent with what arrived, in both directions. GCC compiles both, so
//! that rustc is not compared with itself. The parts that are the same for every row are in `tests/fidelity/*.h`.
//!
//! The host runs bare, with the library, and with libraries in which a wrong declaration is planted, which must be found.
//! `planted` lists which calling convention can find which mistake.

pub(crate) mod arm64;
mod build;
mod planted;
mod run;
mod source;
mod types;

pub use build::Machine;
pub use planted::{MISTAKES, Mistake};
pub use run::{Lot, PATTERNS, SEED, Verdict, seed};
pub(crate) use source::{class_name, driver, host};

use agx_fix_hooks::table::{Action, HookRow, ROWS, Role};
use agx_fix_terms::CallKind;

/// A row, for one of its roles.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// The row's number.
    pub number: usize,
    /// The row.
    pub row: &'static HookRow,
    /// The receiver's role.
    pub role: Role,
}

/// All rows, once for each of their roles.
pub fn methods() -> impl Iterator<Item = Method> {
    let of = |(number, row): (usize, &'static HookRow)| {
        Role::ALL.into_iter().filter(|&role| row.is_for(role)).map(move |role| Method { number, row, role })
    };
    ROWS.iter().enumerate().flat_map(of)
}

/// The methods of a role that are to be hooked.
pub fn guarded(role: Role) -> usize {
    methods().filter(|method| method.role == role && !matches!(method.row.action, Action::Leave(_))).count()
}

impl Method {
    /// What it is a factory of.
    fn opens(&self) -> Option<Role> {
        match self.row.action {
            Action::Opens(role) | Action::OpensEncoder(role) => Some(role),
            Action::OpensSubEncoder => Some(Role::Render),
            _ => None,
        }
    }

    /// Whether its receiver cannot be used afterwards, or is changed in a way that other rows would notice: for example, the
    /// guard drops calls on an encoder that has ended.
    fn uses_up_its_receiver(&self) -> bool {
        matches!(
            self.row.action,
            Action::Locked(CallKind::End | CallKind::Teardown | CallKind::Free | CallKind::Commit)
                | Action::FreesBuffer
                | Action::Commit
                | Action::Begins
                | Action::Releases
                | Action::OpensEncoder(_)
        )
    }

    /// Whether it takes a list of Metal 4's command buffers, which the hooks read.
    fn takes_a_list(&self) -> bool {
        self.row.action == Action::CommitsList
    }

    /// The type encodings of the arguments, without receiver and selector.
    pub(crate) fn arguments(&self) -> &'static [&'static str] {
        &self.row.encoding[3..]
    }

    /// The type encoding of the result.
    pub(crate) fn result(&self) -> &'static str {
        self.row.encoding[0]
    }
}
