//! What the guard answers to whoever sits above it, beside the way to the driver: what a finding says, what is late and can be
//! done elsewhere, whether a call is nested, who is retained, the words kept with slots.

mod common;

use agx_fix_guard::{BufferOfLate, Call, CallId, Config, Entry, Key, Kind, Mode, Outcome, Sharing};
use common::{FOUND, TestGuard, Way, new_guard, open, open_part};

const ENCODER: Key = Key(0x7100);
const BUFFER: Key = Key(0x7200);

fn call(kind: Kind) -> Call {
    Call { id: CallId(3), kind }
}

/// An encoder that has ended, on a command buffer.
fn ended(config: Config) -> &'static TestGuard {
    let guard = new_guard();
    guard.configure(config);
    assert!(open(guard, ENCODER, BUFFER));
    assert!(Way::Guarded(guard).call(ENCODER, 2, Kind::End, || ()));
    guard
}

#[test]
fn work_is_lost_by_a_dispatch_that_comes_late_and_by_nothing_else() {
    let guard = ended(Config::default());
    for (kind, lossy) in [(Kind::Encode, false), (Kind::Dispatch, true), (Kind::End, false)] {
        match guard.enter(ENCODER, call(kind)) {
            Entry::Refused(finding) => assert_eq!(finding.lossy, lossy, "{kind:?}"),
            _ => panic!("{kind:?} is late"),
        }
    }
}

#[test]
fn no_work_is_lost_where_the_guard_only_looks() {
    let guard = ended(Config { mode: Mode::Detect, ..Config::default() });
    assert!(Way::Guarded(guard).call(ENCODER, 9, Kind::Dispatch, || ()));
    let found = FOUND.lock().unwrap();
    let late = found.iter().find(|it| it.key == ENCODER && it.outcome == Outcome::Reported).unwrap();
    assert!(!late.lossy);
}

#[test]
fn what_encodes_after_the_end_can_be_done_elsewhere_and_an_end_cannot() {
    let guard = ended(Config { sharing: Sharing::PerBuffer, rescues: true, ..Config::default() });
    for kind in [Kind::Encode, Kind::Dispatch] {
        match guard.enter(ENCODER, call(kind)) {
            Entry::Late(permit, buffer) => {
                assert_eq!(buffer, BufferOfLate::Recording(BUFFER), "{kind:?}");
                assert_eq!(permit.late_finding().lossy, kind == Kind::Dispatch);
            }
            _ => panic!("{kind:?} can be done elsewhere"),
        }
    }
    assert!(matches!(guard.enter(ENCODER, call(Kind::End)), Entry::Refused(_)));
}

#[test]
fn a_call_from_inside_another_is_nested() {
    let guard = new_guard();
    let (Entry::Go(outer), Entry::Go(inner)) =
        (guard.enter(ENCODER, call(Kind::Access)), guard.enter(ENCODER, call(Kind::Access)))
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
        let Entry::Go(permit) = guard.enter(ENCODER, call(Kind::Access)) else { panic!("nobody is inside") };
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
    let Entry::Go(permit) = guard.enter(ENCODER, call(Kind::Access)) else { panic!("nobody is inside") };
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
        assert!(Way::Guarded(guard).call(part, 4, Kind::End, || ()));
    }
    named.sort_by_key(|key| key.0);
    assert_eq!(named, parts);
}
