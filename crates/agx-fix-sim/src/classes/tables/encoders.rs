//! The methods of encoders, but for those that bind something to a stage.

use super::row::{Encoding, MethodRow, rows};
use crate::classes::kind::{
    ACCELERATION, BLIT, COMPUTE, COMPUTE4, ENCODER, ENCODER4, MACHINE_LEARNING4, PARALLEL, RENDER, RENDER4,
    RESOURCE_STATE,
};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, BufferRange4, Origin, Range, Region, ScissorRect, Size, Viewport};

/// The rows.
pub(super) static ROWS: &[MethodRow] = rows! { Encoding;
    // `MTLComputeCommandEncoder`, and what other encoders share with it.
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

    // `MTLBlitCommandEncoder`, and what the compute encoder of Metal 4 shares with it.
    BLIT, "synchronizeResource:" (Id), works;
    BLIT, "synchronizeTexture:slice:level:" (Id, usize, usize), works;
    BLIT | COMPUTE4, "copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, Origin), works;
    BLIT | COMPUTE4, "copyFromBuffer:sourceOffset:sourceBytesPerRow:sourceBytesPerImage:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, usize, Size, Id, usize, usize, Origin), works;
    BLIT | COMPUTE4, "copyFromBuffer:sourceOffset:sourceBytesPerRow:sourceBytesPerImage:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:options:"
        (Id, usize, usize, usize, Size, Id, usize, usize, Origin, usize), works;
    BLIT | COMPUTE4, "copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toBuffer:destinationOffset:destinationBytesPerRow:destinationBytesPerImage:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, usize), works;
    BLIT | COMPUTE4, "copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toBuffer:destinationOffset:destinationBytesPerRow:destinationBytesPerImage:options:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, usize, usize), works;
    BLIT | COMPUTE4, "generateMipmapsForTexture:" (Id), works;
    BLIT | COMPUTE4, "fillBuffer:range:value:" (Id, Range, u8), works;
    BLIT | COMPUTE4, "copyFromTexture:sourceSlice:sourceLevel:toTexture:destinationSlice:destinationLevel:sliceCount:levelCount:"
        (Id, usize, usize, Id, usize, usize, usize, usize), works;
    BLIT | COMPUTE4, "copyFromTexture:toTexture:" (Id, Id), works;
    BLIT | COMPUTE4, "copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:"
        (Id, usize, Id, usize, usize), works;
    BLIT, "getTextureAccessCounters:region:mipLevel:slice:resetCounters:countersBuffer:countersBufferOffset:"
        (Id, Region, usize, usize, Bool, Id, usize), works;
    BLIT, "resetTextureAccessCounters:region:mipLevel:slice:" (Id, Region, usize, usize), works;
    BLIT | COMPUTE4, "optimizeContentsForGPUAccess:" (Id), works;
    BLIT | COMPUTE4, "optimizeContentsForGPUAccess:slice:level:" (Id, usize, usize), works;
    BLIT | COMPUTE4, "optimizeContentsForCPUAccess:" (Id), works;
    BLIT | COMPUTE4, "optimizeContentsForCPUAccess:slice:level:" (Id, usize, usize), works;
    BLIT | COMPUTE4, "resetCommandsInBuffer:withRange:" (Id, Range), works;
    BLIT | COMPUTE4, "copyIndirectCommandBuffer:sourceRange:destination:destinationIndex:"
        (Id, Range, Id, usize), works;
    BLIT | COMPUTE4, "optimizeIndirectCommandBuffer:withRange:" (Id, Range), works;
    BLIT, "resolveCounters:inRange:destinationBuffer:destinationOffset:" (Id, Range, Id, usize), works;
    BLIT | COMPUTE4, "copyFromTensor:sourceOrigin:sourceDimensions:toTensor:destinationOrigin:destinationDimensions:"
        (Id, Id, Id, Id, Id, Id), works;

    // `MTLRenderCommandEncoder`: state and draws.
    RENDER | RENDER4, "setRenderPipelineState:" (Id), sets;
    RENDER | RENDER4, "setViewport:" (Viewport), sets;
    RENDER | RENDER4, "setViewports:count:" (Pointer, usize), sets;
    RENDER | RENDER4, "setFrontFacingWinding:" (usize), sets;
    RENDER | RENDER4, "setCullMode:" (usize), sets;
    RENDER | RENDER4, "setDepthClipMode:" (usize), sets;
    RENDER | RENDER4, "setDepthBias:slopeScale:clamp:" (f32, f32, f32), sets;
    RENDER | RENDER4, "setDepthTestMinBound:maxBound:" (f32, f32), sets;
    RENDER | RENDER4, "setScissorRect:" (ScissorRect), sets;
    RENDER | RENDER4, "setScissorRects:count:" (Pointer, usize), sets;
    RENDER | RENDER4, "setTriangleFillMode:" (usize), sets;
    RENDER | RENDER4, "setBlendColorRed:green:blue:alpha:" (f32, f32, f32, f32), sets;
    RENDER | RENDER4, "setDepthStencilState:" (Id), sets;
    RENDER | RENDER4, "setStencilReferenceValue:" (u32), sets;
    RENDER | RENDER4, "setStencilFrontReferenceValue:backReferenceValue:" (u32, u32), sets;
    RENDER | RENDER4, "setVisibilityResultMode:offset:" (usize, usize), sets;
    RENDER | PARALLEL | RENDER4, "setColorStoreAction:atIndex:" (usize, usize), sets;
    RENDER | PARALLEL | RENDER4, "setDepthStoreAction:" (usize), sets;
    RENDER | PARALLEL | RENDER4, "setStencilStoreAction:" (usize), sets;
    RENDER | PARALLEL, "setColorStoreActionOptions:atIndex:" (usize, usize), sets;
    RENDER | PARALLEL, "setDepthStoreActionOptions:" (usize), sets;
    RENDER | PARALLEL, "setStencilStoreActionOptions:" (usize), sets;
    RENDER | RENDER4, "drawMeshThreadgroups:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Size, Size, Size), works;
    RENDER | RENDER4, "drawMeshThreads:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Size, Size, Size), works;
    RENDER, "drawMeshThreadgroupsWithIndirectBuffer:indirectBufferOffset:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Id, usize, Size, Size), works;
    RENDER | RENDER4, "drawPrimitives:vertexStart:vertexCount:instanceCount:"
        (usize, usize, usize, usize), works;
    RENDER | RENDER4, "drawPrimitives:vertexStart:vertexCount:" (usize, usize, usize), works;
    RENDER, "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:"
        (usize, usize, usize, Id, usize, usize), works;
    RENDER, "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:"
        (usize, usize, usize, Id, usize), works;
    RENDER | RENDER4, "drawPrimitives:vertexStart:vertexCount:instanceCount:baseInstance:"
        (usize, usize, usize, usize, usize), works;
    RENDER, "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:baseVertex:baseInstance:"
        (usize, usize, usize, Id, usize, usize, isize, usize), works;
    RENDER, "drawPrimitives:indirectBuffer:indirectBufferOffset:" (usize, Id, usize), works;
    RENDER, "drawIndexedPrimitives:indexType:indexBuffer:indexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, usize, Id, usize, Id, usize), works;
    RENDER, "textureBarrier" (), sets;
    RENDER, "updateFence:afterStages:" (Id, usize), sets;
    RENDER, "waitForFence:beforeStages:" (Id, usize), sets;
    RENDER, "setTessellationFactorBuffer:offset:instanceStride:" (Id, usize, usize), sets;
    RENDER, "setTessellationFactorScale:" (f32), sets;
    RENDER, "drawPatches:patchStart:patchCount:patchIndexBuffer:patchIndexBufferOffset:instanceCount:baseInstance:"
        (usize, usize, usize, Id, usize, usize, usize), works;
    RENDER, "drawPatches:patchIndexBuffer:patchIndexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, Id, usize, Id, usize), works;
    RENDER, "drawIndexedPatches:patchStart:patchCount:patchIndexBuffer:patchIndexBufferOffset:controlPointIndexBuffer:controlPointIndexBufferOffset:instanceCount:baseInstance:"
        (usize, usize, usize, Id, usize, Id, usize, usize, usize), works;
    RENDER, "drawIndexedPatches:patchIndexBuffer:patchIndexBufferOffset:controlPointIndexBuffer:controlPointIndexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, Id, usize, Id, usize, Id, usize), works;
    RENDER | RENDER4, "tileWidth" () -> usize, answers;
    RENDER | RENDER4, "tileHeight" () -> usize, answers;
    RENDER | RENDER4, "dispatchThreadsPerTile:" (Size), works;
    RENDER | RENDER4, "setThreadgroupMemoryLength:offset:atIndex:" (usize, usize, usize), sets;
    RENDER, "useResource:usage:stages:" (Id, usize, usize), sets;
    RENDER, "useResources:count:usage:stages:" (Pointer, usize, usize, usize), sets;
    RENDER, "useHeap:stages:" (Id, usize), sets;
    RENDER, "useHeaps:count:stages:" (Pointer, usize, usize), sets;
    RENDER, "memoryBarrierWithScope:afterStages:beforeStages:" (usize, usize, usize), sets;
    RENDER, "memoryBarrierWithResources:count:afterStages:beforeStages:" (Pointer, usize, usize, usize), sets;
    RENDER | RENDER4, "setColorAttachmentMap:" (Id), sets;

    // What every encoder has; the encoders for resource states, acceleration structures and machine learning; and what Metal 4
    // added to the encoders of compute and render passes.
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
