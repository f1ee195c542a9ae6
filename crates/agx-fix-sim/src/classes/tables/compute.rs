//! `MTLComputeCommandEncoder`, and what other encoders share with it.

use super::row::{Encoding, MethodRow, rows};
use crate::classes::kind::{ACCELERATION, BLIT, COMPUTE, COMPUTE4, RENDER, RENDER4, RESOURCE_STATE};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, Range, Region, Size};

/// The rows.
pub(super) static ROWS: &[MethodRow] = rows! { Encoding;
    COMPUTE, "dispatchType" () -> usize, answers;
    COMPUTE | COMPUTE4, "setComputePipelineState:" (Id), sets;
    COMPUTE | COMPUTE4, "setThreadgroupMemoryLength:atIndex:" (usize, usize), sets;
    COMPUTE | COMPUTE4, "setImageblockWidth:height:" (usize, usize), sets;
    COMPUTE, "setStageInRegion:" (Region), sets;
    COMPUTE, "setStageInRegionWithIndirectBuffer:indirectBufferOffset:" (Id, usize), sets;
    COMPUTE | COMPUTE4, "dispatchThreadgroups:threadsPerThreadgroup:" (Size, Size), works;
    COMPUTE, "dispatchThreadgroupsWithIndirectBuffer:indirectBufferOffset:threadsPerThreadgroup:"
        (Id, usize, Size), works;
    COMPUTE | COMPUTE4, "dispatchThreads:threadsPerThreadgroup:" (Size, Size), works;
    COMPUTE | BLIT | RESOURCE_STATE | ACCELERATION, "updateFence:" (Id), sets;
    COMPUTE | BLIT | RESOURCE_STATE | ACCELERATION, "waitForFence:" (Id), sets;
    COMPUTE | RENDER | ACCELERATION, "useResource:usage:" (Id, usize), sets;
    COMPUTE | RENDER | ACCELERATION, "useResources:count:usage:" (Pointer, usize, usize), sets;
    COMPUTE | RENDER | ACCELERATION, "useHeap:" (Id), sets;
    COMPUTE | RENDER | ACCELERATION, "useHeaps:count:" (Pointer, usize), sets;
    COMPUTE | RENDER | COMPUTE4 | RENDER4, "executeCommandsInBuffer:withRange:" (Id, Range), works;
    COMPUTE | RENDER, "executeCommandsInBuffer:indirectBuffer:indirectBufferOffset:" (Id, Id, usize), works;
    COMPUTE, "memoryBarrierWithScope:" (usize), sets;
    COMPUTE, "memoryBarrierWithResources:count:" (Pointer, usize), sets;
    COMPUTE | BLIT | RENDER | ACCELERATION, "sampleCountersInBuffer:atSampleIndex:withBarrier:"
        (Id, usize, Bool), works;
};
