//! Binding and dispatching on one encoder, by one thread or by two that take turns.
//!
//! Threads that take turns never wait for a lock: what differs between presets is what they do when another thread has used
//! the encoder meanwhile. The time of a turn includes passing it on, which is the same for all.

use crate::harness::window::{Length, Share, Window};
use agx_fix_engine::call_cost::{Act, Turns};
use agx_fix_workload::team::{self, Task};
use agx_fix_workload::{Failure, Stage};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// What a turn is taken to cost when a number of turns is made of a time.
const TURN: Duration = Duration::from_nanos(500);
/// Looks at whose turn it is before the other thread is let on the core.
const LOOKS: u32 = 1000;

/// Measures turns.
///
/// # Errors
/// No Metal, or it refused something.
pub(crate) fn turns(turns: Turns, length: Length) -> Result<Window, Failure> {
    let stage = Stage::open(1)?;
    let each = match length {
        Length::Calls(calls) => calls,
        Length::Time(time) => u64::try_from(time.as_nanos() / TURN.as_nanos()).unwrap_or(1).max(1),
    };
    let threads = turns.threads as u64;
    let turn = AtomicU64::new(0);
    let (stage_of_all, turn) = (&stage, &turn);
    let task = |thread: u64| {
        Task::new(format!("turn-{thread}"), move || {
            let whose = |number: u64| number * threads + thread;
            take(turn, whose(0), || stage_of_all.bind_all(thread as usize));
            let began = Instant::now();
            for number in 1..=each {
                take(turn, whose(number), || match turns.act {
                    Act::Bind => stage_of_all.bind(thread as usize),
                    Act::Dispatch => stage_of_all.dispatch(),
                });
            }
            u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
        })
    };
    let (times, _) = team::run((0..threads).map(task).collect())?;
    // One thread works at a time.
    let nanoseconds = times.into_iter().max().unwrap_or(0);
    Ok(Window { shares: vec![Share { calls: each * threads, nanoseconds }] })
}

/// Waits for a turn, takes it, and passes it on.
#[inline]
fn take(turn: &AtomicU64, mine: u64, act: impl FnOnce()) {
    let mut looks = 0;
    while turn.load(Ordering::Acquire) != mine {
        looks += 1;
        if looks % LOOKS == 0 { yield_now() } else { spin_loop() }
    }
    act();
    turn.store(mine + 1, Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_alternate() {
        let (turn, order) = (&AtomicU64::new(0), &std::sync::Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for thread in 0..2 {
                scope.spawn(move || {
                    for number in 0..100 {
                        take(turn, number * 2 + thread, || order.lock().unwrap().push(thread));
                    }
                });
            }
        });
        let order = order.lock().unwrap();
        assert!(order.chunks(2).all(|pair| pair == [0, 1]) && order.len() == 200);
    }
}
