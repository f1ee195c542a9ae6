//! The methods that need no function of their own, a row each: roles, selector, signature, effect.
//!
//! Selectors and signatures are those of Metal's headers. A class that has a function for a selector of these tables
//! keeps it: a row adds what is missing.

mod blit;
mod commands;
mod common;
mod compute;
mod metal4;
mod other;
mod render;
mod render_bindings;
mod row;

use crate::classes::kind::Roles;
use agx_fix_objc::class_builder::ClassBuilder;
use row::Row;

/// All tables.
static TABLES: [&[Row]; 9] = [
    common::COMMON,
    compute::COMPUTE_ROWS,
    blit::BLIT_ROWS,
    render_bindings::RENDER_BINDINGS,
    render::RENDER_ROWS,
    other::OTHER_ROWS,
    metal4::METAL4_ROWS,
    commands::BUFFERS,
    commands::QUEUES,
];

/// Adds the methods of a role that the class has not got yet.
pub(crate) fn add_rows(builder: ClassBuilder, role: Roles) -> ClassBuilder {
    rows(role).fold(builder, |builder, row| row.add(builder))
}

/// Adds the methods of a role to a class of wrappers: each call is passed on.
pub(crate) fn add_forwards(builder: ClassBuilder, role: Roles) -> ClassBuilder {
    rows(role).fold(builder, |builder, row| row.add_forward(builder))
}

fn rows(role: Roles) -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|table| table.iter()).filter(move |row| row.roles & role != 0)
}
