//! The methods of a command buffer that open encoders.

use super::{CommandBuffer, give_up_previous, submission};
use crate::classes::encoder::{self, Config};
use crate::classes::family::{Names, family_of};
use crate::classes::kind::Kind;
use crate::fault::report::fail_assertion;
use crate::foundation::autorelease::autorelease;
use crate::foundation::define::{factories, layout, methods};
use crate::foundation::selectors::selectors;
use crate::gpu::submission::status;
use crate::options::options;
use agx_fix_objc::abi::Bool;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel, send};
use core::ffi::c_void;
use core::sync::atomic::Ordering::Relaxed;

/// Fails if the buffer was committed, or another encoder is open: Metal allows one at a time.
///
/// # Safety
/// `this` is a command buffer of the simulator, alive.
unsafe fn check(this: Id, kind: Kind) {
    // SAFETY: the receiver is alive.
    unsafe {
        let buffer = layout::<CommandBuffer>(this);
        if submission(this).status() >= status::COMMITTED {
            fail_assertion(
                "failed assertion _status < MTLCommandBufferStatusCommitted at line 323 in \
                 -[IOGPUMetalCommandBuffer setCurrentCommandEncoder:]",
            );
        }
        if !buffer.open.load(Relaxed).is_null() {
            let names = family_of(this).names;
            fail_assertion(&format!(
                "-[{} {}: failed assertion 'A command encoder is already encoding to this command buffer'",
                names.command_buffer_for(kind).to_string_lossy(),
                kind.opening_method(),
            ));
        }
    }
}

/// A new open encoder of that kind, autoreleased.
///
/// # Safety
/// `this` is a command buffer of the simulator, alive.
pub(super) unsafe fn open(this: Id, kind: Kind) -> Id {
    // SAFETY: the caller promises a live command buffer.
    unsafe { check(this, kind) };
    // SAFETY: the caller promises a live command buffer.
    unsafe { open_new(this, kind, 0) }
}

/// # Safety
/// `this` is a command buffer of the simulator, alive.
unsafe fn open_new(this: Id, kind: Kind, dispatch_type: usize) -> Id {
    // SAFETY: the caller promises a live command buffer.
    unsafe { give_up_previous(this) };
    // SAFETY: the caller promises a live command buffer.
    let encoder = unsafe { encoder::new(this, &Config { kind, dispatch_type, parent: Id::NULL }) };
    // SAFETY: the caller promises a live command buffer, whose class is laid out as `CommandBuffer`.
    unsafe { layout::<CommandBuffer>(this) }.open.store(encoder.as_ptr(), Relaxed);
    encoder
}

unsafe fn open_compute(this: Id, dispatch_type: usize) -> Id {
    // SAFETY: the caller's buffer is alive; AGX's method has this signature; the configuration outlives the call.
    unsafe {
        if !family_of(this).names.messages {
            check(this, Kind::Compute);
            return open_new(this, Kind::Compute, dispatch_type);
        }
        let config = Config { kind: Kind::Compute, dispatch_type, parent: Id::NULL };
        send(this, selectors().encoder_with_config, ((&raw const config).cast::<c_void>(),))
    }
}

unsafe extern "C-unwind" fn compute_of_type(this: Id, _: Sel, dispatch_type: usize) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { open_compute(this, dispatch_type) }
}

unsafe extern "C-unwind" fn compute_with_config(this: Id, _: Sel, config: *const c_void) -> Id {
    // SAFETY: the receiver is alive; the sender gives a configuration; the method has this signature.
    unsafe {
        let Some(wanted) = config.cast::<Config>().as_ref() else { return Id::NULL };
        let Some(class) = family_of(this).encoder_class(Kind::Compute) else { return Id::NULL };
        let reused: Bool = send(this, selectors().try_coalescing, (config, class));
        if reused.0 != 0 {
            return Id::from_ptr(layout::<CommandBuffer>(this).open.load(Relaxed));
        }
        open_new(this, Kind::Compute, wanted.dispatch_type)
    }
}

unsafe extern "C-unwind" fn try_coalescing(this: Id, _: Sel, _config: *const c_void, _next: Class) -> Bool {
    // SAFETY: the receiver is alive; the previous encoder was retained in `encoder_ended`, and that reference goes to
    // the pool of the caller.
    unsafe {
        check(this, Kind::Compute);
        let buffer = layout::<CommandBuffer>(this);
        let previous = Id::from_ptr(buffer.previous.load(Relaxed));
        if options().separate || previous.is_null() || !encoder::has_ended(previous) {
            return Bool(0);
        }
        buffer.previous.store(core::ptr::null_mut(), Relaxed);
        send::<_, Id>(previous, selectors().reinit_encoder, (this,));
        buffer.open.store(previous.as_ptr(), Relaxed);
        autorelease(previous);
    }
    Bool(1)
}

factories! {
    compute() = open_compute, 0;
    compute_described(descriptor: Id) = open_compute, 0;
    blit() = open, Kind::Blit;
    blit_described(descriptor: Id) = open, Kind::Blit;
    render_described(descriptor: Id) = open, Kind::Render;
    parallel_described(descriptor: Id) = open, Kind::Parallel;
    resource_state() = open, Kind::ResourceState;
    resource_state_described(descriptor: Id) = open, Kind::ResourceState;
    acceleration() = open, Kind::Acceleration;
    acceleration_described(descriptor: Id) = open, Kind::Acceleration;
}

/// Adds the factories of the kinds that the driver has. Compute and blit encoders are in each.
pub(super) fn add_methods(builder: ClassBuilder, names: &Names) -> ClassBuilder {
    let mut builder = methods! { builder;
        - c"computeCommandEncoder" = compute() -> Id;
        - c"computeCommandEncoderWithDispatchType:" = compute_of_type(usize) -> Id;
        - c"computeCommandEncoderWithDescriptor:" = compute_described(Id) -> Id;
        - c"blitCommandEncoder" = blit() -> Id;
        - c"blitCommandEncoderWithDescriptor:" = blit_described(Id) -> Id;
    };
    if names.messages {
        builder = methods! { builder;
            - c"computeCommandEncoderWithConfig:" = compute_with_config(*const c_void) -> Id;
            - c"tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:" =
                try_coalescing(*const c_void, Class) -> Bool;
        };
    }
    if names.has(Kind::Render) && names.has(Kind::Parallel) {
        builder = methods! { builder;
            - c"renderCommandEncoderWithDescriptor:" = render_described(Id) -> Id;
            - c"parallelRenderCommandEncoderWithDescriptor:" = parallel_described(Id) -> Id;
        };
    }
    if names.has(Kind::ResourceState) && names.has(Kind::Acceleration) {
        builder = methods! { builder;
            - c"resourceStateCommandEncoder" = resource_state() -> Id;
            - c"resourceStateCommandEncoderWithDescriptor:" = resource_state_described(Id) -> Id;
            - c"accelerationStructureCommandEncoder" = acceleration() -> Id;
            - c"accelerationStructureCommandEncoderWithDescriptor:" = acceleration_described(Id) -> Id;
        };
    }
    builder
}
