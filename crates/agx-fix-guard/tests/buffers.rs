//! The states of a command buffer (crash classes 1, 2, 3) and the findings, one by one, each with the same calls made
//! without the guard.

mod common;

use agx_fix_guard::{Config, Key};
use agx_fix_terms::{CallKind, FindingClass, Outcome, Phase, Preset};
use common::{
    BUFFER, ENCODER, END_FOR_OWNER, PRESETS, Route, TestGuard, calls_meet, elsewhere, guarded, guarded_by,
    happen, me, meet, waits_of, when_found,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::time::Duration;

const OPEN: u16 = 1;
const END: u16 = 2;
const COMMIT: u16 = 3;

/// What encoders make.
const PARTS: [Key; 3] = [Key(0x1200), Key(0x1400), Key(0x1600)];

fn patient(preset: Preset, wait_ms: u64) -> (&'static TestGuard, Route) {
    let wait_timeout = Duration::from_millis(wait_ms);
    guarded(Config { wait_timeout, ..Config::new(preset.policy()) })
}

/// Opens an encoder by its factory. True if the call may go.
fn open(route: Route, encoder: Key) -> bool {
    route.call_with(BUFFER, OPEN, CallKind::Open, || assert!(route.open(encoder, BUFFER)))
}

/// The findings about an object.
fn found(guard: &TestGuard, key: Key) -> Vec<(FindingClass, Outcome)> {
    let about = guard.findings().map(|(_, it, _)| it).filter(|it| it.key == key);
    let mut all: Vec<_> = about.map(|it| (it.class, it.outcome)).collect();
    all.sort_by_key(|(class, outcome)| (*class as u8, *outcome as u8));
    all.dedup();
    all
}

/// This thread ends an encoder, and another thread makes a call before: while the encoder is open, or, if `inside`, during its
/// end, after the driver has torn it down. Whether the call's original ran before the end was done.
fn runs_before_the_end(route: Route, encoder: Key, inside: bool, (key, kind): (Key, CallKind)) -> bool {
    let one = |begun: &dyn Fn()| {
        if !inside {
            begun();
        }
        route.call_with(encoder, END, CallKind::End, || {
            if inside {
                route.call(encoder, END + 10, CallKind::Teardown);
                begun();
            }
        });
    };
    meet(one, |ran| route.call_with(key, COMMIT, kind, ran))
}

#[test]
fn another_threads_encoder_is_waited_for() {
    for (kind, class) in [
        (CallKind::Open, FindingClass::EncoderAlreadyOpen),
        (CallKind::Commit, FindingClass::EncoderOpenAtCommit),
        (CallKind::Event, FindingClass::EncoderOpenAtCommit),
    ] {
        let call = (BUFFER, kind);
        assert!(runs_before_the_end(Route::Bare, ENCODER, false, call), "the baseline must fail: {kind:?}");
        for preset in PRESETS {
            let (guard, route) = patient(preset, 60_000);
            open(route, ENCODER);
            assert!(!runs_before_the_end(route, ENCODER, false, call), "{kind:?} {preset:?}");
            assert_eq!(found(guard, BUFFER), [(class, Outcome::Prevented)], "{kind:?} {preset:?}");
        }
    }
}

/// I8: an encoder is opened, asked for by another thread, and ended; then the same with a call that waits in vain.
#[test]
fn a_call_that_waits_for_an_encoder_is_one_acquisition() {
    for preset in PRESETS {
        let (guard, route) = patient(preset, 60_000);
        open(route, ENCODER);
        runs_before_the_end(route, ENCODER, false, (BUFFER, CallKind::Commit));
        assert_eq!(guard.statistics().acquisitions, 3, "{preset:?}");
        let first = found(guard, BUFFER)[0];
        assert_eq!(first, (FindingClass::EncoderOpenAtCommit, Outcome::Prevented), "{preset:?}");
    }
    let (guard, route) = patient(Preset::PerEncoder, 10);
    open(route, ENCODER);
    elsewhere(|| route.call(BUFFER, COMMIT, CallKind::Commit));
    assert_eq!(found(guard, BUFFER), [(FindingClass::EncoderOpenAtCommit, Outcome::Converted)]);
    assert_eq!(guard.statistics().acquisitions, 3, "the end for its owner is the third");
}

/// Has another thread be inside a call on the buffer until this one sleeps.
fn hold_until_this_thread_sleeps(route: Route) {
    let (sleeper, before) = (me(), waits_of(me()));
    let (tell, inside) = channel();
    std::thread::spawn(move || {
        route.call_with(BUFFER, 9, CallKind::Access, || {
            tell.send(()).unwrap();
            while waits_of(sleeper) == before {
                std::thread::yield_now();
            }
        })
    });
    inside.recv().unwrap();
}

/// I8: a commit waits for the lock, then in vain for an encoder's end, then for the lock again.
#[test]
fn a_call_that_waits_for_its_lock_twice_is_contended_once() {
    let (guard, route) = patient(Preset::PerEncoder, 0);
    elsewhere(|| route.open(ENCODER, BUFFER));
    hold_until_this_thread_sleeps(route);
    when_found(move || hold_until_this_thread_sleeps(route));
    assert!(route.call(BUFFER, COMMIT, CallKind::Commit));
    let statistics = guard.statistics();
    let waits: u64 = statistics.wait_times.iter().map(|(_, count)| count).sum();
    assert_eq!((waits, statistics.contentions), (2, 1));
}

/// The driver tears down first and forgets the encoder last: a waiter that came in between would find it open.
#[test]
fn a_waiter_wakes_when_the_end_is_done_and_not_at_a_step_inside_it() {
    for preset in [Preset::PerEncoder, Preset::PerCommandBuffer] {
        let (_, route) = patient(preset, 60_000);
        open(route, ENCODER);
        assert!(!runs_before_the_end(route, ENCODER, true, (BUFFER, CallKind::Open)), "{preset:?}");
    }
}

#[test]
fn an_encoder_that_does_not_end_is_ended_for_its_owner_before_a_commit() {
    for preset in [Preset::PerEncoder, Preset::PerCommandBuffer] {
        let (guard, route) = patient(preset, 30);
        elsewhere(|| open(route, ENCODER));
        assert!(route.call(BUFFER, COMMIT, CallKind::Commit));
        assert_eq!(found(guard, BUFFER), [(FindingClass::EncoderOpenAtCommit, Outcome::Converted)]);
        assert!(!route.call(ENCODER, END, CallKind::End), "it has been done");
        assert_eq!(found(guard, ENCODER), [], "and is no error");
        assert!(!route.call(ENCODER, END, CallKind::End), "once");
        assert_eq!(found(guard, ENCODER), [(FindingClass::LateCall, Outcome::Prevented)]);
        let (_, late, _) = guard.findings().find(|(_, it, _)| it.class == FindingClass::LateCall).unwrap();
        assert_eq!(late.other.unwrap().call.0, END_FOR_OWNER);
    }
}

/// Neither commit sees the encoder end, and one comes back from its wait when the other has been done.
#[test]
fn of_two_commits_that_wait_in_vain_one_goes() {
    let commits = |route: Route| {
        let count = Rc::new(Cell::new(0));
        let commit = |count: Rc<Cell<u32>>| {
            move || {
                route.call_with(BUFFER, COMMIT, CallKind::Commit, || count.set(count.get() + 1));
            }
        };
        when_found(commit(Rc::clone(&count)));
        commit(Rc::clone(&count))();
        happen(); // if nothing was found
        count.get()
    };
    assert_eq!(commits(Route::Bare), 2, "the baseline must fail");
    for preset in PRESETS {
        let (guard, route) = patient(preset, 0);
        elsewhere(|| route.open(ENCODER, BUFFER));
        assert_eq!(commits(route), 1, "{preset:?}");
        let refused = (FindingClass::UsedAfterCommit, Outcome::Prevented);
        assert!(found(guard, BUFFER).contains(&refused), "{preset:?}");
    }
}

/// A parallel render encoder is ended by a thread while the part of another one is open.
#[test]
fn an_encoder_ends_after_those_that_it_has_made() {
    let end = (ENCODER, CallKind::End);
    assert!(runs_before_the_end(Route::Bare, PARTS[0], false, end), "the baseline must fail");
    for preset in PRESETS {
        let (guard, route) = patient(preset, 60_000);
        let _ = route.open(ENCODER, BUFFER);
        route.open_part(PARTS[0], ENCODER);
        assert!(!runs_before_the_end(route, PARTS[0], false, end), "{preset:?}");
        let prevented = [(FindingClass::EncoderOpenAtCommit, Outcome::Prevented)];
        assert_eq!(found(guard, ENCODER), prevented, "{preset:?}");
    }
}

/// As for a command buffer: the driver tears a sub-encoder down first and tells its maker last.
#[test]
fn an_encoder_ends_when_the_end_of_what_it_has_made_is_done_and_not_at_a_step_inside_it() {
    for preset in [Preset::PerEncoder, Preset::PerCommandBuffer] {
        let (_, route) = patient(preset, 60_000);
        let _ = route.open(ENCODER, BUFFER);
        route.open_part(PARTS[0], ENCODER);
        assert!(!runs_before_the_end(route, PARTS[0], true, (ENCODER, CallKind::End)), "{preset:?}");
    }
}

#[test]
fn what_an_encoder_has_made_and_does_not_end_is_ended_for_its_owner() {
    for preset in PRESETS {
        let (guard, route) = patient(preset, 10);
        let _ = route.open(ENCODER, BUFFER);
        PARTS.into_iter().for_each(|part| route.open_part(part, ENCODER));
        assert!(route.call(PARTS[1], END, CallKind::End), "the owner's own");
        let all_have_ended = || assert!(guard.open_encoders(ENCODER).count() == 0);
        let end = || route.call_with(ENCODER, END, CallKind::End, all_have_ended);
        assert!(elsewhere(end), "{preset:?}");
        let converted = [(FindingClass::EncoderOpenAtCommit, Outcome::Converted)];
        assert_eq!(found(guard, ENCODER), converted, "{preset:?}");
        for part in [PARTS[0], PARTS[2]] {
            assert!(!route.call(part, END, CallKind::End), "it has been done");
            assert_eq!(found(guard, part), [], "and is no error");
            assert!(!route.call(part, 8, CallKind::Dispatch), "late");
        }
    }
}

/// The finding tells a mistake of one thread, which no wait can help, from a race.
#[test]
fn a_second_encoder_goes_to_the_driver_when_waiting_was_in_vain_or_the_thread_is_the_same() {
    for by_same in [false, true] {
        let (guard, route) = patient(Preset::PerEncoder, 30);
        open(route, ENCODER);
        let second = || route.call(BUFFER, OPEN, CallKind::Open);
        assert!(if by_same { second() } else { elsewhere(second) });
        assert_eq!(found(guard, BUFFER), [(FindingClass::EncoderAlreadyOpen, Outcome::Reported)]);
        let (_, finding, _) = guard.findings().next().unwrap();
        assert_eq!(finding.other.unwrap().thread == finding.who.thread, by_same);
    }
}

#[test]
fn a_buffer_is_committed_once_and_takes_nothing_afterwards() {
    let commits = |route: Route| {
        [CallKind::Commit, CallKind::Commit, CallKind::Open, CallKind::Event]
            .map(|kind| route.call(BUFFER, COMMIT, kind))
    };
    assert_eq!(commits(Route::Bare), [true; 4], "the baseline must fail");
    let (guard, route) = patient(Preset::PerEncoder, 30);
    guard.buffer_opened(BUFFER, |_| ());
    assert_eq!(commits(route), [true, false, false, false]);
    assert_eq!(guard.phase(BUFFER), Phase::Committed);
    let lossy: Vec<bool> = guard.findings().map(|(_, it, _)| it.lossy).collect();
    assert_eq!(lossy, [false, true], "a second commit loses nothing, an encoder that is not opened does");
    guard.finished(BUFFER);
    assert_eq!(guard.phase(BUFFER), Phase::Completed);
    guard.buffer_opened(BUFFER, |_| ());
    assert!(commits(route)[0], "born again");
    assert!(route.call(BUFFER, 5, CallKind::Begin));
    assert!(commits(route)[0], "begun anew");
}

/// Two threads that wait for each other's encoders: neither would ever end its own.
#[test]
fn a_circle_of_waiting_threads_is_not_waited_for() {
    let (guard, route) = patient(Preset::PerEncoder, 3_600_000);
    let (buffers, encoders) = ([Key(0x60_0000), Key(0x61_0000)], [Key(0x60_0800), Key(0x61_0800)]);
    let met_at = Barrier::new(2);
    let wait_for_the_other = |own: usize| {
        let _ = route.open(encoders[own], buffers[own]);
        met_at.wait();
        route.call(buffers[1 - own], COMMIT, CallKind::Event);
        route.call(encoders[own], END, CallKind::End);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| wait_for_the_other(0));
        wait_for_the_other(1);
    });
    let all = buffers.map(|buffer| found(guard, buffer)).concat();
    assert!(all.contains(&(FindingClass::EncoderOpenAtCommit, Outcome::Converted)), "{all:?}");
}

#[test]
fn one_lock_for_a_buffer_and_its_encoders() {
    for (preset, meet) in [(Preset::PerEncoder, true), (Preset::PerCommandBuffer, false)] {
        let (_, route) = patient(preset, 30);
        let _ = route.open(ENCODER, BUFFER);
        let calls = [(ENCODER, CallKind::Encode), (BUFFER, CallKind::Access)];
        assert_eq!(calls_meet(route, calls), meet, "{preset:?}");
    }
}

/// A slot serves one encoder after another. The lock of the last one's command buffer is no business of the next one's.
#[test]
fn opening_an_encoder_does_not_wait_for_the_buffer_of_one_that_was_freed() {
    let (_, route) = patient(Preset::PerCommandBuffer, 30);
    let old = Key(0x3000);
    let _ = route.open(ENCODER, old);
    route.call(ENCODER, END, CallKind::End);
    route.call(ENCODER, 8, CallKind::Free);
    let opens_beside = meet(
        |begun| route.call_with(old, 9, CallKind::Access, begun),
        |opened| {
            let _ = route.open(ENCODER, BUFFER);
            opened();
        },
    );
    assert!(opens_beside, "it waited for another command buffer");
}

#[test]
fn detecting_holds_nobody_up_and_sees_the_same() {
    let (guard, route) = guarded_by(Preset::Detect);
    let parent = Key(0x3000);
    open(route, ENCODER);
    let calls = [(ENCODER, CallKind::Encode), (ENCODER, CallKind::Dispatch)];
    assert!(calls_meet(route, calls), "the other thread is still inside");
    assert!(route.call(BUFFER, OPEN, CallKind::Open));
    route.call(ENCODER, END, CallKind::End);
    assert!(route.call(ENCODER, 9, CallKind::Dispatch), "the driver sees every call");
    assert!(route.call(BUFFER, COMMIT, CallKind::Commit));
    assert!(route.call(BUFFER, COMMIT, CallKind::Commit));
    route.open_part(Key(0x3400), parent);
    assert!(route.call(parent, END, CallKind::End));
    assert_eq!(found(guard, parent), [(FindingClass::EncoderOpenAtCommit, Outcome::Reported)]);
    let of_encoder =
        [(FindingClass::LateCall, Outcome::Reported), (FindingClass::TwoThreads, Outcome::Reported)];
    assert_eq!(found(guard, ENCODER), of_encoder);
    let of_buffer = [FindingClass::EncoderAlreadyOpen, FindingClass::UsedAfterCommit];
    assert_eq!(found(guard, BUFFER), of_buffer.map(|class| (class, Outcome::Reported)));
}
