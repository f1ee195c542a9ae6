//! The kinds of encoder, and the roles of objects. A row of a table names the roles that have its method.

/// A set of roles, a bit each.
pub(crate) type Roles = u16;

/// A kind of encoder. A 4 stands for Metal 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Metal's")]
#[repr(u16)]
pub(crate) enum Kind {
    Compute,
    Blit,
    Render,
    Parallel,
    ResourceState,
    Acceleration,
    Compute4,
    Render4,
    MachineLearning4,
}

/// How many kinds there are.
pub(crate) const KINDS: usize = 9;

impl Kind {
    /// All kinds, in order.
    pub(crate) const ALL: [Self; KINDS] = [
        Self::Compute,
        Self::Blit,
        Self::Render,
        Self::Parallel,
        Self::ResourceState,
        Self::Acceleration,
        Self::Compute4,
        Self::Render4,
        Self::MachineLearning4,
    ];

    /// The kind as a role.
    pub(crate) const fn role(self) -> Roles {
        1 << self as u16
    }

    /// Whether it is one of Metal 4's.
    pub(crate) const fn is_metal4(self) -> bool {
        self as u16 >= Self::Compute4 as u16
    }

    /// The command buffer's method, and its line, in the assertion about a second open encoder. Only the first two are
    /// known from crash reports.
    pub(crate) const fn opening_method(self) -> &'static str {
        match self {
            Self::Compute => "tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:]:1094",
            Self::Blit => "blitCommandEncoderCommon:]:836",
            Self::Render | Self::Render4 => "renderCommandEncoderWithDescriptor:]",
            Self::Parallel => "parallelRenderCommandEncoderWithDescriptor:]",
            Self::ResourceState => "resourceStateCommandEncoderWithDescriptor:]",
            Self::Acceleration => "accelerationStructureCommandEncoderWithDescriptor:]",
            Self::Compute4 => "computeCommandEncoder]",
            Self::MachineLearning4 => "machineLearningCommandEncoder]",
        }
    }
}

pub(crate) const COMPUTE: Roles = Kind::Compute.role();
pub(crate) const BLIT: Roles = Kind::Blit.role();
pub(crate) const RENDER: Roles = Kind::Render.role();
pub(crate) const PARALLEL: Roles = Kind::Parallel.role();
pub(crate) const RESOURCE_STATE: Roles = Kind::ResourceState.role();
pub(crate) const ACCELERATION: Roles = Kind::Acceleration.role();
/// Every encoder of Metal up to 3.
pub(crate) const ENCODER: Roles = COMPUTE | BLIT | RENDER | PARALLEL | RESOURCE_STATE | ACCELERATION;
pub(crate) const COMPUTE4: Roles = Kind::Compute4.role();
pub(crate) const RENDER4: Roles = Kind::Render4.role();
pub(crate) const MACHINE_LEARNING4: Roles = Kind::MachineLearning4.role();
/// Every encoder of Metal 4.
pub(crate) const ENCODER4: Roles = COMPUTE4 | RENDER4 | MACHINE_LEARNING4;
pub(crate) const BUFFER: Roles = 1 << 9;
pub(crate) const QUEUE: Roles = 1 << 10;
pub(crate) const BUFFER4: Roles = 1 << 11;
pub(crate) const QUEUE4: Roles = 1 << 12;
pub(crate) const ALLOCATOR4: Roles = 1 << 13;
