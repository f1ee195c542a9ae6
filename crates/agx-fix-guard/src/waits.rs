//! Who waits for whom: threads that wait for another thread's encoder to end.
//!
//! A thread that would close a circle does not wait. Only these waits are in the table; waits for a slot's lock are not, as its
//! holder is inside the driver and will come back.

use crate::ids::Thread;
use crate::lock::Lock;
use crate::platform::Platform;
use crate::sync::{AtomicU32, Ordering, array, length};
use const_fn::const_fn;

const PLACES: usize = length(64, 2);

#[derive(Debug)]
pub(crate) struct Waits {
    lock: Lock,
    edges: [Edge; PLACES],
}

#[derive(Debug)]
struct Edge {
    /// 0 is a free place.
    waiter: AtomicU32,
    holder: AtomicU32,
}

impl Waits {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self {
            lock: Lock::new(),
            edges: array![Edge { waiter: AtomicU32::new(0), holder: AtomicU32::new(0) }; PLACES],
        }
    }

    pub(crate) fn lock(&self) -> &Lock {
        &self.lock
    }

    /// `me` is about to wait for `holder`. False if `holder` waits for `me`, through however many others.
    pub(crate) fn begin<P: Platform>(&self, me: Thread, holder: Thread) -> bool {
        let _held = self.lock.lock_as::<P>(me);
        let circle = self.leads_to(holder, me);
        if !circle && let Some(free) = self.edges.iter().find(|edge| edge.waiter.load(Ordering::Relaxed) == 0)
        {
            free.holder.store(holder, Ordering::Relaxed);
            free.waiter.store(me, Ordering::Relaxed);
        }
        !circle
    }

    /// `me` waits no longer.
    pub(crate) fn end<P: Platform>(&self, me: Thread) {
        let _held = self.lock.lock_as::<P>(me);
        for edge in self.edges.iter().filter(|edge| edge.waiter.load(Ordering::Relaxed) == me) {
            edge.waiter.store(0, Ordering::Relaxed);
        }
    }

    fn leads_to(&self, from: Thread, to: Thread) -> bool {
        let mut thread = from;
        for _ in 0..PLACES {
            if thread == to {
                return true;
            }
            let edge = self.edges.iter().find(|edge| edge.waiter.load(Ordering::Relaxed) == thread);
            let Some(edge) = edge else { return false };
            thread = edge.holder.load(Ordering::Relaxed);
        }
        false
    }

    /// In a forked child nobody waits.
    pub(crate) fn clear(&self) {
        for edge in &self.edges {
            edge.waiter.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::tests::TestPlatform;

    #[test]
    fn a_circle_is_seen_through_others_until_one_of_them_waits_no_longer() {
        let waits = Waits::new();
        let begin = |me, holder| waits.begin::<TestPlatform>(me, holder);
        assert!(begin(1, 2) && begin(2, 3) && begin(4, 1));
        assert!(!begin(3, 1) && !begin(3, 4), "3 is waited for by all");
        waits.end::<TestPlatform>(2);
        assert!(!begin(2, 4), "4 waits for 1, and 1 for 2");
        assert!(begin(3, 1), "2 waits for nobody");
    }
}
