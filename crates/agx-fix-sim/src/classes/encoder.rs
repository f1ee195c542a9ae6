//! Encoders of all kinds: the life of the object. [`crate::driver::encode`] has what its methods do with `_impl`,
//! which lies at byte 120 of the object, as in the driver's crash reports.
//!
//! ```text
//! new --init--> open --endEncoding--> ended --reInit--> open ...      (used again: AGX's compute encoders only)
//!                     deferredEndEncoding -> endComputePass (compute encoders only) -> destroyImpl
//! ```

mod compute;
mod kinds;
pub(crate) mod subclass;
mod teardown;

use crate::classes::command_buffer;
use crate::classes::family::{self, Member, Names, family_of, set_label};
use crate::classes::kind::Kind;
use crate::driver::encode::{self, Impl};
use crate::fault::report::say;
use crate::fault::site::Site;
use crate::foundation::autorelease::autorelease;
use crate::foundation::define::{layout, methods};
use crate::foundation::object;
use crate::foundation::selectors::selectors;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel, runtime, send};
use core::ffi::{CStr, c_void};
use core::mem::offset_of;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering::Relaxed};
use teardown::{dealloc, deferred_end_encoding, destroy_impl, end_encoding, end_pass};

/// Where the driver keeps `_impl`.
const IMPL_OFFSET: usize = 120;

const OPEN: u32 = 1;
const ENDED: u32 = 2;

/// What a factory says about the encoder that it wants.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) kind: Kind,
    /// `MTLDispatchType`: 0 serial, 1 concurrent.
    pub(crate) dispatch_type: usize,
    /// The parallel render encoder that the new one is a part of, or nil.
    pub(crate) parent: Id,
}

#[repr(C)]
struct Encoder {
    member: Member,
    /// Retained while the encoder is open.
    command_buffer: AtomicPtr<c_void>,
    /// 0 before init, then [`OPEN`] or [`ENDED`].
    phase: AtomicU32,
    /// The flags of the context, for when the encoder is used again.
    flags: AtomicU32,
    /// The [`Kind`].
    kind: AtomicU32,
    /// Open encoders that this one is the parent of.
    parts: AtomicU32,
    /// [`Config::parent`], retained while the encoder is open.
    parent: AtomicPtr<c_void>,
    reserved: [u64; 7],
    context: Impl,
}

const _: () = assert!(offset_of!(Encoder, context) == IMPL_OFFSET);

impl Encoder {
    fn kind(&self) -> Kind {
        Kind::ALL.get(self.kind.load(Relaxed) as usize).copied().unwrap_or(Kind::Compute)
    }
}

/// A new open encoder, autoreleased. Nil if the driver has none of the kind.
///
/// # Safety
/// `buffer` is a command buffer of the simulator, alive.
pub(crate) unsafe fn new(buffer: Id, config: &Config) -> Id {
    // SAFETY: the caller promises a live command buffer, which begins with a `Member`.
    let family = unsafe { family_of(buffer) };
    let Some(class) = family.encoder_class(config.kind) else { return Id::NULL };
    // SAFETY: the class is registered, and inherits `alloc` with this signature from the root.
    let encoder: Id = unsafe { send(class.as_id(), selectors().alloc, ()) };
    let config = core::ptr::from_ref(config).cast::<c_void>();
    let encoder = if family.names.messages {
        // SAFETY: AGX's init has this signature. The caller promises a live command buffer; the configuration outlives
        // the call.
        unsafe { send(encoder, selectors().init_encoder, (buffer, config)) }
    } else {
        // SAFETY: the encoder is new, or nil; the caller promises a live command buffer; the configuration outlives the
        // call.
        unsafe { init(encoder, selectors().init_encoder, buffer, config) }
    };
    // SAFETY: nil, or a new encoder, whose reference goes to the pool.
    unsafe { autorelease(encoder) }
}

/// Whether the encoder can be used again.
///
/// # Safety
/// `encoder` is an encoder of the simulator, alive.
pub(crate) unsafe fn has_ended(encoder: Id) -> bool {
    // SAFETY: the caller promises a live encoder, whose class is laid out as `Encoder`.
    unsafe { layout::<Encoder>(encoder) }.phase.load(Relaxed) == ENDED
}

/// The calls counted in the open context.
///
/// # Safety
/// As for [`has_ended`].
pub(crate) unsafe fn calls(encoder: Id) -> u64 {
    // SAFETY: the caller promises a live encoder, whose class is laid out as `Encoder`.
    unsafe { encode::calls(&layout::<Encoder>(encoder).context) }
}

/// A method that is only counted: see [`encode::touch`].
///
/// # Safety
/// `encoder` is an encoder of the simulator, alive.
pub(crate) unsafe fn touch(encoder: Id, arguments: u64, works: bool, site: &'static Site) {
    // SAFETY: the caller promises a live encoder, whose class is laid out as `Encoder`. One that has ended is meant to
    // fault.
    unsafe { encode::touch(&layout::<Encoder>(encoder).context, arguments, works, site) };
}

unsafe extern "C-unwind" fn init(this: Id, _: Sel, buffer: Id, config: *const c_void) -> Id {
    // SAFETY: the receiver is new; the sender gives its command buffer and its configuration.
    unsafe {
        if let (false, Some(config)) = (this.is_null(), config.cast::<Config>().as_ref()) {
            let encoder = layout::<Encoder>(this);
            encoder.flags.store(command_buffer::context_flags(buffer, config.dispatch_type), Relaxed);
            encoder.member.set_device(family::device_of(buffer));
            encoder.kind.store(config.kind as u32, Relaxed);
            encoder.parent.store(object::retain(config.parent).as_ptr(), Relaxed);
            open(this, buffer);
        }
    }
    this
}

unsafe extern "C-unwind" fn reinit(this: Id, _: Sel, buffer: Id) -> Id {
    // SAFETY: the receiver has ended; the sender gives its command buffer.
    unsafe { open(this, buffer) };
    this
}

/// # Safety
/// `this` is an encoder of the simulator, alive; `buffer` is nil or alive.
unsafe fn open(this: Id, buffer: Id) {
    // SAFETY: the caller promises a live encoder, whose class is laid out as `Encoder`.
    let encoder = unsafe { layout::<Encoder>(this) };
    // SAFETY: the caller promises a buffer, nil or alive.
    let buffer = unsafe { object::retain(buffer) };
    encoder.command_buffer.store(buffer.as_ptr(), Relaxed);
    encode::create(&encoder.context, encoder.flags.load(Relaxed));
    encoder.phase.store(OPEN, Relaxed);
}

unsafe extern "C-unwind" fn command_buffer(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    Id::from_ptr(unsafe { layout::<Encoder>(this) }.command_buffer.load(Relaxed))
}

/// Starts the class of a kind of encoder.
pub(crate) fn class(root: Class, names: &Names, kind: Kind, name: &CStr) -> Option<ClassBuilder> {
    // SAFETY: the superclass was registered before.
    let mut builder = unsafe { ClassBuilder::new(name, Some(root)) }?
        .ivar(c"_own", IMPL_OFFSET - size_of::<object::Object>(), 3, c"?")
        .ivar(c"_impl", size_of::<Impl>(), 3, c"^v");
    builder = methods! { family::add_methods(builder);
        - c"endEncoding" = end_encoding();
        - c"setLabel:" = set_label(Id);
        - c"dealloc" = dealloc();
    };
    if names.messages {
        builder = methods! { builder;
            - c"initWithCommandBuffer:config:" = init(Id, *const c_void) -> Id;
            - c"deferredEndEncoding" = deferred_end_encoding();
            - c"destroyImpl" = destroy_impl();
        };
    }
    if names.messages && kind == Kind::Compute {
        builder = methods! { builder;
            - c"reInitWithCommandBuffer:" = reinit(Id) -> Id;
            - c"endComputePass" = end_pass();
        };
    }
    if kind.is_metal4() {
        builder = methods! { builder; - c"commandBuffer" = command_buffer() -> Id; };
    }
    Some(match kind {
        Kind::Compute => compute::add_methods(builder),
        Kind::Blit | Kind::Compute4 => kinds::add_blit_methods(builder),
        Kind::Parallel => kinds::add_parallel_methods(builder),
        _ => builder,
    })
}

/// Whether the runtime put `_impl` of a registered class where the driver has it. Says so if not.
pub(crate) fn has_impl_in_place(class: Class) -> bool {
    // SAFETY: the class is registered.
    let offset = unsafe { runtime::variable_offset(class, c"_impl") };
    if offset != Some(IMPL_OFFSET) {
        say(&format!("the runtime put _impl at {offset:?} and not at byte {IMPL_OFFSET}"));
    }
    offset == Some(IMPL_OFFSET)
}
