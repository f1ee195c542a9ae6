//! From the commit to the completion of a command buffer.

use super::{CommandBuffer, submission};
use crate::classes::command_queue;
use crate::fault::report::fail_assertion;
use crate::foundation::autorelease::with_pool;
use crate::foundation::callback::Callback;
use crate::foundation::define::{BlockArgument, layout};
use crate::foundation::object;
use crate::foundation::selectors::selectors;
use crate::gpu::submission;
use agx_fix_objc::{Id, Sel, send};
use core::sync::atomic::Ordering::Relaxed;

pub(super) unsafe extern "C-unwind" fn commit(this: Id, _: Sel) {
    // SAFETY: the receiver is alive, and the worker holds it until it has run.
    unsafe {
        let buffer = layout::<CommandBuffer>(this);
        if submission(this).status() >= submission::status::COMMITTED {
            fail_assertion(
                "[IOGPUMetalCommandBuffer validate]:215: failed assertion 'commit an already committed command buffer'",
            );
        }
        if !buffer.open.load(Relaxed).is_null() {
            fail_assertion(
                "[IOGPUMetalCommandBuffer validate]: failed assertion 'commit command buffer with uncommitted encoder'",
            );
        }
        send::<_, ()>(this, selectors().commit_encoder, ());
        let Some(worker) = command_queue::worker(Id::from_ptr(buffer.queue.load(Relaxed))) else { return };
        submission(this).set_status(submission::status::COMMITTED);
        object::retain(this);
        worker.submit(Box::new(move || run(this)));
    }
}

/// Runs a committed buffer on the worker thread, and gives up the worker's reference.
fn run(buffer: Id) {
    with_pool(|| {
        // SAFETY: `commit` retained the buffer for this.
        unsafe {
            submission(buffer).run(buffer);
            object::release(buffer);
        }
    });
}

pub(super) unsafe extern "C-unwind" fn add_completed_handler(this: Id, _: Sel, block: BlockArgument) {
    // SAFETY: the receiver is alive; the sender gives a block that takes a command buffer.
    unsafe {
        if submission(this).status() >= submission::status::COMMITTED {
            fail_assertion(
                "-[_MTLCommandBuffer addCompletedHandler:]:867: failed assertion \
                 'Completed handler provided after commit call'",
            );
        }
        if let Some(callback) = Callback::keep(block.0) {
            submission(this).on_completed(callback);
        }
    }
}

pub(super) unsafe extern "C-unwind" fn add_scheduled_handler(this: Id, _: Sel, block: BlockArgument) {
    // SAFETY: as for completed handlers.
    unsafe {
        if submission(this).status() >= submission::status::COMMITTED {
            fail_assertion(
                "-[_MTLCommandBuffer addScheduledHandler:]: failed assertion \
                 'Scheduled handler provided after commit call'",
            );
        }
        if let Some(callback) = Callback::keep(block.0) {
            submission(this).on_scheduled(callback);
        }
    }
}

pub(super) unsafe extern "C-unwind" fn wait_until_completed(this: Id, _: Sel) {
    // SAFETY: the receiver is alive, and the sender keeps it so while it waits.
    unsafe { submission(this) }.wait_until_completed();
}

pub(super) unsafe extern "C-unwind" fn wait_until_scheduled(this: Id, _: Sel) {
    // SAFETY: as above.
    unsafe { submission(this) }.wait_until_scheduled();
}

pub(super) unsafe extern "C-unwind" fn status(this: Id, _: Sel) -> usize {
    // SAFETY: the receiver is alive.
    unsafe { submission(this) }.status()
}
