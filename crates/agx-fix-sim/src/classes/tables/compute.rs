//! `MTLComputeCommandEncoder`, and what other encoders share with it.

use super::row::{Encoding, Row, table};
use crate::classes::kind::{ACCELERATION, BLIT, COMPUTE, COMPUTE4, RENDER, RENDER4, RESOURCE_STATE};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, Range, Region, Size};

table! { COMPUTE_ROWS: Encoding;
    COMPUTE, c"dispatchType" () -> usize, answers;
    COMPUTE | COMPUTE4, c"setComputePipelineState:" (Id), sets;
    COMPUTE, c"setBytes:length:atIndex:" (Pointer, usize, usize), sets;
    COMPUTE, c"setBuffer:offset:atIndex:" (Id, usize, usize), sets;
    COMPUTE, c"setBufferOffset:atIndex:" (usize, usize), sets;
    COMPUTE, c"setBuffers:offsets:withRange:" (Pointer, Pointer, Range), sets;
    COMPUTE, c"setBuffer:offset:attributeStride:atIndex:" (Id, usize, usize, usize), sets;
    COMPUTE, c"setBuffers:offsets:attributeStrides:withRange:" (Pointer, Pointer, Pointer, Range), sets;
    COMPUTE, c"setBufferOffset:attributeStride:atIndex:" (usize, usize, usize), sets;
    COMPUTE, c"setBytes:length:attributeStride:atIndex:" (Pointer, usize, usize, usize), sets;
    COMPUTE, c"setVisibleFunctionTable:atBufferIndex:" (Id, usize), sets;
    COMPUTE, c"setVisibleFunctionTables:withBufferRange:" (Pointer, Range), sets;
    COMPUTE, c"setIntersectionFunctionTable:atBufferIndex:" (Id, usize), sets;
    COMPUTE, c"setIntersectionFunctionTables:withBufferRange:" (Pointer, Range), sets;
    COMPUTE, c"setAccelerationStructure:atBufferIndex:" (Id, usize), sets;
    COMPUTE, c"setTexture:atIndex:" (Id, usize), sets;
    COMPUTE, c"setTextures:withRange:" (Pointer, Range), sets;
    COMPUTE, c"setSamplerState:atIndex:" (Id, usize), sets;
    COMPUTE, c"setSamplerStates:withRange:" (Pointer, Range), sets;
    COMPUTE, c"setSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), sets;
    COMPUTE,
        c"setSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), sets;
    COMPUTE | COMPUTE4, c"setThreadgroupMemoryLength:atIndex:" (usize, usize), sets;
    COMPUTE | COMPUTE4, c"setImageblockWidth:height:" (usize, usize), sets;
    COMPUTE, c"setStageInRegion:" (Region), sets;
    COMPUTE, c"setStageInRegionWithIndirectBuffer:indirectBufferOffset:" (Id, usize), sets;
    COMPUTE | COMPUTE4, c"dispatchThreadgroups:threadsPerThreadgroup:" (Size, Size), works;
    COMPUTE,
        c"dispatchThreadgroupsWithIndirectBuffer:indirectBufferOffset:threadsPerThreadgroup:"
        (Id, usize, Size), works;
    COMPUTE | COMPUTE4, c"dispatchThreads:threadsPerThreadgroup:" (Size, Size), works;
    COMPUTE | BLIT | RESOURCE_STATE | ACCELERATION, c"updateFence:" (Id), sets;
    COMPUTE | BLIT | RESOURCE_STATE | ACCELERATION, c"waitForFence:" (Id), sets;
    COMPUTE | RENDER | ACCELERATION, c"useResource:usage:" (Id, usize), sets;
    COMPUTE | RENDER | ACCELERATION, c"useResources:count:usage:" (Pointer, usize, usize), sets;
    COMPUTE | RENDER | ACCELERATION, c"useHeap:" (Id), sets;
    COMPUTE | RENDER | ACCELERATION, c"useHeaps:count:" (Pointer, usize), sets;
    COMPUTE | RENDER | COMPUTE4 | RENDER4, c"executeCommandsInBuffer:withRange:" (Id, Range), works;
    COMPUTE | RENDER, c"executeCommandsInBuffer:indirectBuffer:indirectBufferOffset:" (Id, Id, usize), works;
    COMPUTE, c"memoryBarrierWithScope:" (usize), sets;
    COMPUTE, c"memoryBarrierWithResources:count:" (Pointer, usize), sets;
    COMPUTE | BLIT | RENDER | ACCELERATION,
        c"sampleCountersInBuffer:atSampleIndex:withBarrier:"
        (Id, usize, Bool), works;
}
