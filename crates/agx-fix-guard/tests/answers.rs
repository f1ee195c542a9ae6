//! What the guard tells its front end beside whether a call may go: what a finding says, which late work can be done elsewhere,
//! whether a call is nested, which encoders are retained, the words kept with slots.

mod common;

use agx_fix_guard::{BufferOfLate, Config, Entry, Finding, Key, Permit, Who};
use agx_fix_terms::{Call, CallId, CallKind, Outcome, Preset};
use common::{
    BUFFER, ENCODER, FOUND, Route, TestGuard, TestPlatform, elsewhere, guarded, guarded_by, me, waits_of,
};
use std::sync::mpsc::channel;
use std::time::Duration;

const OTHER: Key = Key(0x3000);

/// Makes a call on the encoder, of that kind.
fn enter(guard: &TestGuard, kind: CallKind) -> Entry<'_, TestPlatform> {
    guard.enter(ENCODER, Call { id: CallId(3), kind })
}

/// Of a call that may go.
fn permit(guard: &TestGuard) -> Permit<'_, TestPlatform> {
    match enter(guard, CallKind::Access) {
        Entry::Go(permit) => permit,
        other => panic!("nobody else is there: {other:?}"),
    }
}

/// Of a call that may not.
fn refusal(guard: &TestGuard, kind: CallKind) -> Finding {
    match enter(guard, kind) {
        Entry::Refused(finding) => finding,
        other => panic!("{kind:?} is late: {other:?}"),
    }
}

/// Of late work: where it finds its command buffer, and the finding if it is not done there.
fn late(guard: &TestGuard, kind: CallKind) -> (BufferOfLate, Finding) {
    match enter(guard, kind) {
        Entry::Late(permit, buffer) => (buffer, permit.late_finding()),
        other => panic!("{kind:?} can be done elsewhere: {other:?}"),
    }
}

/// A guard of an encoder on a command buffer.
fn opened() -> (&'static TestGuard, Route) {
    let (guard, route) = guarded_by(Preset::Guard);
    assert!(route.open(ENCODER, BUFFER));
    (guard, route)
}

/// The encoder has ended.
fn ended(config: Config) -> (&'static TestGuard, Route) {
    let (guard, route) = guarded(config);
    assert!(route.open(ENCODER, BUFFER));
    assert!(route.call(ENCODER, 2, CallKind::End));
    (guard, route)
}

/// A guard that leaves late work to others.
fn rescuing(wait_timeout: Duration) -> (&'static TestGuard, Route) {
    ended(Config { wait_timeout, ..Config::new(Preset::Isolate.policy()) })
}

#[test]
fn work_is_lost_by_a_dispatch_that_comes_late_and_by_nothing_else() {
    let (guard, _) = ended(Config::default());
    for (kind, lossy) in [(CallKind::Encode, false), (CallKind::Dispatch, true), (CallKind::End, false)] {
        assert_eq!(refusal(guard, kind).lossy, lossy, "{kind:?}");
    }
}

#[test]
fn no_work_is_lost_where_the_guard_only_looks() {
    let (_, route) = ended(Config::new(Preset::Detect.policy()));
    assert!(route.call(ENCODER, 9, CallKind::Dispatch));
    let found = FOUND.lock().unwrap();
    let late = found.iter().find(|it| it.key == ENCODER && it.outcome == Outcome::Reported).unwrap();
    assert!(!late.lossy);
}

#[test]
fn what_encodes_after_the_end_can_be_done_elsewhere_and_an_end_cannot() {
    let (guard, _) = rescuing(Duration::ZERO);
    for (kind, lossy) in [(CallKind::Encode, false), (CallKind::Dispatch, true)] {
        let (buffer, finding) = late(guard, kind);
        assert_eq!((buffer, finding.lossy), (BufferOfLate::Recording(BUFFER), lossy), "{kind:?}");
    }
    refusal(guard, CallKind::End);
}

#[test]
fn late_work_is_told_where_its_command_buffer_stands() {
    let (guard, route) = rescuing(Duration::ZERO);
    let stands = || late(guard, CallKind::Dispatch).0;
    assert_eq!(stands(), BufferOfLate::Recording(BUFFER));
    assert!(route.open(OTHER, BUFFER));
    assert_eq!(stands(), BufferOfLate::Encoding(OTHER));
    assert!(route.call(OTHER, 2, CallKind::End));
    assert_eq!(stands(), BufferOfLate::Recording(BUFFER));
    assert!(route.call(BUFFER, 4, CallKind::Commit));
    assert_eq!(stands(), BufferOfLate::Gone, "it is committed");
    guard.buffer_opened(BUFFER, |_| ());
    assert_eq!(stands(), BufferOfLate::Gone, "the buffer at that address is another one");
    let _ = route.open(ENCODER, BUFFER);
    assert!(route.call(ENCODER, 2, CallKind::End));
    assert_eq!(stands(), BufferOfLate::Recording(BUFFER), "an encoder of that one");
    assert!(route.call(BUFFER, 5, CallKind::Free));
    assert_eq!(stands(), BufferOfLate::Gone, "it is freed");
}

#[test]
fn what_has_come_of_late_work_is_counted() {
    let (guard, _) = rescuing(Duration::ZERO);
    let (_, lost) = late(guard, CallKind::Dispatch);
    let done = Finding { outcome: Outcome::Converted, lossy: false, ..lost };
    for (finding, is_dispatch) in [(lost, true), (lost, false), (done, true), (done, true), (done, false)] {
        guard.late_ended(&finding, is_dispatch);
    }
    let counted = guard.statistics();
    assert_eq!((counted.late_calls, counted.late_dispatches, counted.rescued_dispatches), (5, 3, 2));
    assert_eq!(counted.late_by_call, [(CallId(3), 5)]);
    assert_eq!(counted.first_late_calls.len(), 5);
    guard.reset_statistics();
    let counted = guard.statistics();
    assert_eq!((counted.late_calls, counted.late_dispatches, counted.rescued_dispatches), (0, 0, 0));
    assert_eq!((counted.late_by_call, counted.first_late_calls), (vec![], vec![]));
    guard.late_ended(&done, true);
    assert_eq!(guard.statistics().first_late_calls.len(), 1, "the first ones again");
}

/// More late calls than are kept one by one.
#[test]
fn late_calls_are_counted_when_there_is_no_room_for_them() {
    let (guard, route) = ended(Config::default());
    assert!((0..40).all(|_| !route.call(ENCODER, 600, CallKind::Encode)));
    let counted = guard.statistics();
    assert_eq!((counted.late_calls, counted.first_late_calls.len()), (40, 16));
    assert_eq!(counted.late_by_call, [], "a number that no hook has");
}

#[test]
fn the_end_is_whose_it_is_said_to_be() {
    let (guard, _) = ended(Config::default());
    let who = Who { thread: 12_345, call: CallId(77) };
    guard.attribute_end(ENCODER, who);
    assert_eq!(refusal(guard, CallKind::Dispatch).other, Some(who));
}

#[test]
fn waiting_until_a_buffer_is_free_for_an_encoder() {
    let (guard, route) = rescuing(Duration::ZERO);
    assert!(!guard.wait_until_closed(OTHER), "nobody knows that one");
    assert!(guard.wait_until_closed(ENCODER), "nothing is open");
    assert!(elsewhere(|| route.open(OTHER, BUFFER)));
    assert!(!guard.wait_until_closed(ENCODER), "the time is up");
}

/// Whoever waits for its own encoder waits for ever.
#[test]
fn waiting_until_a_buffer_is_free_is_in_vain_for_the_thread_whose_encoder_is_open() {
    let (guard, route) = rescuing(Duration::from_secs(3600));
    assert!(route.open(OTHER, BUFFER));
    assert!(!guard.wait_until_closed(ENCODER));
}

#[test]
fn waiting_until_a_buffer_is_free_ends_with_another_threads_encoder() {
    let (guard, route) = rescuing(Duration::from_secs(3600));
    assert!(route.open(OTHER, BUFFER));
    let (tell, hear) = channel();
    let waiter = std::thread::spawn(move || {
        tell.send(me()).unwrap();
        guard.wait_until_closed(ENCODER)
    });
    let thread = hear.recv().unwrap();
    while waits_of(thread) == 0 && !waiter.is_finished() {
        std::thread::yield_now();
    }
    assert!(route.call(OTHER, 2, CallKind::End));
    assert!(waiter.join().unwrap());
}

#[test]
fn a_permit_says_whether_the_call_is_nested_and_the_encoder_open() {
    let (guard, route) = opened();
    let (outer, inner) = (permit(guard), permit(guard));
    assert_eq!((outer.is_nested(), inner.is_nested()), (false, true));
    drop((inner, outer));
    assert!(permit(guard).is_open());
    assert!(route.call(ENCODER, 2, CallKind::End));
    assert!(!permit(guard).is_open());
}

#[test]
fn an_encoder_is_retained_and_open_from_its_opening_to_its_end() {
    let (guard, _) = guarded_by(Preset::Guard);
    assert!(!guard.retains_open(ENCODER));
    let (guard, _) = opened();
    assert!(guard.retains_open(ENCODER));
    guard.completed(BUFFER, |_| ());
    assert!(!guard.retains_open(ENCODER), "open, but not retained");
    let (guard, _) = ended(Config::default());
    assert!(!guard.retains_open(ENCODER), "retained, but not open");
}

#[test]
fn the_word_kept_with_a_slot_is_what_was_put_there() {
    assert_eq!(guarded_by(Preset::Guard).0.attachment(ENCODER), None);
    let (guard, _) = opened();
    let permit = permit(guard);
    assert_eq!((permit.attachment(), guard.attachment(ENCODER)), (0, Some(0)));
    permit.attach(7);
    assert_eq!((permit.attachment(), guard.attachment(ENCODER)), (7, Some(7)));
    guard.attach(ENCODER, 9);
    assert_eq!(permit.attachment(), 9);
    let mut words = Vec::new();
    guard.attachments_of_retained(BUFFER, |word| words.push(word));
    assert_eq!(words, [9]);
}

/// A caller that ends each before it asks for the next one comes to all of them.
#[test]
fn all_open_parts_of_an_encoder_are_named() {
    let (guard, route) = opened();
    let parts = [Key(0x7300), Key(0x7400), Key(0x7500)];
    parts.into_iter().for_each(|part| route.open_part(part, ENCODER));
    let end = |&part: &Key| assert!(route.call(part, 4, CallKind::End));
    let mut named: Vec<Key> = guard.open_encoders(ENCODER).inspect(end).collect();
    named.sort_by_key(|key| key.0);
    assert_eq!(named, parts);
}
