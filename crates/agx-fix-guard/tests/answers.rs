//! What the guard tells its front end beside whether a call may go: what a finding says, which late work can be done elsewhere,
//! whether a call is nested, which encoders are retained, the words kept with slots.

mod common;

use agx_fix_guard::{BufferOfLate, Config, Entry, Key, Platform, Who};
use agx_fix_terms::{Call, CallId, CallKind, Outcome, Preset};
use common::{FOUND, Route, TestGuard, TestPlatform, WAITED, new_guard, open, open_part};
use std::sync::mpsc::channel;
use std::time::Duration;

const ENCODER: Key = Key(0x7100);
const BUFFER: Key = Key(0x7200);

fn call(kind: CallKind) -> Call {
    Call { id: CallId(3), kind }
}

/// An encoder that has ended, on a command buffer.
fn ended(config: Config) -> &'static TestGuard {
    let guard = new_guard();
    guard.configure(config);
    assert!(open(guard, ENCODER, BUFFER));
    assert!(Route::Guarded(guard).call(ENCODER, 2, CallKind::End, || ()));
    guard
}

#[test]
fn work_is_lost_by_a_dispatch_that_comes_late_and_by_nothing_else() {
    let guard = ended(Config::default());
    for (kind, lossy) in [(CallKind::Encode, false), (CallKind::Dispatch, true), (CallKind::End, false)] {
        match guard.enter(ENCODER, call(kind)) {
            Entry::Refused(finding) => assert_eq!(finding.lossy, lossy, "{kind:?}"),
            _ => panic!("{kind:?} is late"),
        }
    }
}

#[test]
fn no_work_is_lost_where_the_guard_only_looks() {
    let guard = ended(Config::new(Preset::Detect.policy()));
    assert!(Route::Guarded(guard).call(ENCODER, 9, CallKind::Dispatch, || ()));
    let found = FOUND.lock().unwrap();
    let late = found.iter().find(|it| it.key == ENCODER && it.outcome == Outcome::Reported).unwrap();
    assert!(!late.lossy);
}

#[test]
fn what_encodes_after_the_end_can_be_done_elsewhere_and_an_end_cannot() {
    let guard = ended(rescuing(Duration::ZERO));
    for kind in [CallKind::Encode, CallKind::Dispatch] {
        match guard.enter(ENCODER, call(kind)) {
            Entry::Late(permit, buffer) => {
                assert_eq!(buffer, BufferOfLate::Recording(BUFFER), "{kind:?}");
                assert_eq!(permit.late_finding().lossy, kind == CallKind::Dispatch);
            }
            _ => panic!("{kind:?} can be done elsewhere"),
        }
    }
    assert!(matches!(guard.enter(ENCODER, call(CallKind::End)), Entry::Refused(_)));
}

/// A guard that leaves late work to others.
fn rescuing(wait_timeout: Duration) -> Config {
    Config { wait_timeout, ..Config::new(Preset::Isolate.policy()) }
}

/// Where late work on the encoder finds its command buffer.
fn late(guard: &TestGuard) -> BufferOfLate {
    match guard.enter(ENCODER, call(CallKind::Dispatch)) {
        Entry::Late(_, buffer) => buffer,
        _ => panic!("its encoder has ended"),
    }
}

#[test]
fn late_work_is_told_where_its_command_buffer_stands() {
    let (guard, next) = (ended(rescuing(Duration::ZERO)), Key(0x7300));
    assert_eq!(late(guard), BufferOfLate::Recording(BUFFER));
    assert!(open(guard, next, BUFFER));
    assert_eq!(late(guard), BufferOfLate::Encoding(next));
    let route = Route::Guarded(guard);
    assert!(route.call(next, 2, CallKind::End, || ()));
    assert_eq!(late(guard), BufferOfLate::Recording(BUFFER));
    assert!(route.call(BUFFER, 4, CallKind::Commit, || ()));
    assert_eq!(late(guard), BufferOfLate::Gone, "it is committed");
    guard.buffer_opened(BUFFER, |_| ());
    assert_eq!(late(guard), BufferOfLate::Gone, "the buffer at that address is another one");
    let _ = open(guard, ENCODER, BUFFER);
    assert!(route.call(ENCODER, 2, CallKind::End, || ()));
    assert_eq!(late(guard), BufferOfLate::Recording(BUFFER), "an encoder of that one");
    assert!(route.call(BUFFER, 5, CallKind::Free, || ()));
    assert_eq!(late(guard), BufferOfLate::Gone, "it is freed");
}

#[test]
fn what_has_come_of_late_work_is_counted() {
    let guard = ended(rescuing(Duration::ZERO));
    let Entry::Late(permit, _) = guard.enter(ENCODER, call(CallKind::Dispatch)) else {
        panic!("it has ended")
    };
    let lost = permit.late_finding();
    drop(permit);
    let done = agx_fix_guard::Finding { outcome: Outcome::Converted, lossy: false, ..lost };
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
    let guard = ended(Config::default());
    for _ in 0..40 {
        assert!(!Route::Guarded(guard).call(ENCODER, 600, CallKind::Encode, || ()));
    }
    let counted = guard.statistics();
    assert_eq!((counted.late_calls, counted.first_late_calls.len()), (40, 16));
    assert_eq!(counted.late_by_call, [], "a number that no hook has");
}

#[test]
fn the_end_is_whose_it_is_said_to_be() {
    let guard = ended(Config::default());
    let who = Who { thread: 12_345, call: CallId(77) };
    guard.attribute_end(ENCODER, who);
    let Entry::Refused(finding) = guard.enter(ENCODER, call(CallKind::Dispatch)) else {
        panic!("it has ended")
    };
    assert_eq!(finding.other, Some(who));
}

#[test]
fn waiting_until_a_buffer_is_free_for_an_encoder() {
    let (guard, other) = (ended(rescuing(Duration::ZERO)), Key(0x7300));
    assert!(!guard.wait_until_closed(other), "nobody knows that one");
    assert!(guard.wait_until_closed(ENCODER), "nothing is open");
    std::thread::spawn(move || assert!(open(guard, other, BUFFER))).join().unwrap();
    assert!(!guard.wait_until_closed(ENCODER), "the time is up");
}

/// Whoever waits for its own encoder waits for ever.
#[test]
fn waiting_until_a_buffer_is_free_is_in_vain_for_the_thread_whose_encoder_is_open() {
    let guard = ended(rescuing(Duration::from_secs(3600)));
    assert!(open(guard, Key(0x7300), BUFFER));
    assert!(!guard.wait_until_closed(ENCODER));
}

#[test]
fn waiting_until_a_buffer_is_free_ends_with_another_threads_encoder() {
    let (guard, other) = (ended(rescuing(Duration::from_secs(3600))), Key(0x7300));
    assert!(open(guard, other, BUFFER));
    let (tell, hear) = channel();
    let waiter = std::thread::spawn(move || {
        tell.send(TestPlatform::thread()).unwrap();
        guard.wait_until_closed(ENCODER)
    });
    let thread = hear.recv().unwrap();
    while !WAITED.lock().unwrap().contains(&thread) && !waiter.is_finished() {
        std::thread::yield_now();
    }
    assert!(Route::Guarded(guard).call(other, 2, CallKind::End, || ()));
    assert!(waiter.join().unwrap());
}

#[test]
fn a_call_from_inside_another_is_nested() {
    let guard = new_guard();
    let (Entry::Go(outer), Entry::Go(inner)) =
        (guard.enter(ENCODER, call(CallKind::Access)), guard.enter(ENCODER, call(CallKind::Access)))
    else {
        panic!("nobody else is there")
    };
    assert_eq!((outer.is_nested(), inner.is_nested()), (false, true));
}

#[test]
fn a_permit_says_whether_the_encoder_is_open() {
    let guard = new_guard();
    assert!(open(guard, ENCODER, BUFFER));
    for (guard, is_open) in [(guard, true), (ended(Config::default()), false)] {
        let Entry::Go(permit) = guard.enter(ENCODER, call(CallKind::Access)) else {
            panic!("nobody is inside")
        };
        assert_eq!(permit.is_open(), is_open);
    }
}

#[test]
fn an_encoder_is_retained_and_open_from_its_opening_to_its_end() {
    let guard = new_guard();
    assert!(!guard.retains_open(ENCODER));
    assert!(open(guard, ENCODER, BUFFER));
    assert!(guard.retains_open(ENCODER));
    guard.completed(BUFFER, |_| ());
    assert!(!guard.retains_open(ENCODER), "open, but not retained");
    let guard = ended(Config::default());
    assert!(!guard.retains_open(ENCODER), "retained, but not open");
}

#[test]
fn the_word_kept_with_a_slot_is_what_was_put_there() {
    let guard = new_guard();
    assert_eq!(guard.attachment(ENCODER), None);
    assert!(open(guard, ENCODER, BUFFER));
    let Entry::Go(permit) = guard.enter(ENCODER, call(CallKind::Access)) else { panic!("nobody is inside") };
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
    let guard = new_guard();
    assert!(open(guard, ENCODER, BUFFER));
    let parts = [Key(0x7300), Key(0x7400), Key(0x7500)];
    parts.into_iter().for_each(|part| open_part(guard, part, ENCODER));
    let mut named = Vec::new();
    for part in guard.open_encoders(ENCODER) {
        named.push(part);
        assert!(Route::Guarded(guard).call(part, 4, CallKind::End, || ()));
    }
    named.sort_by_key(|key| key.0);
    assert_eq!(named, parts);
}
