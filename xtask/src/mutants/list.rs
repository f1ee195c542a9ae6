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
const ISOLATION: &str = "crates/agx-fix-hooks/src/isolation/mod.rs";
const KEPT: &str = "crates/agx-fix-hooks/src/isolation/kept.rs";
const RESCUE: &str = "crates/agx-fix-hooks/src/isolation/rescue.rs";
const ROWS: &str = "crates/agx-fix-hooks/src/table/rows.rs";
const FORK: &str = "crates/agx-fix-platform/src/fork.rs";

const fn invariant(name: &'static str) -> Check {
    Test("agx-fix-guard", "invariants", name)
}

const fn isolation(name: &'static str) -> Check {
    Test("agx-fix-hooks", "isolation", name)
}

const RANDOM_PROGRAMS: Check = isolation("programs_of_many_threads_work_as_on_encoders_of_their_own");
const fn buffers(name: &'static str) -> Check {
    Test("agx-fix-guard", "buffers", name)
}

const fn fork(name: &'static str) -> Check {
    Test("agx-fix-platform", "", name)
}
/// By the system's own sleeping.
const SLEEPERS: Check = Test("agx-fix-lab", "", "harness::guarded::tests::everybody_who_sleeps_is_woken");

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
        "let held = lock.is_held() || !lock.try_lock(me);",
        "let held = false;",
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
        "            if self.spin(me, &turns) {\n                self.tell_of_sleep();",
        "            if self.spin(me, &turns) {",
        Test("agx-fix-guard", "", "lock::tests::whoever_gets_the_lock_after_a_sleep_speaks_for_the_others"),
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
        "if !slot.lock.try_lock(me) {",
        "if me == 0 {",
        invariant("i1_a_short_way_is_closed_while_somebody_is_inside"),
    ),
    mutant(
        "the shortest way does not look again",
        QUICK,
        "if !slot.is_quick(key) && protects(Protection::EndedCheck) {",
        "if false {",
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
        "if alias == 0 && !self.is_global() && !self.detects() && !self.holds.are_timed() {",
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
        "(ended && call.kind.is_late_after_end())",
        "(ended && call.kind.is_late_after_end() && false)",
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
        "a waiter for a freed encoder with its buffer's lock looks again",
        GUARD,
        "!(reborn || core::ptr::eq",
        "!(core::ptr::eq",
        invariant("i10_with_a_lock_a_buffer_the_call_of_a_waiter_is_late_too"),
    ),
    mutant(
        "a freed encoder's slot keeps the lock of its command buffer",
        SLOT,
        "        self.alias.store(0, Ordering::Relaxed);\n",
        "",
        invariant("i6_opening_an_encoder_does_not_wait_for_the_buffer_that_its_slot_served_before"),
    ),
    mutant(
        "a nested call waits for itself",
        GUARD,
        "if lock.is_mine(me) && protects(Protection::Nesting) {",
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
        "a call that looks again counts again",
        GUARD,
        "(counted, contended) = (true, contended || waited);",
        "(counted, contended) = (false, false);",
        buffers("a_call_that_waits_for_an_encoder_is_one_acquisition"),
    ),
    mutant(
        "a slot keeps the lock of its last encoder",
        SLOT,
        "        self.alias.store(0, Ordering::Relaxed);",
        "",
        buffers("opening_an_encoder_does_not_wait_for_the_buffer_of_one_that_was_freed"),
    ),
    mutant(
        "an encoder is opened in the slot of one that is being freed",
        LIFECYCLE,
        "let is_still_there = place.key() == key.0 && core::ptr::eq(lock, self.lock_of(slot));",
        "let _ = (slot, lock);\n                let is_still_there = true;",
        invariant("i10_an_encoder_that_is_opened_while_its_address_is_being_freed_has_a_slot_of_its_own"),
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
        "let waited = if opener.thread == me { Waited::InVain } else { self.wait_for_end(record, me) };",
        "let waited = Waited::InVain;\n        let _ = record;",
        Row("encoder-other-thread"),
    ),
    mutant(
        "an opened encoder is not recorded",
        LIFECYCLE,
        "home.slot().record.set_open(place.id(), me, call.id);",
        "let _ = (call, home);",
        Row("encoder-other-thread"),
    ),
    mutant(
        "the end of an encoder wakes nobody",
        BUFFER,
        "            P::wake_all(&self.bell);",
        "",
        buffers("another_threads_encoder_is_waited_for"),
    ),
    mutant(
        "a thread waits for one that waits for it",
        JUDGE,
        "            if !self.waits.begin::<P>(me, opener.thread) {\n                return Waited::InVain;\n            }",
        "            let _ = self.waits.begin::<P>(me, opener.thread);",
        buffers("a_circle_of_waiting_threads_is_not_waited_for"),
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
    mutant(
        "the end of a Metal 4 buffer is not recorded",
        ROWS,
        "Locked(agx_fix_guard::Kind::Commit)",
        "Locked(Access)",
        Row("second-end"),
    ),
    mutant(
        "a Metal 4 buffer that begins anew stays ended",
        PERMIT,
        "Kind::Begin => slot.record.reset(),",
        "Kind::Begin => {}",
        Row("second-end"),
    ),
    // Class 3: no encoder is open at a commit.
    mutant(
        "a waiter wakes at a step inside the end",
        PERMIT,
        "if self.call.kind == Kind::End || !self.nested {",
        "if true {",
        buffers("a_waiter_wakes_when_the_end_is_done_and_not_at_a_step_inside_it"),
    ),
    mutant(
        "a commit does not wait for an open encoder",
        JUDGE,
        "let Some(Obstacle { encoder, opener, record }) = self.in_the_way(slot, call.kind, me) else {",
        "let Some(Obstacle { encoder, opener, record }) = self.in_the_way(slot, call.kind, me).filter(|_| call.kind == Kind::Open) else {",
        Row("commit-then-end"),
    ),
    mutant(
        "a commit does not end an open encoder",
        JUDGE,
        "if encoder == 0 || permit.call().kind == Kind::Open {",
        "if true {",
        Row("commit-same-thread"),
    ),
    mutant(
        "of two commits that waited in vain both go",
        JUDGE,
        "if slot.record.phase() != Phase::Recording {\n            return Some(Entry::Refused(",
        "if slot.record.phase() != Phase::Recording && !*in_vain {\n            return Some(Entry::Refused(",
        buffers("of_two_commits_that_wait_in_vain_one_goes"),
    ),
    mutant(
        "an owner is late with an end that was made for it",
        GUARD,
        "if call.kind == Kind::End && !reborn && slot.claim_end_for_owner() {",
        "if false {",
        Row("commit-never-ended"),
    ),
    mutant(
        "an encoder does not wait for those that it has made",
        GUARD,
        "if !(call.kind.is_of_buffer() || (call.kind == Kind::End && slot.is_parent())) {",
        "if !call.kind.is_of_buffer() {",
        Row("maker-first"),
    ),
    mutant(
        "an encoder ends at a step inside the end of what it has made",
        RETAINED,
        "list(table, parent).find(is_open)",
        "let _ = is_open;\n    list(table, parent).find(|place| place.slot().is_open())",
        buffers("an_encoder_ends_when_the_end_of_what_it_has_made_is_done_and_not_at_a_step_inside_it"),
    ),
    mutant(
        "of those that an encoder has made one is ended for its owner",
        RETENTION,
        "for encoder in core::iter::once(encoder).chain(GUARD.open_encoders(parent)) {",
        "let _ = parent;\n    for encoder in core::iter::once(encoder) {",
        Row("own-left-open"),
    ),
    mutant(
        "a commit ends an encoder before those that it has made",
        RETENTION,
        "for encoder in GUARD.open_encoders(encoder).chain(core::iter::once(encoder)) {",
        "{",
        Test("agx-fix-lab", "classes", "class_3_sub_encoders_are_ended_before_their_maker"),
    ),
    // Class 5: no encoder goes open.
    mutant(
        "an encoder is released open",
        ACTION,
        "if !settings::detects() && retention::end_before_last_release(this) {",
        "if false {",
        Row("abandoned"),
    ),
    // Class 7: bindings for each thread, and late work done elsewhere.
    mutant(
        "a dispatch works with what the driver holds",
        ISOLATION,
        "kept.apply_for(serial(), this, &mut after.released)",
        "false",
        isolation("a_torn_sequence_works_with_its_own_bindings"),
    ),
    mutant(
        "what is kept is never given up",
        ISOLATION,
        "kept.clear(&mut after.released);",
        "let _ = kept;",
        isolation("what_is_kept_is_given_up_with_the_encoder"),
    ),
    mutant(
        "the queue of late work is forgotten",
        ISOLATION,
        "Action::Commit => keep_queue(this),",
        "Action::Commit => {}",
        isolation("late_work_goes_into_a_buffer_of_its_own_after_the_commit"),
    ),
    mutant(
        "an end by another thread forgets what the owner has bound",
        KEPT,
        "if self.owner != 0 && self.owner != thread {",
        "if false {",
        isolation("late_work_goes_into_a_short_encoder_while_the_buffer_records"),
    ),
    mutant(
        "an encoder that is given again is thought to hold what it held",
        KEPT,
        "            self.driver.clear(released);\n            self.records[",
        "            self.records[",
        RANDOM_PROGRAMS,
    ),
    mutant(
        "late work is lost",
        RESCUE,
        "let hopeless = ",
        "let hopeless = true || ",
        isolation("late_work_goes_into_a_short_encoder_while_the_buffer_records"),
    ),
    mutant(
        "late work leaves its bindings with another encoder's threads",
        RESCUE,
        "kept.apply(&needs.bindings, encoder, &mut after.released);",
        "needs.apply(encoder);",
        RANDOM_PROGRAMS,
    ),
    // Forks.
    mutant(
        "a fork does not wait for the locks of the cold paths",
        FORK,
        "    registered().iter().for_each(|lock| lock.take());",
        "",
        fork("fork::tests::a_child_forked_while_a_thread_holds_a_mutex_finds_it_free"),
    ),
    mutant(
        "a child keeps the locks that the fork has taken",
        FORK,
        "        lock.renumber(before, after);\n        lock.let_go();",
        "        lock.renumber(before, after);",
        fork("fork::tests::a_child_forked_while_a_thread_holds_a_mutex_finds_it_free"),
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
