//! Command buffers, command queues and command allocators, of Metal up to 3 and of Metal 4.

use super::row::{Answering, Recording, Row, table};
use crate::classes::kind::{ALLOCATOR4, BUFFER, BUFFER4, QUEUE, QUEUE4};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, BufferRange4, Range};

table! { BUFFERS: Recording;
    BUFFER, c"commandQueue" () -> Id, answers;
    BUFFER, c"retainedReferences" () -> Bool, answers;
    BUFFER, c"errorOptions" () -> usize, answers;
    BUFFER, c"kernelStartTime" () -> f64, answers;
    BUFFER, c"kernelEndTime" () -> f64, answers;
    BUFFER, c"logs" () -> Id, answers;
    BUFFER, c"GPUStartTime" () -> f64, answers;
    BUFFER, c"GPUEndTime" () -> f64, answers;
    BUFFER, c"enqueue" (), sets;
    BUFFER, c"addScheduledHandler:" (Id), sets;
    BUFFER, c"presentDrawable:" (Id), sets;
    BUFFER, c"presentDrawable:atTime:" (Id, f64), sets;
    BUFFER, c"presentDrawable:afterMinimumDuration:" (Id, f64), sets;
    BUFFER, c"waitUntilScheduled" (), answers;
    BUFFER, c"addCompletedHandler:" (Id), sets;
    BUFFER, c"waitUntilCompleted" (), answers;
    BUFFER, c"status" () -> usize, answers;
    BUFFER, c"error" () -> Id, answers;
    BUFFER, c"encodeWaitForEvent:value:" (Id, u64), sets;
    BUFFER, c"encodeSignalEvent:value:" (Id, u64), sets;
    BUFFER | BUFFER4, c"pushDebugGroup:" (Id), sets;
    BUFFER | BUFFER4, c"popDebugGroup" (), sets;
    BUFFER | BUFFER4, c"useResidencySet:" (Id), sets;
    BUFFER | BUFFER4, c"useResidencySets:count:" (Pointer, usize), sets;
    BUFFER4, c"endCommandBuffer" (), sets;
    BUFFER4, c"writeTimestampIntoHeap:atIndex:" (Id, usize), sets;
    BUFFER4,
        c"resolveCounterHeap:withRange:intoBuffer:waitFence:updateFence:"
        (Id, Range, BufferRange4, Id, Id), sets;
}

// Queues are thread-safe and none of this changes what the simulated GPU does.
table! { QUEUES: Answering;
    QUEUE, c"insertDebugCaptureBoundary" (), answers;
    QUEUE | QUEUE4, c"addResidencySet:" (Id), answers;
    QUEUE | QUEUE4, c"addResidencySets:count:" (Pointer, usize), answers;
    QUEUE | QUEUE4, c"removeResidencySet:" (Id), answers;
    QUEUE | QUEUE4, c"removeResidencySets:count:" (Pointer, usize), answers;
    QUEUE4, c"signalEvent:value:" (Id, u64), answers;
    QUEUE4, c"waitForEvent:value:" (Id, u64), answers;
    QUEUE4, c"signalDrawable:" (Id), answers;
    QUEUE4, c"waitForDrawable:" (Id), answers;
    QUEUE4, c"updateTextureMappings:heap:operations:count:" (Id, Id, Pointer, usize), answers;
    QUEUE4, c"copyTextureMappingsFromTexture:toTexture:operations:count:" (Id, Id, Pointer, usize), answers;
    QUEUE4, c"updateBufferMappings:heap:operations:count:" (Id, Id, Pointer, usize), answers;
    QUEUE4, c"copyBufferMappingsFromBuffer:toBuffer:operations:count:" (Id, Id, Pointer, usize), answers;
    ALLOCATOR4, c"allocatedSize" () -> u64, answers;
    ALLOCATOR4, c"reset" (), answers;
}
