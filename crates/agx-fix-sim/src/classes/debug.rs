//! The wrappers of Metal's API validation layer: each `MTLDebug...` object holds an object of the driver and passes
//! every message on to it.
//!
//! The factories of a wrapped device answer wrapped queues, command buffers and encoders (of Metal up to 3). The
//! objects inside are the driver's. The names of other classes than device, queue, command buffer and compute encoder
//! are invented after these.

use crate::classes::command_buffer;
use crate::classes::kind::{self, BUFFER, QUEUE, Roles};
use crate::foundation::autorelease::autorelease;
use crate::foundation::define::{ErrorOut, Pointer, layout, methods};
use crate::foundation::method::{Behaviour, Method, Packed};
use crate::foundation::object::{self, Object, begin};
use agx_fix_objc::abi::Encode;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel, runtime, send};
use core::ffi::{CStr, c_void};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::ffi::CString;
use std::sync::OnceLock;

const DEVICE: Roles = 1 << 15;

static NAMES: [(Roles, &CStr); 9] = [
    (DEVICE, c"MTLDebugDevice"),
    (QUEUE, c"MTLDebugCommandQueue"),
    (BUFFER, c"MTLDebugCommandBuffer"),
    (kind::COMPUTE, c"MTLDebugComputeCommandEncoder"),
    (kind::BLIT, c"MTLDebugBlitCommandEncoder"),
    (kind::RENDER, c"MTLDebugRenderCommandEncoder"),
    (kind::PARALLEL, c"MTLDebugParallelRenderCommandEncoder"),
    (kind::RESOURCE_STATE, c"MTLDebugResourceStateCommandEncoder"),
    (kind::ACCELERATION, c"MTLDebugAccelerationStructureCommandEncoder"),
];

#[derive(Debug)]
struct Layer {
    classes: [(Roles, Class); NAMES.len()],
    /// The wrapped device; not freed.
    device: Id,
}

static LAYER: OnceLock<Layer> = OnceLock::new();

#[repr(C)]
struct Wrapper {
    object: Object,
    /// The driver's object, retained.
    base: AtomicPtr<c_void>,
    /// The wrapped queue of a wrapped command buffer, retained. Nil for others: a buffer may hold an ended encoder, so an
    /// encoder that held its buffer after the end would form a cycle.
    queue: AtomicPtr<c_void>,
}

/// # Safety
/// `wrapper` is a wrapper, alive.
unsafe fn base(wrapper: Id) -> Id {
    // SAFETY: the caller promises a live wrapper, and the layer's classes are laid out as `Wrapper`.
    Id::from_ptr(unsafe { layout::<Wrapper>(wrapper) }.base.load(Relaxed))
}

/// The driver's object behind a wrapper; any other object itself.
///
/// # Safety
/// `object` is alive.
pub(crate) unsafe fn unwrapped(object: Id) -> Id {
    // SAFETY: the caller promises a live object.
    let class = unsafe { runtime::class_of(object) };
    let wraps = LAYER.get().is_some_and(|layer| layer.classes.iter().any(|row| row.1 == class));
    // SAFETY: the caller promises a live object, and those of the layer's classes are wrappers.
    if wraps { unsafe { base(object) } } else { object }
}

/// A wrapper that takes over a reference to `base`, owned by the caller. Nil for nil.
unsafe fn wrap(role: Roles, base: Id, maker: Id) -> Id {
    let class = LAYER.get().and_then(|layer| layer.classes.iter().find(|row| row.0 == role));
    let Some(&(_, class)) = class.filter(|_| !base.is_null()) else { return base };
    // SAFETY: the layer's class is laid out as `Wrapper`; the caller owns a reference to the base, and the maker of a
    // command buffer is its queue.
    unsafe {
        let object = object::allocate(class);
        if !object.is_null() {
            let wrapper = layout::<Wrapper>(object);
            wrapper.base.store(base.as_ptr(), Relaxed);
            if role == BUFFER {
                wrapper.queue.store(object::retain(maker).as_ptr(), Relaxed);
                command_buffer::set_wrapper(base, object);
            }
        }
        object
    }
}

/// A method that is passed on by message.
pub(crate) struct Forward;

impl Behaviour for Forward {
    unsafe fn call<A: Packed, R: Encode>(this: Id, selector: Sel, arguments: A) -> R {
        // SAFETY: the receiver is a wrapper, alive; what it wraps has the method, with the same signature.
        unsafe { send(base(this), selector, arguments) }
    }
}

/// A factory: passed on, and its answer wrapped in the class for `ROLE`. `OWNED` where the caller owns the answer.
struct Wrap<const ROLE: Roles, const OWNED: bool>;

impl<const ROLE: Roles, const OWNED: bool> Behaviour for Wrap<ROLE, OWNED> {
    unsafe fn call<A: Packed, R: Encode>(this: Id, selector: Sel, arguments: A) -> R {
        // SAFETY: as for `Forward`. Factories answer objects, so `R` is `Id`.
        unsafe {
            let answer: Id = send(base(this), selector, arguments);
            let wrapped = if OWNED {
                wrap(ROLE, answer, this)
            } else {
                autorelease(wrap(ROLE, object::retain(answer), this))
            };
            core::mem::transmute_copy::<Id, R>(&wrapped)
        }
    }
}

unsafe extern "C-unwind" fn device(_: Id, _: Sel) -> Id {
    LAYER.get().map_or(Id::NULL, |layer| layer.device)
}

unsafe extern "C-unwind" fn command_queue(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    Id::from_ptr(unsafe { layout::<Wrapper>(this) }.queue.load(Relaxed))
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone; both objects were retained for the wrapper, and one with a queue wraps a
    // command buffer.
    unsafe {
        let queue = command_queue(this, selector);
        if !queue.is_null() {
            command_buffer::set_wrapper(base(this), Id::NULL);
        }
        object::release(base(this));
        object::release(queue);
        object::dealloc(this, selector);
    }
}

fn add<F: Method<B>, B>(builder: ClassBuilder, name: &CStr) -> ClassBuilder {
    let encoding = CString::new(F::ENCODING.concat()).unwrap_or_default();
    // SAFETY: function and encoding come from one type, and code is not unloaded: the world pins the library.
    unsafe { builder.method(name, F::IMP, &encoding) }
}

/// Adds methods by selector and signature, below the behaviour that they have.
macro_rules! add_all {
    ($builder:expr; $([$behaviour:ty] $($name:literal ($($arg:ty),*) $(-> $result:ty)?;)*)*) => {{
        let builder = $builder;
        $($(let builder = add::<fn($($arg),*) $(-> $result)?, $behaviour>(builder, $name);)*)*
        builder
    }};
}

fn add_device_methods(builder: ClassBuilder) -> ClassBuilder {
    add_all! { builder;
        [Wrap<QUEUE, true>]
        c"newCommandQueue" () -> Id;
        c"newCommandQueueWithMaxCommandBufferCount:" (usize) -> Id;
        c"newCommandQueueWithDescriptor:" (Id) -> Id;
        [Forward]
        c"name" () -> Id;
        c"newBufferWithLength:options:" (usize, usize) -> Id;
        c"newBufferWithBytes:length:options:" (Pointer, usize, usize) -> Id;
        c"newEvent" () -> Id;
        c"newSharedEvent" () -> Id;
        c"newLibraryWithSource:options:error:" (Id, Id, ErrorOut) -> Id;
        c"newComputePipelineStateWithFunction:error:" (Id, ErrorOut) -> Id;
        c"newMTL4CommandQueue" () -> Id;
        c"newMTL4CommandQueueWithDescriptor:error:" (Id, Pointer) -> Id;
        c"newCommandBuffer" () -> Id;
        c"newCommandAllocator" () -> Id;
        c"newCommandAllocatorWithDescriptor:error:" (Id, Pointer) -> Id;
    }
}

fn add_buffer_methods(builder: ClassBuilder) -> ClassBuilder {
    let builder = methods! { builder; - c"commandQueue" = command_queue() -> Id; };
    add_all! { builder;
        [Wrap<{ kind::COMPUTE }, false>]
        c"computeCommandEncoder" () -> Id;
        c"computeCommandEncoderWithDescriptor:" (Id) -> Id;
        c"computeCommandEncoderWithDispatchType:" (usize) -> Id;
        [Wrap<{ kind::BLIT }, false>]
        c"blitCommandEncoder" () -> Id;
        c"blitCommandEncoderWithDescriptor:" (Id) -> Id;
        [Wrap<{ kind::RENDER }, false>]
        c"renderCommandEncoderWithDescriptor:" (Id) -> Id;
        [Wrap<{ kind::PARALLEL }, false>]
        c"parallelRenderCommandEncoderWithDescriptor:" (Id) -> Id;
        [Wrap<{ kind::RESOURCE_STATE }, false>]
        c"resourceStateCommandEncoder" () -> Id;
        c"resourceStateCommandEncoderWithDescriptor:" (Id) -> Id;
        [Wrap<{ kind::ACCELERATION }, false>]
        c"accelerationStructureCommandEncoder" () -> Id;
        c"accelerationStructureCommandEncoderWithDescriptor:" (Id) -> Id;
        [Forward]
        c"commit" ();
    }
}

fn class(root: Class, role: Roles, name: &CStr) -> Option<ClassBuilder> {
    let builder = methods! { begin::<Wrapper>(name, root)?; - c"dealloc" = dealloc(); };
    if role == DEVICE {
        return Some(add_device_methods(builder));
    }
    let builder = methods! { builder; - c"device" = device() -> Id; };
    let builder = add_all! { builder; [Forward] c"label" () -> Id; c"setLabel:" (Id); };
    Some(match role {
        QUEUE => add_all! { builder;
            [Wrap<BUFFER, false>]
            c"commandBuffer" () -> Id;
            c"commandBufferWithDescriptor:" (Id) -> Id;
            c"commandBufferWithUnretainedReferences" () -> Id;
        },
        BUFFER => add_buffer_methods(builder),
        kind::PARALLEL => add_all! { builder;
            [Wrap<{ kind::RENDER }, false>] c"renderCommandEncoder" () -> Id;
            [Forward] c"endEncoding" ();
        },
        _ => add_all! { builder; [Forward] c"endEncoding" (); },
    })
}

/// A wrapped device: takes over the reference to `base`. To be called once. `add_forwards` adds the methods of a role
/// that are passed on.
pub(crate) fn new_device(
    root: Class,
    base: Id,
    add_forwards: fn(ClassBuilder, Roles) -> ClassBuilder,
) -> Option<Id> {
    let mut classes = [(0, Class::NULL); NAMES.len()];
    for (place, (role, name)) in classes.iter_mut().zip(NAMES) {
        *place = (role, add_forwards(class(root, role, name)?, role).register());
    }
    // SAFETY: the class was registered for this, and is laid out as `Wrapper`.
    let device = unsafe {
        let device = object::allocate(classes[0].1);
        if device.is_null() {
            return None;
        }
        layout::<Wrapper>(device).base.store(base.as_ptr(), Relaxed);
        device
    };
    LAYER.set(Layer { classes, device }).ok()?;
    Some(device)
}
