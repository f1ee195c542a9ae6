//! `Object` sends a message only to a method of just that signature.

use agx_fix_metal::{Argument, Object};
use agx_fix_objc::class_builder::{ClassBuilder, create_instance};
use agx_fix_objc::{Id, Imp, Sel, runtime};
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the last setter was given.
static SET: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C-unwind" fn new(class: Id, _: Sel) -> Id {
    let class = runtime::class_named(c"ByName").filter(|it| it.as_id() == class).expect("the class");
    // SAFETY: a registered class.
    unsafe { create_instance(class, 0) }
}
unsafe extern "C-unwind" fn this(this: Id, _: Sel) -> Id {
    this
}
unsafe extern "C-unwind" fn argument(_: Id, _: Sel, argument: Id) -> Id {
    argument
}
unsafe extern "C-unwind" fn nothing(_: Id, _: Sel) {}
unsafe extern "C-unwind" fn set(_: Id, _: Sel, value: usize) {
    SET.store(value, Ordering::Relaxed);
}
unsafe extern "C-unwind" fn sum(_: Id, _: Sel, one: Id, two: usize, three: Id, four: usize) {
    SET.store(one.addr() + two + three.addr() + four, Ordering::Relaxed);
}
unsafe extern "C-unwind" fn list(_: Id, _: Sel, list: *const Id, count: usize) {
    // SAFETY: the sender gives an array of that length.
    let list = unsafe { std::slice::from_raw_parts(list, count) };
    SET.store(list.iter().map(|object| object.addr()).sum(), Ordering::Relaxed);
}
unsafe extern "C-unwind" fn same(_: Id, _: Sel, one: usize, two: usize) -> u8 {
    u8::from(one == two)
}
unsafe extern "C-unwind" fn yes(_: Id, _: Sel) -> u8 {
    1
}

fn object() -> Object {
    runtime::load().expect("the Objective-C runtime");
    let imp = |function: *const ()| Imp::from_ptr(function.cast_mut().cast::<c_void>());
    // SAFETY: no superclass; each function has the signature that its encoding states.
    unsafe {
        ClassBuilder::new(c"ByName", None)
            .expect("a new class name")
            .class_method(c"new", imp(new as *const ()), c"@@:")
            .method(c"retain", imp(this as *const ()), c"@@:")
            .method(c"release", imp(nothing as *const ()), c"v@:")
            .method(c"itself", imp(this as *const ()), c"@@:")
            .method(c"argument:", imp(argument as *const ()), c"@@:@")
            .method(c"end", imp(nothing as *const ()), c"v@:")
            .method(c"setWidth:", imp(set as *const ()), c"v@:Q")
            .method(c"sum::::", imp(sum as *const ()), c"v@:@Q@Q")
            .method(c"list:count:", imp(list as *const ()), c"v@:^@Q")
            .method(c"is:same:", imp(same as *const ()), c"C@:QQ")
            .method(c"canDoIt", imp(yes as *const ()), c"C@:")
            .register();
    }
    Object::new(c"ByName").expect("an object")
}

#[test]
fn what_an_object_has_is_sent_and_what_it_has_not_is_not() {
    let object = object();
    assert!(object.ask(c"itself").is_some());
    assert!(object.ask_with(c"argument:", Some(&object)).is_some());
    assert!(object.ask_with(c"argument:", None).is_none(), "it answered nil");
    assert!(object.tell(c"end") && object.set(c"setWidth:", 7));
    assert_eq!((SET.load(Ordering::Relaxed), object.says(c"canDoIt")), (7, Some(true)));

    use Argument::{Object as It, Word};
    let itself = object.ask(c"itself").expect("itself");
    assert!(object.tell_all(c"sum::::", &[It(None), Word(3), It(None), Word(4)]));
    assert_eq!(SET.load(Ordering::Relaxed), 7);
    assert!(object.tell_all(c"sum::::", &[It(Some(&itself)), Word(0), It(None), Word(0)]));
    let address = SET.load(Ordering::Relaxed);
    assert!(object.tell_list(c"list:count:", &[&object, &itself]));
    assert_eq!(SET.load(Ordering::Relaxed), 2 * address);
    assert!(!object.tell_all(c"sum::::", &[Word(0); 4]) && !object.tell_all(c"sum::::", &[Word(0); 5]));
    assert_eq!(object.says_of(c"is:same:", [2, 2]), Some(true));
    assert_eq!(
        (object.says_of(c"is:same:", [2, 3]), object.says_of(c"canDoIt", [0; 2])),
        (Some(false), None)
    );
    assert!(!object.tell_list(c"sum::::", &[&object]), "another signature");

    assert!(object.ask(c"nobodyHasThis").is_none() && Object::new(c"NoSuchClass").is_none());
    assert!(object.ask(c"end").is_none(), "it answers nothing");
    assert!(!object.tell(c"itself") && !object.tell_with(c"setWidth:", &object), "other signatures");
    assert!(!object.set(c"end", 8) && object.says(c"itself").is_none(), "other signatures");
    assert!(!object.tell(c"release") && object.ask(c"retain").is_none(), "ownership is not the caller's");
}
