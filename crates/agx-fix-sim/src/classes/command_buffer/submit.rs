//! A command buffer from its commit to its completion: handlers, waits, status, events.

use super::{CommandBuffer, give_up_previous, submission, touch};
use crate::fault::report::fail_assertion;
use crate::foundation::autorelease::with_pool;
use crate::foundation::define::{BlockArgument, layout, methods};
use crate::foundation::object;
use crate::gpu::model::Timeline;
use crate::gpu::submission::{Submission, status};
use agx_fix_objc::callback::Callback;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Id, Sel};
use core::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

unsafe extern "C-unwind" fn commit(this: Id, _: Sel) {
    // SAFETY: the receiver is alive, and the worker holds it until it has run.
    unsafe {
        let buffer = layout::<CommandBuffer>(this);
        if submission(this).status() >= status::COMMITTED {
            fail_assertion(
                "[IOGPUMetalCommandBuffer validate]:215: failed assertion 'commit an already committed command buffer'",
            );
        }
        if !buffer.open.load(Relaxed).is_null() {
            fail_assertion(
                "[IOGPUMetalCommandBuffer validate]: failed assertion 'commit command buffer with uncommitted encoder'",
            );
        }
        give_up_previous(this);
        let Some(worker) = submission(this).worker() else { return };
        submission(this).set_status(status::COMMITTED);
        let wrapper = object::retain(Id::from_ptr(buffer.wrapper.load(Relaxed)));
        object::retain(this);
        let committed = Instant::now();
        worker.submit(Box::new(move |timeline| run(this, wrapper, committed, timeline)));
    }
}

/// Runs a committed buffer on the worker thread, and releases the worker's references. Handlers get the object that the
/// application has: the wrapper, if there is one.
fn run(buffer: Id, wrapper: Id, committed: Instant, timeline: &mut Timeline) {
    with_pool(|| {
        // SAFETY: `commit` retained both for this.
        unsafe {
            let known = if wrapper.is_null() { buffer } else { wrapper };
            submission(buffer).run(known, committed, timeline);
            object::release(buffer);
            object::release(wrapper);
        }
    });
}

/// Hands a handler to `add`, or fails with `failure` after the commit.
///
/// # Safety
/// `this` is a command buffer of the simulator, alive; `block` is nil or a block that takes one.
unsafe fn add_handler(this: Id, block: BlockArgument, add: fn(&Submission, Callback), failure: &str) {
    // SAFETY: the receiver is alive; the sender gives a block that takes a command buffer.
    unsafe {
        if submission(this).status() >= status::COMMITTED {
            fail_assertion(failure);
        }
        if let Some(callback) = Callback::keep(block.0) {
            add(submission(this), callback);
        }
    }
}

unsafe extern "C-unwind" fn add_completed_handler(this: Id, _: Sel, block: BlockArgument) {
    let failure = "-[_MTLCommandBuffer addCompletedHandler:]:867: failed assertion \
                   'Completed handler provided after commit call'";
    // SAFETY: the receiver is alive; the sender gives a block that takes a command buffer.
    unsafe { add_handler(this, block, Submission::on_completed, failure) };
}

unsafe extern "C-unwind" fn add_scheduled_handler(this: Id, _: Sel, block: BlockArgument) {
    let failure = "-[_MTLCommandBuffer addScheduledHandler:]: failed assertion \
                   'Scheduled handler provided after commit call'";
    // SAFETY: the receiver is alive; the sender gives a block that takes a command buffer.
    unsafe { add_handler(this, block, Submission::on_scheduled, failure) };
}

unsafe extern "C-unwind" fn wait_until_completed(this: Id, _: Sel) {
    // SAFETY: the receiver is alive, and the sender keeps it so while it waits.
    unsafe { submission(this) }.wait_until_completed();
}

unsafe extern "C-unwind" fn wait_until_scheduled(this: Id, _: Sel) {
    // SAFETY: as above.
    unsafe { submission(this) }.wait_until_scheduled();
}

unsafe extern "C-unwind" fn get_status(this: Id, _: Sel) -> usize {
    // SAFETY: the receiver is alive.
    unsafe { submission(this) }.status()
}

unsafe extern "C-unwind" fn enqueue(this: Id, _: Sel) {
    // SAFETY: the receiver is alive.
    unsafe {
        if submission(this).status() < status::ENQUEUED {
            submission(this).set_status(status::ENQUEUED);
        }
    }
}

/// One rule of events is simulated: no encoder may be open.
///
/// # Safety
/// `this` is a command buffer of the simulator, alive.
unsafe fn encode_event(this: Id, method: &str, value: u64) {
    // SAFETY: the receiver is alive.
    unsafe {
        if !layout::<CommandBuffer>(this).open.load(Relaxed).is_null() {
            fail_assertion(&format!(
                "[IOGPUMetalCommandBuffer validate]: failed assertion '{method} with uncommitted encoder'"
            ));
        }
        touch(this, value);
    }
}

unsafe extern "C-unwind" fn encode_signal_event(this: Id, _: Sel, _event: Id, value: u64) {
    // SAFETY: the receiver is alive.
    unsafe { encode_event(this, "encodeSignalEvent:value:", value) };
}

unsafe extern "C-unwind" fn encode_wait_for_event(this: Id, _: Sel, _event: Id, value: u64) {
    // SAFETY: the receiver is alive.
    unsafe { encode_event(this, "encodeWaitForEvent:value:", value) };
}

/// Adds the methods.
pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    methods! { builder;
        - c"commit" = commit();
        - c"enqueue" = enqueue();
        - c"addCompletedHandler:" = add_completed_handler(BlockArgument);
        - c"addScheduledHandler:" = add_scheduled_handler(BlockArgument);
        - c"waitUntilCompleted" = wait_until_completed();
        - c"waitUntilScheduled" = wait_until_scheduled();
        - c"status" = get_status() -> usize;
        - c"encodeSignalEvent:value:" = encode_signal_event(Id, u64);
        - c"encodeWaitForEvent:value:" = encode_wait_for_event(Id, u64);
    }
}
