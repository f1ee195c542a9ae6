//! The hook table: every method of Metal that encodes, or that changes an encoder or a command buffer.
//!
//! A row is a selector, a signature, an action, and the kinds of object that the row is for. The rows stand in `rows.rs`;
//! this file says what they mean. It is data: installation, trampolines, bindings, coverage, docs and tests read it, and
//! it imports none of them.

mod rows;

use agx_fix_objc::abi::{
    Bool, BufferRange4, Encode as Encoding, Origin, Range, Region, ScissorRect, Size, Viewport,
};
use agx_fix_objc::{Id, Sel};
use agx_fix_terms::CallKind;
use agx_fix_terms::CallKind::{Access, Dispatch, Encode, End, Event, Free, Teardown};
use agx_fix_terms::{LockScope, Policy};
use core::ffi::{CStr, c_void};
use roles::*;

use Action::{
    AddsHandler, Begins, Binds, Commit, CommitsList, FreesBuffer, Leave, Locked, Marks, Opens, OpensEncoder,
    OpensSubEncoder, Releases, Uses,
};
pub(crate) use rows::rows;

/// What happens around the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Under the object's lock, as the guard decides.
    Locked(CallKind),
    /// Binds something to a compute encoder: under the lock; with preset `isolate` for the calling thread alone.
    Binds(Bind),
    /// Makes resources resident for an encoder: under the lock; with preset `isolate` for late work as well.
    Uses(Use),
    /// A mark for debuggers: under the lock. A late one is left out.
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
    /// Adds a handler to a command buffer. agx-fix calls one that is added after the commit.
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

/// A method that binds: which arguments it takes.
#[allow(missing_docs, reason = "the names are those of the methods")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    Pipeline,
    ArgumentTable,
    Bytes,
    BytesStride,
    Buffer,
    BufferStride,
    Offset,
    OffsetStride,
    Buffers,
    BuffersStrides,
    VisibleTable,
    VisibleTables,
    IntersectionTable,
    IntersectionTables,
    Acceleration,
    Texture,
    Textures,
    Sampler,
    Samplers,
    SamplerClamps,
    SamplersClamps,
    ThreadgroupMemory,
    Imageblock,
    StageIn,
    StageInIndirect,
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

/// The sets of roles that rows are for.
pub(crate) mod roles {
    use super::{Role, Roles};

    pub(crate) const DEVICE: Roles = Role::Device.bit();
    pub(crate) const QUEUE: Roles = Role::Queue.bit();
    pub(crate) const BUFFER: Roles = Role::Buffer.bit();
    pub(crate) const COMPUTE: Roles = Role::Compute.bit();
    pub(crate) const BLIT: Roles = Role::Blit.bit();
    pub(crate) const RENDER: Roles = Role::Render.bit();
    pub(crate) const PARALLEL: Roles = Role::Parallel.bit();
    pub(crate) const RESOURCE_STATE: Roles = Role::ResourceState.bit();
    pub(crate) const ACCELERATION: Roles = Role::Acceleration.bit();
    /// `MTLCommandEncoder`: every encoder of Metal up to 3.
    pub(crate) const ENCODER: Roles = COMPUTE | BLIT | RENDER | PARALLEL | RESOURCE_STATE | ACCELERATION;
    pub(crate) const QUEUE4: Roles = Role::Queue4.bit();
    pub(crate) const ALLOCATOR4: Roles = Role::Allocator4.bit();
    pub(crate) const BUFFER4: Roles = Role::Buffer4.bit();
    pub(crate) const COMPUTE4: Roles = Role::Compute4.bit();
    pub(crate) const RENDER4: Roles = Role::Render4.bit();
    pub(crate) const MACHINE_LEARNING4: Roles = Role::MachineLearning4.bit();
    /// `MTL4CommandEncoder`: every encoder of Metal 4.
    pub(crate) const ENCODER4: Roles = COMPUTE4 | RENDER4 | MACHINE_LEARNING4;
}

const CONSTANT: &str = "it reads what does not change in the life of the object";
const POLLED: &str = "it reads what the GPU's side writes; applications poll it from any thread";
const WAITS: &str = "it waits for the GPU: no lock may be held across it";
const THREAD_SAFE: &str = "command queues are thread-safe";

type Pointer = *const c_void;

/// The type encoding of a result.
macro_rules! result {
    () => {
        <() as Encoding>::ENCODING
    };
    ($result:ty) => {
        <$result as Encoding>::ENCODING
    };
}

macro_rules! table {
    ($($roles:expr, $selector:literal ($($arg:ty),*) $(-> $result:ty)?, $action:expr;)*) => {
        /// How many rows there are.
        pub const COUNT: usize = [$($selector),*].len();

        /// All rows.
        pub static ROWS: [HookRow; COUNT] = [$(HookRow {
            roles: $roles,
            selector: $selector,
            encoding: &[
                result!($($result)?), Id::ENCODING, Sel::ENCODING $(, <$arg as Encoding>::ENCODING)*
            ],
            action: $action,
        }),*];
    };
}
rows!(table);

/// The paper's four hooks.
pub(crate) const PAPER_HOOKS: [usize; 4] = [
    index_of(COMPUTE, c"setComputePipelineState:"),
    index_of(COMPUTE, c"dispatchThreads:threadsPerThreadgroup:"),
    index_of(COMPUTE, c"dispatchThreadgroups:threadsPerThreadgroup:"),
    index_of(COMPUTE, c"endEncoding"),
];

/// One method.
#[derive(Debug)]
pub struct HookRow {
    /// The objects that the row is for.
    pub roles: Roles,
    /// The selector.
    pub selector: &'static CStr,
    /// The type encodings of result, receiver, selector and arguments.
    pub encoding: &'static [&'static str],
    /// What happens around the original.
    pub action: Action,
}

impl HookRow {
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

/// Whether a policy hooks a row at all. The paper's locks have its four, and `dealloc`, to forget their mutexes.
pub(crate) fn is_wanted(policy: Policy, row: usize) -> bool {
    match ROWS[row].action {
        Leave(_) => false,
        Locked(Free) => true,
        Locked(_) | Binds(_) | Uses(_) | Marks => !policy.has_paper_hooks() || PAPER_HOOKS.contains(&row),
        _ => true,
    }
}

/// Why a policy takes no lock for a row that the table wants under one; `None` if it takes one, or none is wanted.
pub(crate) fn no_lock(policy: Policy, row: usize) -> Option<&'static str> {
    match policy.lock {
        _ if policy.guards() || matches!(ROWS[row].action, Opens(_)) => None,
        LockScope::None => Some("the preset takes no locks"),
        _ if PAPER_HOOKS.contains(&row) => None,
        _ => Some("the preset locks the paper's four methods of compute encoders only"),
    }
}

/// The selector of a row, for people.
pub(crate) fn selector_text(row: usize) -> String {
    ROWS.get(row).map_or_else(|| format!("call {row}"), |row| row.selector.to_string_lossy().into_owned())
}

/// The number of the row with that selector for those roles.
///
/// # Panics
/// There is none; evaluated while compiling only.
pub(crate) const fn index_of(roles: Roles, selector: &CStr) -> usize {
    let mut index = 0;
    while index < COUNT {
        if ROWS[index].roles & roles != 0 && same(ROWS[index].selector.to_bytes(), selector.to_bytes()) {
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
