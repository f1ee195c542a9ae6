//! The methods that bind something to a stage. They differ only in the name of the stage; those of compute encoders
//! have none.

use super::row::{Encoding, MethodRow, rows};
use crate::classes::kind::{COMPUTE, RENDER, RENDER4};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::Range;

macro_rules! bindings {
    ($roles:expr, $stage:literal) => {
        rows! { Encoding;
            $roles, "set" $stage "Bytes:length:atIndex:" (Pointer, usize, usize), sets;
            $roles, "set" $stage "Buffer:offset:atIndex:" (Id, usize, usize), sets;
            $roles, "set" $stage "BufferOffset:atIndex:" (usize, usize), sets;
            $roles, "set" $stage "Buffers:offsets:withRange:" (Pointer, Pointer, Range), sets;
            $roles, "set" $stage "Texture:atIndex:" (Id, usize), sets;
            $roles, "set" $stage "Textures:withRange:" (Pointer, Range), sets;
            $roles, "set" $stage "SamplerState:atIndex:" (Id, usize), sets;
            $roles, "set" $stage "SamplerStates:withRange:" (Pointer, Range), sets;
            $roles, "set" $stage "SamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), sets;
            $roles, "set" $stage "SamplerStates:lodMinClamps:lodMaxClamps:withRange:"
                (Pointer, Pointer, Pointer, Range), sets;
        }
    };
}

macro_rules! strides {
    ($roles:expr, $stage:literal) => {
        rows! { Encoding;
            $roles, "set" $stage "Buffer:offset:attributeStride:atIndex:" (Id, usize, usize, usize), sets;
            $roles, "set" $stage "Buffers:offsets:attributeStrides:withRange:"
                (Pointer, Pointer, Pointer, Range), sets;
            $roles, "set" $stage "BufferOffset:attributeStride:atIndex:" (usize, usize, usize), sets;
            $roles, "set" $stage "Bytes:length:attributeStride:atIndex:" (Pointer, usize, usize, usize), sets;
        }
    };
}

macro_rules! functions {
    ($roles:expr, $stage:literal) => {
        rows! { Encoding;
            $roles, "set" $stage "VisibleFunctionTable:atBufferIndex:" (Id, usize), sets;
            $roles, "set" $stage "VisibleFunctionTables:withBufferRange:" (Pointer, Range), sets;
            $roles, "set" $stage "IntersectionFunctionTable:atBufferIndex:" (Id, usize), sets;
            $roles, "set" $stage "IntersectionFunctionTables:withBufferRange:" (Pointer, Range), sets;
            $roles, "set" $stage "AccelerationStructure:atBufferIndex:" (Id, usize), sets;
        }
    };
}

/// The rows, stage by stage.
pub(super) static BINDINGS: [&[MethodRow]; 13] = [
    bindings!(COMPUTE, ""),
    bindings!(RENDER, "Vertex"),
    bindings!(RENDER, "Fragment"),
    bindings!(RENDER, "Object"),
    bindings!(RENDER, "Mesh"),
    bindings!(RENDER, "Tile"),
    strides!(COMPUTE, ""),
    strides!(RENDER, "Vertex"),
    functions!(COMPUTE, ""),
    functions!(RENDER, "Vertex"),
    functions!(RENDER, "Fragment"),
    functions!(RENDER, "Tile"),
    rows! { Encoding;
        RENDER | RENDER4, "setVertexAmplificationCount:viewMappings:" (usize, Pointer), sets;
        RENDER | RENDER4, "setObjectThreadgroupMemoryLength:atIndex:" (usize, usize), sets;
    },
];
