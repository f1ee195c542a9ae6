//! A pair of fences of which the common side is cheap: [`light_fence`] orders the compiler alone where the system can let
//! [`heavy_fence`] order all threads (membarrier on Linux). Elsewhere both are plain fences.

use crate::system;
use core::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};
use std::time::Duration;

/// What [`light_fence`] is.
static FENCES: AtomicU8 = AtomicU8::new(SYMMETRIC);
/// A fence like the other one.
const SYMMETRIC: u8 = 0;
/// An order for the compiler alone: a thread that passes [`heavy_fence`] pays for both.
const ASYMMETRIC: u8 = 1;
/// A fence like the other one again, since the system has refused a barrier that it had promised.
const BROKEN: u8 = 2;

/// The longest sleep after such a refusal: a wake may have been lost.
const LIMIT_WHEN_BROKEN: Duration = Duration::from_millis(10);

/// Makes [`light_fence`] as cheap as the system allows. To be called before threads depend on fences; calling it again is
/// harmless.
pub fn prepare_fences() {
    if FENCES.load(Ordering::Relaxed) == SYMMETRIC && system::register_for_barriers() {
        FENCES.store(ASYMMETRIC, Ordering::Relaxed);
    }
}

/// A sequentially consistent fence towards threads that pass [`heavy_fence`].
#[inline]
pub fn light_fence() {
    if FENCES.load(Ordering::Relaxed) == ASYMMETRIC {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// A sequentially consistent fence for this thread and for all others of the process, wherever they are.
pub fn heavy_fence() {
    fence(Ordering::SeqCst);
    if FENCES.load(Ordering::Relaxed) == ASYMMETRIC && !system::barrier_in_all_threads() {
        FENCES.store(BROKEN, Ordering::Relaxed);
    }
}

pub(crate) fn limit_of_sleep(limit: Option<Duration>) -> Option<Duration> {
    let broken = FENCES.load(Ordering::Relaxed) == BROKEN;
    if broken { Some(limit.unwrap_or(LIMIT_WHEN_BROKEN).min(LIMIT_WHEN_BROKEN)) } else { limit }
}
