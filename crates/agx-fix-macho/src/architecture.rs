//! The architectures that a Mac runs.

use object::macho::{CPU_SUBTYPE_ARM64E, CPU_TYPE_ARM64, CPU_TYPE_X86_64, CpuSubtype, CpuType};
use std::fmt;

/// The architecture of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// Apple silicon.
    Arm64,
    /// Apple silicon with signed pointers: the system's own programs. Its code cannot call code of `Arm64`.
    Arm64e,
    /// Intel.
    X86_64,
    /// No Mac of the last ten years runs it.
    Other,
}

impl Architecture {
    pub(crate) fn of(cpu: CpuType, subtype: CpuSubtype) -> Self {
        match cpu {
            // The highest byte says which version of the calling convention for signed pointers is kept.
            CPU_TYPE_ARM64 if CpuSubtype(subtype.0 & 0x00ff_ffff) == CPU_SUBTYPE_ARM64E.into() => {
                Self::Arm64e
            }
            CPU_TYPE_ARM64 => Self::Arm64,
            CPU_TYPE_X86_64 => Self::X86_64,
            _ => Self::Other,
        }
    }

    /// As Apple's tools write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::Arm64e => "arm64e",
            Self::X86_64 => "x86_64",
            Self::Other => "unknown",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
