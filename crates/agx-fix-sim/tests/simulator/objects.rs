//! The driver's objects have the names, the layout and the reuse that its crash reports show.

use crate::client::{
    Metal, class_of_object, context_of, device, encoder, end, factory, finish, message, owned, string,
};
use crate::scenarios::{Outcome, run};
use agx_fix_objc::Id;
use agx_fix_objc::abi::Bool;
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_objc::runtime::variable_offset;
use std::ffi::{CStr, c_void};

#[test]
fn impl_lies_at_byte_120_and_is_null_after_the_end() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let encoder = encoder(&metal.command_buffer());
        // SAFETY: a class of the runtime.
        assert_eq!(unsafe { variable_offset(class_of_object(*encoder), c"_impl") }, Some(120));
        assert!(!context_of(&encoder).is_null());
        end(&encoder);
        assert!(context_of(&encoder).is_null());
        end(&encoder);
    });
}

#[test]
fn an_ended_encoder_is_used_again_on_its_buffer_and_on_no_other() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let buffer = metal.command_buffer();
        let first = encoder(&buffer);
        end(&first);
        let second = encoder(&buffer);
        assert_eq!(*first, *second);
        assert!(!context_of(&second).is_null());
        let elsewhere = encoder(&metal.command_buffer());
        assert_ne!(*first, *elsewhere);
        end(&second);
        end(&elsewhere);
        assert_eq!(finish(&buffer), 4);
    });
}

#[test]
fn without_coalescing_every_encoder_is_an_object_of_its_own() {
    assert_eq!(run("separate", &[("AGX_SIM_COALESCE", "0")]), Outcome::clean());
    assert_ne!(run("separate", &[]), Outcome::clean(), "the encoder is used again");
}

#[test]
fn objects_know_where_they_belong() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let buffer = metal.command_buffer();
        let encoder = encoder(&buffer);
        assert_eq!(message::<_, Id>(*buffer, c"commandQueue", ()), *metal.queue);
        for object in [*metal.queue, *buffer, *encoder] {
            assert_eq!(message::<_, Id>(object, c"device", ()), *metal.device);
            assert_eq!(message::<_, Id>(object, c"label", ()), Id::NULL);
            message::<_, ()>(object, c"setLabel:", (string(c"mine"),));
            let label: *const c_void = message(message(object, c"label", ()), c"UTF8String", ());
            // SAFETY: the label lives as long as its object.
            assert_eq!(unsafe { CStr::from_ptr(label.cast()) }, c"mine");
        }
        end(&encoder);
    });
}

#[test]
fn all_devices_are_the_one_device() {
    let device = device();
    let all = owned(factory(c"MTLCopyAllDevices"));
    assert_eq!(message::<_, usize>(*all, c"count", ()), 1);
    assert_eq!(message::<_, Id>(*all, c"objectAtIndex:", (0usize,)), *device);
    assert_eq!(message::<_, Id>(*all, c"objectAtIndex:", (1usize,)), Id::NULL);
    let class = class_of_object(*device);
    assert_eq!(message::<_, Bool>(*device, c"isKindOfClass:", (class,)), Bool(1));
    assert_eq!(message::<_, Bool>(*all, c"isKindOfClass:", (class,)), Bool(0));
}
