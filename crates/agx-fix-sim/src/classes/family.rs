//! A driver's classes, and the part that its devices, queues, command buffers, allocators and encoders begin with. The
//! classes are made in `families`.

use crate::classes::encoder::subclass;
use crate::classes::kind::{KINDS, Kind};
use crate::foundation::define::{layout, methods};
use crate::foundation::object::{self, Object};
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::{CStr, c_void};
use core::sync::atomic::{AtomicPtr, Ordering::AcqRel, Ordering::Relaxed};

/// The class names of one driver.
#[derive(Debug)]
pub(crate) struct Names {
    /// What `-[MTLDevice name]` answers.
    pub(crate) product: &'static CStr,
    pub(crate) device: &'static CStr,
    pub(crate) queue: &'static CStr,
    pub(crate) command_buffer: &'static CStr,
    /// Those of the encoders that the driver has, by kind.
    pub(crate) encoders: [Option<&'static CStr>; KINDS],
    /// Queue, command buffer and allocator of Metal 4, if the driver has it.
    pub(crate) metal4: Option<[&'static CStr; 3]>,
    /// Whether the driver sends itself a message for each step of an encoder's life, as AGX does. A driver that does
    /// not calls functions, has no methods for these steps, and makes a new object for each encoder.
    pub(crate) messages: bool,
}

impl Names {
    /// Whether the driver has encoders of that kind.
    pub(crate) const fn has(&self, kind: Kind) -> bool {
        self.encoders[kind as usize].is_some()
    }

    /// The class of the command buffers that make encoders of that kind.
    pub(crate) fn command_buffer_for(&self, kind: Kind) -> &'static CStr {
        self.metal4.filter(|_| kind.is_metal4()).map_or(self.command_buffer, |[_, buffer, _]| buffer)
    }
}

/// The classes of Metal 4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metal4 {
    pub(crate) queue: Class,
    pub(crate) command_buffer: Class,
    pub(crate) allocator: Class,
}

/// The classes of one driver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Family {
    pub(crate) names: &'static Names,
    pub(crate) device: Class,
    pub(crate) queue: Class,
    pub(crate) command_buffer: Class,
    pub(crate) encoders: [Option<Class>; KINDS],
    pub(crate) metal4: Option<Metal4>,
    /// Whether compute encoders are of the subclass that is registered late.
    pub(crate) subclassed: bool,
}

impl Family {
    /// The class of encoders of that kind, if the driver has them.
    pub(crate) fn encoder_class(&self, kind: Kind) -> Option<Class> {
        let class = self.encoders[kind as usize]?;
        if self.subclassed && kind == Kind::Compute { subclass::class(class) } else { Some(class) }
    }
}

#[repr(C)]
pub(super) struct Device {
    object: Object,
    family: AtomicPtr<Family>,
}

/// A device with the classes of that family.
pub(crate) fn new_device(family: &'static Family) -> Id {
    // SAFETY: the family's class is laid out as `Device`.
    unsafe {
        let device = object::allocate(family.device);
        if !device.is_null() {
            layout::<Device>(device).family.store(core::ptr::from_ref(family).cast_mut(), Relaxed);
        }
        device
    }
}

/// The classes that a device's objects have.
///
/// # Safety
/// `device` is a device of the simulator, no wrapper.
pub(crate) unsafe fn family(device: Id) -> &'static Family {
    // SAFETY: the caller promises a device, which is never freed; its class is laid out as `Device`.
    let family = unsafe { layout::<Device>(device) }.family.load(Relaxed);
    // SAFETY: `new_device` stored a `&'static Family`.
    unsafe { &*family }
}

/// What an object that belongs to a device begins with.
#[repr(C)]
pub(super) struct Member {
    object: Object,
    /// Retained.
    label: AtomicPtr<c_void>,
    /// Not retained: devices are not freed.
    device: AtomicPtr<c_void>,
}

impl Member {
    pub(super) fn set_device(&self, device: Id) {
        self.device.store(device.as_ptr(), Relaxed);
    }
}

/// A new object of the device's, owned by the caller. Nil if memory is short.
///
/// # Safety
/// `class` is one of the simulator's, laid out as a [`Member`].
pub(super) unsafe fn allocate(class: Class, device: Id) -> Id {
    // SAFETY: the caller promises a class of the simulator's.
    let member = unsafe { object::allocate(class) };
    if !member.is_null() {
        // SAFETY: a new object; the caller promises that its class is laid out as a `Member`.
        unsafe { layout::<Member>(member) }.set_device(device);
    }
    member
}

/// The device that an object belongs to.
///
/// # Safety
/// `member` is laid out as a [`Member`], alive.
pub(super) unsafe fn device_of(member: Id) -> Id {
    // SAFETY: the caller promises a live object that is laid out as a `Member`.
    Id::from_ptr(unsafe { layout::<Member>(member) }.device.load(Relaxed))
}

/// The classes of the driver that an object belongs to.
///
/// # Safety
/// As for [`device_of`].
pub(super) unsafe fn family_of(member: Id) -> &'static Family {
    // SAFETY: the caller promises a live object that is laid out as a `Member`.
    let device = unsafe { device_of(member) };
    // SAFETY: what the makers of members store is a device of the simulator.
    unsafe { family(device) }
}

unsafe extern "C-unwind" fn device(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { device_of(this) }
}

unsafe extern "C-unwind" fn label(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    Id::from_ptr(unsafe { layout::<Member>(this) }.label.load(Relaxed))
}

/// `setLabel:`, for the classes whose label can be set.
pub(super) unsafe extern "C-unwind" fn set_label(this: Id, _: Sel, label: Id) {
    // SAFETY: the receiver is alive, the label is nil or alive, and the old one was retained here.
    unsafe {
        let old = layout::<Member>(this).label.swap(object::retain(label).as_ptr(), AcqRel);
        object::release(Id::from_ptr(old));
    }
}

/// The end of each `dealloc`.
///
/// # Safety
/// The last reference to `this`, a [`Member`], is gone.
pub(super) unsafe fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the caller promises a `Member`, which is not freed yet; nil takes the place of its label.
    unsafe { set_label(this, selector, Id::NULL) };
    // SAFETY: the caller promises that the last reference is gone.
    unsafe { object::dealloc(this, selector) };
}

/// Adds the methods that every [`Member`] has.
pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    methods! { builder;
        - c"device" = device() -> Id;
        - c"label" = label() -> Id;
    }
}
