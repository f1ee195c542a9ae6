//! Metal 4's encoders: what Metal up to 3 does not have.

use super::row::{Encoding, Row, table};
use crate::classes::kind::{COMPUTE4, MACHINE_LEARNING4, RENDER4};
use agx_fix_objc::Id;
use agx_fix_objc::abi::{BufferRange4, Size};

table! { METAL4_ROWS: Encoding;
    COMPUTE4, c"stages" () -> usize, answers;
    COMPUTE4, c"dispatchThreadgroupsWithIndirectBuffer:threadsPerThreadgroup:" (u64, Size), works;
    COMPUTE4, c"dispatchThreadsWithIndirectBuffer:" (u64), works;
    COMPUTE4 | RENDER4, c"executeCommandsInBuffer:indirectBuffer:" (Id, u64), works;
    COMPUTE4 | MACHINE_LEARNING4, c"setArgumentTable:" (Id), sets;
    COMPUTE4, c"buildAccelerationStructure:descriptor:scratchBuffer:" (Id, Id, BufferRange4), works;
    COMPUTE4,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:"
        (Id, Id, Id, BufferRange4), works;
    COMPUTE4,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:options:"
        (Id, Id, Id, BufferRange4, usize), works;
    COMPUTE4, c"writeCompactedAccelerationStructureSize:toBuffer:" (Id, BufferRange4), works;
    COMPUTE4, c"writeTimestampWithGranularity:intoHeap:atIndex:" (isize, Id, usize), works;
    RENDER4,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:"
        (usize, usize, usize, u64, usize), works;
    RENDER4,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:instanceCount:"
        (usize, usize, usize, u64, usize, usize), works;
    RENDER4,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:instanceCount:baseVertex:baseInstance:"
        (usize, usize, usize, u64, usize, usize, isize, usize), works;
    RENDER4, c"drawPrimitives:indirectBuffer:" (usize, u64), works;
    RENDER4,
        c"drawIndexedPrimitives:indexType:indexBuffer:indexBufferLength:indirectBuffer:"
        (usize, usize, u64, usize, u64), works;
    RENDER4,
        c"drawMeshThreadgroupsWithIndirectBuffer:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (u64, Size, Size), works;
    RENDER4, c"setArgumentTable:atStages:" (Id, usize), sets;
    RENDER4, c"writeTimestampWithGranularity:afterStage:intoHeap:atIndex:" (isize, usize, Id, usize), works;
    MACHINE_LEARNING4, c"setPipelineState:" (Id), sets;
    MACHINE_LEARNING4, c"dispatchNetworkWithIntermediatesHeap:" (Id), works;
}
