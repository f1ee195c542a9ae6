//! THE hook table: every method of Metal that encodes, or changes an encoder or command buffer, in one place.
//!
//! A row is a selector, a signature and an action, and the kinds of object that the row is for. Installation,
//! trampolines, coverage, statistics, docs and tests all read it. The rows stand in `rows.rs`; here is what they mean.

#[cfg(feature = "plant")]
pub(crate) mod planted;
mod rows;

pub use crate::isolation::Bind;
use crate::trampoline::LEVELS;
use agx_fix_objc::Imp;
use agx_fix_terms::CallKind;
use core::ffi::CStr;

pub(crate) use rows::REPORTS;
pub use rows::{COUNT, ROWS};

/// What happens around the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Under the object's lock, as the guard decides.
    Locked(CallKind),
    /// Binds something to a compute encoder: under the lock; with strategy `isolate` for the calling thread alone.
    Binds(Bind),
    /// Makes resources resident for an encoder: under the lock; with strategy `isolate` for late work as well.
    Uses(Use),
    /// A mark for debuggers: under the lock; a late one is nobody's.
    Marks,
    /// Not hooked, for the reason given.
    Leave(&'static str),
    /// A command buffer's factory of encoders with that role: under the buffer's lock; what it answers is hooked,
    /// opened and retained.
    OpensEncoder(Role),
    /// A parallel render encoder's factory: the same for the sub-encoder, which lives as long as its parent.
    OpensSubEncoder,
    /// `commit`: under the buffer's lock; asks to be told of the completion, which ends the encoders' retention.
    Commit,
    /// A handler for a command buffer's way: one that comes after the commit is called by agx-fix.
    AddsHandler,
    /// An encoder's `release`: an open encoder is ended before its last reference goes.
    Releases,
    /// A Metal 4 queue's `commit:count:`: under the locks of all buffers of the list.
    CommitsList,
    /// A Metal 4 buffer begins anew: under its lock; the encoders of its last round are released, and it records.
    Begins,
    /// A command buffer's `dealloc`: ends the encoders' retention first.
    FreesBuffer,
    /// A factory of the objects with that role. No lock: devices and queues are thread-safe, and a queue waits while
    /// too many buffers are in flight.
    Opens(Role),
}

impl Action {
    /// Whether the method answers an object that is hooked in its turn.
    pub(crate) const fn is_factory(self) -> bool {
        matches!(self, Self::OpensEncoder(_) | Self::OpensSubEncoder | Self::Opens(_))
    }
}

/// A method that makes resources resident.
#[allow(missing_docs, reason = "the names are those of the methods")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Resource,
    Resources,
    Heap,
    Heaps,
}

/// What an object is to the hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are Metal's; a 4 is Metal 4's")]
#[repr(u8)]
pub enum Role {
    Device,
    Queue,
    Buffer,
    Compute,
    Blit,
    Render,
    Parallel,
    ResourceState,
    Acceleration,
    Queue4,
    Allocator4,
    Buffer4,
    Compute4,
    Render4,
    MachineLearning4,
}

impl Role {
    /// All roles, in order.
    pub const ALL: [Self; 15] = [
        Self::Device,
        Self::Queue,
        Self::Buffer,
        Self::Compute,
        Self::Blit,
        Self::Render,
        Self::Parallel,
        Self::ResourceState,
        Self::Acceleration,
        Self::Queue4,
        Self::Allocator4,
        Self::Buffer4,
        Self::Compute4,
        Self::Render4,
        Self::MachineLearning4,
    ];

    /// Metal's protocol: what an object with this role conforms to.
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Device => "MTLDevice",
            Self::Queue => "MTLCommandQueue",
            Self::Buffer => "MTLCommandBuffer",
            Self::Compute => "MTLComputeCommandEncoder",
            Self::Blit => "MTLBlitCommandEncoder",
            Self::Render => "MTLRenderCommandEncoder",
            Self::Parallel => "MTLParallelRenderCommandEncoder",
            Self::ResourceState => "MTLResourceStateCommandEncoder",
            Self::Acceleration => "MTLAccelerationStructureCommandEncoder",
            Self::Queue4 => "MTL4CommandQueue",
            Self::Allocator4 => "MTL4CommandAllocator",
            Self::Buffer4 => "MTL4CommandBuffer",
            Self::Compute4 => "MTL4ComputeCommandEncoder",
            Self::Render4 => "MTL4RenderCommandEncoder",
            Self::MachineLearning4 => "MTL4MachineLearningCommandEncoder",
        }
    }

    pub(crate) const fn bit(self) -> Roles {
        1 << self as u16
    }
}

/// A set of roles, a bit each.
pub type Roles = u16;

/// One method.
#[derive(Debug)]
pub struct Row {
    /// The objects that the row is for.
    pub roles: Roles,
    /// The selector.
    pub selector: &'static CStr,
    /// The type encodings of result, receiver, selector and arguments.
    pub encoding: &'static [&'static str],
    /// What happens around the original.
    pub action: Action,
    pub(crate) trampolines: [Imp; LEVELS],
}

impl Row {
    /// Whether the row is for objects with that role.
    pub const fn is_for(&self, role: Role) -> bool {
        self.roles & role.bit() != 0
    }
}

/// The selectors of the table that no protocol of Metal has, and whose they are.
pub const NOT_METALS: [(&CStr, &str); 4] = [
    (c"release", "every object's: the encoder is ended before the last reference goes"),
    (
        c"deferredEndEncoding",
        "the AGX driver's own (AGXMetalG16X 329.2): the end of an encoder that was put off",
    ),
    (c"destroyImpl", "the AGX driver's own (AGXMetalG16X 329.2): the context goes back to its pool"),
    (c"dealloc", "every object's: the encoder's or buffer's memory goes"),
];

/// The selector of a row, for people.
pub(crate) fn selector_text(row: usize) -> String {
    ROWS.get(row).map_or_else(|| format!("call {row}"), |row| row.selector.to_string_lossy().into_owned())
}

/// The number of the row with that selector for those roles.
///
/// # Panics
/// There is none; evaluated while compiling only.
const fn index_of(all: &[(Roles, &CStr)], roles: Roles, selector: &CStr) -> usize {
    let mut index = 0;
    while index < all.len() {
        if all[index].0 & roles != 0 && same(all[index].1.to_bytes(), selector.to_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("no such row")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_role_has_a_selector_twice() {
        for role in Role::ALL {
            let mut seen = HashSet::new();
            for row in ROWS.iter().filter(|row| row.is_for(role)) {
                assert!(seen.insert(row.selector), "{role:?} {:?}", row.selector);
            }
        }
    }

    #[test]
    fn a_row_has_as_many_arguments_as_its_selector_has_colons() {
        for row in &ROWS {
            let colons = row.selector.to_bytes().iter().filter(|&&byte| byte == b':').count();
            assert_eq!(row.encoding.len(), colons + 3, "{:?}", row.selector);
        }
    }

    #[test]
    fn every_signature_can_be_compared() {
        for row in &ROWS {
            assert!(agx_fix_objc::encoding::shapes(&row.encoding.concat()).is_some(), "{:?}", row.selector);
        }
    }
}
