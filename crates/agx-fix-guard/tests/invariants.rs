//! The invariants of the guard, one by one. Each test runs the same calls without the guard as well and demands that
//! they go wrong there: a test that cannot fail shows nothing.

mod common;

use agx_fix_guard::{Config, Entry, Fast, Key};
use agx_fix_terms::{Call, CallId, CallKind, Preset};
use common::{
    BUFFER, ENCODER, INTERRUPTION, LONG_WAITS, PRESETS, Route, TestGuard, asked_of_the_system, calls_meet,
    elsewhere, guarded, guarded_by, me, meet, waits_of,
};
use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::time::Duration;

#[test]
fn i1_two_threads_never_meet_inside_an_encoder() {
    let calls = [(ENCODER, CallKind::Encode), (ENCODER, CallKind::Dispatch)];
    assert!(calls_meet(Route::Bare, calls), "the baseline must fail");
    for preset in PRESETS {
        let (guard, route) = guarded_by(preset);
        assert!(!calls_meet(route, calls), "{preset}");
        assert!(preset != Preset::Global || guard.statistics().creations <= 1, "one lock for all");
    }
}

#[test]
fn i2_ending_and_freeing_wait_for_the_call_inside() {
    for teardown in [CallKind::End, CallKind::Teardown, CallKind::Free] {
        let calls = [(ENCODER, CallKind::Dispatch), (ENCODER, teardown)];
        assert!(calls_meet(Route::Bare, calls), "the baseline must fail: {teardown:?}");
        assert!(!calls_meet(guarded_by(Preset::Guard).1, calls), "{teardown:?}");
    }
}

#[test]
fn i3_a_call_after_the_end_does_not_reach_the_driver_and_is_counted() {
    let reaches = |route: Route| {
        route.call(ENCODER, 1, CallKind::Encode);
        elsewhere(|| route.call(ENCODER, 2, CallKind::End));
        [CallKind::Encode, CallKind::Dispatch, CallKind::End].map(|kind| route.call(ENCODER, 3, kind))
    };
    assert_eq!(reaches(Route::Bare), [true; 3], "the baseline must fail");
    let (guard, route) = guarded_by(Preset::Guard);
    assert_eq!(reaches(route), [false; 3]);
    let statistics = guard.statistics();
    assert_eq!((statistics.late_calls, statistics.late_dispatches), (3, 1));
    assert_eq!(statistics.late_by_call, [(CallId(3), 3)]);
    let first = statistics.first_late_calls[0];
    assert_eq!((first.late.call, first.ended_by.call), (CallId(3), CallId(2)));
    assert_ne!(first.late.thread, first.ended_by.thread);
    assert_eq!(first.late.thread, me());
}

/// The encoder ends, or its address becomes another's, after a call has found it and before the call has its lock.
#[test]
fn i3_the_fast_path_sees_what_came_between_look_up_and_lock() {
    thread_local!(static ROUTE: Cell<Route> = const { Cell::new(Route::Bare) });
    fn make(kind: CallKind) {
        let route = ROUTE.get();
        assert!(elsewhere(|| route.call(ENCODER, 2, kind)));
    }
    for preset in PRESETS {
        let (guard, route) = guarded_by(preset);
        ROUTE.set(route);
        for (interruption, late) in [((|| make(CallKind::End)) as fn(), 1), (|| make(CallKind::Free), 0)] {
            let _ = route.open(ENCODER, BUFFER);
            let before = guard.statistics().late_calls;
            INTERRUPTION.set(Some(interruption));
            let answer = guard.enter_fast(ENCODER, CallId(3), |fast| fast);
            assert!(INTERRUPTION.take().is_none(), "the interruption must have happened");
            assert!(matches!(answer, Fast::Stale), "it has ended or was freed");
            // The slow path finds an ended encoder, or one that nobody has seen yet.
            assert_eq!(route.call(ENCODER, 3, CallKind::Dispatch), late == 0);
            assert_eq!(guard.statistics().late_calls - before, late);
        }
    }
}

/// What the fast path answers to a call on an encoder; its permit is dropped at once.
fn fast(guard: &TestGuard, encoder: Key) -> &'static str {
    match guard.enter_fast(encoder, CallId(1), |fast| fast) {
        Fast::Go(_) => "go",
        Fast::Unguarded => "unguarded",
        Fast::Slow => "slow",
        Fast::Stale => "stale",
    }
}

#[test]
fn i1_the_fast_path_is_closed_while_somebody_is_inside() {
    for preset in PRESETS {
        let (guard, route) = guarded_by(preset);
        assert!(route.open(ENCODER, BUFFER));
        let permit = guard.enter_fast(ENCODER, CallId(1), |fast| fast);
        assert!(matches!(permit, Fast::Go(_)), "nobody is inside");
        assert_eq!(fast(guard, ENCODER), "slow", "not for the same thread either");
        assert_eq!(elsewhere(|| fast(guard, ENCODER)), "slow");
        drop(permit);
        assert_eq!(fast(guard, ENCODER), "go", "it was left");
        assert_eq!(guard.statistics().acquisitions, 2);
    }
}

/// By preset: what the fast path answers to a call on an open encoder.
#[test]
fn the_policy_opens_the_fast_path_or_closes_it() {
    let answer = |config: Config| {
        let (guard, route) = guarded(config);
        assert!(route.open(ENCODER, BUFFER));
        fast(guard, ENCODER)
    };
    for &preset in Preset::ALL {
        let expected = match preset {
            Preset::None => "unguarded",
            Preset::PerEncoder | Preset::Guard | Preset::PerCommandBuffer | Preset::Global => "go",
            _ => "slow",
        };
        assert_eq!(answer(Config::new(preset.policy())), expected, "{preset}");
    }
    let timed = Config { time_holds: true, ..Config::default() };
    assert_eq!(answer(timed), "slow", "it does not read the clock");
}

/// An encoder that takes the lock of its command buffer, or the one for all, is not entered beside another holder of that lock.
#[test]
fn i1_the_fast_path_takes_the_lock_that_objects_share() {
    let other = Key(0x3000);
    for preset in [Preset::PerCommandBuffer, Preset::Global] {
        let (guard, route) = guarded_by(preset);
        assert!(route.open(ENCODER, BUFFER) && route.open(other, BUFFER));
        let permit = guard.enter_fast(ENCODER, CallId(1), |fast| fast);
        assert!(matches!(permit, Fast::Go(_)), "nobody is inside");
        assert_eq!(fast(guard, other), "slow");
    }
    let (guard, route) = guarded_by(Preset::Guard);
    assert!(route.open(ENCODER, BUFFER) && route.open(other, BUFFER));
    guard.wraps(other, ENCODER);
    assert_eq!(fast(guard, other), "slow", "a wrapper has no lock of its own");
    assert_eq!(fast(guard, ENCODER), "go", "what is wrapped has one");
}

#[test]
fn i3_the_drivers_own_teardown_of_an_ended_encoder_goes_through() {
    let (guard, route) = guarded_by(Preset::Guard);
    for kind in [CallKind::End, CallKind::Teardown, CallKind::Free] {
        assert!(route.call(ENCODER, 1, kind));
    }
    assert_eq!(guard.statistics().late_calls, 0);
}

#[test]
fn i3_the_same_pointer_born_again_is_open_again() {
    let (guard, route) = guarded_by(Preset::Guard);
    assert!(route.open(ENCODER, BUFFER));
    route.call(ENCODER, 1, CallKind::End);
    assert!(!route.open(ENCODER, BUFFER), "it is retained already");
    assert!(route.call(ENCODER, 2, CallKind::Dispatch));
    assert_eq!(guard.statistics().creations, 2);
}

/// The first callers of an encoder that nobody has seen open come at once: one makes the slot, the others wait.
#[test]
fn i3_no_call_on_an_open_encoder_is_late() {
    let (guard, route) = guarded_by(Preset::Guard);
    for round in 0..500 {
        let (started, through) = (Barrier::new(4), AtomicU64::new(0));
        let call = || {
            started.wait();
            route.call_with(Key(0x10_0000 + round * 0x80), 1, CallKind::Dispatch, || {
                std::thread::yield_now();
                through.fetch_add(1, SeqCst);
            });
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(call))));
        assert_eq!((through.into_inner(), guard.statistics().late_calls), (4, 0), "round {round}");
    }
}

#[test]
fn i3_a_call_that_unwinds_ends_nothing() {
    let (_, route) = guarded_by(Preset::Guard);
    let thrown = std::panic::catch_unwind(|| {
        route.call_with(ENCODER, 1, CallKind::End, || std::panic::resume_unwind(Box::new(())));
    });
    assert!(thrown.is_err());
    assert!(route.call(ENCODER, 2, CallKind::Dispatch), "not ended, and the lock is free");
}

/// The encoders that a completed command buffer gives back, in order.
fn released(guard: &TestGuard) -> Vec<Key> {
    let mut released = Vec::new();
    guard.completed(BUFFER, |key| released.push(key));
    guard.completed(BUFFER, |_| panic!("nothing is left"));
    released
}

#[test]
fn i4_what_is_retained_is_released_once_when_the_buffer_completes() {
    let (guard, route) = guarded_by(Preset::Guard);
    let mut encoders: Vec<Key> = (0..100).map(|n| Key(0x10_0000 + n * 0x80)).collect();
    for &encoder in &encoders {
        assert!(route.open(encoder, BUFFER));
        assert!(!route.open(encoder, BUFFER));
    }
    assert_eq!(guard.statistics().retained, 100);
    encoders.reverse();
    assert_eq!(released(guard), encoders);
    assert_eq!(guard.statistics().retained, 0);
}

#[test]
fn i4_an_encoder_that_was_freed_all_the_same_is_not_released() {
    let (guard, route) = guarded_by(Preset::Guard);
    let encoders = [Key(0x100), Key(0x200), Key(0x300)];
    assert!(encoders.iter().all(|&encoder| route.open(encoder, BUFFER)));
    route.call(encoders[1], 1, CallKind::Free);
    assert_eq!(released(guard), [encoders[2], encoders[0]]);
}

#[test]
fn i4_a_buffer_born_again_at_the_same_address_starts_with_nothing() {
    let (guard, route) = guarded_by(Preset::Guard);
    let commit = || match guard.enter(BUFFER, Call { id: CallId(1), kind: CallKind::Access }) {
        Entry::Go(permit) => permit.claim_completion_handler(),
        _ => unreachable!(),
    };
    guard.buffer_opened(BUFFER, |_| panic!("nothing yet"));
    assert!(route.open(ENCODER, BUFFER));
    assert!(commit());
    assert!(!commit(), "once");
    let mut left_over = Vec::new();
    guard.buffer_opened(BUFFER, |key| left_over.push(key));
    assert_eq!(left_over, [ENCODER]);
    assert!(route.open(Key(0x3000), BUFFER));
    assert!(commit());
}

/// The driver gives an address again before the call that freed it has come back: whoever opens the new encoder finds the
/// slot of the old one, and waits for its lock.
#[test]
fn i10_an_encoder_that_is_opened_while_its_address_is_being_freed_has_a_slot_of_its_own() {
    let (guard, route) = guarded_by(Preset::Guard);
    let old = Key(0x7000);
    let _ = route.open(ENCODER, old);
    route.call(ENCODER, 1, CallKind::End);
    let opens_at_once = meet(
        |memory_is_free| route.call_with(ENCODER, 2, CallKind::Free, memory_is_free),
        |opened| {
            assert!(route.open(ENCODER, BUFFER));
            opened();
        },
    );
    assert!(!opens_at_once);
    // So many others that one of them takes every slot that is free.
    assert!((0..20_000).all(|other| route.open(Key(0x100_0000 + other * 0x40), old)));
    assert!(route.call(ENCODER, 3, CallKind::Dispatch));
    route.call(ENCODER, 4, CallKind::End);
    assert!(route.call(BUFFER, 5, CallKind::Commit));
    assert_eq!(guard.statistics().findings, 0, "it is known that it has ended");
    assert_eq!(released(guard), [ENCODER]);
}

#[test]
fn i5_an_original_may_call_the_same_encoder_again() {
    let (guard, route) = guarded_by(Preset::Guard);
    let mut inner = false;
    route.call_with(ENCODER, 1, CallKind::End, || {
        route.call_with(ENCODER, 2, CallKind::Teardown, || inner = route.call(ENCODER, 3, CallKind::Encode));
    });
    assert!(inner);
    assert_eq!(guard.statistics().acquisitions, 1, "only the outermost call takes the lock");
    assert!(!route.call(ENCODER, 4, CallKind::Encode), "and the encoder has ended");
    assert_eq!(guard.statistics().first_late_calls[0].ended_by.call, CallId(1), "by the outermost call");
}

/// A validation layer's encoder forwards to the driver's: without one lock for both, a teardown of the driver's own
/// (which does not pass the wrapper) meets a call that came through it.
#[test]
fn i1_a_wrapper_and_what_it_wraps_have_one_lock() {
    let (outer, inner) = (Key(0x4000), Key(0x5000));
    for wrapped in [false, true] {
        let (guard, route) = guarded_by(Preset::Guard);
        assert!(route.open(inner, BUFFER) && route.open(outer, BUFFER));
        if wrapped {
            guard.wraps(outer, inner);
        }
        assert_eq!(calls_meet(route, [(outer, CallKind::Dispatch), (inner, CallKind::Teardown)]), !wrapped);
        assert_eq!(guard.statistics().acquisitions, 2);
        let forward = || assert!(route.call(inner, 4, CallKind::Teardown));
        route.call_with(outer, 1, CallKind::Encode, forward);
        let once_at_the_outermost_level = if wrapped { 3 } else { 4 };
        assert_eq!(guard.statistics().acquisitions, once_at_the_outermost_level);
    }
}

#[test]
fn i5_leaving_the_inner_call_does_not_let_others_in() {
    let (_, route) = guarded_by(Preset::Guard);
    let nested = |met: &dyn Fn()| {
        route.call_with(ENCODER, 1, CallKind::Encode, || {
            route.call(ENCODER, 2, CallKind::Encode);
            met();
        });
    };
    assert!(!meet(nested, |met| route.call_with(ENCODER, 3, CallKind::Encode, met)));
}

/// A whole life of a command buffer and its encoder; what it asked of the system.
fn asked_in_a_life(guard: &TestGuard, route: Route) -> u32 {
    let before = asked_of_the_system();
    guard.buffer_opened(BUFFER, |_| ());
    route.call_with(BUFFER, 1, CallKind::Open, || assert!(route.open(ENCODER, BUFFER)));
    for kind in [CallKind::Encode, CallKind::Dispatch, CallKind::Access, CallKind::End] {
        assert!(route.call(ENCODER, 2, kind));
    }
    assert!(route.call(BUFFER, 3, CallKind::Commit));
    guard.completed(BUFFER, |_| ());
    route.call(ENCODER, 4, CallKind::Free);
    route.call(BUFFER, 5, CallKind::Free);
    asked_of_the_system() - before
}

#[test]
fn i7_a_thread_alone_asks_nothing_of_the_system_and_one_that_waits_does() {
    for preset in PRESETS {
        let (guard, route) = guarded_by(preset);
        assert_eq!(asked_in_a_life(guard, route), 0, "{preset:?}");
        let waits = |_: &dyn Fn()| {
            route.call(ENCODER, 1, CallKind::Dispatch);
            assert!(asked_of_the_system() > 0);
        };
        assert!(!meet(|begun| route.call_with(ENCODER, 1, CallKind::Dispatch, begun), waits));
    }
}

/// Threads call on shared and on own encoders; how many calls a plain counter under the lock has seen.
fn count(route: Route, threads: usize, calls: usize) -> u64 {
    let (seen, started) = (AtomicU64::new(0), Barrier::new(threads));
    let (seen, started) = (&seen, &started);
    let thread = |own: Key| {
        move || {
            started.wait();
            for call in 0..calls {
                route.call_with(ENCODER, 1, CallKind::Dispatch, || {
                    let before = seen.load(SeqCst);
                    if call % 16 == 0 {
                        std::thread::yield_now();
                    }
                    seen.store(before + 1, SeqCst);
                });
                route.call(own, 2, CallKind::Encode);
            }
        }
    };
    std::thread::scope(|scope| {
        (0..threads).for_each(|number| drop(scope.spawn(thread(Key(0x8000 + number * 0x80)))));
    });
    seen.load(SeqCst)
}

#[test]
fn i8_counts_are_exact_after_the_threads_have_been_joined() {
    let (threads, calls) = (8, 2_000);
    let all = (threads * calls) as u64;
    assert!(count(Route::Bare, threads, calls) < all, "the baseline must lose counts");
    let (guard, route) = guarded_by(Preset::Guard);
    assert_eq!(count(route, threads, calls), all);
    let statistics = guard.statistics();
    assert_eq!(statistics.acquisitions, 2 * all);
    assert!(statistics.contentions > 0 && statistics.contentions < all);
    assert_eq!(statistics.creations, 1 + threads as u64);
    let waits: u64 = statistics.wait_times.iter().map(|(_, count)| count).sum();
    assert_eq!(waits, statistics.contentions, "each wait is timed once");
    assert!(!statistics.longest_wait.is_zero() && statistics.longest_hold.is_none());
    guard.reset_statistics();
    let after = guard.statistics();
    assert_eq!((after.acquisitions, after.contentions, after.creations), (0, 0, statistics.creations));
}

/// A guard that reports a wait as long at once.
fn impatient(preset: Preset) -> (&'static TestGuard, Route) {
    guarded(Config { long_wait: Some(Duration::from_millis(1)), ..Config::new(preset.policy()) })
}

/// A thread waits for an encoder while `event` happens to it, inside a call of that kind; what becomes of the waiter's call.
fn wait_while((guard, route): (&TestGuard, Route), kind: CallKind, event: impl FnOnce()) -> bool {
    route.call(ENCODER, 1, CallKind::Encode);
    let waiting = Barrier::new(2);
    std::thread::scope(|scope| {
        let late = scope.spawn(|| {
            waiting.wait();
            route.call(ENCODER, 2, CallKind::Dispatch)
        });
        route.call_with(ENCODER, 3, kind, || {
            waiting.wait();
            // The other thread is in the queue once its wait has been reported as long.
            while guard.statistics().long_waits == 0 {
                std::thread::yield_now();
            }
            event();
        });
        late.join().unwrap()
    })
}

/// Each of two threads is inside a factory of one command buffer, and opens an encoder whose slot last served the other
/// buffer. True if both come out.
fn open_crosswise(route: Route, [one, other]: [Key; 2]) -> bool {
    let encoders = [Key(0x50_0010), Key(0x50_0020)];
    for (buffer, encoder) in [(one, encoders[0]), (other, encoders[1])] {
        let _ = route.open(encoder, buffer);
        assert!(route.call(encoder, 2, CallKind::Free));
    }
    let inside: &'static Barrier = Box::leak(Box::new(Barrier::new(2)));
    let (sender, receiver) = channel();
    // Not scoped: in a circle they would never end.
    for (buffer, encoder) in [(other, encoders[0]), (one, encoders[1])] {
        let sender = sender.clone();
        std::thread::spawn(move || {
            route.call_with(buffer, 1, CallKind::Access, || {
                inside.wait();
                let _ = route.open(encoder, buffer);
            });
            let _ = sender.send(());
        });
    }
    (0..2).all(|_| receiver.recv_timeout(Duration::from_secs(20)).is_ok())
}

#[test]
fn i6_opening_an_encoder_does_not_wait_for_the_buffer_that_its_slot_served_before() {
    let (_, route) = guarded_by(Preset::PerCommandBuffer);
    assert!(open_crosswise(route, [Key(0x51_0000), Key(0x52_0000)]), "the two wait for each other");
}

#[test]
fn the_longest_hold_is_timed_where_that_is_asked_for() {
    let (guard, route): (&TestGuard, _) = guarded(Config { time_holds: true, ..Default::default() });
    let sleep = || std::thread::sleep(Duration::from_millis(20));
    route.call(ENCODER, 1, CallKind::Encode);
    route.call_with(ENCODER, 2, CallKind::Encode, || {
        route.call_with(ENCODER, 3, CallKind::Encode, sleep);
    });
    route.call(ENCODER, 4, CallKind::Encode);
    let (call, time) = guard.statistics().longest_hold.unwrap();
    assert_eq!(call, CallId(2), "the call that took the lock, not the one inside it");
    assert!(time >= Duration::from_millis(20), "{time:?}");
    guard.reset_statistics();
    assert_eq!(guard.statistics().longest_hold, None);
}

#[test]
fn i10_with_a_lock_a_buffer_the_call_of_a_waiter_is_late_too() {
    let (guard, route) = impatient(Preset::PerCommandBuffer);
    let _ = route.open(ENCODER, Key(0xf000));
    let reaches = wait_while((guard, route), CallKind::Free, || ());
    assert!(!reaches, "the call must not reach the freed encoder");
    let statistics = guard.statistics();
    assert_eq!((statistics.late_calls, statistics.acquisitions, statistics.contentions), (1, 3, 1));
}

/// The key leads to the same slot before and after: only the generation tells the encoders apart. Where late work is done
/// elsewhere, the same pointer from the same buffer is the encoder that the waiter means, unless it was freed between.
#[test]
fn i10_the_call_of_a_waiter_does_not_reach_the_next_encoder_at_the_address() {
    const END: &[CallKind] = &[CallKind::End];
    const END_AND_FREE: &[CallKind] = &[CallKind::End, CallKind::Free];
    for (preset, ends, reaches) in [
        (Preset::Guard, &[][..], true),
        (Preset::Guard, END, false),
        (Preset::Isolate, END, true),
        (Preset::Isolate, END_AND_FREE, false),
    ] {
        let (guard, route) = impatient(preset);
        let _ = route.open(ENCODER, BUFFER);
        let born_again = || {
            assert!(ends.iter().all(|&kind| route.call(ENCODER, 4, kind)));
            if !ends.is_empty() {
                let _ = route.open(ENCODER, BUFFER);
            }
        };
        assert_eq!(wait_while((guard, route), CallKind::Access, born_again), reaches, "{preset} {ends:?}");
        assert_eq!(guard.statistics().late_dispatches, u64::from(!reaches));
        assert!(route.call(ENCODER, 5, CallKind::Dispatch), "the next one is open");
    }
}

#[test]
fn i10_a_waiter_survives_the_encoder_and_its_call_is_late() {
    let (guard, route) = impatient(Preset::PerEncoder);
    let reaches = wait_while((guard, route), CallKind::Free, || ());
    assert!(!reaches, "the call must not reach the freed encoder");
    assert_eq!(guard.statistics().late_dispatches, 1);
    let reported = LONG_WAITS.lock().unwrap().clone();
    let wait = reported.iter().find(|wait| wait.key == ENCODER && wait.call == CallId(2)).unwrap();
    assert_eq!(wait.holder_call, Some(CallId(3)));
    assert_ne!(wait.holder, wait.thread);
}

#[test]
fn a_forked_child_keeps_its_own_locks_and_loses_those_of_others() {
    let (guard, route) = guarded_by(Preset::Guard);
    let (others, own) = (Key(0x500), Key(0x600));
    let enter = |key| guard.enter(key, Call { id: CallId(1), kind: CallKind::Encode });
    elsewhere(|| std::mem::forget(enter(others)));
    let mine = enter(own);
    guard.after_fork(me(), me());
    assert!(route.call(others, 2, CallKind::Encode), "a dead thread's lock is free");
    let (tell, hear) = channel();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(move || {
            tell.send(me()).unwrap();
            route.call(own, 2, CallKind::Encode)
        });
        let thread = hear.recv().unwrap();
        while waits_of(thread) == 0 {
            assert!(!blocked.is_finished(), "the child's own lock is held");
        }
        drop(mine);
        assert!(blocked.join().unwrap());
    });
}
