//! `MTLRenderCommandEncoder`: state and draws.

use super::row::{Encoding, Row, table};
use crate::classes::kind::{PARALLEL, RENDER, RENDER4};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{ScissorRect, Size, Viewport};

table! { RENDER_ROWS: Encoding;
    RENDER | RENDER4, c"setRenderPipelineState:" (Id), sets;
    RENDER | RENDER4, c"setViewport:" (Viewport), sets;
    RENDER | RENDER4, c"setViewports:count:" (Pointer, usize), sets;
    RENDER | RENDER4, c"setFrontFacingWinding:" (usize), sets;
    RENDER | RENDER4, c"setCullMode:" (usize), sets;
    RENDER | RENDER4, c"setDepthClipMode:" (usize), sets;
    RENDER | RENDER4, c"setDepthBias:slopeScale:clamp:" (f32, f32, f32), sets;
    RENDER | RENDER4, c"setDepthTestMinBound:maxBound:" (f32, f32), sets;
    RENDER | RENDER4, c"setScissorRect:" (ScissorRect), sets;
    RENDER | RENDER4, c"setScissorRects:count:" (Pointer, usize), sets;
    RENDER | RENDER4, c"setTriangleFillMode:" (usize), sets;
    RENDER | RENDER4, c"setBlendColorRed:green:blue:alpha:" (f32, f32, f32, f32), sets;
    RENDER | RENDER4, c"setDepthStencilState:" (Id), sets;
    RENDER | RENDER4, c"setStencilReferenceValue:" (u32), sets;
    RENDER | RENDER4, c"setStencilFrontReferenceValue:backReferenceValue:" (u32, u32), sets;
    RENDER | RENDER4, c"setVisibilityResultMode:offset:" (usize, usize), sets;
    RENDER | PARALLEL | RENDER4, c"setColorStoreAction:atIndex:" (usize, usize), sets;
    RENDER | PARALLEL | RENDER4, c"setDepthStoreAction:" (usize), sets;
    RENDER | PARALLEL | RENDER4, c"setStencilStoreAction:" (usize), sets;
    RENDER | PARALLEL, c"setColorStoreActionOptions:atIndex:" (usize, usize), sets;
    RENDER | PARALLEL, c"setDepthStoreActionOptions:" (usize), sets;
    RENDER | PARALLEL, c"setStencilStoreActionOptions:" (usize), sets;
    RENDER | RENDER4,
        c"drawMeshThreadgroups:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Size, Size, Size), works;
    RENDER | RENDER4,
        c"drawMeshThreads:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Size, Size, Size), works;
    RENDER,
        c"drawMeshThreadgroupsWithIndirectBuffer:indirectBufferOffset:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Id, usize, Size, Size), works;
    RENDER | RENDER4,
        c"drawPrimitives:vertexStart:vertexCount:instanceCount:"
        (usize, usize, usize, usize), works;
    RENDER | RENDER4, c"drawPrimitives:vertexStart:vertexCount:" (usize, usize, usize), works;
    RENDER,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:"
        (usize, usize, usize, Id, usize, usize), works;
    RENDER,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:"
        (usize, usize, usize, Id, usize), works;
    RENDER | RENDER4,
        c"drawPrimitives:vertexStart:vertexCount:instanceCount:baseInstance:"
        (usize, usize, usize, usize, usize), works;
    RENDER,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:baseVertex:baseInstance:"
        (usize, usize, usize, Id, usize, usize, isize, usize), works;
    RENDER, c"drawPrimitives:indirectBuffer:indirectBufferOffset:" (usize, Id, usize), works;
    RENDER,
        c"drawIndexedPrimitives:indexType:indexBuffer:indexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, usize, Id, usize, Id, usize), works;
    RENDER, c"textureBarrier" (), sets;
    RENDER, c"updateFence:afterStages:" (Id, usize), sets;
    RENDER, c"waitForFence:beforeStages:" (Id, usize), sets;
    RENDER, c"setTessellationFactorBuffer:offset:instanceStride:" (Id, usize, usize), sets;
    RENDER, c"setTessellationFactorScale:" (f32), sets;
    RENDER,
        c"drawPatches:patchStart:patchCount:patchIndexBuffer:patchIndexBufferOffset:instanceCount:baseInstance:"
        (usize, usize, usize, Id, usize, usize, usize), works;
    RENDER,
        c"drawPatches:patchIndexBuffer:patchIndexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, Id, usize, Id, usize), works;
    RENDER,
        c"drawIndexedPatches:patchStart:patchCount:patchIndexBuffer:patchIndexBufferOffset:controlPointIndexBuffer:controlPointIndexBufferOffset:instanceCount:baseInstance:"
        (usize, usize, usize, Id, usize, Id, usize, usize, usize), works;
    RENDER,
        c"drawIndexedPatches:patchIndexBuffer:patchIndexBufferOffset:controlPointIndexBuffer:controlPointIndexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, Id, usize, Id, usize, Id, usize), works;
    RENDER | RENDER4, c"tileWidth" () -> usize, answers;
    RENDER | RENDER4, c"tileHeight" () -> usize, answers;
    RENDER | RENDER4, c"dispatchThreadsPerTile:" (Size), works;
    RENDER | RENDER4, c"setThreadgroupMemoryLength:offset:atIndex:" (usize, usize, usize), sets;
    RENDER, c"useResource:usage:stages:" (Id, usize, usize), sets;
    RENDER, c"useResources:count:usage:stages:" (Pointer, usize, usize, usize), sets;
    RENDER, c"useHeap:stages:" (Id, usize), sets;
    RENDER, c"useHeaps:count:stages:" (Pointer, usize, usize), sets;
    RENDER, c"memoryBarrierWithScope:afterStages:beforeStages:" (usize, usize, usize), sets;
    RENDER,
        c"memoryBarrierWithResources:count:afterStages:beforeStages:"
        (Pointer, usize, usize, usize), sets;
    RENDER | RENDER4, c"setColorAttachmentMap:" (Id), sets;
}
