//! `MTLRenderCommandEncoder`: state and draws.

use super::row::{Encoding, MethodRow, rows};
use crate::classes::kind::{PARALLEL, RENDER, RENDER4};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{ScissorRect, Size, Viewport};

/// The rows.
pub(super) static ROWS: &[MethodRow] = rows! { Encoding;
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
};
