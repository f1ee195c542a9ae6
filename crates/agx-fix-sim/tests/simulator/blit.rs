//! A blit encoder copies and fills buffers.

use crate::client::{Metal, end, finish, message, owned};
use crate::encoders::{buffer_for, open};
use agx_fix_hooks::table::Role;
use agx_fix_objc::abi::Range;
use agx_fix_objc::memory::{Strong, autorelease_pool};
use std::ffi::c_void;
use std::time::{Duration, Instant};

#[test]
fn a_blit_encoder_copies_and_fills_inside_its_buffers() {
    let metal = Metal::new();
    for role in [Role::Blit, Role::Compute4] {
        autorelease_pool(|| {
            let (from, to) = (metal.buffer(&[1.0, 2.0, 3.0, 4.0]), metal.buffer(&[0.0; 4]));
            let buffer = buffer_for(&metal, role);
            let encoder = open(&buffer, role);
            let fill = (*to, Range { location: 0, length: 4 }, 0xffu8);
            message::<_, ()>(*encoder, c"fillBuffer:range:value:", fill);
            copy(&encoder, (&from, 4), (&to, 8), 8);
            end(&encoder);
            complete(&metal, &buffer, role, &to);
            let numbers = contents(&to);
            assert!(numbers[0].is_nan(), "{role:?}");
            assert_eq!(numbers[1..], [0.0, 2.0, 3.0], "{role:?}");
        });
    }
}

#[test]
fn a_blit_beyond_a_buffer_is_a_gpu_fault() {
    let metal = Metal::new();
    let (from, to) = (metal.buffer(&[1.0; 4]), metal.buffer(&[0.0; 4]));
    for (from_offset, to_offset, size) in [(0, 4, 16), (4, 0, 16), (0, 1 << 17, 4), (usize::MAX, 0, 4)] {
        autorelease_pool(|| {
            let buffer = metal.command_buffer();
            let encoder = open(&buffer, Role::Blit);
            copy(&encoder, (&from, from_offset), (&to, to_offset), size);
            end(&encoder);
            assert_eq!(finish(&buffer), 5);
            assert_eq!(contents(&to), [0.0; 4]);
        });
    }
}

fn copy(encoder: &Strong, from: (&Strong, usize), to: (&Strong, usize), size: usize) {
    let arguments = (**from.0, from.1, **to.0, to.1, size);
    message::<_, ()>(**encoder, c"copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:", arguments);
}

fn contents(buffer: &Strong) -> [f32; 4] {
    // SAFETY: the tests' buffers have four numbers; the GPU may still write, which a volatile read bears.
    unsafe { message::<_, *mut c_void>(**buffer, c"contents", ()).cast::<[f32; 4]>().read_volatile() }
}

/// Commits, and waits. A queue of Metal 4 answers nothing when it is done: the last number that it writes tells.
fn complete(metal: &Metal, buffer: &Strong, role: Role, written: &Strong) {
    if role == Role::Blit {
        assert_eq!(finish(buffer), 4);
        return;
    }
    message::<_, ()>(**buffer, c"endCommandBuffer", ());
    let queue = owned(message(*metal.device, c"newMTL4CommandQueue", ()));
    let list = [**buffer];
    message::<_, ()>(*queue, c"commit:count:", (list.as_ptr().cast::<c_void>(), 1usize));
    let begun = Instant::now();
    while contents(written)[3] == 0.0 && begun.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
}
