//! Each driver computes right, alone and beside others.

use crate::client::{
    Layer, Metal, Method, assert_nothing_leaked, device, dispatch, encoder, encoding_of, end, factory,
    figure, finish, hook, message, name_of_class, owned, retained, set_buffer,
};
use crate::encoders::{calls, open};
use crate::scenarios::{Outcome, run};
use agx_fix_hooks::table::Role;
use agx_fix_objc::abi::Bool;
use agx_fix_objc::block::Block;
use agx_fix_objc::memory::{Strong, autorelease_pool};
use agx_fix_objc::runtime::{class_named, selector, superclass};
use agx_fix_objc::{Id, Sel};
use std::ffi::CStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const COMPUTE: &CStr = c"AGXG16XFamilyComputeContext";
const LATER: &CStr = c"AGXG17XFamilyComputeContext";

#[test]
fn scenarios_are_clean_on_their_drivers() {
    for (scenario, drivers) in [
        ("driver-agx", "agx"),
        ("driver-intel", "intel"),
        ("driver-subclass", "subclass"),
        ("driver-debug", "debug"),
        ("all-devices", "agx,intel"),
        ("all-devices", "intel,agx"),
        ("all-devices", "agx,subclass"),
        ("all-devices", "subclass,agx"),
        ("all-devices", "debug,agx"),
        ("all-devices", "agx,intel,subclass,debug"),
        // Nothing stays alive, and contexts go back to the pool.
        ("no-leaks", "agx"),
        ("no-leaks", "intel"),
        ("no-leaks", "subclass"),
        ("debug-no-leaks", "debug"),
        // Teardown runs nested and by messages.
        ("teardown-order", "agx"),
        // A subclass appears late, and calls super through the runtime.
        ("hooked-super", "agx,subclass"),
        // Intel's driver tears down without messages.
        ("no-messages", "intel"),
        // A wrapper stands for what it wraps.
        ("wrappers", "debug"),
    ] {
        let outcome = run(scenario, &[("AGX_SIM_DRIVER", drivers)]);
        assert_eq!(outcome, Outcome::clean(), "{scenario}, {drivers}");
    }
}

#[test]
fn a_method_states_another_signature_if_asked() {
    assert_eq!(run("encoding-v@:QQ", &[]), Outcome::clean());
    assert_eq!(run("encoding-v@:II", &[("AGX_SIM_ODD_ENCODING", "1")]), Outcome::clean());
}

/// Runs a scenario of these tests, in a child. False if there is none of that name.
pub(crate) fn scenario(name: &str, metal: &Metal) -> bool {
    match name.split_once('-') {
        Some(("driver", driver)) => driver_computes(metal, driver),
        Some(("encoding", expected)) => odd_encoding(metal, expected),
        _ => match name {
            "all-devices" => all_devices(),
            "debug-no-leaks" => debug_no_leaks(metal),
            "hooked-super" => hooked_super(metal),
            "no-messages" => no_messages(metal),
            "wrappers" => wrappers(metal),
            _ => return false,
        },
    }
    true
}

/// One operation end to end, then one more encoder and a copy of the result.
fn compute(metal: &Metal) -> Strong {
    let layer = Layer::new(metal, [4, 32, 64], 1);
    let buffer = metal.command_buffer();
    let encoder = encoder(&buffer);
    layer.encode(&encoder, &metal.linear_relu);
    assert_eq!(calls(*encoder), 6);
    end(&encoder);
    let again = crate::client::encoder(&buffer);
    layer.bind(&again, &metal.linear_relu);
    set_buffer(&again, *layer.buffers[2], 2);
    dispatch(&again, 64, 4);
    end(&again);
    end(&open(&buffer, Role::Blit));
    assert_eq!(finish(&buffer), 4);
    layer.assert_computed(true);
    encoder
}

fn driver_computes(metal: &Metal, driver: &str) {
    let [device, queue, buffer, encoder] = match driver {
        "intel" => [
            c"MTLIGAccelDevice",
            c"MTLIGAccelCommandQueue",
            c"MTLIGAccelCommandBuffer",
            c"MTLIGAccelComputeCommandEncoder",
        ],
        "debug" => [
            c"MTLDebugDevice",
            c"MTLDebugCommandQueue",
            c"MTLDebugCommandBuffer",
            c"MTLDebugComputeCommandEncoder",
        ],
        _ => [
            c"AGXG16XDevice",
            c"AGXG16XFamilyCommandQueue",
            c"AGXG16XFamilyCommandBuffer",
            if driver == "subclass" { LATER } else { COMPUTE },
        ],
    };
    assert_eq!([name_of_class(*metal.device), name_of_class(*metal.queue)], [device, queue]);
    assert_eq!(name_of_class(*metal.command_buffer()), buffer);
    assert_eq!(name_of_class(*compute(metal)), encoder);
    assert_eq!(name_of_class(*metal.linear), c"AGXG16XComputePipeline");
}

fn all_devices() {
    let all = owned(factory(c"MTLCopyAllDevices"));
    let list = std::env::var("AGX_SIM_DRIVER").expect("a list of drivers");
    let count: usize = message(*all, c"count", ());
    assert_eq!(count, list.split(',').count());
    assert_eq!(message::<_, Id>(*all, c"objectAtIndex:", (0usize,)), *device());
    let metals: Vec<_> =
        (0..count).map(|index| Metal::on(retained(message(*all, c"objectAtIndex:", (index,))))).collect();
    std::thread::scope(|scope| {
        for metal in &metals {
            scope.spawn(|| {
                for _ in 0..20 {
                    autorelease_pool(|| {
                        let encoder = compute(metal);
                        assert_eq!(message::<_, Id>(*encoder, c"device", ()), *metal.device);
                    });
                }
            });
        }
    });
}

fn debug_no_leaks(metal: &Metal) {
    let before = figure(c"agx_sim_live_objects");
    for round in 0..20 {
        autorelease_pool(|| {
            compute(metal);
            let buffer = metal.command_buffer();
            let parent = open(&buffer, Role::Parallel);
            end(&retained(message(*parent, c"renderCommandEncoder", ())));
            end(&parent);
            assert!(round % 2 == 0 || finish(&buffer) == 4);
        });
    }
    assert_nothing_leaked(before);
}

static ORIGINAL: OnceLock<Method> = OnceLock::new();
static ENDS: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C-unwind" fn counted_end(this: Id, selector: Sel) {
    ENDS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the original has this signature, and is published before the hook.
    unsafe { ORIGINAL.get().expect("published")(this, selector) };
}

fn hooked_super(agx: &Metal) {
    compute(agx);
    let compute_class = class_named(COMPUTE).expect("the superclass");
    hook(compute_class, c"endEncoding", &ORIGINAL, counted_end);
    assert!(class_named(LATER).is_none(), "nobody asked for the subclass yet");
    let all = owned(factory(c"MTLCopyAllDevices"));
    let later = Metal::on(retained(message(*all, c"objectAtIndex:", (1usize,))));
    assert_eq!(name_of_class(*compute(&later)), LATER);
    // SAFETY: a class of the runtime.
    assert_eq!(unsafe { superclass(class_named(LATER).expect("registered")) }, Some(compute_class));
    assert_eq!(
        ENDS.load(Ordering::Relaxed),
        2,
        "both encoders of the subclass end by the superclass's method"
    );
}

fn no_messages(metal: &Metal) {
    let encoder = compute(metal);
    for name in [c"deferredEndEncoding", c"endComputePass", c"destroyImpl", c"setTexture:atIndex:"] {
        let responds: Bool = message(*encoder, c"respondsToSelector:", (selector(name),));
        assert_eq!(responds.0 != 0, name == c"setTexture:atIndex:", "{name:?}");
    }
    assert!(class_named(COMPUTE).is_none());
    let first = metal.command_buffer();
    let (one, two) = (ended(&first), ended(&first));
    assert_ne!(*one, *two, "each encoder is a new one");
}

fn ended(buffer: &Strong) -> Strong {
    let encoder = encoder(buffer);
    end(&encoder);
    encoder
}

fn wrappers(metal: &Metal) {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C-unwind" fn done(_: *const Block, buffer: Id) {
        SEEN.store(buffer.addr(), Ordering::Relaxed);
    }
    static DONE: Block = Block::of_object(done);
    let buffer = metal.command_buffer();
    message::<_, ()>(*buffer, c"addCompletedHandler:", (DONE.as_id(),));
    assert_eq!(message::<_, Id>(*buffer, c"commandQueue", ()), *metal.queue);
    let encoder = encoder(&buffer);
    for object in [*metal.queue, *buffer, *encoder] {
        assert_eq!(message::<_, Id>(object, c"device", ()), *metal.device);
    }
    end(&encoder);
    assert_eq!(finish(&buffer), 4);
    assert_eq!(SEEN.load(Ordering::Relaxed), buffer.addr(), "a handler gets the wrapper");
}

fn odd_encoding(metal: &Metal, expected: &str) {
    let encoder = encoder(&metal.command_buffer());
    let name = c"setImageblockWidth:height:";
    assert_eq!(encoding_of(*encoder, name).and_then(|encoding| encoding.to_str().ok()), Some(expected));
    message::<_, ()>(*encoder, name, (1usize << 40, 2usize));
    assert_eq!(calls(*encoder), 1);
    end(&encoder);
}
