//! The invariants of the guard, one by one. Each test runs the same calls without the guard as well and demands that
//! they go wrong there: a test that cannot fail shows nothing.

mod common;

use agx_fix_guard::{Config, Entry, Fast, Key};
use agx_fix_terms::{Call, CallId, CallKind, Preset};
use common::{INTERRUPTION, Route, TestGuard, TestPlatform, WAITED, asked_of_the_system, new_guard, open};
use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

const ENCODER: Key = Key(0x1000);
const BUFFER: Key = Key(0x2000);
const CALL: u16 = 7;

/// One thread stands inside an original of `first`; another calls `second` on the same encoder. Whether they met.
fn meet(route: Route, first: CallKind, second: CallKind) -> bool {
    let (inside, entered) = (AtomicBool::new(false), AtomicBool::new(false));
    let (tell, hear) = channel();
    let started = Barrier::new(2);
    std::thread::scope(|scope| {
        let (inside, entered, started) = (&inside, &entered, &started);
        scope.spawn(move || {
            route.call(ENCODER, CALL, first, || {
                inside.store(true, SeqCst);
                started.wait();
                // Without exclusion the other thread arrives; with it, nobody does however long this waits.
                let met = hear.recv_timeout(Duration::from_millis(100));
                entered.store(met != Err(RecvTimeoutError::Timeout), SeqCst);
                inside.store(false, SeqCst);
            });
        });
        scope.spawn(move || {
            started.wait();
            route.call(ENCODER, CALL, second, || {
                if inside.load(SeqCst) {
                    let _ = tell.send(());
                }
            });
        });
    });
    entered.load(SeqCst)
}

#[test]
fn i1_two_threads_never_meet_inside_an_encoder() {
    assert!(meet(Route::Bare, CallKind::Encode, CallKind::Dispatch), "the baseline must fail");
    assert!(!meet(Route::Guarded(new_guard()), CallKind::Encode, CallKind::Dispatch));
}

#[test]
fn i2_ending_and_freeing_wait_for_the_call_inside() {
    for teardown in [CallKind::End, CallKind::Teardown, CallKind::Free] {
        assert!(meet(Route::Bare, CallKind::Dispatch, teardown), "the baseline must fail: {teardown:?}");
        assert!(!meet(Route::Guarded(new_guard()), CallKind::Dispatch, teardown), "{teardown:?}");
    }
}

#[test]
fn i1_holds_with_one_lock_for_all() {
    let guard = new_guard();
    guard.configure(Config::new(Preset::Global.policy()));
    assert!(!meet(Route::Guarded(guard), CallKind::Encode, CallKind::Dispatch));
    assert!(guard.statistics().creations <= 1);
}

#[test]
fn i3_a_call_after_the_end_does_not_reach_the_driver_and_is_counted() {
    let reaches = |route: Route| {
        route.call(ENCODER, 1, CallKind::Encode, || ());
        std::thread::scope(|scope| {
            scope.spawn(|| route.call(ENCODER, 2, CallKind::End, || ())).join().unwrap()
        });
        [CallKind::Encode, CallKind::Dispatch, CallKind::End].map(|kind| route.call(ENCODER, 3, kind, || ()))
    };
    assert_eq!(reaches(Route::Bare), [true; 3], "the baseline must fail");
    let guard = new_guard();
    assert_eq!(reaches(Route::Guarded(guard)), [false; 3]);
    let statistics = guard.statistics();
    assert_eq!((statistics.late_calls, statistics.late_dispatches), (3, 1));
    assert_eq!(statistics.late_by_call, [(CallId(3), 3)]);
    let first = statistics.first_late_calls[0];
    assert_eq!((first.late.call, first.ended_by.call), (CallId(3), CallId(2)));
    assert_ne!(first.late.thread, first.ended_by.thread);
    assert_eq!(first.late.thread, <TestPlatform as agx_fix_guard::Platform>::thread());
}

/// Guards whose fast path is open: by locks of the objects' own, and by shared locks.
fn with_fast_path() -> [&'static TestGuard; 3] {
    [Preset::PerEncoder, Preset::PerCommandBuffer, Preset::Global].map(|preset| {
        let guard = new_guard();
        guard.configure(Config::new(preset.policy()));
        guard
    })
}

/// The encoder ends, or its address becomes another's, after a call has found it and before the call has its lock.
#[test]
fn i3_the_fast_path_sees_what_came_between_look_up_and_lock() {
    thread_local!(static GUARD: Cell<Option<&'static TestGuard>> = const { Cell::new(None) });
    fn elsewhere(kind: CallKind) {
        let guard = GUARD.get().unwrap();
        let call = || assert!(Route::Guarded(guard).call(ENCODER, 2, kind, || ()));
        std::thread::scope(|scope| scope.spawn(call).join().unwrap());
    }
    for guard in with_fast_path() {
        GUARD.set(Some(guard));
        for (interruption, late) in
            [((|| elsewhere(CallKind::End)) as fn(), 1), (|| elsewhere(CallKind::Free), 0)]
        {
            let _ = open(guard, ENCODER, BUFFER);
            let before = guard.statistics().late_calls;
            INTERRUPTION.set(Some(interruption));
            let answer = guard.enter_fast(ENCODER, CallId(3), |fast| fast);
            assert!(INTERRUPTION.take().is_none(), "the interruption must have happened");
            assert!(matches!(answer, Fast::Stale), "it has ended or was freed");
            // The slow path finds an ended encoder, or one that nobody has seen yet.
            assert_eq!(Route::Guarded(guard).call(ENCODER, 3, CallKind::Dispatch, || ()), late == 0);
            assert_eq!(guard.statistics().late_calls - before, late);
        }
    }
}

#[test]
fn i1_the_fast_path_is_closed_while_somebody_is_inside() {
    for guard in with_fast_path() {
        assert!(open(guard, ENCODER, BUFFER));
        let is_open = || matches!(guard.enter_fast(ENCODER, CallId(1), |fast| fast), Fast::Go(_));
        let Fast::Go(permit) = guard.enter_fast(ENCODER, CallId(1), |fast| fast) else {
            panic!("nobody is inside")
        };
        assert!(!is_open(), "not for the same thread either");
        assert!(!std::thread::scope(|scope| scope.spawn(is_open).join().unwrap()));
        drop(permit);
        assert!(is_open(), "it was left");
        assert_eq!(guard.statistics().acquisitions, 2);
    }
}

/// By preset: what the fast path answers to a call on an open encoder.
#[test]
fn the_policy_opens_the_fast_path_or_closes_it() {
    let answer = |config: Config| {
        let guard = new_guard();
        guard.configure(config);
        assert!(open(guard, ENCODER, BUFFER));
        match guard.enter_fast(ENCODER, CallId(1), |fast| fast) {
            Fast::Go(_) => "go",
            Fast::Unguarded => "unguarded",
            Fast::Slow => "slow",
            Fast::Stale => "stale",
        }
    };
    for &preset in Preset::ALL {
        let expected = match preset {
            Preset::None => "unguarded",
            Preset::PerEncoder | Preset::Guard | Preset::PerCommandBuffer | Preset::Global => "go",
            _ => "slow",
        };
        assert_eq!(answer(Config::new(preset.policy())), expected, "{preset}");
    }
    assert_eq!(
        answer(Config { time_holds: true, ..Config::default() }),
        "slow",
        "it does not read the clock"
    );
}

/// An encoder that takes the lock of its command buffer, or the one for all, is not entered beside another holder of that lock.
#[test]
fn i1_the_fast_path_takes_the_lock_that_objects_share() {
    for guard in with_fast_path().into_iter().skip(1) {
        let other = Key(0x3000);
        assert!(open(guard, ENCODER, BUFFER) && open(guard, other, BUFFER));
        let Fast::Go(_permit) = guard.enter_fast(ENCODER, CallId(1), |fast| fast) else {
            panic!("nobody is inside")
        };
        assert!(matches!(guard.enter_fast(other, CallId(1), |fast| fast), Fast::Slow));
    }
    let (guard, wrapper) = (new_guard(), Key(0x5000));
    assert!(open(guard, ENCODER, BUFFER) && open(guard, wrapper, BUFFER));
    guard.wraps(wrapper, ENCODER);
    assert!(
        matches!(guard.enter_fast(wrapper, CallId(1), |fast| fast), Fast::Slow),
        "it has no lock of its own"
    );
    assert!(
        matches!(guard.enter_fast(ENCODER, CallId(1), |fast| fast), Fast::Go(_)),
        "what is wrapped has one"
    );
}

#[test]
fn i3_the_drivers_own_teardown_of_an_ended_encoder_goes_through() {
    let guard = new_guard();
    let route = Route::Guarded(guard);
    route.call(ENCODER, 1, CallKind::End, || ());
    assert!(route.call(ENCODER, 2, CallKind::Teardown, || ()));
    assert!(route.call(ENCODER, 3, CallKind::Free, || ()));
    assert_eq!(guard.statistics().late_calls, 0);
}

#[test]
fn i3_the_same_pointer_born_again_is_open_again() {
    let guard = new_guard();
    let route = Route::Guarded(guard);
    assert!(open(guard, ENCODER, BUFFER));
    route.call(ENCODER, 1, CallKind::End, || ());
    assert!(!open(guard, ENCODER, BUFFER), "it is retained already");
    assert!(route.call(ENCODER, 2, CallKind::Dispatch, || ()));
    assert_eq!(guard.statistics().creations, 2);
}

/// The first callers of an encoder that nobody has seen open come at once: one makes the slot, the others wait.
#[test]
fn i3_no_call_on_an_open_encoder_is_late() {
    let guard = new_guard();
    for round in 0..500 {
        let started = Barrier::new(4);
        let through = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    started.wait();
                    let route = Route::Guarded(guard);
                    route.call(Key(0x10_0000 + round * 0x80), 1, CallKind::Dispatch, || {
                        std::thread::yield_now();
                        through.fetch_add(1, SeqCst);
                    });
                });
            }
        });
        assert_eq!((through.into_inner(), guard.statistics().late_calls), (4, 0), "round {round}");
    }
}

#[test]
fn i3_a_call_that_unwinds_ends_nothing() {
    let guard = new_guard();
    let thrown = std::panic::catch_unwind(|| {
        Route::Guarded(guard).call(ENCODER, 1, CallKind::End, || std::panic::resume_unwind(Box::new(())));
    });
    assert!(thrown.is_err());
    assert!(
        Route::Guarded(guard).call(ENCODER, 2, CallKind::Dispatch, || ()),
        "not ended, and the lock is free"
    );
}

#[test]
fn i4_what_is_retained_is_released_once_when_the_buffer_completes() {
    let guard = new_guard();
    let encoders: Vec<Key> = (0..100).map(|n| Key(0x10_0000 + n * 0x80)).collect();
    for &encoder in &encoders {
        assert!(open(guard, encoder, BUFFER));
        assert!(!open(guard, encoder, BUFFER));
    }
    assert_eq!(guard.statistics().retained, 100);
    let mut released = Vec::new();
    guard.completed(BUFFER, |key| released.push(key));
    guard.completed(BUFFER, |_| panic!("nothing is left"));
    released.sort_by_key(|key| key.0);
    assert_eq!(released, encoders);
    assert_eq!(guard.statistics().retained, 0);
}

#[test]
fn i4_an_encoder_that_was_freed_all_the_same_is_not_released() {
    let guard = new_guard();
    let encoders = [Key(0x100), Key(0x200), Key(0x300)];
    for encoder in encoders {
        assert!(open(guard, encoder, BUFFER));
    }
    Route::Guarded(guard).call(encoders[1], 1, CallKind::Free, || ());
    let mut released = Vec::new();
    guard.completed(BUFFER, |key| released.push(key));
    assert_eq!(released, [encoders[2], encoders[0]]);
}

#[test]
fn i4_a_buffer_born_again_at_the_same_address_starts_with_nothing() {
    let guard = new_guard();
    let commit = || match guard.enter(BUFFER, Call { id: CallId(1), kind: CallKind::Access }) {
        Entry::Go(permit) => permit.claim_completion_handler(),
        _ => unreachable!(),
    };
    guard.buffer_opened(BUFFER, |_| panic!("nothing yet"));
    assert!(open(guard, ENCODER, BUFFER));
    assert!(commit());
    assert!(!commit(), "once");
    let mut left_over = Vec::new();
    guard.buffer_opened(BUFFER, |key| left_over.push(key));
    assert_eq!(left_over, [ENCODER]);
    assert!(open(guard, Key(0x3000), BUFFER));
    assert!(commit());
}

/// The driver gives an address again before the call that freed it has come back: whoever opens the new encoder finds the
/// slot of the old one, and waits for its lock.
#[test]
fn i10_an_encoder_that_is_opened_while_its_address_is_being_freed_has_a_slot_of_its_own() {
    let guard = new_guard();
    let route = Route::Guarded(guard);
    open(guard, ENCODER, Key(0x7000));
    route.call(ENCODER, 1, CallKind::End, || ());
    let (freed, memory_is_free) = channel();
    let (tell_opener, opener) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            route.call(ENCODER, 2, CallKind::Free, || {
                freed.send(()).unwrap();
                let opener = opener.recv().unwrap();
                while !WAITED.lock().unwrap().contains(&opener) {
                    std::thread::yield_now();
                }
            })
        });
        memory_is_free.recv().unwrap();
        scope.spawn(move || {
            tell_opener.send(<TestPlatform as agx_fix_guard::Platform>::thread()).unwrap();
            assert!(open(guard, ENCODER, BUFFER));
        });
    });
    // So many others that one of them takes every slot that is free.
    for other in 0..20_000 {
        assert!(open(guard, Key(0x100_0000 + other * 0x40), Key(0x7000)));
    }
    assert!(route.call(ENCODER, 3, CallKind::Dispatch, || ()));
    route.call(ENCODER, 4, CallKind::End, || ());
    assert!(route.call(BUFFER, 5, CallKind::Commit, || ()));
    assert_eq!(guard.statistics().findings, 0, "it is known that it has ended");
    let mut released = Vec::new();
    guard.completed(BUFFER, |key| released.push(key));
    assert_eq!(released, [ENCODER]);
}

#[test]
fn i5_an_original_may_call_the_same_encoder_again() {
    let guard = new_guard();
    let route = Route::Guarded(guard);
    let mut inner = false;
    route.call(ENCODER, 1, CallKind::End, || {
        route.call(ENCODER, 2, CallKind::Teardown, || {
            route.call(ENCODER, 3, CallKind::Encode, || inner = true).then_some(()).unwrap()
        });
    });
    assert!(inner);
    assert_eq!(guard.statistics().acquisitions, 1, "only the outermost call takes the lock");
    assert!(!route.call(ENCODER, 4, CallKind::Encode, || ()), "and the encoder has ended");
    assert_eq!(guard.statistics().first_late_calls[0].ended_by.call, CallId(1), "by the outermost call");
}

/// A validation layer's encoder forwards to the driver's: without one lock for both, a teardown of the driver's own
/// (which does not pass the wrapper) meets a call that came through it.
#[test]
fn i1_a_wrapper_and_what_it_wraps_have_one_lock() {
    let (outer, inner) = (Key(0x4000), Key(0x5000));
    for wrapped in [false, true] {
        let guard = new_guard();
        let route = Route::Guarded(guard);
        assert!(open(guard, inner, BUFFER) && open(guard, outer, BUFFER));
        if wrapped {
            guard.wraps(outer, inner);
        }
        let (tell, hear) = channel::<()>();
        let started = &Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                started.wait();
                route.call(inner, 2, CallKind::Teardown, || drop(tell));
            });
            route.call(outer, 1, CallKind::Dispatch, || {
                started.wait();
                let met =
                    hear.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Disconnected);
                assert_eq!(met, !wrapped);
            });
        });
        assert_eq!(guard.statistics().acquisitions, 2);
        route.call(outer, 1, CallKind::Encode, || assert!(route.call(inner, 4, CallKind::Teardown, || ())));
        assert_eq!(
            guard.statistics().acquisitions,
            if wrapped { 3 } else { 4 },
            "once at the outermost level"
        );
    }
}

#[test]
fn i5_leaving_the_inner_call_does_not_let_others_in() {
    let guard = new_guard();
    let route = Route::Guarded(guard);
    let (tell, hear) = channel();
    let inner_left = Barrier::new(2);
    std::thread::scope(|scope| {
        let inner_left = &inner_left;
        scope.spawn(move || {
            route.call(ENCODER, 1, CallKind::Encode, || {
                route.call(ENCODER, 2, CallKind::Encode, || ());
                inner_left.wait();
                assert_eq!(hear.recv_timeout(Duration::from_millis(100)), Err(RecvTimeoutError::Timeout));
            });
        });
        inner_left.wait();
        route.call(ENCODER, 3, CallKind::Encode, || {
            let _ = tell.send(());
        });
    });
}

/// A whole life of a command buffer and its encoder; what it asked of the system.
fn asked_in_a_life(guard: &'static TestGuard) -> u32 {
    let asked = asked_of_the_system();
    let before = asked.load(SeqCst);
    let route = Route::Guarded(guard);
    guard.buffer_opened(BUFFER, |_| ());
    route.call(BUFFER, 1, CallKind::Open, || assert!(open(guard, ENCODER, BUFFER)));
    for kind in [CallKind::Encode, CallKind::Dispatch, CallKind::Access, CallKind::End] {
        assert!(route.call(ENCODER, 2, kind, || ()));
    }
    assert!(route.call(BUFFER, 3, CallKind::Commit, || ()));
    guard.completed(BUFFER, |_| ());
    route.call(ENCODER, 4, CallKind::Free, || ());
    route.call(BUFFER, 5, CallKind::Free, || ());
    asked.load(SeqCst) - before
}

#[test]
fn i7_a_thread_alone_asks_nothing_of_the_system() {
    for preset in [Preset::PerEncoder, Preset::Global, Preset::PerCommandBuffer] {
        let guard = new_guard();
        guard.configure(Config::new(preset.policy()));
        assert_eq!(asked_in_a_life(guard), 0, "{preset:?}");
    }
}

#[test]
fn i7_a_thread_that_waits_does_ask() {
    let guard = new_guard();
    let (tell, hear) = channel();
    let started = Barrier::new(2);
    std::thread::scope(|scope| {
        let started = &started;
        scope.spawn(move || {
            Route::Guarded(guard).call(ENCODER, 1, CallKind::Dispatch, || {
                started.wait();
                let waiter: std::sync::Arc<std::sync::atomic::AtomicU32> = hear.recv().unwrap();
                while waiter.load(SeqCst) == 0 {
                    std::thread::yield_now(); // for ever, if the count cannot rise
                }
            });
        });
        scope.spawn(move || {
            started.wait();
            tell.send(asked_of_the_system()).unwrap();
            Route::Guarded(guard).call(ENCODER, 1, CallKind::Dispatch, || ());
        });
    });
}

/// Threads call on shared and on own encoders; how many calls a plain counter under the lock has seen.
fn count(route: Route, threads: usize, calls: usize) -> u64 {
    let seen = AtomicU64::new(0);
    let started = Barrier::new(threads);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (seen, started) = (&seen, &started);
            scope.spawn(move || {
                started.wait();
                for call in 0..calls {
                    route.call(ENCODER, 1, CallKind::Dispatch, || {
                        let before = seen.load(SeqCst);
                        if call % 16 == 0 {
                            std::thread::yield_now();
                        }
                        seen.store(before + 1, SeqCst);
                    });
                    route.call(Key(0x8000 + thread * 0x80), 2, CallKind::Encode, || ());
                }
            });
        }
    });
    seen.into_inner()
}

#[test]
fn i8_counts_are_exact_after_the_threads_have_been_joined() {
    let (threads, calls) = (8, 2_000);
    let all = (threads * calls) as u64;
    assert!(count(Route::Bare, threads, calls) < all, "the baseline must lose counts");
    let guard = new_guard();
    assert_eq!(count(Route::Guarded(guard), threads, calls), all);
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

/// A thread waits for an encoder while `event` happens to it, inside a call of that kind; what becomes of the waiter's call.
fn wait_while(guard: &'static TestGuard, kind: CallKind, event: impl FnOnce()) -> bool {
    let route = Route::Guarded(guard);
    route.call(ENCODER, 1, CallKind::Encode, || ());
    let waiting = Barrier::new(2);
    std::thread::scope(|scope| {
        let late = scope.spawn(|| {
            waiting.wait();
            route.call(ENCODER, 2, CallKind::Dispatch, || ())
        });
        route.call(ENCODER, 3, kind, || {
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

/// A thread waits for an encoder that is freed meanwhile; what becomes of its call.
fn wait_for_freed(guard: &'static TestGuard) -> bool {
    wait_while(guard, CallKind::Free, || ())
}

/// Each of two threads is inside a factory of one command buffer, and opens an encoder whose slot last served the other
/// buffer. True if both come out.
fn open_crosswise(guard: &'static TestGuard, [one, other]: [Key; 2]) -> bool {
    let encoders = [Key(0x50_0010), Key(0x50_0020)];
    for (buffer, encoder) in [(one, encoders[0]), (other, encoders[1])] {
        let _ = open(guard, encoder, buffer);
        assert!(Route::Guarded(guard).call(encoder, 2, CallKind::Free, || ()));
    }
    let inside: &'static Barrier = Box::leak(Box::new(Barrier::new(2)));
    let (sender, receiver) = channel();
    // Not scoped: in a circle they would never end.
    for (buffer, encoder) in [(other, encoders[0]), (one, encoders[1])] {
        let sender = sender.clone();
        std::thread::spawn(move || {
            Route::Guarded(guard).call(buffer, 1, CallKind::Access, || {
                inside.wait();
                let _ = open(guard, encoder, buffer);
            });
            let _ = sender.send(());
        });
    }
    (0..2).all(|_| receiver.recv_timeout(Duration::from_secs(20)).is_ok())
}

#[test]
fn i6_opening_an_encoder_does_not_wait_for_the_buffer_that_its_slot_served_before() {
    let guard = new_guard();
    guard.configure(Config::new(Preset::PerCommandBuffer.policy()));
    assert!(open_crosswise(guard, [Key(0x51_0000), Key(0x52_0000)]), "the two wait for each other");
}

#[test]
fn the_longest_hold_is_timed_where_that_is_asked_for() {
    let guard = new_guard();
    guard.configure(Config { time_holds: true, ..Default::default() });
    let route = Route::Guarded(guard);
    route.call(ENCODER, 1, CallKind::Encode, || ());
    route.call(ENCODER, 2, CallKind::Encode, || {
        route.call(ENCODER, 3, CallKind::Encode, || std::thread::sleep(Duration::from_millis(20)));
    });
    route.call(ENCODER, 4, CallKind::Encode, || ());
    let (call, time) = guard.statistics().longest_hold.unwrap();
    assert_eq!(call, CallId(2), "the call that took the lock, not the one inside it");
    assert!(time >= Duration::from_millis(20), "{time:?}");
    guard.reset_statistics();
    assert_eq!(guard.statistics().longest_hold, None);
}

#[test]
fn i10_with_a_lock_a_buffer_the_call_of_a_waiter_is_late_too() {
    let guard = new_guard();
    guard.configure(Config {
        long_wait: Some(Duration::from_millis(1)),
        ..Config::new(Preset::PerCommandBuffer.policy())
    });
    let _ = open(guard, ENCODER, Key(0xf000));
    assert!(!wait_for_freed(guard), "the call must not reach the freed encoder");
    let statistics = guard.statistics();
    assert_eq!((statistics.late_calls, statistics.acquisitions, statistics.contentions), (1, 3, 1));
}

/// The key leads to the same slot before and after: only the generation tells the encoders apart.
#[test]
fn i10_the_call_of_a_waiter_does_not_reach_the_next_encoder_at_the_address() {
    let guard = new_guard();
    guard.configure(Config { long_wait: Some(Duration::from_millis(1)), ..Default::default() });
    let born_again = || {
        Route::Guarded(guard).call(ENCODER, 4, CallKind::End, || ());
        let _ = open(guard, ENCODER, BUFFER);
    };
    assert!(wait_while(guard, CallKind::Access, || ()), "the encoder that it waited for takes it");
    guard.reset_statistics();
    assert!(!wait_while(guard, CallKind::Access, born_again));
    assert_eq!(guard.statistics().late_dispatches, 1);
    assert!(Route::Guarded(guard).call(ENCODER, 5, CallKind::Dispatch, || ()), "the next one is open");
}

/// Where late work is done elsewhere, the same pointer from the same buffer is the encoder that the waiter means, unless it
/// was freed between.
#[test]
fn i10_where_late_work_is_rescued_only_freeing_ends_the_life_that_a_waiter_means() {
    for (ends, reaches) in [(&[CallKind::End][..], true), (&[CallKind::End, CallKind::Free], false)] {
        let guard = new_guard();
        guard.configure(Config {
            long_wait: Some(Duration::from_millis(1)),
            ..Config::new(Preset::Isolate.policy())
        });
        let _ = open(guard, ENCODER, BUFFER);
        let born_again = || {
            for &kind in ends {
                assert!(Route::Guarded(guard).call(ENCODER, 4, kind, || ()));
            }
            let _ = open(guard, ENCODER, BUFFER);
        };
        assert_eq!(wait_while(guard, CallKind::Access, born_again), reaches, "{ends:?}");
        assert_eq!(guard.statistics().late_dispatches, u64::from(!reaches));
    }
}

#[test]
fn i10_a_waiter_survives_the_encoder_and_its_call_is_late() {
    let guard = new_guard();
    guard.configure(Config {
        long_wait: Some(Duration::from_millis(1)),
        ..Config::new(Preset::PerEncoder.policy())
    });
    assert!(!wait_for_freed(guard), "the call must not reach the freed encoder");
    assert_eq!(guard.statistics().late_dispatches, 1);
    let reported = common::LONG_WAITS.lock().unwrap().clone();
    let wait = reported.iter().find(|wait| wait.key == ENCODER && wait.call == CallId(2)).unwrap();
    assert_eq!(wait.holder_call, Some(CallId(3)));
    assert_ne!(wait.holder, wait.thread);
}

#[test]
fn a_forked_child_keeps_its_own_locks_and_loses_those_of_others() {
    let guard = new_guard();
    let me = <TestPlatform as agx_fix_guard::Platform>::thread();
    let other = std::thread::spawn(|| {
        std::mem::forget(guard.enter(Key(0x500), Call { id: CallId(1), kind: CallKind::Encode }));
    });
    other.join().unwrap();
    let Entry::Go(mine) = guard.enter(Key(0x600), Call { id: CallId(1), kind: CallKind::Encode }) else {
        panic!()
    };
    guard.after_fork(me, me);
    assert!(
        Route::Guarded(guard).call(Key(0x500), 2, CallKind::Encode, || ()),
        "a dead thread's lock is free"
    );
    assert!(std::thread::scope(|scope| {
        let blocked = scope.spawn(|| Route::Guarded(guard).call(Key(0x600), 2, CallKind::Encode, || ()));
        std::thread::sleep(Duration::from_millis(50));
        let still = !blocked.is_finished();
        drop(mine);
        blocked.join().unwrap() && still
    }));
}
