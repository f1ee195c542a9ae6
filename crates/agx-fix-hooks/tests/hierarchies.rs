//! Classes above and below each other, hooked in either order: each call takes the lock once, reaches the method that it
//! would reach without hooks, and nothing is hooked twice.
//!
//! The driver here is made of a base encoder and a subclass that overrides one method and calls `super` in it:
//!
//! ```text
//!   BaseEncoder                setBuffer... adds 1, memoryBarrier... adds 10
//!     DerivedEncoder           setBuffer... adds 100, then super
//!       LateEncoder            nothing of its own; registered late
//! ```

#![allow(clippy::disallowed_types, reason = "these tests do not fork")]

use agx_fix_hooks::{device_seen, statistics};
use agx_fix_objc::class_builder::{ClassBuilder, create_instance};
use agx_fix_objc::{Class, Id, Imp, Sel, runtime, send};
use std::ffi::{CString, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};

/// What the encoders' methods have added up.
static SUM: AtomicU64 = AtomicU64::new(0);

/// The tests share the process's hooks and counts where they share a process.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

unsafe extern "C-unwind" fn same(this: Id, _: Sel) -> Id {
    this
}
unsafe extern "C-unwind" fn nothing(_: Id, _: Sel) {}
unsafe extern "C-unwind" fn base_set_buffer(_: Id, _: Sel, _: Id, _: usize, _: usize) {
    SUM.fetch_add(1, Ordering::Relaxed);
}
unsafe extern "C-unwind" fn base_barrier(_: Id, _: Sel, _: usize) {
    SUM.fetch_add(10, Ordering::Relaxed);
}

/// `[super setBuffer:...]`: the implementation that the superclass of the defining class has now.
unsafe extern "C-unwind" fn derived_set_buffer(
    this: Id,
    selector: Sel,
    buffer: Id,
    offset: usize,
    index: usize,
) {
    SUM.fetch_add(100, Ordering::Relaxed);
    // SAFETY: the receiver's line has a class whose name begins with Derived, below one that has the method.
    unsafe {
        let mut class = runtime::class_of(this);
        while !runtime::class_name(class).to_bytes().starts_with(b"Derived") {
            class = runtime::superclass(class).unwrap();
        }
        let method = runtime::instance_method(runtime::superclass(class).unwrap(), selector).unwrap();
        let imp: unsafe extern "C-unwind" fn(Id, Sel, Id, usize, usize) =
            std::mem::transmute(runtime::implementation(method).as_ptr());
        imp(this, selector, buffer, offset, index);
    }
}

/// Factories answer what the object that they belong to was told to: the word behind its class.
unsafe extern "C-unwind" fn product(this: Id, _: Sel) -> Id {
    // SAFETY: objects here have a word behind their class.
    unsafe { *this.as_ptr().cast::<Id>().add(1) }
}

fn builder(name: &str, above: Option<Class>) -> ClassBuilder {
    // SAFETY: a class of these tests.
    unsafe { ClassBuilder::new(&CString::new(name).unwrap(), above) }.expect("a new class name")
}

/// The classes of one driver. Names are the test's own, as classes live as long as the process.
struct Driver {
    device: Class,
    queue: Class,
    buffer: Class,
    base: Class,
    derived: Class,
    test: &'static str,
}

impl Driver {
    fn new(test: &'static str) -> Self {
        runtime::load().expect("the Objective-C runtime");
        let word = |function: *mut c_void| Imp::from_ptr(function);
        let name = |class: &str| format!("{class}{test}");
        // SAFETY: the functions have the signatures that the encodings state.
        unsafe {
            let root = builder(&name("Root"), None)
                .ivar(c"product", 8, 3, c"@")
                .method(c"retain", word(same as *mut c_void), c"@@:")
                .method(c"release", word(nothing as *mut c_void), c"v@:")
                .method(c"dealloc", word(nothing as *mut c_void), c"v@:")
                .register();
            let factory = |class: &str, selector| {
                builder(&name(class), Some(root))
                    .method(selector, word(product as *mut c_void), c"@@:")
                    .register()
            };
            let device = factory("Device", c"newCommandQueue");
            let queue = factory("Queue", c"commandBuffer");
            let buffer = factory("Buffer", c"computeCommandEncoder");
            let base = builder(&name("Base"), Some(root))
                .method(c"setBuffer:offset:atIndex:", word(base_set_buffer as *mut c_void), c"v@:@QQ")
                .method(c"memoryBarrierWithScope:", word(base_barrier as *mut c_void), c"v@:Q")
                .method(c"endEncoding", word(nothing as *mut c_void), c"v@:")
                .register();
            let derived = builder(&name("Derived"), Some(base))
                .method(c"setBuffer:offset:atIndex:", word(derived_set_buffer as *mut c_void), c"v@:@QQ")
                .register();
            Self { device, queue, buffer, base, derived, test }
        }
    }

    /// An encoder of that class, made the way applications make them, through hooked factories.
    fn encoder(&self, class: Class) -> Id {
        let make = |class: Class, product: Id| {
            // SAFETY: a class of this driver; the word behind the class is its product.
            unsafe {
                let object = create_instance(class, 0);
                *object.as_ptr().cast::<Id>().add(1) = product;
                object
            }
        };
        let device = make(self.device, make(self.queue, make(self.buffer, make(class, Id::NULL))));
        // SAFETY: live objects that have these methods.
        unsafe {
            device_seen(device);
            let queue: Id = send(device, runtime::selector(c"newCommandQueue"), ());
            let buffer: Id = send(queue, runtime::selector(c"commandBuffer"), ());
            send(buffer, runtime::selector(c"computeCommandEncoder"), ())
        }
    }

    /// A class below `above` that did not exist until now.
    fn late(&self, above: Class) -> Class {
        builder(&format!("Late{}", self.test), Some(above)).register()
    }
}

fn set_buffer(encoder: Id) -> Counted {
    // SAFETY: the encoders have this method.
    counted(|| unsafe {
        send(encoder, runtime::selector(c"setBuffer:offset:atIndex:"), (Id::NULL, 1usize, 2usize))
    })
}

fn barrier(encoder: Id) -> Counted {
    // SAFETY: the encoders have this method.
    counted(|| unsafe { send(encoder, runtime::selector(c"memoryBarrierWithScope:"), (1usize,)) })
}

/// What a call has added to the sum, and the locks that it took.
#[derive(Debug, PartialEq)]
struct Counted {
    sum: u64,
    locks: u64,
}

fn counted(call: impl FnOnce()) -> Counted {
    let (sum, locks) = (SUM.load(Ordering::Relaxed), statistics().acquisitions);
    call();
    Counted { sum: SUM.load(Ordering::Relaxed) - sum, locks: statistics().acquisitions - locks }
}

fn once(sum: u64) -> Counted {
    Counted { sum, locks: 1 }
}

fn times_hooked(test: &str) -> usize {
    statistics().classes.iter().filter(|class| class.class.ends_with(test)).count()
}

#[test]
fn a_superclass_hooked_before_its_subclass() {
    let _alone = alone();
    let driver = Driver::new("BaseFirst");
    let base = driver.encoder(driver.base);
    assert_eq!((set_buffer(base), barrier(base)), (once(1), once(10)));
    let derived = driver.encoder(driver.derived);
    assert_eq!((set_buffer(derived), barrier(derived)), (once(101), once(10)));
    assert_eq!((set_buffer(base), barrier(base)), (once(1), once(10)), "and the superclass is as it was");
}

#[test]
fn a_superclass_hooked_after_its_subclass() {
    let _alone = alone();
    let driver = Driver::new("DerivedFirst");
    let derived = driver.encoder(driver.derived);
    assert_eq!((set_buffer(derived), barrier(derived)), (once(101), once(10)));
    let base = driver.encoder(driver.base);
    assert_eq!((set_buffer(base), barrier(base)), (once(1), once(10)));
    assert_eq!(
        (set_buffer(derived), barrier(derived)),
        (once(101), once(10)),
        "and the subclass is as it was"
    );
}

#[test]
fn a_superclass_that_nobody_sees_is_left_alone() {
    let _alone = alone();
    let driver = Driver::new("BaseUnseen");
    let derived = driver.encoder(driver.derived);
    assert_eq!(barrier(derived), once(10), "inherited, and hooked for the subclass");
    // SAFETY: a class of this driver.
    let base = unsafe { create_instance(driver.base, 0) };
    assert_eq!(barrier(base), Counted { sum: 10, locks: 0 });
    assert_eq!(set_buffer(base), Counted { sum: 1, locks: 0 });
}

#[test]
fn a_class_that_appears_late_below_hooked_ones() {
    let _alone = alone();
    let driver = Driver::new("Late");
    driver.encoder(driver.base);
    driver.encoder(driver.derived);
    let class = driver.late(driver.derived);
    // SAFETY: a class of this driver.
    let unseen = unsafe { create_instance(class, 0) };
    assert_eq!((set_buffer(unseen), barrier(unseen)), (once(101), once(10)), "it inherits the hooks");
    let seen = driver.encoder(class);
    assert_eq!((set_buffer(seen), barrier(seen)), (once(101), once(10)));
}

#[test]
fn threads_that_see_a_class_first_at_the_same_time() {
    let _alone = alone();
    let driver = Driver::new("Raced");
    let (driver, started) = (&driver, &Barrier::new(8));
    let encoders: Vec<Id> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(move || {
                    started.wait();
                    let encoder = driver.encoder(driver.derived);
                    // Hooked by now, whoever did it: the call takes the lock, so another thread's is not needed to.
                    // SAFETY: the encoders have this method.
                    unsafe {
                        send::<_, ()>(encoder, runtime::selector(c"memoryBarrierWithScope:"), (1usize,))
                    };
                    encoder
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(times_hooked("Raced"), 4, "device, queue, buffer and encoder, once each");
    for encoder in encoders {
        assert_eq!((set_buffer(encoder), barrier(encoder)), (once(101), once(10)));
    }
}

#[test]
fn a_method_with_another_signature_is_left_alone_and_listed() {
    let _alone = alone();
    let driver = Driver::new("Odd");
    // SAFETY: the function has the signature that the encoding states, which is not Metal's.
    let odd = unsafe {
        builder("OddBarrierOdd", Some(driver.base))
            .method(c"memoryBarrierWithScope:", Imp::from_ptr(base_barrier as *mut c_void), c"v@:d")
            .register()
    };
    let encoder = driver.encoder(odd);
    assert_eq!(barrier(encoder), Counted { sum: 10, locks: 0 });
    assert_eq!(set_buffer(encoder), once(1));
    let listed = statistics().classes.into_iter().find(|class| class.class == "OddBarrierOdd").unwrap();
    assert_eq!(listed.unguarded.len(), 1);
    assert_eq!(listed.unguarded[0].selector, "memoryBarrierWithScope:");
    assert!(listed.unguarded[0].reason.contains("v@:d"), "{}", listed.unguarded[0].reason);
}
