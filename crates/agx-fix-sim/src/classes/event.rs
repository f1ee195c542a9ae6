//! Events. `_MTLEvent` is something to pass to `encodeSignalEvent:value:`; nothing waits for one. `_MTLSharedEvent`
//! is a number: a queue of Metal 4 raises it once it has done its earlier work, and clients wait for it.

use crate::foundation::define::{layout, methods};
use crate::foundation::object::{Object, SharedClass, begin};
use agx_fix_objc::abi::Bool;
use agx_fix_objc::{Class, Id, Sel};
use agx_fix_platform as platform;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

static EVENT: SharedClass = SharedClass::new();
static SHARED_EVENT: SharedClass = SharedClass::new();

#[repr(C)]
struct SharedEvent {
    object: Object,
    value: AtomicU64,
    /// Counts signals. Waiters sleep on it.
    signals: AtomicU32,
}

/// An event, owned by the caller.
pub(crate) fn new() -> Id {
    EVENT.allocate()
}

/// A shared event, owned by the caller.
pub(crate) fn new_shared() -> Id {
    SHARED_EVENT.allocate()
}

/// Whether an object is a shared event.
///
/// # Safety
/// `object` is nil or alive.
pub(crate) unsafe fn is_shared(object: Id) -> bool {
    // SAFETY: the caller promises an object, nil or alive.
    unsafe { SHARED_EVENT.has(object) }
}

/// Raises the number, never lowers it.
///
/// # Safety
/// `event` is a shared event, alive.
pub(crate) unsafe fn signal(event: Id, value: u64) {
    // SAFETY: the caller promises a live shared event, whose class is laid out as `SharedEvent`.
    let event = unsafe { layout::<SharedEvent>(event) };
    event.value.fetch_max(value, Ordering::Release);
    event.signals.fetch_add(1, Ordering::Release);
    platform::wake_all(&event.signals);
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
        let signals = event.signals.load(Ordering::Acquire);
        if event.value.load(Ordering::Acquire) >= value {
            return Bool(1);
        }
        let left = limit.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Bool(0);
        }
        platform::wait(&event.signals, signals, Some(left));
    }
}

/// Registers the classes.
pub(crate) fn register(root: Class) -> Option<()> {
    EVENT.register(begin::<Object>(c"_MTLEvent", root)?)?;
    SHARED_EVENT.register(methods! { begin::<SharedEvent>(c"_MTLSharedEvent", root)?;
        - c"signaledValue" = signaled_value() -> u64;
        - c"waitUntilSignaledValue:timeoutMS:" = wait_until(u64, u64) -> Bool;
    })
}
