//! The mutants: each takes one protection out. The text must stand exactly once in its file; a change there that moves
//! it makes the command fail, so that the list stays with the code.

use super::check::Check::{self, Row, Test};

/// One mutant.
pub(super) struct Mutant {
    /// The protection that is gone.
    pub(super) name: &'static str,
    /// In which file.
    pub(super) file: &'static str,
    /// What stands there.
    pub(super) text: &'static str,
    /// What stands there instead.
    pub(super) replacement: &'static str,
    /// What must fail then.
    pub(super) check: Check,
}

const GUARD: &str = "crates/agx-fix-guard/src/guard.rs";
const QUICK: &str = "crates/agx-fix-guard/src/quick.rs";
const LOCK: &str = "crates/agx-fix-guard/src/lock.rs";
const JUDGE: &str = "crates/agx-fix-guard/src/judge.rs";
const LIFECYCLE: &str = "crates/agx-fix-guard/src/lifecycle.rs";
const PERMIT: &str = "crates/agx-fix-guard/src/permit.rs";
const BUFFER: &str = "crates/agx-fix-guard/src/buffer.rs";
const RETAINED: &str = "crates/agx-fix-guard/src/retained.rs";
const SLOT: &str = "crates/agx-fix-guard/src/slot.rs";
const ACTION: &str = "crates/agx-fix-hooks/src/action.rs";
const HANDLERS: &str = "crates/agx-fix-hooks/src/handlers.rs";
const RETENTION: &str = "crates/agx-fix-hooks/src/retention.rs";

const fn invariant(name: &'static str) -> Check {
    Test("agx-fix-guard", "invariants", name)
}

/// By the system's own sleeping.
const SLEEPERS: Check = Test("agx-fix-bench", "", "guarded::tests::everybody_who_sleeps_is_woken");

const fn mutant(
    name: &'static str,
    file: &'static str,
    text: &'static str,
    replacement: &'static str,
    check: Check,
) -> Mutant {
    Mutant { name, file, text, replacement, check }
}

/// All, by crash class.
pub(super) const MUTANTS: &[Mutant] = &[
    // Classes 4 and 7: the lock and the state of an encoder.
    mutant(
        "no lock is taken",
        GUARD,
        "let waited = !lock.try_lock(me) && self.wait(place, lock, key, call, me);",
        "let waited = false;",
        Row("two-threads"),
    ),
    mutant(
        "a thread that sleeps does not say so",
        LOCK,
        "let seen = self.tell_of_sleep();",
        "let seen = self.sleep.load(Ordering::Relaxed);",
        SLEEPERS,
    ),
    mutant(
        "a thread that has slept does not speak for the others",
        LOCK,
        "            if self.spin(me) {\n                self.tell_of_sleep();",
        "            if self.spin(me) {",
        SLEEPERS,
    ),
    mutant(
        "whoever lets go looks for no sleeper",
        LOCK,
        "if self.sleep.load(Ordering::Relaxed) & ASLEEP != 0 {\n            self.wake::<P>();",
        "if false {\n            self.wake::<P>();",
        SLEEPERS,
    ),
    mutant(
        "the shortest way takes no lock",
        QUICK,
        "if !slot.is_quick(key) || !slot.lock.try_lock(P::known_thread()?) {",
        "if !slot.is_quick(key) || P::known_thread()? == 0 {",
        invariant("i1_a_short_way_is_closed_while_somebody_is_inside"),
    ),
    mutant(
        "the shortest way does not look again",
        QUICK,
        "        if !slot.is_quick(key) {\n",
        "        if false {\n",
        invariant("i3_a_short_way_sees_what_came_between_look_up_and_lock"),
    ),
    mutant(
        "the short way does not look again",
        QUICK,
        "if place.key() != key.0 || !slot.is_open() || !core::ptr::eq(lock, self.lock_of(slot)) {",
        "if false {",
        invariant("i3_a_short_way_sees_what_came_between_look_up_and_lock"),
    ),
    mutant(
        "an object that shares a lock goes by one of its own",
        LIFECYCLE,
        "if alias == 0 && !self.is_global() && !self.detects() {",
        "if !self.detects() {",
        invariant("i1_the_shortest_way_is_closed_to_objects_that_share_a_lock"),
    ),
    mutant(
        "an ended encoder takes short calls",
        SLOT,
        "            self.state.store(State::Ended as u8, Ordering::Relaxed);\n            self.quick.store(0, Ordering::Relaxed);",
        "            self.state.store(State::Ended as u8, Ordering::Relaxed);",
        invariant("i3_a_call_after_the_end_does_not_reach_the_driver_and_is_counted"),
    ),
    mutant(
        "the end of an encoder asks the system where nobody waits",
        BUFFER,
        "if closed && self.waiting.load(Ordering::SeqCst) != 0 {",
        "if closed {",
        invariant("i7_a_thread_alone_asks_nothing_of_the_system"),
    ),
    mutant(
        "an ended encoder takes calls",
        GUARD,
        "(slot.state() == State::Ended && call.kind.is_late_after_end())",
        "(slot.state() == State::Ended && call.kind.is_late_after_end() && false)",
        Row("late-call"),
    ),
    mutant(
        "an encoder that went while a call waited takes the call",
        GUARD,
        "if reborn ||",
        "if false ||",
        invariant("i10_a_waiter_survives_the_encoder_and_its_call_is_late"),
    ),
    mutant(
        "a nested call waits for itself",
        GUARD,
        "if lock.is_mine(me) {",
        "if false {",
        invariant("i5_an_original_may_call_the_same_encoder_again"),
    ),
    mutant(
        "a nested call lets others in",
        PERMIT,
        "        if !self.nested {\n            self.slot().set_outside();",
        "        {\n            self.slot().set_outside();",
        invariant("i5_leaving_the_inner_call_does_not_let_others_in"),
    ),
    mutant(
        "the lock is kept",
        PERMIT,
        "            self.lock.unlock::<P>();",
        "",
        invariant("i3_a_call_after_the_end_does_not_reach_the_driver_and_is_counted"),
    ),
    mutant(
        "adopting an encoder makes its first callers late",
        SLOT,
        "if self.state() != State::Free {",
        "{",
        invariant("i3_no_call_on_an_open_encoder_is_late"),
    ),
    mutant(
        "acquisitions are not counted",
        GUARD,
        "            slot.acquisitions.add_one();",
        "",
        invariant("i8_counts_are_exact_after_the_threads_have_been_joined"),
    ),
    mutant(
        "encoders are not retained",
        RETENTION,
        "        memory::retain(encoder);\n        if !GUARD.opened(Key(encoder.addr()), maker, call) {",
        "        memory::retain(encoder);\n        let _ = GUARD.opened(Key(encoder.addr()), maker, call);\n        {",
        Row("freed-in-flight"),
    ),
    mutant(
        "an encoder is retained twice",
        RETAINED,
        "    if slot.parent.load(Ordering::Relaxed) != 0 {\n        return false;",
        "    if false {\n        return false;",
        invariant("i4_what_is_retained_is_released_once_when_the_buffer_completes"),
    ),
    mutant(
        "an encoder is released for ever",
        RETAINED,
        "    encoder.slot().parent.store(0, Ordering::Relaxed);\n    Some(encoder)",
        "    Some(encoder)",
        invariant("i4_what_is_retained_is_released_once_when_the_buffer_completes"),
    ),
    mutant(
        "an encoder that was freed all the same is released",
        PERMIT,
        "                retained::forget::<P>(&self.guard.table, self.place, self.me);",
        "",
        invariant("i4_an_encoder_that_was_freed_all_the_same_is_not_released"),
    ),
    // Class 1: the command buffer knows its open encoder.
    mutant(
        "nobody waits for an open encoder",
        JUDGE,
        "let waited = if opener.thread == me { Waited::InVain } else { self.wait_for_end(slot, me) };",
        "let waited = Waited::InVain;",
        Row("encoder-other-thread"),
    ),
    mutant(
        "an opened encoder is not recorded",
        LIFECYCLE,
        "parent.slot().record.set_open(place.id(), me, call.id);",
        "let _ = call;",
        Row("encoder-other-thread"),
    ),
    mutant(
        "the end of an encoder wakes nobody",
        BUFFER,
        "            P::wake_all(&self.bell);",
        "",
        Test("agx-fix-guard", "buffers", "another_threads_encoder_is_waited_for"),
    ),
    mutant(
        "a thread waits for one that waits for it",
        JUDGE,
        "            if !self.waits.begin::<P>(me, opener.thread) {\n                return Waited::InVain;\n            }",
        "            let _ = self.waits.begin::<P>(me, opener.thread);",
        Test("agx-fix-guard", "buffers", "a_circle_of_waiting_threads_is_not_waited_for"),
    ),
    // Class 2: the command buffer knows its commit.
    mutant(
        "a commit is not recorded",
        PERMIT,
        "Kind::Commit => slot.record.advance(Phase::Committed),",
        "Kind::Commit => {}",
        Row("second-commit"),
    ),
    mutant(
        "a committed buffer takes calls",
        JUDGE,
        "        if slot.record.phase() != Phase::Recording {\n            return Some(Entry::Refused(",
        "        if false {\n            return Some(Entry::Refused(",
        Row("encoder-after-commit"),
    ),
    mutant(
        "a late handler goes to the driver",
        ACTION,
        "if recording || settings::detects() {",
        "if true || recording {",
        Row("late-handler"),
    ),
    mutant(
        "a late handler is forgotten",
        HANDLERS,
        "late.entry(buffer.addr()).or_default().push(callback);",
        "drop(callback);",
        Row("late-handler"),
    ),
    // Class 3: no encoder is open at a commit.
    mutant(
        "a waiter wakes at a step inside the end",
        PERMIT,
        "if self.call.kind == Kind::End || !self.nested {",
        "if true {",
        Test("agx-fix-guard", "buffers", "a_waiter_wakes_when_the_end_is_done_and_not_at_a_step_inside_it"),
    ),
    mutant(
        "a commit does not wait for an open encoder",
        JUDGE,
        "let Some((_, opener)) = slot.record.open() else {\n            slot.set_inside(call.id);",
        "let Some((_, opener)) = slot.record.open().filter(|_| call.kind == Kind::Open) else {\n            slot.set_inside(call.id);",
        Row("commit-then-end"),
    ),
    mutant(
        "a commit does not end an open encoder",
        JUDGE,
        "if encoder == 0 { Entry::Go(permit) } else",
        "if encoder == 0 || true { Entry::Go(permit) } else",
        Row("commit-same-thread"),
    ),
    mutant(
        "an owner is late with an end that was made for it",
        GUARD,
        "if call.kind == Kind::End && !reborn && slot.claim_end_for_owner() {",
        "if false {",
        Row("commit-never-ended"),
    ),
    // Class 5: no encoder goes open.
    mutant(
        "an encoder is released open",
        ACTION,
        "if !settings::detects() && retention::end_before_last_release(this) {",
        "if false {",
        Row("abandoned"),
    ),
];

#[cfg(test)]
mod tests {
    use super::MUTANTS;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_text_stands_once_in_its_file_and_names_differ() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for mutant in MUTANTS {
            let text = fs::read_to_string(root.join(mutant.file)).expect(mutant.file);
            assert_eq!(text.matches(mutant.text).count(), 1, "{} in {}", mutant.name, mutant.file);
            assert_ne!(mutant.text, mutant.replacement);
        }
        let names: BTreeSet<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), MUTANTS.len());
    }
}
