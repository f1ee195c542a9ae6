//! Events, which command buffers signal.

use crate::selectors::selectors;
use crate::{CommandBuffer, Device, responds, wrapper};
use agx_fix_objc::memory::Strong;
use agx_fix_objc::send;

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

impl CommandBuffer {
    /// Has the GPU give `event` this value when it comes to this point. With no encoder open.
    pub fn signal_event(&self, event: &Event, value: u64) {
        // SAFETY: a live buffer of a driver that has events, a live event, and a 64-bit number.
        unsafe { send(*self.0, selectors().signal_event, (*event.0, value)) }
    }
}
