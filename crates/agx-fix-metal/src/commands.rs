//! Command queues, command buffers, and the events that these signal.

use crate::foundation::set_label;
use crate::selectors::selectors;
use crate::{ComputeEncoder, Device, responds, wrapper};
use agx_fix_objc::memory::Strong;
use agx_fix_objc::send;

wrapper! {
    /// An `MTLCommandQueue`.
    CommandQueue
}

wrapper! {
    /// An `MTLCommandBuffer`. One thread at a time, as the crate says.
    CommandBuffer
}

/// `MTLCommandBufferStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not yet in the queue.
    NotEnqueued,
    /// Has its place in the queue.
    Enqueued,
    /// Nothing more can be encoded.
    Committed,
    /// Handed to the GPU.
    Scheduled,
    /// Done.
    Completed,
    /// Stopped by an error.
    Error,
    /// A number that Metal has not defined.
    Unknown(usize),
}

impl CommandQueue {
    /// The next command buffer; `None` if Metal refuses. Blocks while 64 buffers of the queue are uncompleted.
    pub fn command_buffer(&self) -> Option<CommandBuffer> {
        // SAFETY: a live queue answers an autoreleased buffer or nil; no pool is drained before it is retained.
        unsafe { Strong::from_borrowed(send(*self.0, selectors().command_buffer, ())).map(CommandBuffer) }
    }

    /// The same for a buffer that keeps nothing alive that is bound in it: that is the caller's to do, until the GPU is
    /// done.
    pub fn unretaining_command_buffer(&self) -> Option<CommandBuffer> {
        // SAFETY: as for `command_buffer`.
        unsafe {
            Strong::from_borrowed(send(*self.0, selectors().unretaining_command_buffer, ()))
                .map(CommandBuffer)
        }
    }
}

impl CommandBuffer {
    /// Opens a compute encoder; `None` if Metal refuses. Only one encoder may be open on a buffer.
    pub fn compute_encoder(&self) -> Option<ComputeEncoder> {
        // SAFETY: as for `command_buffer`.
        unsafe { Strong::from_borrowed(send(*self.0, selectors().compute_encoder, ())).map(ComputeEncoder) }
    }

    /// Hands the buffer to the GPU. Once, and with no encoder open.
    pub fn commit(&self) {
        // SAFETY: a live buffer; the method takes and answers nothing.
        unsafe { send(*self.0, selectors().commit, ()) }
    }

    /// Waits until the GPU is done with the buffer, which must have been committed.
    pub fn wait_until_completed(&self) {
        // SAFETY: as for `commit`.
        unsafe { send(*self.0, selectors().wait_until_completed, ()) }
    }

    /// How far the buffer is.
    pub fn status(&self) -> Status {
        // SAFETY: a live buffer answers a word (`NSUInteger`).
        match unsafe { send::<_, usize>(*self.0, selectors().status, ()) } {
            0 => Status::NotEnqueued,
            1 => Status::Enqueued,
            2 => Status::Committed,
            3 => Status::Scheduled,
            4 => Status::Completed,
            5 => Status::Error,
            other => Status::Unknown(other),
        }
    }

    /// Has the GPU give `event` this value when it comes to this point. With no encoder open.
    pub fn signal_event(&self, event: &Event, value: u64) {
        // SAFETY: a live buffer of a driver that has events, a live event, and a 64-bit number.
        unsafe { send(*self.0, selectors().signal_event, (*event.0, value)) }
    }

    /// Names the buffer for people.
    pub fn set_label(&self, label: &str) {
        set_label(&self.0, label);
    }
}

wrapper! {
    /// An `MTLEvent`. Any thread may use it.
    Event
}

impl Device {
    /// An event; `None` if Metal refuses, or has none.
    pub fn new_event(&self) -> Option<Event> {
        if !responds(&self.0, selectors().new_event) {
            return None;
        }
        // SAFETY: a live device, which has the method; it answers an object that the caller owns, or nil.
        unsafe { Strong::from_owned(send(*self.0, selectors().new_event, ())).map(Event) }
    }
}
