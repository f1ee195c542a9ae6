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

mod common;

use agx_fix_hooks::{device_seen, statistics};
use agx_fix_objc::class_builder::create_instance;
use agx_fix_objc::{Class, Id, Sel, runtime, send};
use common::{class, methods};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};

/// What the encoders' methods have added up.
static SUM: AtomicU64 = AtomicU64::new(0);

/// `[super setBuffer:...]`: the implementation that the superclass of the defining class has now.
fn set_buffer_of_super(this: Id, selector: Sel, buffer: Id, offset: usize, index: usize) {
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

/// The classes of one driver. Names are the test's own, as classes live as long as the process.
struct Driver {
    device: Class,
    queue: Class,
    buffer: Class,
    base: Class,
    derived: Class,
    /// The tests share the process's hooks and counts where they share a process.
    _alone: MutexGuard<'static, ()>,
}

impl Driver {
    fn new(test: &'static str) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let alone = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        runtime::load().expect("the Objective-C runtime");
        let name = |class: &str| format!("{class}{test}");
        let everything = methods! {
            c"retain" (this, _) -> Id { this }
            c"release" (_, _) {}
            c"dealloc" (_, _) {}
        };
        let root = class(&name("Root"), None, &[c"product"], &everything);
        let base_methods = methods! {
            c"setBuffer:offset:atIndex:" (_, _, _buffer: Id, _offset: usize, _index: usize) {
                SUM.fetch_add(1, Ordering::Relaxed);
            }
            c"memoryBarrierWithScope:" (_, _, _scope: usize) { SUM.fetch_add(10, Ordering::Relaxed); }
            c"endEncoding" (_, _) {}
        };
        let products = methods! {
            c"" (this, _) -> Id {
                // SAFETY: objects here have a word behind their class: what they answer when they are asked as a factory.
                unsafe { *this.as_ptr().cast::<Id>().add(1) }
            }
        };
        let factory = |class_name, selector| {
            let (_, function, encoding) = products[0].clone();
            class(&name(class_name), Some(root), &[], &[(selector, function, encoding)])
        };
        let derived_methods = methods! {
            c"setBuffer:offset:atIndex:" (this, selector, buffer: Id, offset: usize, index: usize) {
                SUM.fetch_add(100, Ordering::Relaxed);
                set_buffer_of_super(this, selector, buffer, offset, index);
            }
        };
        let base = class(&name("Base"), Some(root), &[], &base_methods);
        Self {
            device: factory("Device", c"newCommandQueue"),
            queue: factory("Queue", c"commandBuffer"),
            buffer: factory("Buffer", c"computeCommandEncoder"),
            base,
            derived: class(&name("Derived"), Some(base), &[], &derived_methods),
            _alone: alone,
        }
    }

    /// An encoder of that class, made the way applications make them, through hooked factories.
    fn encoder(&self, class: Class) -> Id {
        let make = |class: Class, product: Id| {
            let object = unseen(class);
            // SAFETY: the word behind the class is the object's product.
            unsafe { *object.as_ptr().cast::<Id>().add(1) = product };
            object
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
}

/// An object that has come through no factory.
fn unseen(class: Class) -> Id {
    // SAFETY: a class of a driver.
    unsafe { create_instance(class, 0) }
}

fn barrier(encoder: Id) {
    // SAFETY: the encoders have this method.
    unsafe { send(encoder, runtime::selector(c"memoryBarrierWithScope:"), (1usize,)) }
}

/// Calls the method that the subclass overrides, and the one that it inherits. What each has added to the sum, and the locks
/// that it took.
fn calls(encoder: Id) -> [(u64, u64); 2] {
    let counted = |call: &dyn Fn()| {
        let (sum, locks) = (SUM.load(Ordering::Relaxed), statistics().acquisitions);
        call();
        (SUM.load(Ordering::Relaxed) - sum, statistics().acquisitions - locks)
    };
    let set_buffer = || {
        let arguments = (Id::NULL, 1usize, 2usize);
        // SAFETY: the encoders have this method.
        unsafe { send(encoder, runtime::selector(c"setBuffer:offset:atIndex:"), arguments) }
    };
    [counted(&set_buffer), counted(&|| barrier(encoder))]
}

const BASE: [(u64, u64); 2] = [(1, 1), (10, 1)];
const DERIVED: [(u64, u64); 2] = [(101, 1), (10, 1)];

#[test]
fn a_superclass_hooked_before_its_subclass() {
    let driver = Driver::new("BaseFirst");
    let base = driver.encoder(driver.base);
    assert_eq!(calls(base), BASE);
    assert_eq!(calls(driver.encoder(driver.derived)), DERIVED);
    assert_eq!(calls(base), BASE, "and the superclass is as it was");
}

#[test]
fn a_superclass_hooked_after_its_subclass() {
    let driver = Driver::new("DerivedFirst");
    let derived = driver.encoder(driver.derived);
    assert_eq!(calls(derived), DERIVED);
    assert_eq!(calls(driver.encoder(driver.base)), BASE);
    assert_eq!(calls(derived), DERIVED, "and the subclass is as it was");
}

#[test]
fn a_superclass_that_nobody_sees_is_left_alone() {
    let driver = Driver::new("BaseUnseen");
    let derived = driver.encoder(driver.derived);
    assert_eq!(calls(derived)[1], DERIVED[1], "inherited, and hooked for the subclass");
    assert_eq!(calls(unseen(driver.base)), [(1, 0), (10, 0)]);
}

#[test]
fn a_class_that_appears_late_below_hooked_ones() {
    let driver = Driver::new("Late");
    driver.encoder(driver.base);
    driver.encoder(driver.derived);
    let late = class("LateLate", Some(driver.derived), &[], &[]);
    assert_eq!(calls(unseen(late)), DERIVED, "it inherits the hooks");
    assert_eq!(calls(driver.encoder(late)), DERIVED);
}

#[test]
fn threads_that_see_a_class_first_at_the_same_time() {
    let driver = Driver::new("Raced");
    let (driver, started) = (&driver, &Barrier::new(8));
    let see = move || {
        started.wait();
        let encoder = driver.encoder(driver.derived);
        barrier(encoder); // hooked by now, whoever did it
        encoder
    };
    let encoders: Vec<Id> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(see)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let hooked = statistics().classes.into_iter().filter(|class| class.class.ends_with("Raced"));
    assert_eq!(hooked.count(), 4, "device, queue, buffer and encoder, once each");
    encoders.into_iter().for_each(|encoder| assert_eq!(calls(encoder), DERIVED));
}

#[test]
fn a_method_with_another_signature_is_left_alone_and_listed() {
    let driver = Driver::new("Odd");
    let not_metals = methods! {
        c"memoryBarrierWithScope:" (_, _, _scope: f64) { SUM.fetch_add(10, Ordering::Relaxed); }
    };
    let odd = class("OddBarrierOdd", Some(driver.base), &[], &not_metals);
    assert_eq!(calls(driver.encoder(odd)), [(1, 1), (10, 0)]);
    let listed = statistics().classes.into_iter().find(|class| class.class == "OddBarrierOdd").unwrap();
    assert_eq!(listed.unguarded.len(), 1);
    assert_eq!(listed.unguarded[0].selector, "memoryBarrierWithScope:");
    assert!(listed.unguarded[0].reason.contains("v@:d"), "{}", listed.unguarded[0].reason);
}
