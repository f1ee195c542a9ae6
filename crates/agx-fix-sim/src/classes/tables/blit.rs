//! `MTLBlitCommandEncoder`, and what the compute encoder of Metal 4 shares with it.

use super::row::{Encoding, MethodRow, rows};
use crate::classes::kind::{BLIT, COMPUTE4};
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, Origin, Range, Region, Size};

/// The rows.
pub(super) static ROWS: &[MethodRow] = rows! { Encoding;
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
};
