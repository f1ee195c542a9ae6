//! Command queues: those of Metal up to 3, and those of Metal 4, which take lists of command buffers.

use crate::classes::family::{self, Member, family, set_label};
use crate::classes::{command_buffer, event};
use crate::foundation::define::{factories, layout, methods};
use crate::foundation::object::{self, begin};
use crate::gpu::queue::Queue;
use crate::gpu::submission::execute_all;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::{CStr, c_void};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::sync::Arc;
use std::time::Instant;

#[repr(C)]
struct CommandQueue {
    member: Member,
    /// From `Arc::into_raw`, or null.
    queue: AtomicPtr<Queue>,
}

/// Metal's own default.
const UNCOMPLETED_BUFFERS: usize = 64;

/// A queue with that many places for uncompleted command buffers, owned by the caller. Nil for no places, or if the
/// system has no thread left.
///
/// # Safety
/// `device` is a device of the simulator.
pub(crate) unsafe fn new_of(device: Id, uncompleted: usize) -> Id {
    // SAFETY: the caller promises a device of the simulator.
    let family = unsafe { family(device) };
    // SAFETY: the class is that of the family's queues.
    unsafe { new_in(family.queue, device, uncompleted) }
}

/// A queue as Metal makes it by default.
///
/// # Safety
/// As for [`new_of`].
pub(crate) unsafe fn new(device: Id) -> Id {
    // SAFETY: the caller promises a device of the simulator.
    unsafe { new_of(device, UNCOMPLETED_BUFFERS) }
}

/// A queue of Metal 4. Nil if the driver has none.
///
/// # Safety
/// As for [`new_of`].
pub(crate) unsafe fn new_metal4(device: Id) -> Id {
    // SAFETY: the caller promises a device of the simulator.
    let Some(classes) = unsafe { family(device) }.metal4 else { return Id::NULL };
    // SAFETY: the class is that of the family's queues of Metal 4.
    unsafe { new_in(classes.queue, device, UNCOMPLETED_BUFFERS) }
}

/// # Safety
/// `class` is one of the simulator's, laid out as a [`CommandQueue`].
unsafe fn new_in(class: Class, device: Id, uncompleted: usize) -> Id {
    let Some(queue) = Some(uncompleted).filter(|&places| places > 0).and_then(Queue::start) else {
        return Id::NULL;
    };
    // SAFETY: the caller promises a class of queues, which begin with a `Member`.
    let object = unsafe { family::allocate(class, device) };
    if object.is_null() {
        queue.close();
    } else {
        // SAFETY: a new object; the caller promises that its class is laid out as `CommandQueue`.
        unsafe { layout::<CommandQueue>(object) }.queue.store(Arc::into_raw(queue).cast_mut(), Relaxed);
    }
    object
}

/// The queue's worker.
unsafe fn worker(queue: Id) -> Option<Arc<Queue>> {
    // SAFETY: the caller's queue is alive; the pointer is null or from `Arc::into_raw`, and the object holds it.
    unsafe {
        let queue = layout::<CommandQueue>(queue).queue.load(Relaxed);
        if queue.is_null() {
            return None;
        }
        Arc::increment_strong_count(queue);
        Some(Arc::from_raw(queue))
    }
}

unsafe fn new_buffer(this: Id, retained: bool) -> Id {
    // SAFETY: the caller's queue is alive.
    unsafe { worker(this).map_or(Id::NULL, |worker| command_buffer::new(this, worker, retained)) }
}

factories! {
    command_buffer() = new_buffer, true;
    command_buffer_described(descriptor: Id) = new_buffer, true;
    unretained_command_buffer() = new_buffer, false;
}

unsafe extern "C-unwind" fn commit(this: Id, _: Sel, buffers: *const c_void, count: usize) {
    if buffers.is_null() {
        return;
    }
    // SAFETY: the receiver is alive; the sender gives an array of command buffers of that length.
    unsafe {
        let buffers = core::slice::from_raw_parts(buffers.cast::<Id>(), count);
        let passes = buffers.iter().flat_map(|&buffer| command_buffer::take_ended(buffer)).collect();
        if let Some(worker) = worker(this) {
            let committed = Instant::now();
            worker.submit(Box::new(move |timeline| {
                execute_all(passes, committed, timeline);
            }));
        }
    }
}

unsafe extern "C-unwind" fn commit_with(
    this: Id,
    selector: Sel,
    buffers: *const c_void,
    count: usize,
    _options: Id,
) {
    // SAFETY: the receiver is alive; the sender gives an array of command buffers of that length, or null.
    unsafe { commit(this, selector, buffers, count) };
}

/// A plain event has no effect, as nothing can wait for it.
unsafe extern "C-unwind" fn signal_event(this: Id, _: Sel, event: Id, value: u64) {
    // SAFETY: the receiver is alive; the sender gives nil or an event, retained until the worker has signalled it.
    unsafe {
        let Some(worker) = worker(this).filter(|_| event::is_shared(event)) else { return };
        object::retain(event);
        worker.submit(Box::new(move |_| {
            event::signal(event, value);
            object::release(event);
        }));
    }
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone; the pointer is null or from `Arc::into_raw`.
    unsafe {
        let worker = layout::<CommandQueue>(this).queue.load(Relaxed);
        if !worker.is_null() {
            Arc::from_raw(worker).close();
        }
        family::dealloc(this, selector);
    }
}

/// Starts the class.
pub(crate) fn class(root: Class, name: &CStr) -> Option<ClassBuilder> {
    Some(methods! { family::add_methods(begin::<CommandQueue>(name, root)?);
        - c"commandBuffer" = command_buffer() -> Id;
        - c"commandBufferWithDescriptor:" = command_buffer_described(Id) -> Id;
        - c"commandBufferWithUnretainedReferences" = unretained_command_buffer() -> Id;
        - c"setLabel:" = set_label(Id);
        - c"dealloc" = dealloc();
    })
}

/// Starts the class of Metal 4.
pub(crate) fn class_metal4(root: Class, name: &CStr) -> Option<ClassBuilder> {
    Some(methods! { family::add_methods(begin::<CommandQueue>(name, root)?);
        - c"commit:count:" = commit(*const c_void, usize);
        - c"commit:count:options:" = commit_with(*const c_void, usize, Id);
        - c"signalEvent:value:" = signal_event(Id, u64);
        - c"dealloc" = dealloc();
    })
}
