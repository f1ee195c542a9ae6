//! `AGXG16XFamilyCommandQueue`.

use crate::classes::command_buffer;
use crate::foundation::define::{begin, layout, methods};
use crate::foundation::object::{self, Object};
use crate::foundation::string::Label;
use crate::gpu::queue::Queue;
use crate::world::world;
use agx_fix_objc::{Class, Id, Sel};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::sync::Arc;

#[repr(C)]
struct CommandQueue {
    object: Object,
    label: Label,
    /// From `Arc::into_raw`, or null.
    queue: AtomicPtr<Queue>,
}

/// A queue, owned by the caller. Nil for no places, or if there is no thread to be had.
pub(crate) fn new(uncompleted: usize) -> Id {
    let Some(world) = world().filter(|_| uncompleted > 0) else { return Id::NULL };
    let Some(queue) = Queue::start(uncompleted) else { return Id::NULL };
    // SAFETY: the world's class, laid out as `CommandQueue`.
    unsafe {
        let object = object::allocate(world.classes.queue);
        if object.is_null() {
            queue.close();
        } else {
            layout::<CommandQueue>(object).queue.store(Arc::into_raw(queue).cast_mut(), Relaxed);
        }
        object
    }
}

/// The queue's worker.
///
/// # Safety
/// `queue` is a command queue of the simulator, alive.
pub(crate) unsafe fn worker(queue: Id) -> Option<Arc<Queue>> {
    // SAFETY: forwarded; the pointer is null or from `Arc::into_raw`, and the object keeps its own count.
    unsafe {
        let queue = layout::<CommandQueue>(queue).queue.load(Relaxed);
        if queue.is_null() {
            return None;
        }
        Arc::increment_strong_count(queue);
        Some(Arc::from_raw(queue))
    }
}

unsafe extern "C-unwind" fn command_buffer(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { command_buffer::new(this, true) }
}

unsafe extern "C-unwind" fn unretained_command_buffer(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { command_buffer::new(this, false) }
}

unsafe extern "C-unwind" fn device(_: Id, _: Sel) -> Id {
    world().map_or(Id::NULL, |world| world.device)
}

unsafe extern "C-unwind" fn label(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { layout::<CommandQueue>(this) }.label.get()
}

unsafe extern "C-unwind" fn set_label(this: Id, _: Sel, label: Id) {
    // SAFETY: receiver and argument are alive.
    unsafe { layout::<CommandQueue>(this).label.set(label) };
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone; the pointer is null or from `Arc::into_raw`.
    unsafe {
        let queue = layout::<CommandQueue>(this);
        queue.label.set(Id::NULL);
        let worker = queue.queue.load(Relaxed);
        if !worker.is_null() {
            Arc::from_raw(worker).close();
        }
        object::dealloc(this, selector);
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<CommandQueue>(c"AGXG16XFamilyCommandQueue", root)?;
        - c"commandBuffer" = command_buffer() -> Id;
        - c"commandBufferWithUnretainedReferences" = unretained_command_buffer() -> Id;
        - c"device" = device() -> Id;
        - c"label" = label() -> Id;
        - c"setLabel:" = set_label(Id);
        - c"dealloc" = dealloc();
    };
    Some(builder.register())
}
