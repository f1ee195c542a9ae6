//! `MTLRenderCommandEncoder`: what is bound to the stages.

use super::row::{Encoding, Row, table};
use crate::classes::kind::{RENDER, RENDER4};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::Range;

table! { RENDER_BINDINGS: Encoding;
    RENDER, c"setVertexBytes:length:atIndex:" (Pointer, usize, usize), sets;
    RENDER, c"setVertexBuffer:offset:atIndex:" (Id, usize, usize), sets;
    RENDER, c"setVertexBufferOffset:atIndex:" (usize, usize), sets;
    RENDER, c"setVertexBuffers:offsets:withRange:" (Pointer, Pointer, Range), sets;
    RENDER, c"setVertexBuffer:offset:attributeStride:atIndex:" (Id, usize, usize, usize), sets;
    RENDER, c"setVertexBuffers:offsets:attributeStrides:withRange:" (Pointer, Pointer, Pointer, Range), sets;
    RENDER, c"setVertexBufferOffset:attributeStride:atIndex:" (usize, usize, usize), sets;
    RENDER, c"setVertexBytes:length:attributeStride:atIndex:" (Pointer, usize, usize, usize), sets;
    RENDER, c"setVertexTexture:atIndex:" (Id, usize), sets;
    RENDER, c"setVertexTextures:withRange:" (Pointer, Range), sets;
    RENDER, c"setVertexSamplerState:atIndex:" (Id, usize), sets;
    RENDER, c"setVertexSamplerStates:withRange:" (Pointer, Range), sets;
    RENDER, c"setVertexSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), sets;
    RENDER,
        c"setVertexSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), sets;
    RENDER, c"setVertexVisibleFunctionTable:atBufferIndex:" (Id, usize), sets;
    RENDER, c"setVertexVisibleFunctionTables:withBufferRange:" (Pointer, Range), sets;
    RENDER, c"setVertexIntersectionFunctionTable:atBufferIndex:" (Id, usize), sets;
    RENDER, c"setVertexIntersectionFunctionTables:withBufferRange:" (Pointer, Range), sets;
    RENDER, c"setVertexAccelerationStructure:atBufferIndex:" (Id, usize), sets;
    RENDER | RENDER4, c"setVertexAmplificationCount:viewMappings:" (usize, Pointer), sets;
    RENDER, c"setFragmentBytes:length:atIndex:" (Pointer, usize, usize), sets;
    RENDER, c"setFragmentBuffer:offset:atIndex:" (Id, usize, usize), sets;
    RENDER, c"setFragmentBufferOffset:atIndex:" (usize, usize), sets;
    RENDER, c"setFragmentBuffers:offsets:withRange:" (Pointer, Pointer, Range), sets;
    RENDER, c"setFragmentTexture:atIndex:" (Id, usize), sets;
    RENDER, c"setFragmentTextures:withRange:" (Pointer, Range), sets;
    RENDER, c"setFragmentSamplerState:atIndex:" (Id, usize), sets;
    RENDER, c"setFragmentSamplerStates:withRange:" (Pointer, Range), sets;
    RENDER, c"setFragmentSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), sets;
    RENDER,
        c"setFragmentSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), sets;
    RENDER, c"setFragmentVisibleFunctionTable:atBufferIndex:" (Id, usize), sets;
    RENDER, c"setFragmentVisibleFunctionTables:withBufferRange:" (Pointer, Range), sets;
    RENDER, c"setFragmentIntersectionFunctionTable:atBufferIndex:" (Id, usize), sets;
    RENDER, c"setFragmentIntersectionFunctionTables:withBufferRange:" (Pointer, Range), sets;
    RENDER, c"setFragmentAccelerationStructure:atBufferIndex:" (Id, usize), sets;
    RENDER, c"setObjectBytes:length:atIndex:" (Pointer, usize, usize), sets;
    RENDER, c"setObjectBuffer:offset:atIndex:" (Id, usize, usize), sets;
    RENDER, c"setObjectBufferOffset:atIndex:" (usize, usize), sets;
    RENDER, c"setObjectBuffers:offsets:withRange:" (Pointer, Pointer, Range), sets;
    RENDER, c"setObjectTexture:atIndex:" (Id, usize), sets;
    RENDER, c"setObjectTextures:withRange:" (Pointer, Range), sets;
    RENDER, c"setObjectSamplerState:atIndex:" (Id, usize), sets;
    RENDER, c"setObjectSamplerStates:withRange:" (Pointer, Range), sets;
    RENDER, c"setObjectSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), sets;
    RENDER,
        c"setObjectSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), sets;
    RENDER | RENDER4, c"setObjectThreadgroupMemoryLength:atIndex:" (usize, usize), sets;
    RENDER, c"setMeshBytes:length:atIndex:" (Pointer, usize, usize), sets;
    RENDER, c"setMeshBuffer:offset:atIndex:" (Id, usize, usize), sets;
    RENDER, c"setMeshBufferOffset:atIndex:" (usize, usize), sets;
    RENDER, c"setMeshBuffers:offsets:withRange:" (Pointer, Pointer, Range), sets;
    RENDER, c"setMeshTexture:atIndex:" (Id, usize), sets;
    RENDER, c"setMeshTextures:withRange:" (Pointer, Range), sets;
    RENDER, c"setMeshSamplerState:atIndex:" (Id, usize), sets;
    RENDER, c"setMeshSamplerStates:withRange:" (Pointer, Range), sets;
    RENDER, c"setMeshSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), sets;
    RENDER,
        c"setMeshSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), sets;
    RENDER, c"setTileBytes:length:atIndex:" (Pointer, usize, usize), sets;
    RENDER, c"setTileBuffer:offset:atIndex:" (Id, usize, usize), sets;
    RENDER, c"setTileBufferOffset:atIndex:" (usize, usize), sets;
    RENDER, c"setTileBuffers:offsets:withRange:" (Pointer, Pointer, Range), sets;
    RENDER, c"setTileTexture:atIndex:" (Id, usize), sets;
    RENDER, c"setTileTextures:withRange:" (Pointer, Range), sets;
    RENDER, c"setTileSamplerState:atIndex:" (Id, usize), sets;
    RENDER, c"setTileSamplerStates:withRange:" (Pointer, Range), sets;
    RENDER, c"setTileSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), sets;
    RENDER,
        c"setTileSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), sets;
    RENDER, c"setTileVisibleFunctionTable:atBufferIndex:" (Id, usize), sets;
    RENDER, c"setTileVisibleFunctionTables:withBufferRange:" (Pointer, Range), sets;
    RENDER, c"setTileIntersectionFunctionTable:atBufferIndex:" (Id, usize), sets;
    RENDER, c"setTileIntersectionFunctionTables:withBufferRange:" (Pointer, Range), sets;
    RENDER, c"setTileAccelerationStructure:atBufferIndex:" (Id, usize), sets;
}
