//! Correct work computes the right numbers.

use crate::client::{
    Layer, Metal, dispatch, encoder, end, figure, finish, message, owned, retained, set_buffer, set_pipeline,
};
use crate::scenarios::{Outcome, run};
use agx_fix_objc::Id;
use agx_fix_objc::abi::Size;
use agx_fix_objc::block::Block;
use agx_fix_objc::memory::autorelease_pool;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

const COMPLETED: usize = 4;
const ERROR: usize = 5;

#[test]
fn one_operation_end_to_end() {
    let metal = Metal::new();
    autorelease_pool(|| {
        for rectify in [false, true] {
            let layer = Layer::new(&metal, [4, 32, 64], 1);
            let buffer = metal.command_buffer();
            let encoder = encoder(&buffer);
            layer.encode(&encoder, if rectify { &metal.linear_relu } else { &metal.linear });
            end(&encoder);
            assert_eq!(finish(&buffer), COMPLETED);
            layer.assert_computed(rectify);
        }
    });
}

#[test]
fn threadgroups_count_threads_and_are_clipped() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let layer = Layer::new(&metal, [3, 8, 33], 2);
        let buffer = metal.command_buffer();
        let encoder = encoder(&buffer);
        layer.bind(&encoder, &metal.linear);
        let sizes = (Size { width: 2, height: 3, depth: 1 }, Size::linear(32));
        message::<_, ()>(*encoder, c"setThreadgroupMemoryLength:atIndex:", (17usize, 0usize));
        message::<_, ()>(*encoder, c"dispatchThreadgroups:threadsPerThreadgroup:", sizes);
        message::<_, ()>(*encoder, c"memoryBarrierWithScope:", (1usize,));
        end(&encoder);
        assert_eq!(finish(&buffer), COMPLETED);
        layer.assert_computed(false);
    });
}

#[test]
fn many_dispatches_in_one_encoder_and_many_encoders_in_one_buffer() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let layers: Vec<_> = (0..100).map(|seed| Layer::new(&metal, [1, 8, 8], seed)).collect();
        let buffer = metal.command_buffer();
        for part in layers.chunks(40) {
            let encoder = encoder(&buffer);
            part.iter().for_each(|layer| layer.encode(&encoder, &metal.linear));
            end(&encoder);
        }
        assert_eq!(finish(&buffer), COMPLETED);
        layers.iter().for_each(|layer| layer.assert_computed(false));
    });
}

#[test]
fn eight_threads_with_encoders_of_their_own() {
    let metal = Metal::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let metal = &metal;
            scope.spawn(move || {
                for operation in 0..50 {
                    autorelease_pool(|| {
                        let layer = Layer::new(metal, [2, 16, 16], thread * 50 + operation);
                        let buffer = metal.command_buffer();
                        let encoder = encoder(&buffer);
                        layer.encode(&encoder, &metal.linear_relu);
                        end(&encoder);
                        assert_eq!(finish(&buffer), COMPLETED);
                        layer.assert_computed(true);
                    });
                }
            });
        }
    });
}

#[test]
fn an_encoder_without_anything_is_fine() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let buffer = metal.command_buffer();
        end(&encoder(&buffer));
        assert_eq!(finish(&buffer), COMPLETED);
    });
}

#[test]
fn handlers_run_before_the_wait_returns() {
    static SCHEDULED: AtomicUsize = AtomicUsize::new(0);
    static DONE: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C-unwind" fn scheduled(_: *const Block, buffer: Id) {
        SCHEDULED.store(message(buffer, c"status", ()), Ordering::SeqCst);
    }
    unsafe extern "C-unwind" fn done(_: *const Block, buffer: Id) {
        DONE.store(message(buffer, c"status", ()), Ordering::SeqCst);
    }
    static ON_SCHEDULED: Block = Block::of_object(scheduled);
    static ON_DONE: Block = Block::of_object(done);
    let metal = Metal::new();
    autorelease_pool(|| {
        let buffer = metal.command_buffer();
        message::<_, ()>(*buffer, c"addScheduledHandler:", (ON_SCHEDULED.as_id(),));
        message::<_, ()>(*buffer, c"addCompletedHandler:", (ON_DONE.as_id(),));
        assert_eq!(finish(&buffer), COMPLETED);
        message::<_, ()>(*buffer, c"waitUntilScheduled", ());
    });
    assert_eq!((SCHEDULED.load(Ordering::SeqCst), DONE.load(Ordering::SeqCst)), (3, COMPLETED));
}

#[test]
fn a_command_buffer_takes_as_long_as_the_model_of_the_gpu_says() {
    assert_eq!(
        run("slow-buffer", &[("AGX_SIM_BUFFER_NS", "60000000"), ("AGX_SIM_LATENCY_NS", "60000000")]),
        Outcome::clean()
    );
    assert_ne!(run("slow-buffer", &[]), Outcome::clean(), "it takes no time");
}

#[test]
fn a_buffer_too_small_for_its_dimensions_is_a_gpu_fault() {
    let metal = Metal::new();
    let before = figure(c"agx_sim_gpu_faults");
    autorelease_pool(|| {
        let (good, bad) = (Layer::new(&metal, [2, 4, 4], 3), Layer::new(&metal, [2, 4, 4], 4));
        let buffer = metal.command_buffer();
        let encoder = encoder(&buffer);
        bad.bind(&encoder, &metal.linear);
        set_buffer(&encoder, *metal.buffer(&[0.0; 7]), 0);
        dispatch(&encoder, 4, 2);
        good.encode(&encoder, &metal.linear);
        end(&encoder);
        assert_eq!(finish(&buffer), ERROR);
        assert!(bad.y().iter().all(|&number| number == -9.0), "it did not run");
        good.assert_computed(false);
    });
    assert!(figure(c"agx_sim_gpu_faults") > before);
}

#[test]
fn references_are_retained_until_the_work_is_done_unless_told_otherwise() {
    let metal = Metal::new();
    for (factory, expected) in
        [(c"commandBuffer", COMPLETED), (c"commandBufferWithUnretainedReferences", ERROR)]
    {
        autorelease_pool(|| {
            let layer = Layer::new(&metal, [1, 4, 4], 5);
            let buffer = retained(message(*metal.queue, factory, ()));
            let encoder = encoder(&buffer);
            layer.bind(&encoder, &metal.linear);
            let short_lived = metal.buffer(&layer.x);
            set_buffer(&encoder, *short_lived, 0);
            drop(short_lived);
            dispatch(&encoder, 4, 1);
            end(&encoder);
            assert_eq!(finish(&buffer), expected, "{factory:?}");
        });
    }
}

#[test]
fn a_second_buffer_waits_for_the_place_of_the_first() {
    let metal = Metal::new();
    let queue: Id = message(*metal.device, c"newCommandQueueWithMaxCommandBufferCount:", (1usize,));
    let queue = owned(queue);
    for _ in 0..20 {
        autorelease_pool(|| {
            let buffer = retained(message(*queue, c"commandBuffer", ()));
            message::<_, ()>(*buffer, c"commit", ());
        });
    }
    // A buffer that is given up without a commit frees its place as well.
    for _ in 0..3 {
        autorelease_pool(|| drop(retained(message(*queue, c"commandBuffer", ()))));
    }
}

#[test]
fn unknown_functions_and_impossible_buffers_are_refused() {
    let metal = Metal::new();
    autorelease_pool(|| {
        let nil = Id::NULL;
        let source = crate::client::string(c"");
        let library: Id = message(*metal.device, c"newLibraryWithSource:options:error:", (source, nil, nil));
        let library = owned(library);
        let function: Id = message(*library, c"newFunctionWithName:", (crate::client::string(c"softmax"),));
        assert_eq!(function, nil);
        let pipeline: Id = message(*metal.device, c"newComputePipelineStateWithFunction:error:", (nil, nil));
        assert_eq!(pipeline, nil);
        let buffer: Id = message(*metal.device, c"newBufferWithLength:options:", (0usize, 0usize));
        assert_eq!(buffer, nil);
        let buffer: Id = message(*metal.device, c"newBufferWithLength:options:", (100usize, 0usize));
        let buffer = owned(buffer);
        assert_eq!(message::<_, usize>(*buffer, c"length", ()), 100);
        assert!(!message::<_, *mut c_void>(*buffer, c"contents", ()).is_null());
        let library: Id = message(*metal.device, c"newLibraryWithSource:options:error:", (nil, nil, nil));
        assert_eq!(library, nil);
        set_pipeline_to_nil_is_fine(&metal);
    });
}

fn set_pipeline_to_nil_is_fine(metal: &Metal) {
    let buffer = metal.command_buffer();
    let encoder = encoder(&buffer);
    set_pipeline(&encoder, &metal.linear);
    message::<_, ()>(*encoder, c"setComputePipelineState:", (Id::NULL,));
    end(&encoder);
    assert_eq!(finish(&buffer), COMPLETED);
}
