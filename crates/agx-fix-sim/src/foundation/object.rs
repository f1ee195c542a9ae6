//! `NSObject`: the root class, reference counts, and the classes that all drivers share.

use crate::foundation::autorelease;
use crate::foundation::define::{layout, methods};
use crate::foundation::selectors::selectors;
use agx_fix_objc::abi::Bool;
use agx_fix_objc::class_builder::{ClassBuilder, create_instance, dispose};
use agx_fix_objc::runtime::{class_of, instance_method, selector, superclass};
use agx_fix_objc::{Class, Id, Sel, send};
use core::ffi::CStr;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::OnceLock;

/// What every object begins with.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Object {
    class: Class,
    /// References beyond the first, so that zeroed memory is an object with one owner.
    extra_references: AtomicUsize,
}

/// Starts a class whose objects are laid out as `Layout`, which begins with an [`Object`]. `None` if its name is taken.
pub(crate) fn begin<Layout>(name: &CStr, superclass: Class) -> Option<ClassBuilder> {
    // SAFETY: the superclass was registered before.
    let builder = unsafe { ClassBuilder::new(name, Some(superclass)) }?;
    let own = size_of::<Layout>() - size_of::<Object>();
    Some(if own > 0 { builder.ivar(c"_own", own, 3, c"?") } else { builder })
}

/// A class that all drivers share. It is registered once, before the first device is made.
#[derive(Debug)]
pub(crate) struct SharedClass(OnceLock<Class>);

impl SharedClass {
    /// Not registered yet.
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Registers the class. `None` if that was done before.
    pub(crate) fn register(&self, builder: ClassBuilder) -> Option<()> {
        self.0.set(builder.register()).ok()
    }

    /// A zeroed object of the class, owned by the caller. Nil if the class is not registered, or if memory is short.
    pub(crate) fn allocate(&self) -> Id {
        // SAFETY: the simulator registered the class.
        self.0.get().map_or(Id::NULL, |&class| unsafe { allocate(class) })
    }

    /// Whether `object` is of this class.
    ///
    /// # Safety
    /// `object` is nil or alive.
    pub(crate) unsafe fn has(&self, object: Id) -> bool {
        // SAFETY: the caller promises nil or a live object, and nil is handled before.
        !object.is_null() && self.0.get().is_some_and(|&class| unsafe { class_of(object) } == class)
    }
}

static LIVE: AtomicU64 = AtomicU64::new(0);

/// Objects alive.
pub(crate) fn live() -> u64 {
    LIVE.load(Ordering::Relaxed)
}

/// A zeroed object, owned by the caller. Nil if memory is short.
///
/// # Safety
/// `class` is one of the simulator's.
pub(crate) unsafe fn allocate(class: Class) -> Id {
    // SAFETY: the caller promises a class of the simulator's, which the runtime has registered.
    let object = unsafe { create_instance(class, 0) };
    if !object.is_null() {
        LIVE.fetch_add(1, Ordering::Relaxed);
    }
    object
}

/// Adds a reference and answers the object.
///
/// # Safety
/// `object` is nil or alive.
pub(crate) unsafe fn retain(object: Id) -> Id {
    if !object.is_null() {
        // SAFETY: the caller promises nil or a live object, and this is not nil. Every object begins with an `Object`.
        unsafe { layout::<Object>(object) }.extra_references.fetch_add(1, Ordering::Relaxed);
    }
    object
}

/// Gives a reference back.
///
/// # Safety
/// `object` is nil or alive, and the caller owns a reference.
pub(crate) unsafe fn release(object: Id) {
    if object.is_null() {
        return;
    }
    // SAFETY: the caller promises nil or a live object, and this is not nil. Every object begins with an `Object`.
    let extra_references = unsafe { &layout::<Object>(object).extra_references };
    if extra_references.fetch_sub(1, Ordering::AcqRel) == 0 {
        // SAFETY: every class has `dealloc` with this signature. The last reference is gone, so nobody else uses the
        // object.
        unsafe { send::<_, ()>(object, selectors().dealloc, ()) };
    }
}

unsafe extern "C-unwind" fn alloc(class: Id, _: Sel) -> Id {
    // SAFETY: the receiver of a class message is a class.
    unsafe { allocate(Class::from_ptr(class.as_ptr())) }
}

unsafe extern "C-unwind" fn new(class: Id, _: Sel) -> Id {
    // SAFETY: both methods have these signatures, whoever overrides them.
    unsafe {
        let object: Id = send(class, selectors().alloc, ());
        send(object, selectors().init, ())
    }
}

unsafe extern "C-unwind" fn class_itself(class: Id, _: Sel) -> Id {
    class
}

unsafe extern "C-unwind" fn init(this: Id, _: Sel) -> Id {
    this
}

unsafe extern "C-unwind" fn retain_method(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { retain(this) }
}

unsafe extern "C-unwind" fn release_method(this: Id, _: Sel) {
    // SAFETY: the sender owns a reference.
    unsafe { release(this) };
}

unsafe extern "C-unwind" fn autorelease_method(this: Id, _: Sel) -> Id {
    // SAFETY: the sender owns a reference.
    unsafe { autorelease::autorelease(this) }
}

unsafe extern "C-unwind" fn retain_count(this: Id, _: Sel) -> usize {
    // SAFETY: the receiver is alive.
    unsafe { layout::<Object>(this) }.extra_references.load(Ordering::Relaxed).wrapping_add(1)
}

/// The root's `dealloc`, which every other one ends with.
pub(crate) unsafe extern "C-unwind" fn dealloc(this: Id, _: Sel) {
    LIVE.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: the last reference is gone.
    unsafe { dispose(this) };
}

unsafe extern "C-unwind" fn class(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { class_of(this) }.as_id()
}

unsafe extern "C-unwind" fn is_kind_of_class(this: Id, _: Sel, ancestor: Class) -> Bool {
    // SAFETY: the receiver is alive; what the runtime answers are classes.
    unsafe {
        let mut above = Some(class_of(this));
        while let Some(class) = above {
            if class == ancestor {
                return Bool(1);
            }
            above = superclass(class);
        }
    }
    Bool(0)
}

unsafe extern "C-unwind" fn responds_to_selector(this: Id, _: Sel, wanted: Sel) -> Bool {
    // SAFETY: the receiver is alive; the sender gives a selector of the runtime.
    Bool(unsafe { instance_method(class_of(this), wanted) }.is_some().into())
}

/// Registers the class.
pub(crate) fn register() -> Option<Class> {
    // With these two names registered, GCC's runtime answers an unknown message with a text and abort. Without them
    // it jumps to a null address.
    selector(c"forward::");
    selector(c"doesNotRecognize:");
    // SAFETY: a root class.
    let builder = unsafe { ClassBuilder::new(c"NSObject", None) }?;
    let builder = builder.ivar(c"_extraReferences", size_of::<usize>(), 3, c"Q");
    let builder = methods! { builder;
        + c"alloc" = alloc() -> Id;
        + c"new" = new() -> Id;
        + c"class" = class_itself() -> Id;
        - c"init" = init() -> Id;
        - c"retain" = retain_method() -> Id;
        - c"release" = release_method();
        - c"autorelease" = autorelease_method() -> Id;
        - c"retainCount" = retain_count() -> usize;
        - c"dealloc" = dealloc();
        - c"class" = class() -> Id;
        - c"isKindOfClass:" = is_kind_of_class(Class) -> Bool;
        - c"respondsToSelector:" = responds_to_selector(Sel) -> Bool;
    };
    Some(builder.register())
}
