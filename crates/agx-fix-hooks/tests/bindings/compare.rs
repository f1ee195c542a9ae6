//! What is missing in the table, extra in it, or different: one line each.

use super::protocols::{Bindings, Method};
use agx_fix_hooks::table::{Action, NOT_METALS, ROWS, Role};
use agx_fix_objc::encoding::{Shape, shapes};
use std::collections::BTreeSet;

/// A row of the table as far as it is compared.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) roles: Vec<Role>,
    pub(crate) selector: String,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) action: Action,
}

/// The protocols that all encoders inherit from: a further protocol below them is a kind of encoder without a role.
const ENCODERS: [&str; 2] = ["MTLCommandEncoder", "MTL4CommandEncoder"];

/// The hook table.
pub(crate) fn table() -> Vec<Entry> {
    let entry = |row: &agx_fix_hooks::table::HookRow| Entry {
        roles: Role::ALL.into_iter().filter(|role| row.is_for(*role)).collect(),
        selector: row.selector.to_string_lossy().into_owned(),
        shapes: shapes(&row.encoding.concat()).expect("an encoding that can be read"),
        action: row.action,
    };
    ROWS.iter().map(entry).collect()
}

/// Whether the selector is no protocol's of Metal.
pub(crate) fn is_not_metals(selector: &str) -> bool {
    NOT_METALS.iter().any(|(it, _)| it.to_bytes() == selector.as_bytes())
}

/// Compares the rows for these roles with the bindings.
pub(crate) fn compare(table: &[Entry], bindings: &Bindings, roles: &[Role]) -> BTreeSet<String> {
    let mut findings = BTreeSet::new();
    for &role in roles {
        if bindings.protocol(role.protocol()).is_none() {
            findings.insert(format!("gone: the bindings have no protocol {}", role.protocol()));
            continue;
        }
        let entries: Vec<&Entry> = table.iter().filter(|entry| entry.roles.contains(&role)).collect();
        missing(&entries, bindings, role, &mut findings);
        for entry in entries.into_iter().filter(|entry| !is_not_metals(&entry.selector)) {
            findings.extend(judge(entry, bindings, role));
        }
    }
    findings.extend(new_protocols(bindings));
    findings
}

/// Methods of the bindings without a row. Of a device only the factories count that lead to what is hooked.
fn missing(entries: &[&Entry], bindings: &Bindings, role: Role, findings: &mut BTreeSet<String>) {
    for (selector, (declared, method)) in bindings.all_methods(role.protocol()) {
        let wanted = role != Role::Device || leads_to(method).is_some();
        if wanted && !entries.iter().any(|entry| entry.selector == selector) {
            findings.insert(format!(
                "missing: -[{declared} {selector}] has no row for {}; shapes {:?}",
                role.protocol(),
                method.shapes
            ));
        }
    }
}

/// What is wrong with a row in one of its roles.
fn judge(entry: &Entry, bindings: &Bindings, role: Role) -> Vec<String> {
    let methods = bindings.all_methods(role.protocol());
    let name = format!("{} for {}", entry.selector, role.protocol());
    let Some((_, method)) = methods.get(entry.selector.as_str()) else {
        return vec![format!("extra: the bindings have no {name}")];
    };
    let mut findings = Vec::new();
    match &method.shapes {
        Err(why) => findings.push(format!("not understood: {name} has {why}")),
        Ok(found) if *found != entry.shapes => {
            let differences = differences(&entry.shapes, found);
            findings.push(format!("differs: {name}: {differences}"));
        }
        Ok(_) => {}
    }
    if !matches!(entry.action, Action::Leave(_)) && leads_to(method) != opens(entry.action) {
        findings.push(format!(
            "differs: {name} answers {:?}, and the row's action is {:?}",
            method.answers, entry.action
        ));
    }
    findings
}

fn differences(table: &[Shape], bindings: &[Shape]) -> String {
    if table.len() != bindings.len() {
        return format!("{} shapes in the table, {} in the bindings", table.len(), bindings.len());
    }
    let place = |index| match index {
        0 => "the result".to_owned(),
        1 => "the receiver".to_owned(),
        2 => "the selector".to_owned(),
        _ => format!("argument {}", index - 2),
    };
    let different = table.iter().zip(bindings).enumerate().filter(|(_, (one, other))| one != other);
    let said = different.map(|(index, (one, other))| {
        format!("{} is {one:?} in the table, {other:?} in the bindings", place(index))
    });
    said.collect::<Vec<_>>().join("; ")
}

/// The hooked protocol of the objects that a method answers.
pub(crate) fn leads_to(method: &Method) -> Option<&'static str> {
    let answers = method.answers.as_deref()?;
    Role::ALL.into_iter().map(Role::protocol).find(|protocol| *protocol == answers)
}

/// The protocol of the objects that an action takes for new ones.
fn opens(action: Action) -> Option<&'static str> {
    match action {
        Action::OpensEncoder(role) | Action::Opens(role) => Some(role.protocol()),
        Action::OpensSubEncoder => Some(Role::Render.protocol()),
        _ => None,
    }
}

fn new_protocols(bindings: &Bindings) -> Vec<String> {
    let known = |name: &str| ENCODERS.contains(&name) || Role::ALL.iter().any(|it| it.protocol() == name);
    let new = bindings.names().filter(|name| !known(name));
    new.filter(|name| bindings.line(name).iter().any(|above| ENCODERS.contains(above)))
        .map(|name| format!("new protocol: {name} is a kind of encoder, and no role is for it"))
        .collect()
}
