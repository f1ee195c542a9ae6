//! The states of a command buffer (crash classes 1, 2, 3) and the findings, one by one, each with the same calls made
//! without the guard.

mod common;

use agx_fix_guard::{Config, Finding, Key};
use agx_fix_terms::{CallKind, FindingClass, Outcome, Phase, Preset};
use common::{
    END_FOR_OWNER, FOUND, Route, TestGuard, asked_of_the_system, happen, new_guard, open, open_part,
    when_found,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::time::Duration;

const OPEN: u16 = 1;
const END: u16 = 2;
const COMMIT: u16 = 3;

const PRESETS: [Preset; 3] = [Preset::PerEncoder, Preset::PerCommandBuffer, Preset::Global];

fn configured(preset: Preset, wait_ms: u64) -> &'static TestGuard {
    let guard = new_guard();
    guard.configure(Config { wait_timeout: Duration::from_millis(wait_ms), ..Config::new(preset.policy()) });
    guard
}

/// Opens an encoder; the reference is of no interest here.
fn opened(guard: &TestGuard, encoder: Key, buffer: Key) {
    let _ = open(guard, encoder, buffer);
}

/// The findings about an object: those that were told, and those that came with a refusal.
fn found(guard: &TestGuard, key: Key) -> Vec<(FindingClass, Outcome)> {
    let told = FOUND.lock().unwrap().iter().filter(|it| it.key == key).map(kind_of).collect::<Vec<_>>();
    let noted = guard.findings().filter(|(_, it, _)| it.key == key).map(|(_, it, _)| kind_of(&it));
    let mut all: Vec<_> = told.into_iter().chain(noted).collect();
    all.sort_by_key(|(class, outcome)| (*class as u8, *outcome as u8));
    all.dedup();
    all
}

fn kind_of(finding: &Finding) -> (FindingClass, Outcome) {
    (finding.class, finding.outcome)
}

/// One thread has an encoder open and ends it when the other one has had time to ask for the buffer; whether the encoder
/// was still open when the other one's original ran.
fn ask_while_open(route: Route, guard: Option<&'static TestGuard>, buffer: Key, kind: CallKind) -> bool {
    let encoder = Key(buffer.0 + 0x800);
    let (is_open, met) = (AtomicBool::new(false), AtomicBool::new(false));
    let met_at = Barrier::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            route.call(buffer, OPEN, CallKind::Open, || {
                is_open.store(true, SeqCst);
                if let Some(guard) = guard {
                    opened(guard, encoder, buffer);
                }
            });
            met_at.wait();
            std::thread::sleep(Duration::from_millis(60));
            route.call(encoder, END, CallKind::End, || is_open.store(false, SeqCst));
        });
        scope.spawn(|| {
            met_at.wait();
            route.call(buffer, COMMIT, kind, || met.store(is_open.load(SeqCst), SeqCst));
        });
    });
    met.into_inner()
}

#[test]
fn another_threads_encoder_is_waited_for() {
    let expected = [
        (CallKind::Open, FindingClass::EncoderAlreadyOpen),
        (CallKind::Commit, FindingClass::EncoderOpenAtCommit),
        (CallKind::Event, FindingClass::EncoderOpenAtCommit),
    ];
    for (index, (kind, class)) in expected.into_iter().enumerate() {
        assert!(ask_while_open(Route::Bare, None, Key(0x10_0000), kind), "the baseline must fail: {kind:?}");
        for (round, preset) in
            [Preset::PerEncoder, Preset::PerCommandBuffer, Preset::Global].into_iter().enumerate()
        {
            let guard = configured(preset, 60_000);
            let buffer = Key(0x20_0000 + index * 0x10_000 + round * 0x1000);
            assert!(!ask_while_open(Route::Guarded(guard), Some(guard), buffer, kind), "{kind:?} {preset:?}");
            assert_eq!(found(guard, buffer), [(class, Outcome::Prevented)], "{kind:?} {preset:?}");
        }
    }
}

/// I8: an encoder is opened, asked for by another thread, and ended; then the same with a call that waits in vain.
#[test]
fn a_call_that_waits_for_an_encoder_is_one_acquisition() {
    for preset in PRESETS {
        let guard = configured(preset, 60_000);
        let (route, buffer, encoder) = (Route::Guarded(guard), Key(0xa0_0000), Key(0xa0_0800));
        route.call(buffer, OPEN, CallKind::Open, || opened(guard, encoder, buffer));
        std::thread::scope(|scope| {
            scope.spawn(|| route.call(buffer, COMMIT, CallKind::Commit, || ()));
            while guard.statistics().acquisitions < 2 {
                std::thread::yield_now(); // until it has had the lock, and so has seen the encoder open
            }
            route.call(encoder, END, CallKind::End, || ());
        });
        assert_eq!(guard.statistics().acquisitions, 3, "{preset:?}");
        assert_eq!(
            found(guard, buffer)[0],
            (FindingClass::EncoderOpenAtCommit, Outcome::Prevented),
            "{preset:?}"
        );
    }
    let guard = configured(Preset::PerEncoder, 10);
    let (route, buffer) = (Route::Guarded(guard), Key(0xa1_0000));
    route.call(buffer, OPEN, CallKind::Open, || opened(guard, Key(0xa1_0800), buffer));
    std::thread::spawn(move || route.call(buffer, COMMIT, CallKind::Commit, || ())).join().unwrap();
    assert_eq!(found(guard, buffer), [(FindingClass::EncoderOpenAtCommit, Outcome::Converted)]);
    assert_eq!(guard.statistics().acquisitions, 3, "the end for its owner is the third");
}

/// Has another thread be inside a call on the buffer until this one sleeps.
fn hold_until_this_thread_sleeps(guard: &'static TestGuard, buffer: Key) {
    let asked = asked_of_the_system();
    let before = asked.load(SeqCst);
    let (tell, inside) = channel();
    std::thread::spawn(move || {
        Route::Guarded(guard).call(buffer, 9, CallKind::Access, || {
            tell.send(()).unwrap();
            while asked.load(SeqCst) == before {
                std::thread::yield_now();
            }
        })
    });
    inside.recv().unwrap();
}

/// I8: a commit waits for the lock, then in vain for an encoder's end, then for the lock again.
#[test]
fn a_call_that_waits_for_its_lock_twice_is_contended_once() {
    let guard = configured(Preset::PerEncoder, 0);
    let buffer = Key(0xa2_0000);
    std::thread::spawn(move || opened(guard, Key(0xa2_0800), buffer)).join().unwrap();
    hold_until_this_thread_sleeps(guard, buffer);
    when_found(move || hold_until_this_thread_sleeps(guard, buffer));
    assert!(Route::Guarded(guard).call(buffer, COMMIT, CallKind::Commit, || ()));
    let statistics = guard.statistics();
    let waits: u64 = statistics.wait_times.iter().map(|(_, count)| count).sum();
    assert_eq!((waits, statistics.contentions), (2, 1));
}

/// The driver tears down first and forgets the encoder last: a waiter that came in between would find it open.
#[test]
fn a_waiter_wakes_when_the_end_is_done_and_not_at_a_step_inside_it() {
    for (round, preset) in [Preset::PerEncoder, Preset::PerCommandBuffer].into_iter().enumerate() {
        let guard = configured(preset, 60_000);
        let route = Route::Guarded(guard);
        let (buffer, encoder) = (Key(0x90_0000 + round * 0x1000), Key(0x90_0800 + round * 0x1000));
        let (is_open, met) = (AtomicBool::new(true), AtomicBool::new(false));
        let met_at = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                route.call(buffer, OPEN, CallKind::Open, || opened(guard, encoder, buffer));
                met_at.wait();
                route.call(encoder, END, CallKind::End, || {
                    route.call(encoder, END + 10, CallKind::Teardown, || ());
                    std::thread::sleep(Duration::from_millis(60));
                    is_open.store(false, SeqCst);
                });
            });
            met_at.wait();
            route.call(buffer, OPEN, CallKind::Open, || met.store(is_open.load(SeqCst), SeqCst));
        });
        assert!(!met.into_inner(), "{preset:?}");
    }
}

#[test]
fn an_encoder_that_does_not_end_is_ended_for_its_owner_before_a_commit() {
    for (round, preset) in [Preset::PerEncoder, Preset::PerCommandBuffer].into_iter().enumerate() {
        let guard = configured(preset, 30);
        let route = Route::Guarded(guard);
        let (buffer, encoder) = (Key(0x30_0000 + round * 0x1000), Key(0x30_0800 + round * 0x1000));
        let other = std::thread::spawn(move || {
            route.call(buffer, OPEN, CallKind::Open, || opened(guard, encoder, buffer))
        });
        other.join().unwrap();
        assert!(route.call(buffer, COMMIT, CallKind::Commit, || ()));
        assert_eq!(found(guard, buffer), [(FindingClass::EncoderOpenAtCommit, Outcome::Converted)]);
        assert!(!route.call(encoder, END, CallKind::End, || ()), "it has been done");
        assert_eq!(found(guard, encoder), [], "and is no error");
        assert!(!route.call(encoder, END, CallKind::End, || ()), "once");
        assert_eq!(found(guard, encoder), [(FindingClass::LateCall, Outcome::Prevented)]);
        let (_, late, _) = guard.findings().find(|(_, it, _)| it.class == FindingClass::LateCall).unwrap();
        assert_eq!(late.other.unwrap().call.0, END_FOR_OWNER);
    }
}

/// Neither commit sees the encoder end, and one comes back from its wait when the other has been done.
#[test]
fn of_two_commits_that_wait_in_vain_one_goes() {
    let commits = |route: Route, buffer: Key| {
        let count = Rc::new(Cell::new(0));
        let other = Rc::clone(&count);
        let count_one = |count: &Cell<u32>| count.set(count.get() + 1);
        when_found(move || {
            route.call(buffer, COMMIT, CallKind::Commit, || count_one(&other));
        });
        route.call(buffer, COMMIT, CallKind::Commit, || count_one(&count));
        happen(); // if nothing was found
        count.get()
    };
    assert_eq!(commits(Route::Bare, Key(0xb0_0000)), 2, "the baseline must fail");
    for preset in PRESETS {
        let guard = configured(preset, 0);
        let buffer = Key(0xb1_0000);
        std::thread::scope(|scope| scope.spawn(|| opened(guard, Key(0xb1_0800), buffer)).join().unwrap());
        assert_eq!(commits(Route::Guarded(guard), buffer), 1, "{preset:?}");
        assert!(
            found(guard, buffer).contains(&(FindingClass::UsedAfterCommit, Outcome::Prevented)),
            "{preset:?}"
        );
    }
}

/// A parallel render encoder is ended by a thread while the part of another one is open; whether it was still open when
/// the original ran.
fn end_with_a_part(route: Route, guard: &'static TestGuard, encoder: Key) -> bool {
    let (part, buffer) = (Key(encoder.0 + 0x400), Key(encoder.0 + 0x800));
    let (is_open, met, ran) = (AtomicBool::new(true), AtomicBool::new(false), AtomicBool::new(false));
    opened(guard, encoder, buffer);
    open_part(guard, part, encoder);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            route.call(encoder, END, CallKind::End, || met.store(is_open.load(SeqCst), SeqCst));
            ran.store(true, SeqCst);
        });
        while !ran.load(SeqCst) && guard.statistics().acquisitions < 1 {
            std::thread::yield_now(); // until it has had the lock, and so has seen the part open
        }
        route.call(part, END, CallKind::End, || is_open.store(false, SeqCst));
    });
    met.into_inner()
}

#[test]
fn an_encoder_ends_after_those_that_it_has_made() {
    assert!(end_with_a_part(Route::Bare, new_guard(), Key(0xc0_0000)), "the baseline must fail");
    for (round, preset) in PRESETS.into_iter().enumerate() {
        let guard = configured(preset, 60_000);
        let encoder = Key(0xc1_0000 + round * 0x1000);
        assert!(!end_with_a_part(Route::Guarded(guard), guard, encoder), "{preset:?}");
        assert_eq!(
            found(guard, encoder),
            [(FindingClass::EncoderOpenAtCommit, Outcome::Prevented)],
            "{preset:?}"
        );
    }
}

/// As for a command buffer: the driver tears a sub-encoder down first and tells its maker last.
#[test]
fn an_encoder_ends_when_the_end_of_what_it_has_made_is_done_and_not_at_a_step_inside_it() {
    for (round, preset) in PRESETS.into_iter().enumerate().take(2) {
        let guard = configured(preset, 60_000);
        let (route, encoder) = (Route::Guarded(guard), Key(0xf0_0000 + round * 0x1000));
        let part = Key(encoder.0 + 0x400);
        opened(guard, encoder, Key(encoder.0 + 0x800));
        open_part(guard, part, encoder);
        let (is_open, met, ran) = (AtomicBool::new(true), AtomicBool::new(false), AtomicBool::new(false));
        let torn = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                route.call(part, END, CallKind::End, || {
                    route.call(part, END + 10, CallKind::Teardown, || ());
                    torn.wait();
                    while !ran.load(SeqCst) && guard.statistics().acquisitions < 2 {
                        std::thread::yield_now(); // until the other end has had its lock
                    }
                    std::thread::sleep(Duration::from_millis(60));
                    is_open.store(false, SeqCst);
                })
            });
            torn.wait();
            route.call(encoder, END, CallKind::End, || {
                met.store(is_open.load(SeqCst), SeqCst);
                ran.store(true, SeqCst);
            });
        });
        assert!(!met.into_inner(), "{preset:?}");
    }
}

#[test]
fn what_an_encoder_has_made_and_does_not_end_is_ended_for_its_owner() {
    for (round, preset) in PRESETS.into_iter().enumerate() {
        let guard = configured(preset, 10);
        let (route, encoder) = (Route::Guarded(guard), Key(0xd0_0000 + round * 0x1000));
        let parts = [Key(encoder.0 + 0x200), Key(encoder.0 + 0x400), Key(encoder.0 + 0x600)];
        opened(guard, encoder, Key(encoder.0 + 0x800));
        for part in parts {
            open_part(guard, part, encoder);
        }
        assert!(route.call(parts[1], END, CallKind::End, || ()), "the owner's own");
        let ends =
            || route.call(encoder, END, CallKind::End, || assert!(guard.open_encoders(encoder).count() == 0));
        assert!(std::thread::scope(|scope| scope.spawn(ends).join().unwrap()), "{preset:?}");
        assert_eq!(
            found(guard, encoder),
            [(FindingClass::EncoderOpenAtCommit, Outcome::Converted)],
            "{preset:?}"
        );
        for part in [parts[0], parts[2]] {
            assert!(!route.call(part, END, CallKind::End, || ()), "it has been done");
            assert_eq!(found(guard, part), [], "and is no error");
            assert!(!route.call(part, 8, CallKind::Dispatch, || ()), "late");
        }
    }
}

#[test]
fn a_second_encoder_goes_to_the_driver_when_waiting_was_in_vain_or_the_thread_is_the_same() {
    let guard = configured(Preset::PerEncoder, 30);
    let route = Route::Guarded(guard);
    let buffer = Key(0x40_0000);
    route.call(buffer, OPEN, CallKind::Open, || opened(guard, Key(0x40_0800), buffer));
    let other = std::thread::spawn(move || route.call(buffer, OPEN, CallKind::Open, || ()));
    assert!(other.join().unwrap());
    assert!(route.call(buffer, OPEN, CallKind::Open, || ()), "at once: nobody else will end it");
    assert_eq!(found(guard, buffer), [(FindingClass::EncoderAlreadyOpen, Outcome::Reported)]);
    let by_same = FOUND
        .lock()
        .unwrap()
        .iter()
        .filter(|it| it.key == buffer)
        .any(|it| it.other.unwrap().thread == it.who.thread);
    assert!(by_same, "the finding tells a mistake from a race");
}

#[test]
fn a_buffer_is_committed_once_and_takes_nothing_afterwards() {
    let commits = |route: Route, buffer| {
        [CallKind::Commit, CallKind::Commit, CallKind::Open, CallKind::Event]
            .map(|kind| route.call(buffer, COMMIT, kind, || ()))
    };
    assert_eq!(commits(Route::Bare, Key(0x50_0000)), [true; 4], "the baseline must fail");
    let guard = configured(Preset::PerEncoder, 30);
    let buffer = Key(0x51_0000);
    guard.buffer_opened(buffer, |_| ());
    assert_eq!(commits(Route::Guarded(guard), buffer), [true, false, false, false]);
    assert_eq!(guard.phase(buffer), Phase::Committed);
    let lossy: Vec<bool> = guard.findings().map(|(_, it, _)| it.lossy).collect();
    assert_eq!(lossy, [false, true], "a second commit loses nothing, an encoder that is not opened does");
    guard.finished(buffer);
    assert_eq!(guard.phase(buffer), Phase::Completed);
    guard.buffer_opened(buffer, |_| ());
    assert!(commits(Route::Guarded(guard), buffer)[0], "born again");
    assert!(Route::Guarded(guard).call(buffer, 5, CallKind::Begin, || ()));
    assert!(commits(Route::Guarded(guard), buffer)[0], "begun anew");
}

/// Two threads that wait for each other's encoders: neither would ever end its own.
#[test]
fn a_circle_of_waiting_threads_is_not_waited_for() {
    let guard = configured(Preset::PerEncoder, 3_600_000);
    let route = Route::Guarded(guard);
    let buffers = [Key(0x60_0000), Key(0x61_0000)];
    let met_at = Barrier::new(2);
    std::thread::scope(|scope| {
        for own in 0..2 {
            let met_at = &met_at;
            scope.spawn(move || {
                let encoder = Key(buffers[own].0 + 0x800);
                route.call(buffers[own], OPEN, CallKind::Open, || opened(guard, encoder, buffers[own]));
                met_at.wait();
                route.call(buffers[1 - own], COMMIT, CallKind::Event, || ());
                route.call(encoder, END, CallKind::End, || ());
            });
        }
    });
    let all: Vec<_> = buffers.iter().flat_map(|&buffer| found(guard, buffer)).collect();
    assert!(all.contains(&(FindingClass::EncoderOpenAtCommit, Outcome::Converted)), "{all:?}");
}

#[test]
fn one_lock_for_a_buffer_and_its_encoders() {
    for (preset, together) in [(Preset::PerEncoder, true), (Preset::PerCommandBuffer, false)] {
        let guard = configured(preset, 30);
        let route = Route::Guarded(guard);
        let (buffer, encoder) = (Key(0x70_0000), Key(0x70_0800));
        opened(guard, encoder, buffer);
        let met = AtomicBool::new(false);
        let inside = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                inside.wait();
                route.call(buffer, 9, CallKind::Access, || met.store(true, SeqCst));
            });
            route.call(encoder, 8, CallKind::Encode, || {
                inside.wait();
                std::thread::sleep(Duration::from_millis(60));
                assert!(together || !met.load(SeqCst), "{preset:?}");
            });
        });
    }
}

/// A slot serves one encoder after another. The lock of the last one's command buffer is no business of the next one's.
#[test]
fn opening_an_encoder_does_not_wait_for_the_buffer_of_one_that_was_freed() {
    let guard = configured(Preset::PerCommandBuffer, 30);
    let route = Route::Guarded(guard);
    let (old, new, encoder) = (Key(0xe0_0000), Key(0xe1_0000), Key(0xe0_0800));
    opened(guard, encoder, old);
    route.call(encoder, END, CallKind::End, || ());
    route.call(encoder, 8, CallKind::Free, || ());
    let (inside, left) = (Barrier::new(2), Barrier::new(2));
    let (tell, hear) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            route.call(old, 9, CallKind::Access, || {
                inside.wait();
                left.wait();
            })
        });
        inside.wait();
        scope.spawn(move || {
            opened(guard, encoder, new);
            tell.send(()).unwrap();
        });
        let in_time = hear.recv_timeout(Duration::from_secs(10));
        left.wait();
        assert!(in_time.is_ok(), "it waited for another command buffer");
    });
}

#[test]
fn detecting_holds_nobody_up_and_sees_the_same() {
    let guard = new_guard();
    guard.configure(Config::new(Preset::Detect.policy()));
    let route = Route::Guarded(guard);
    let (buffer, encoder) = (Key(0x80_0000), Key(0x80_0800));
    let (inside, left) = (Barrier::new(2), Barrier::new(2));
    route.call(buffer, OPEN, CallKind::Open, || opened(guard, encoder, buffer));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            route.call(encoder, 8, CallKind::Encode, || {
                inside.wait();
                left.wait();
            })
        });
        inside.wait();
        assert!(route.call(encoder, 9, CallKind::Dispatch, || ()), "the other thread is still inside");
        left.wait();
    });
    assert!(route.call(buffer, OPEN, CallKind::Open, || ()));
    route.call(encoder, END, CallKind::End, || ());
    assert!(route.call(encoder, 9, CallKind::Dispatch, || ()), "the driver sees every call");
    assert!(route.call(buffer, COMMIT, CallKind::Commit, || ()));
    assert!(route.call(buffer, COMMIT, CallKind::Commit, || ()));
    let parent = Key(0x81_0000);
    open_part(guard, Key(0x81_0400), parent);
    assert!(route.call(parent, END, CallKind::End, || ()));
    assert_eq!(found(guard, parent), [(FindingClass::EncoderOpenAtCommit, Outcome::Reported)]);
    assert_eq!(
        found(guard, encoder),
        [(FindingClass::LateCall, Outcome::Reported), (FindingClass::TwoThreads, Outcome::Reported)]
    );
    assert_eq!(
        found(guard, buffer),
        [
            (FindingClass::EncoderAlreadyOpen, Outcome::Reported),
            (FindingClass::UsedAfterCommit, Outcome::Reported)
        ]
    );
}
