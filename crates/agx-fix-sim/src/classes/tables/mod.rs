//! The methods that need no function of their own, a row each: roles, selector, signature, effect.
//!
//! Selectors and signatures are those of Metal's headers. A row adds nothing to a class that has a function for its
//! selector.

mod bindings;
mod commands;
mod encoders;
mod row;

use crate::classes::kind::Roles;
use agx_fix_objc::class_builder::ClassBuilder;
use row::MethodRow;

static TABLES: [&[MethodRow]; 2] = [encoders::ROWS, commands::ROWS];

/// Adds the methods of a role that the class has not got yet.
pub(crate) fn add_rows(builder: ClassBuilder, role: Roles) -> ClassBuilder {
    rows(role).fold(builder, |builder, row| row.add(builder))
}

/// Adds the methods of a role to a class of wrappers: each call is passed on.
pub(crate) fn add_forwards(builder: ClassBuilder, role: Roles) -> ClassBuilder {
    rows(role).fold(builder, |builder, row| row.add_forward(builder))
}

fn rows(role: Roles) -> impl Iterator<Item = &'static MethodRow> {
    TABLES
        .iter()
        .chain(&bindings::BINDINGS)
        .flat_map(|table| table.iter())
        .filter(move |row| row.roles & role != 0)
}
