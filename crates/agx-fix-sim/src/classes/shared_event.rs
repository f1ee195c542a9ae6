//! `_MTLSharedEvent`: a number that a queue of Metal 4 raises when it has done what it was given before, and that clients
//! wait for.

use crate::foundation::define::{begin, layout, methods};
use crate::foundation::object::{self, Object};
use crate::world::world;
use agx_fix_objc::abi::Bool;
use agx_fix_objc::runtime::class_of;
use agx_fix_objc::{Class, Id, Sel};
use agx_fix_platform as platform;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[repr(C)]
struct SharedEvent {
    object: Object,
    value: AtomicU64,
    /// Counts signals. Waiters sleep on it.
    bell: AtomicU32,
}

/// A shared event, owned by the caller.
pub(crate) fn new() -> Id {
    // SAFETY: the world's class, laid out as `SharedEvent`.
    world().map_or(Id::NULL, |world| unsafe { object::allocate(world.classes.shared_event) })
}

/// Whether an object is a shared event.
///
/// # Safety
/// `object` is nil or alive.
pub(crate) unsafe fn is_one(object: Id) -> bool {
    // SAFETY: forwarded.
    !object.is_null() && world().is_some_and(|it| unsafe { class_of(object) } == it.classes.shared_event)
}

/// Raises the number, never lowers it.
///
/// # Safety
/// `event` is a shared event, alive.
pub(crate) unsafe fn signal(event: Id, value: u64) {
    // SAFETY: forwarded.
    let event = unsafe { layout::<SharedEvent>(event) };
    event.value.fetch_max(value, Ordering::Release);
    event.bell.fetch_add(1, Ordering::Release);
    platform::wake_all(&event.bell);
}

unsafe extern "C-unwind" fn signaled_value(this: Id, _: Sel) -> u64 {
    // SAFETY: the receiver is alive.
    unsafe { layout::<SharedEvent>(this) }.value.load(Ordering::Acquire)
}

unsafe extern "C-unwind" fn wait_until(this: Id, _: Sel, value: u64, milliseconds: u64) -> Bool {
    // SAFETY: the receiver is alive, and the sender keeps it so while it waits.
    let event = unsafe { layout::<SharedEvent>(this) };
    let (started, limit) = (Instant::now(), Duration::from_millis(milliseconds));
    loop {
        let rung = event.bell.load(Ordering::Acquire);
        if event.value.load(Ordering::Acquire) >= value {
            return Bool(1);
        }
        let left = limit.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Bool(0);
        }
        platform::wait(&event.bell, rung, Some(left));
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<SharedEvent>(c"_MTLSharedEvent", root)?;
        - c"signaledValue" = signaled_value() -> u64;
        - c"waitUntilSignaledValue:timeoutMS:" = wait_until(u64, u64) -> Bool;
    };
    Some(builder.register())
}
