//! Labels, by which findings name objects.

use crate::foundation::string;
use crate::selectors::selectors;
use crate::{CommandBuffer, ComputeEncoder};
use agx_fix_objc::memory::Strong;
use agx_fix_objc::send;

impl CommandBuffer {
    /// Names the buffer for people.
    pub fn set_label(&self, label: &str) {
        set_label(&self.0, label);
    }
}

impl ComputeEncoder {
    /// Names the encoder for people.
    pub fn set_label(&self, label: &str) {
        set_label(&self.0, label);
    }
}

/// A text that no string can hold is no label.
fn set_label(object: &Strong, label: &str) {
    if let Some(label) = string(label) {
        // SAFETY: a live object that has a label, and a live string, which the method copies.
        unsafe { send(**object, selectors().set_label, (*label,)) }
    }
}
