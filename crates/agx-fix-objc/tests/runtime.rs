//! `replace_method` has Apple's semantics on either runtime. Each test names the way in which GCC's own functions
//! differ, which the replacement has to make up for.

use agx_fix_objc::class_builder::{ClassBuilder, create_instance};
use agx_fix_objc::{Class, Id, Imp, Sel, associated, encoding, memory, runtime, send};
use std::ffi::{CStr, CString, c_void};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

unsafe extern "C-unwind" fn one(_: Id, _: Sel) -> u64 {
    1
}
unsafe extern "C-unwind" fn two(_: Id, _: Sel) -> u64 {
    2
}
unsafe extern "C-unwind" fn nine(_: Id, _: Sel) -> u64 {
    9
}

fn imp(function: unsafe extern "C-unwind" fn(Id, Sel) -> u64) -> Imp {
    Imp::from_ptr(function as *mut c_void)
}

/// A class with methods that answer a number.
fn class(
    name: &str,
    above: Option<Class>,
    methods: &[(&CStr, unsafe extern "C-unwind" fn(Id, Sel) -> u64)],
) -> Class {
    runtime::load().expect("the Objective-C runtime");
    let name = CString::new(name).unwrap();
    // SAFETY: `above` is a class; the functions have the signature that the encoding states.
    unsafe {
        let mut builder = ClassBuilder::new(&name, above).expect("a new class name");
        for (selector, function) in methods {
            builder = builder.method(selector, imp(*function), c"Q@:");
        }
        builder.register()
    }
}

fn object(class: Class) -> Id {
    // SAFETY: a registered class.
    unsafe { create_instance(class, 0) }
}

fn answer(object: Id, selector: &CStr) -> u64 {
    // SAFETY: the classes here answer numbers.
    unsafe { send(object, runtime::selector(selector), ()) }
}

fn replace(class: Class, selector: &CStr) {
    let selector = runtime::selector(selector);
    // SAFETY: the method is the class's, and `nine` has its signature.
    unsafe {
        let method = runtime::instance_method(class, selector).expect("the method");
        runtime::replace_method(class, selector, method, imp(nine));
    }
}

/// GCC writes into the table that all classes without messages share.
#[test]
fn a_class_that_was_never_messaged_is_replaced_alone() {
    let root = class("NeverRoot", None, &[]);
    let replaced = class("NeverA", Some(root), &[(c"foo", one)]);
    let other = class("NeverB", Some(root), &[(c"foo", two)]);
    replace(replaced, c"foo");
    assert_eq!((answer(object(replaced), c"foo"), answer(object(other), c"foo")), (9, 2));
}

/// GCC misses subclasses that have methods of their own.
#[test]
fn subclasses_that_inherit_see_it_and_those_that_override_do_not() {
    let a = class("HeirA", None, &[(c"foo", one)]);
    let b = class("HeirB", Some(a), &[(c"own", two)]);
    let c = class("HeirC", Some(b), &[(c"foo", two)]);
    let objects = [a, b, c].map(object);
    assert_eq!(objects.map(|object| answer(object, c"foo")), [1, 1, 2]);
    replace(a, c"foo");
    assert_eq!(objects.map(|object| answer(object, c"foo")), [9, 9, 2]);
}

/// GCC's `class_replaceMethod` changes the superclass.
#[test]
fn an_inherited_method_is_overridden_and_the_superclass_keeps_its_own() {
    for messaged in [false, true] {
        let a = class(&format!("SuperA{messaged}"), None, &[(c"foo", one)]);
        let b = class(&format!("SuperB{messaged}"), Some(a), &[(c"own", two)]);
        let d = class(&format!("SuperD{messaged}"), Some(b), &[(c"more", two)]);
        if messaged {
            assert_eq!([a, b, d].map(|class| answer(object(class), c"foo")), [1, 1, 1]);
        }
        replace(b, c"foo");
        assert_eq!(
            [a, b, d].map(|class| answer(object(class), c"foo")),
            [1, 9, 9],
            "messaged before: {messaged}"
        );
    }
}

/// GCC's `class_addMethod` rebuilds the tables that other threads are reading.
#[test]
fn threads_that_send_meanwhile_get_the_one_or_the_other() {
    let root = class("BusyRoot", None, &[(c"foo", one)]);
    let heirs: Vec<Class> =
        (0..64).map(|n| class(&format!("Busy{n}"), Some(root), &[(c"own", two)])).collect();
    let objects: Vec<Id> = heirs.iter().map(|&class| object(class)).collect();
    let (done, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for &object in &objects {
                        assert!(matches!(answer(object, c"foo"), 1 | 9));
                        assert_eq!(answer(object, c"own"), 2);
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for (index, &heir) in heirs.iter().enumerate() {
            replace(heir, c"foo");
            while sent.load(Ordering::Relaxed) < (index as u64) * 100 {
                std::thread::yield_now();
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(objects.iter().all(|&object| answer(object, c"foo") == 9));
}

#[test]
fn a_message_to_nil_answers_zero() {
    runtime::load().expect("the Objective-C runtime");
    assert_eq!(answer(Id::NULL, c"foo"), 0);
}

#[test]
fn a_method_tells_its_encoding() {
    let class = class("Encoded", None, &[(c"foo", one)]);
    // SAFETY: class and method of the runtime.
    let found = unsafe {
        let method = runtime::instance_method(class, runtime::selector(c"foo")).unwrap();
        runtime::type_encoding(method).unwrap()
    };
    assert_eq!(encoding::shapes(found.to_str().unwrap()), encoding::shapes("Q16@0:8"));
}

#[test]
fn an_association_belongs_to_an_object_and_a_key() {
    static FIRST: associated::Key = associated::Key::new();
    static SECOND: associated::Key = associated::Key::new();
    let class = class("Associated", None, &[]);
    let (a, b) = (object(class), object(class));
    // SAFETY: live objects.
    unsafe {
        associated::set(a, &FIRST, 11);
        associated::set(a, &SECOND, 12);
        let all = [(a, &FIRST), (a, &SECOND), (b, &FIRST)].map(|(object, key)| associated::get(object, key));
        assert_eq!(all, [11, 12, 0]);
    }
    #[cfg(not(target_vendor = "apple"))]
    {
        associated::forget(a);
        // SAFETY: still alive.
        assert_eq!(unsafe { associated::get(a, &FIRST) }, 0);
    }
}

#[test]
fn a_pool_runs_its_body_where_there_are_no_pools() {
    runtime::load().expect("the Objective-C runtime");
    assert_eq!(memory::autorelease_pool(|| 5), 5);
}
