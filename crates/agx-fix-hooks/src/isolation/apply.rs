//! Binding again: the driver is given what a thread has bound, by messages to the encoder.

use super::binding::{Argument, Binding, Content, Sampler, StageIn};
use super::binding_set::BindingSet;
use super::deferred::Released;
use agx_fix_objc::message::Arguments;
use agx_fix_objc::{Id, runtime, send};
use core::ffi::{CStr, c_void};

/// Gives `encoder` every binding of `wanted` that it does not hold. True if there was one.
///
/// # Safety
/// `encoder` is an open compute encoder whose lock is held, `holds` is what it holds, and the objects of both are alive.
pub(super) unsafe fn apply(
    encoder: Id,
    wanted: &BindingSet,
    holds: &mut BindingSet,
    released: &mut Released,
) -> bool {
    let mut applied = false;
    for binding in wanted.bindings() {
        if !holds.has(binding) {
            // SAFETY: the encoder is open and the objects are alive, as the caller says.
            unsafe {
                bind(encoder, binding);
                holds.put(binding, released);
            }
            applied = true;
        }
    }
    applied
}

/// Tells the driver one binding.
///
/// # Safety
/// `encoder` is an open compute encoder whose lock is held, and the objects of the binding are alive.
pub(super) unsafe fn bind(encoder: Id, binding: Binding<'_>) {
    // SAFETY: the methods have these signatures in Metal; whoever has bound this has called them or their like.
    unsafe {
        match binding {
            Binding::Pipeline(object) => tell(encoder, c"setComputePipelineState:", (object,)),
            Binding::ArgumentTable(object) => tell(encoder, c"setArgumentTable:", (object,)),
            Binding::Argument(index, argument) => bind_argument(encoder, index, argument),
            Binding::Bytes(index, bytes, stride) => {
                let (address, length) = (bytes.as_ptr().cast::<c_void>(), bytes.len());
                match stride {
                    None => tell(encoder, c"setBytes:length:atIndex:", (address, length, index)),
                    Some(stride) => {
                        let selector = c"setBytes:length:attributeStride:atIndex:";
                        tell(encoder, selector, (address, length, stride, index));
                    }
                }
            }
            Binding::Offset(index, offset, None) => {
                tell(encoder, c"setBufferOffset:atIndex:", (offset, index));
            }
            Binding::Offset(index, offset, Some(stride)) => {
                tell(encoder, c"setBufferOffset:attributeStride:atIndex:", (offset, stride, index));
            }
            Binding::Texture(index, texture) => tell(encoder, c"setTexture:atIndex:", (texture, index)),
            Binding::Sampler(index, Sampler { object, clamps: None }) => {
                tell(encoder, c"setSamplerState:atIndex:", (object, index));
            }
            Binding::Sampler(index, Sampler { object, clamps: Some(clamps) }) => {
                let [least, most] = clamps.map(f32::from_bits);
                let selector = c"setSamplerState:lodMinClamp:lodMaxClamp:atIndex:";
                tell(encoder, selector, (object, least, most, index));
            }
            Binding::ThreadgroupMemory(index, length) => {
                tell(encoder, c"setThreadgroupMemoryLength:atIndex:", (length, index));
            }
            Binding::Imageblock([width, height]) => {
                tell(encoder, c"setImageblockWidth:height:", (width, height));
            }
            Binding::StageIn(StageIn::Region(region)) => tell(encoder, c"setStageInRegion:", (region,)),
            Binding::StageIn(StageIn::Indirect(buffer, offset)) => {
                let selector = c"setStageInRegionWithIndirectBuffer:indirectBufferOffset:";
                tell(encoder, selector, (buffer, offset));
            }
        }
    }
}

/// # Safety
/// As for [`bind`].
unsafe fn bind_argument(encoder: Id, index: usize, argument: Argument) {
    let Argument { content, object, offset, stride } = argument;
    // SAFETY: the methods have these signatures in Metal; the rest is as the caller says.
    unsafe {
        match (content, stride) {
            (Content::Buffer, None) => tell(encoder, c"setBuffer:offset:atIndex:", (object, offset, index)),
            (Content::Buffer, Some(stride)) => {
                let selector = c"setBuffer:offset:attributeStride:atIndex:";
                tell(encoder, selector, (object, offset, stride, index));
            }
            (Content::VisibleTable, _) => {
                tell(encoder, c"setVisibleFunctionTable:atBufferIndex:", (object, index));
            }
            (Content::IntersectionTable, _) => {
                tell(encoder, c"setIntersectionFunctionTable:atBufferIndex:", (object, index));
            }
            (Content::Acceleration, _) => {
                tell(encoder, c"setAccelerationStructure:atBufferIndex:", (object, index));
            }
            // Comes as `Binding::Bytes`.
            (Content::Bytes, _) => {}
        }
    }
}

/// Sends a message that answers nothing.
///
/// # Safety
/// As for [`send`].
pub(super) unsafe fn tell<A: Arguments>(object: Id, selector: &CStr, arguments: A) {
    // SAFETY: object, selector and arguments fit, as the caller says.
    unsafe { send::<A, ()>(object, runtime::selector(selector), arguments) };
}
