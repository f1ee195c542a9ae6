//! The methods that every encoder has; those of the encoders for resource states, acceleration structures and machine
//! learning; and those that Metal 4 added to the encoders of compute and render passes.

use super::row::{Encoding, MethodRow, rows};
use crate::classes::kind::{
    ACCELERATION, COMPUTE4, ENCODER, ENCODER4, MACHINE_LEARNING4, RENDER4, RESOURCE_STATE,
};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{BufferRange4, Origin, Region, Size};

/// The rows.
pub(super) static ROWS: &[MethodRow] = rows! { Encoding;
    ENCODER, "barrierAfterQueueStages:beforeStages:" (usize, usize), sets;
    ENCODER | ENCODER4, "insertDebugSignpost:" (Id), sets;
    ENCODER | ENCODER4, "pushDebugGroup:" (Id), sets;
    ENCODER | ENCODER4, "popDebugGroup" (), sets;
    ENCODER4, "barrierAfterQueueStages:beforeStages:visibilityOptions:" (usize, usize, usize), sets;
    ENCODER4, "barrierAfterStages:beforeQueueStages:visibilityOptions:" (usize, usize, usize), sets;
    ENCODER4, "barrierAfterEncoderStages:beforeEncoderStages:visibilityOptions:" (usize, usize, usize), sets;
    ENCODER4, "updateFence:afterEncoderStages:" (Id, usize), sets;
    ENCODER4, "waitForFence:beforeEncoderStages:" (Id, usize), sets;
    RESOURCE_STATE,
        "updateTextureMappings:mode:regions:mipLevels:slices:numRegions:"
        (Id, usize, Pointer, Pointer, Pointer, usize), works;
    RESOURCE_STATE,
        "updateTextureMapping:mode:region:mipLevel:slice:"
        (Id, usize, Region, usize, usize), works;
    RESOURCE_STATE,
        "updateTextureMapping:mode:indirectBuffer:indirectBufferOffset:"
        (Id, usize, Id, usize), works;
    RESOURCE_STATE,
        "moveTextureMappingsFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, Origin), works;
    ACCELERATION, "buildAccelerationStructure:descriptor:scratchBuffer:scratchBufferOffset:"
        (Id, Id, Id, usize), works;
    ACCELERATION, "refitAccelerationStructure:descriptor:destination:scratchBuffer:scratchBufferOffset:"
        (Id, Id, Id, Id, usize), works;
    ACCELERATION, "refitAccelerationStructure:descriptor:destination:scratchBuffer:scratchBufferOffset:options:"
        (Id, Id, Id, Id, usize, usize), works;
    ACCELERATION | COMPUTE4, "copyAccelerationStructure:toAccelerationStructure:" (Id, Id), works;
    ACCELERATION, "writeCompactedAccelerationStructureSize:toBuffer:offset:" (Id, Id, usize), works;
    ACCELERATION, "writeCompactedAccelerationStructureSize:toBuffer:offset:sizeDataType:"
        (Id, Id, usize, usize), works;
    ACCELERATION | COMPUTE4, "copyAndCompactAccelerationStructure:toAccelerationStructure:" (Id, Id), works;
    COMPUTE4, "stages" () -> usize, answers;
    COMPUTE4, "dispatchThreadgroupsWithIndirectBuffer:threadsPerThreadgroup:" (u64, Size), works;
    COMPUTE4, "dispatchThreadsWithIndirectBuffer:" (u64), works;
    COMPUTE4 | RENDER4, "executeCommandsInBuffer:indirectBuffer:" (Id, u64), works;
    COMPUTE4 | MACHINE_LEARNING4, "setArgumentTable:" (Id), sets;
    COMPUTE4, "buildAccelerationStructure:descriptor:scratchBuffer:" (Id, Id, BufferRange4), works;
    COMPUTE4, "refitAccelerationStructure:descriptor:destination:scratchBuffer:"
        (Id, Id, Id, BufferRange4), works;
    COMPUTE4, "refitAccelerationStructure:descriptor:destination:scratchBuffer:options:"
        (Id, Id, Id, BufferRange4, usize), works;
    COMPUTE4, "writeCompactedAccelerationStructureSize:toBuffer:" (Id, BufferRange4), works;
    COMPUTE4, "writeTimestampWithGranularity:intoHeap:atIndex:" (isize, Id, usize), works;
    RENDER4, "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:"
        (usize, usize, usize, u64, usize), works;
    RENDER4, "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:instanceCount:"
        (usize, usize, usize, u64, usize, usize), works;
    RENDER4, "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:instanceCount:baseVertex:baseInstance:"
        (usize, usize, usize, u64, usize, usize, isize, usize), works;
    RENDER4, "drawPrimitives:indirectBuffer:" (usize, u64), works;
    RENDER4, "drawIndexedPrimitives:indexType:indexBuffer:indexBufferLength:indirectBuffer:"
        (usize, usize, u64, usize, u64), works;
    RENDER4, "drawMeshThreadgroupsWithIndirectBuffer:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (u64, Size, Size), works;
    RENDER4, "setArgumentTable:atStages:" (Id, usize), sets;
    RENDER4, "writeTimestampWithGranularity:afterStage:intoHeap:atIndex:" (isize, usize, Id, usize), works;
    MACHINE_LEARNING4, "setPipelineState:" (Id), sets;
    MACHINE_LEARNING4, "dispatchNetworkWithIntermediatesHeap:" (Id), works;
};
