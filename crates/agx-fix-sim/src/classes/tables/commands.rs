//! Command buffers, command queues and command allocators, of Metal up to 3 and of Metal 4.

use super::row::{MethodRow, Recording, rows};
use crate::classes::kind::{ALLOCATOR4, BUFFER, BUFFER4, QUEUE, QUEUE4};
use crate::foundation::define::Pointer;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, BufferRange4, Range};

/// The rows.
pub(super) static ROWS: &[MethodRow] = rows! { Recording;
    BUFFER, "commandQueue" () -> Id, answers;
    BUFFER, "retainedReferences" () -> Bool, answers;
    BUFFER, "errorOptions" () -> usize, answers;
    BUFFER, "kernelStartTime" () -> f64, answers;
    BUFFER, "kernelEndTime" () -> f64, answers;
    BUFFER, "logs" () -> Id, answers;
    BUFFER, "GPUStartTime" () -> f64, answers;
    BUFFER, "GPUEndTime" () -> f64, answers;
    BUFFER, "enqueue" (), sets;
    BUFFER, "addScheduledHandler:" (Id), sets;
    BUFFER, "presentDrawable:" (Id), sets;
    BUFFER, "presentDrawable:atTime:" (Id, f64), sets;
    BUFFER, "presentDrawable:afterMinimumDuration:" (Id, f64), sets;
    BUFFER, "waitUntilScheduled" (), answers;
    BUFFER, "addCompletedHandler:" (Id), sets;
    BUFFER, "waitUntilCompleted" (), answers;
    BUFFER, "status" () -> usize, answers;
    BUFFER, "error" () -> Id, answers;
    BUFFER, "encodeWaitForEvent:value:" (Id, u64), sets;
    BUFFER, "encodeSignalEvent:value:" (Id, u64), sets;
    BUFFER | BUFFER4, "pushDebugGroup:" (Id), sets;
    BUFFER | BUFFER4, "popDebugGroup" (), sets;
    BUFFER | BUFFER4, "useResidencySet:" (Id), sets;
    BUFFER | BUFFER4, "useResidencySets:count:" (Pointer, usize), sets;
    BUFFER4, "endCommandBuffer" (), sets;
    BUFFER4, "writeTimestampIntoHeap:atIndex:" (Id, usize), sets;
    BUFFER4, "resolveCounterHeap:withRange:intoBuffer:waitFence:updateFence:"
        (Id, Range, BufferRange4, Id, Id), sets;
    // Queues are thread-safe, and none of this changes what the simulated GPU does.
    QUEUE, "insertDebugCaptureBoundary" (), answers;
    QUEUE | QUEUE4, "addResidencySet:" (Id), answers;
    QUEUE | QUEUE4, "addResidencySets:count:" (Pointer, usize), answers;
    QUEUE | QUEUE4, "removeResidencySet:" (Id), answers;
    QUEUE | QUEUE4, "removeResidencySets:count:" (Pointer, usize), answers;
    QUEUE4, "signalEvent:value:" (Id, u64), answers;
    QUEUE4, "waitForEvent:value:" (Id, u64), answers;
    QUEUE4, "signalDrawable:" (Id), answers;
    QUEUE4, "waitForDrawable:" (Id), answers;
    QUEUE4, "updateTextureMappings:heap:operations:count:" (Id, Id, Pointer, usize), answers;
    QUEUE4, "copyTextureMappingsFromTexture:toTexture:operations:count:" (Id, Id, Pointer, usize), answers;
    QUEUE4, "updateBufferMappings:heap:operations:count:" (Id, Id, Pointer, usize), answers;
    QUEUE4, "copyBufferMappingsFromBuffer:toBuffer:operations:count:" (Id, Id, Pointer, usize), answers;
    ALLOCATOR4, "allocatedSize" () -> u64, answers;
    ALLOCATOR4, "reset" (), answers;
};
