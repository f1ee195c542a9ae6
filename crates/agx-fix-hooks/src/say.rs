//! Lines to standard error and to the unified log. Nothing is written unless verbose, except before an abort that the user
//! asked for. It knows the table and the settings, not the guard.

use crate::settings;
use crate::table::selector_text;
use agx_fix_guard::{LongWait, Thread};
use agx_fix_interface::statistics::{Call, HookedClass};
use agx_fix_platform as platform;
use agx_fix_terms::CallId;
use core::sync::atomic::{AtomicU32, Ordering};
use std::io::Write as _;

/// Findings and long waits that are written one by one; beyond that they are counted only.
const MOST_EVENTS: u32 = 32;

/// One line to standard error and, on macOS, to the unified log. A closed standard error is no error.
pub(crate) fn say(line: &str) {
    platform::log(line);
    let _ = std::io::stderr().write_all(format!("agx-fix: {line}\n").as_bytes());
}

/// The same for what may happen often: when verbose, and not without end.
pub(crate) fn say_event(line: &str) {
    static SAID: AtomicU32 = AtomicU32::new(0);
    if !settings::verbose() || SAID.load(Ordering::Relaxed) > MOST_EVENTS {
        return;
    }
    match SAID.fetch_add(1, Ordering::Relaxed) {
        before if before < MOST_EVENTS => say(line),
        MOST_EVENTS => say("further findings and long waits are counted only"),
        _ => {}
    }
}

/// A wait beyond the limit.
pub(crate) fn long_wait(wait: &LongWait) {
    if !settings::verbose() {
        return;
    }
    let holder = match wait.holder_call {
        Some(call) => format!("{}", self::call(call, wait.holder)),
        None => format!("thread {}", wait.holder),
    };
    let waiting = call(wait.call, wait.thread);
    say_event(&format!(
        "encoder {:#x}: {waiting} waits for over {:?}; held by {holder}",
        wait.key.0, wait.limit
    ));
}

/// A class was hooked.
pub(crate) fn class_hooked(class: &HookedClass) {
    if settings::verbose() {
        say(&format!("hooked {} ({}): {} methods", class.class, class.role, class.guarded));
        for method in &class.unguarded {
            say(&format!("left -[{} {}] alone: {}", class.class, method.selector, method.reason));
        }
    }
}

/// A class could not be hooked: no room.
pub(crate) fn class_left_alone(name: &str) {
    if settings::verbose() {
        say(&format!(
            "left class {name} alone: too many hooked classes, or too many on its line of inheritance"
        ));
    }
}

/// A call, for people.
pub(crate) fn call(call: CallId, thread: Thread) -> Call {
    Call { selector: selector_text(call.0.into()), thread, thread_name: platform::thread_name(thread) }
}
