//! `MTLResourceStateCommandEncoder`, `MTLAccelerationStructureCommandEncoder`.

use super::row::{Encoding, Row, table};
use crate::classes::kind::{ACCELERATION, COMPUTE4, RESOURCE_STATE};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Origin, Region, Size};

table! { OTHER_ROWS: Encoding;
    RESOURCE_STATE,
        c"updateTextureMappings:mode:regions:mipLevels:slices:numRegions:"
        (Id, usize, Pointer, Pointer, Pointer, usize), works;
    RESOURCE_STATE,
        c"updateTextureMapping:mode:region:mipLevel:slice:"
        (Id, usize, Region, usize, usize), works;
    RESOURCE_STATE,
        c"updateTextureMapping:mode:indirectBuffer:indirectBufferOffset:"
        (Id, usize, Id, usize), works;
    RESOURCE_STATE,
        c"moveTextureMappingsFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, Origin), works;
    ACCELERATION,
        c"buildAccelerationStructure:descriptor:scratchBuffer:scratchBufferOffset:"
        (Id, Id, Id, usize), works;
    ACCELERATION,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:scratchBufferOffset:"
        (Id, Id, Id, Id, usize), works;
    ACCELERATION,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:scratchBufferOffset:options:"
        (Id, Id, Id, Id, usize, usize), works;
    ACCELERATION | COMPUTE4, c"copyAccelerationStructure:toAccelerationStructure:" (Id, Id), works;
    ACCELERATION, c"writeCompactedAccelerationStructureSize:toBuffer:offset:" (Id, Id, usize), works;
    ACCELERATION,
        c"writeCompactedAccelerationStructureSize:toBuffer:offset:sizeDataType:"
        (Id, Id, usize, usize), works;
    ACCELERATION | COMPUTE4, c"copyAndCompactAccelerationStructure:toAccelerationStructure:" (Id, Id), works;
}
