//! `MTLBlitCommandEncoder`, and what the compute encoder of Metal 4 shares with it.

use super::row::{Encoding, Row, table};
use crate::classes::kind::{BLIT, COMPUTE4};
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, Origin, Range, Region, Size};

table! { BLIT_ROWS: Encoding;
    BLIT, c"synchronizeResource:" (Id), works;
    BLIT, c"synchronizeTexture:slice:level:" (Id, usize, usize), works;
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, Origin), works;
    BLIT | COMPUTE4,
        c"copyFromBuffer:sourceOffset:sourceBytesPerRow:sourceBytesPerImage:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, usize, Size, Id, usize, usize, Origin), works;
    BLIT | COMPUTE4,
        c"copyFromBuffer:sourceOffset:sourceBytesPerRow:sourceBytesPerImage:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:options:"
        (Id, usize, usize, usize, Size, Id, usize, usize, Origin, usize), works;
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toBuffer:destinationOffset:destinationBytesPerRow:destinationBytesPerImage:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, usize), works;
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toBuffer:destinationOffset:destinationBytesPerRow:destinationBytesPerImage:options:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, usize, usize), works;
    BLIT | COMPUTE4, c"generateMipmapsForTexture:" (Id), works;
    BLIT | COMPUTE4, c"fillBuffer:range:value:" (Id, Range, u8), works;
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:toTexture:destinationSlice:destinationLevel:sliceCount:levelCount:"
        (Id, usize, usize, Id, usize, usize, usize, usize), works;
    BLIT | COMPUTE4, c"copyFromTexture:toTexture:" (Id, Id), works;
    BLIT | COMPUTE4,
        c"copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:"
        (Id, usize, Id, usize, usize), works;
    BLIT,
        c"getTextureAccessCounters:region:mipLevel:slice:resetCounters:countersBuffer:countersBufferOffset:"
        (Id, Region, usize, usize, Bool, Id, usize), works;
    BLIT, c"resetTextureAccessCounters:region:mipLevel:slice:" (Id, Region, usize, usize), works;
    BLIT | COMPUTE4, c"optimizeContentsForGPUAccess:" (Id), works;
    BLIT | COMPUTE4, c"optimizeContentsForGPUAccess:slice:level:" (Id, usize, usize), works;
    BLIT | COMPUTE4, c"optimizeContentsForCPUAccess:" (Id), works;
    BLIT | COMPUTE4, c"optimizeContentsForCPUAccess:slice:level:" (Id, usize, usize), works;
    BLIT | COMPUTE4, c"resetCommandsInBuffer:withRange:" (Id, Range), works;
    BLIT | COMPUTE4,
        c"copyIndirectCommandBuffer:sourceRange:destination:destinationIndex:"
        (Id, Range, Id, usize), works;
    BLIT | COMPUTE4, c"optimizeIndirectCommandBuffer:withRange:" (Id, Range), works;
    BLIT, c"resolveCounters:inRange:destinationBuffer:destinationOffset:" (Id, Range, Id, usize), works;
    BLIT | COMPUTE4,
        c"copyFromTensor:sourceOrigin:sourceDimensions:toTensor:destinationOrigin:destinationDimensions:"
        (Id, Id, Id, Id, Id, Id), works;
}
