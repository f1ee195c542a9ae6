//! The selectors that the wrappers send, registered once: registering takes the runtime's lock and hashes the name.

use agx_fix_objc::Sel;
use agx_fix_objc::runtime::selector;
use core::ffi::CStr;
use std::sync::OnceLock;

macro_rules! selectors {
    ($($field:ident = $name:literal;)*) => {
        pub(crate) struct Selectors { $(pub(crate) $field: Sel,)* }

        impl Selectors {
            fn register() -> Self {
                let register = |name: &CStr| selector(name);
                Self { $($field: register($name),)* }
            }
        }
    };
}

selectors! {
    new_command_queue = c"newCommandQueue";
    new_buffer = c"newBufferWithLength:options:";
    new_library = c"newLibraryWithSource:options:error:";
    new_function = c"newFunctionWithName:";
    new_pipeline = c"newComputePipelineStateWithFunction:error:";
    contents = c"contents";
    length = c"length";
    command_buffer = c"commandBuffer";
    unretaining_command_buffer = c"commandBufferWithUnretainedReferences";
    compute_encoder = c"computeCommandEncoder";
    blit_encoder = c"blitCommandEncoder";
    copy_buffer = c"copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:";
    commit = c"commit";
    add_completed_handler = c"addCompletedHandler:";
    add_scheduled_handler = c"addScheduledHandler:";
    new_event = c"newEvent";
    signal_event = c"encodeSignalEvent:value:";
    set_label = c"setLabel:";
    wait_until_completed = c"waitUntilCompleted";
    status = c"status";
    set_pipeline = c"setComputePipelineState:";
    set_buffer = c"setBuffer:offset:atIndex:";
    set_bytes = c"setBytes:length:atIndex:";
    set_threadgroup_memory_length = c"setThreadgroupMemoryLength:atIndex:";
    dispatch_threads = c"dispatchThreads:threadsPerThreadgroup:";
    dispatch_threadgroups = c"dispatchThreadgroups:threadsPerThreadgroup:";
    memory_barrier = c"memoryBarrierWithScope:";
    end_encoding = c"endEncoding";
    string_with_utf8 = c"stringWithUTF8String:";
    utf8_string = c"UTF8String";
    localized_description = c"localizedDescription";
}

/// The table. Reached only through a wrapper, which exists only once the runtime has been loaded.
#[inline]
pub(crate) fn selectors() -> &'static Selectors {
    static ALL: OnceLock<Selectors> = OnceLock::new();
    ALL.get_or_init(Selectors::register)
}
