//! Every kind of encoder has every method of the hook table, and fails as the compute encoder does.

use crate::client::{
    Metal, encoding_of, end, figure, finish, message, name_of_class, owned, retained, set_pipeline,
};
use crate::scenarios::{Outcome, run};
use crate::zero_call::send_zeros;
use agx_fix_hooks::table::{Action, ROWS, Role};
use agx_fix_objc::Id;
use agx_fix_objc::encoding::shapes;
use agx_fix_objc::memory::{Strong, autorelease_pool};
use agx_fix_platform as platform;
use std::ffi::{CStr, c_void};

const SIGSEGV: i32 = 11;
const NIL: Id = Id::NULL;

/// A kind, the class of its encoders, and a method that a late call is made to.
pub(crate) const KINDS: [(Role, &CStr, &CStr); 9] = [
    (Role::Compute, c"AGXG16XFamilyComputeContext", c"setTexture:atIndex:"),
    (Role::Blit, c"AGXG16XFamilyBlitContext", c"fillBuffer:range:value:"),
    (Role::Render, c"AGXG16XFamilyRenderContext", c"drawPrimitives:vertexStart:vertexCount:"),
    (Role::Parallel, c"AGXG16XFamilyParallelRenderContext", c"renderCommandEncoder"),
    (Role::ResourceState, c"AGXG16XFamilyResourceStateContext", c"updateFence:"),
    (Role::Acceleration, c"AGXG16XFamilyAccelerationStructureContext", c"useHeap:"),
    (Role::Compute4, c"AGXG16XFamilyComputeContext_mtlnext", c"dispatchThreads:threadsPerThreadgroup:"),
    (Role::Render4, c"AGXG16XFamilyRenderContext_mtlnext", c"setCullMode:"),
    (Role::MachineLearning4, c"AGXG16XFamilyMachineLearningContext_mtlnext", c"setPipelineState:"),
];

/// Methods that a call of all leaves out: the end, and one that asserts its arguments.
const NOT_CALLED: [&CStr; 7] = [
    c"endEncoding",
    c"deferredEndEncoding",
    c"destroyImpl",
    c"dealloc",
    c"release",
    c"renderCommandEncoder",
    c"setBytes:length:atIndex:",
];

pub(crate) fn calls(encoder: Id) -> u64 {
    let symbol = platform::symbol(c"agx_sim_encoder_calls").expect("an exported symbol");
    // SAFETY: the library's function has this signature.
    unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C-unwind" fn(Id) -> u64>(symbol)(encoder) }
}

/// A command buffer that can make encoders of that kind.
pub(crate) fn buffer_for(metal: &Metal, role: Role) -> Strong {
    if (role as u8) < Role::Queue4 as u8 {
        return metal.command_buffer();
    }
    let buffer = owned(message(*metal.device, c"newCommandBuffer", ()));
    let allocator = owned(message(*metal.device, c"newCommandAllocator", ()));
    message::<_, ()>(*buffer, c"beginCommandBufferWithAllocator:", (*allocator,));
    buffer
}

pub(crate) fn open(buffer: &Strong, role: Role) -> Strong {
    retained(match role {
        Role::Blit => message(**buffer, c"blitCommandEncoder", ()),
        Role::Compute | Role::Compute4 => message(**buffer, c"computeCommandEncoder", ()),
        Role::MachineLearning4 => message(**buffer, c"machineLearningCommandEncoder", ()),
        Role::Parallel => message(**buffer, c"parallelRenderCommandEncoderWithDescriptor:", (NIL,)),
        Role::ResourceState => message(**buffer, c"resourceStateCommandEncoder", ()),
        Role::Acceleration => message(**buffer, c"accelerationStructureCommandEncoder", ()),
        _ => message(**buffer, c"renderCommandEncoderWithDescriptor:", (NIL,)),
    })
}

fn assert_has_every_row(object: Id, role: Role) {
    for row in ROWS.iter().filter(|row| row.is_for(role)) {
        let found = encoding_of(object, row.selector);
        let found = found.unwrap_or_else(|| panic!("{role:?} has no {:?}", row.selector));
        let (found, expected) = (found.to_str().expect("ASCII"), row.encoding.concat());
        assert_eq!(shapes(found), shapes(&expected), "{role:?} {:?}: {found}, not {expected}", row.selector);
    }
}

/// Calls every method of an open encoder once, with zeros, and asserts that the context counted each. The pipeline of a
/// compute encoder is a real one, as a dispatch without one faults.
fn call_all(metal: &Metal, encoder: &Strong, role: Role) {
    let pipeline = |name: &CStr| role == Role::Compute && name == c"setComputePipelineState:";
    let mut expected = calls(**encoder);
    for row in ROWS.iter().filter(|row| row.is_for(role) && !NOT_CALLED.contains(&row.selector)) {
        if pipeline(row.selector) {
            set_pipeline(encoder, &metal.linear);
        } else {
            assert!(send_zeros(**encoder, row.selector).is_some(), "{role:?} {:?}", row.selector);
        }
        let encodes =
            matches!(row.action, Action::Locked(_) | Action::Binds(_) | Action::Uses(_) | Action::Marks);
        let counts = encodes && row.selector.to_bytes() != b"label";
        expected += u64::from(counts && row.selector.to_bytes() != b"setLabel:");
        assert_eq!(calls(**encoder), expected, "{role:?} {:?}", row.selector);
    }
}

#[test]
fn every_encoder_has_and_runs_every_method() {
    let metal = Metal::new();
    for (role, class, _) in KINDS {
        autorelease_pool(|| {
            let buffer = buffer_for(&metal, role);
            let encoder = open(&buffer, role);
            assert_eq!(name_of_class(*encoder), class);
            assert_has_every_row(*encoder, role);
            call_all(&metal, &encoder, role);
            end(&encoder);
            assert_eq!(calls(*encoder), 0, "{role:?} has ended");
        });
    }
}

#[test]
fn devices_queues_buffers_and_allocators_have_every_method() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let buffer = metal.command_buffer();
        let queue4 = owned(message(*metal.device, c"newMTL4CommandQueue", ()));
        let buffer4 = owned(message(*metal.device, c"newCommandBuffer", ()));
        let allocator = owned(message(*metal.device, c"newCommandAllocator", ()));
        assert_has_every_row(*metal.device, Role::Device);
        for (object, role) in [
            (*metal.queue, Role::Queue),
            (*buffer, Role::Buffer),
            (*queue4, Role::Queue4),
            (*buffer4, Role::Buffer4),
            (*allocator, Role::Allocator4),
        ] {
            assert_has_every_row(object, role);
            for row in ROWS.iter().filter(|row| row.is_for(role) && row.selector != c"endCommandBuffer") {
                let quiet = matches!(row.action, Action::Locked(_)) && !NOT_CALLED.contains(&row.selector);
                assert!(!quiet || send_zeros(object, row.selector).is_some(), "{role:?} {:?}", row.selector);
            }
        }
        assert_eq!(finish(&buffer), 4);
    });
}

#[test]
fn a_call_after_the_end_faults_for_each_kind() {
    for (role, _, late) in KINDS {
        let line = format!("agx-sim: crash signal=SIGSEGV address=0x10 site={}", late.to_string_lossy());
        let outcome = run(&format!("late-{role:?}"), &[("AGX_SIM_CRASH_REPORT", "1")]);
        assert_eq!(outcome, Outcome::died(SIGSEGV, &[&line]), "{role:?}");
    }
}

#[test]
fn two_threads_in_one_encoder_tear_its_state() {
    assert_eq!(run("torn-encoder", &[("AGX_SIM_WIDEN_US", "500")]), Outcome::clean());
}

#[test]
fn sub_encoders_are_encoders_of_their_own() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let buffer = metal.command_buffer();
        let parent = open(&buffer, Role::Parallel);
        let parts: Vec<_> = (0..3).map(|_| retained(message(*parent, c"renderCommandEncoder", ()))).collect();
        assert_eq!(calls(*parent), 3);
        for part in &parts {
            call_all(&metal, part, Role::Render);
            end(part);
            assert_eq!((calls(**part), calls(*parent)), (0, 3));
        }
        end(&parent);
        assert_eq!(finish(&buffer), 4);
    });
}

#[test]
fn draws_are_counted_when_the_gpu_has_reached_them() {
    let metal = Metal::new();
    let before = figure(c"agx_sim_counted_work");
    autorelease_pool(|| {
        let buffer = metal.command_buffer();
        let encoder = open(&buffer, Role::Render);
        for _ in 0..3 {
            message::<_, ()>(*encoder, c"drawPrimitives:vertexStart:vertexCount:", (0usize, 0usize, 3usize));
        }
        end(&encoder);
        assert_eq!(finish(&buffer), 4);
    });
    assert!(figure(c"agx_sim_counted_work") >= before + 3, "other tests draw as well");
}

#[test]
fn a_queue_of_metal_4_signals_a_shared_event_after_its_earlier_work() {
    let metal = Metal::new();
    let event = owned(message(*metal.device, c"newSharedEvent", ()));
    let queue = owned(message(*metal.device, c"newMTL4CommandQueue", ()));
    let waits =
        |value: u64, ms: u64| -> u8 { message(*event, c"waitUntilSignaledValue:timeoutMS:", (value, ms)) };
    assert_eq!((waits(0, 0), waits(1, 1)), (1, 0), "nobody has signalled it");
    for value in [2u64, 1] {
        message::<_, ()>(*queue, c"signalEvent:value:", (*event, value));
    }
    message::<_, ()>(*queue, c"signalEvent:value:", (NIL, 3u64));
    assert_eq!((waits(2, 60_000), message::<_, u64>(*event, c"signaledValue", ())), (1, 2));
}

/// Runs a scenario of these tests, in a child. False if there is none of that name.
pub(crate) fn scenario(name: &str, metal: &Metal) -> bool {
    if let Some(row) = KINDS.iter().find(|row| name == format!("late-{:?}", row.0)) {
        let buffer = buffer_for(metal, row.0);
        let encoder = open(&buffer, row.0);
        end(&encoder);
        send_zeros(*encoder, row.2);
        return true;
    }
    match name {
        "second-blit" => {
            let buffer = metal.command_buffer();
            let _first = open(&buffer, Role::Render);
            open(&buffer, Role::Blit);
        }
        "second-4" => {
            let buffer = buffer_for(metal, Role::Compute4);
            let _first = open(&buffer, Role::Render4);
            open(&buffer, Role::Compute4);
        }
        "event-with-open-encoder" => {
            let buffer = metal.command_buffer();
            let _open = open(&buffer, Role::Blit);
            message::<_, ()>(*buffer, c"encodeSignalEvent:value:", (NIL, 1u64));
        }
        "open-part" => {
            let buffer = metal.command_buffer();
            let parent = open(&buffer, Role::Parallel);
            let _part = retained(message(*parent, c"renderCommandEncoder", ()));
            end(&parent);
        }
        "torn-encoder" => torn_encoder(metal),
        _ => return false,
    }
    true
}

fn torn_encoder(metal: &Metal) {
    const CALLS: u64 = 50;
    let buffer = metal.command_buffer();
    let encoder = open(&buffer, Role::Render);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..CALLS).for_each(|_| message::<_, ()>(*encoder, c"setCullMode:", (1usize,))));
        }
    });
    assert!(calls(*encoder) < 2 * CALLS, "two threads lost no call");
    end(&encoder);
}
