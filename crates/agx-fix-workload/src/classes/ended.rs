//! Classes 4, 5 and 7: an encoder is used after its end or after it was freed (4), its last reference goes without an end (5), or
//! two threads are inside it at once (7).

use super::scene::{Remarks, Scene, after, finish, meanwhile};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use crate::statistics;
use agx_fix_objc::memory::autorelease_pool;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Another thread ends the encoder between two operations of this one.
pub(super) fn late_call(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    encoder.set_label("class 4");
    scene.encode(0, &encoder);
    after("ender", || encoder.end_encoding(), || scene.encode(1, &encoder))?;
    finish(&buffer)
}

/// The application has released the encoder, the driver releases it at the commit, and the application calls it all the same.
pub(super) fn freed_in_flight(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = autorelease_pool(|| {
        let encoder = open_encoder(&buffer)?;
        scene.encode(0, &encoder);
        encoder.end_encoding();
        Ok(encoder.into_unretained())
    })?;
    buffer.commit();
    after("caller", || encoder.set_threadgroup_memory_length(32, 0), || ())?;
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// More than the 64 buffers of a queue: if they leak, the queue, and so the program, stops.
const MANY: usize = 100;

/// The work of an encoder that was released open still arrives.
pub(super) fn released_then_committed(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    autorelease_pool(|| {
        let encoder = open_encoder(&buffer)?;
        encoder.set_label("class 5");
        scene.encode(0, &encoder);
        drop(encoder);
        Ok(())
    })?;
    finish(&buffer)
}

/// An open encoder retains its buffer. A guard that retains the encoder for the buffer's life leaks both, unless it ends the
/// encoder.
pub(super) fn abandoned_with_its_buffer(scene: &Scene) -> Result<Remarks, Failure> {
    for _ in 0..MANY {
        autorelease_pool(|| {
            let buffer = scene.open_buffer()?;
            drop(open_encoder(&buffer)?);
            Ok(())
        })?;
    }
    finish(&scene.encoded_buffer()?)
}

/// Half of `AGX_SIM_WIDEN_US` in the program's row. The driver stays in a dispatch for twice that time.
const INTO_THE_WINDOW: Duration = Duration::from_millis(10);
/// A dispatch that is not seen to begin for so long is over.
const LIMIT: Duration = Duration::from_secs(2);

/// The driver reads the bound arguments late in a dispatch. One thread binds operation 1 while the other is inside the dispatch
/// of operation 0. If the guard makes the calls take turns, both are right; otherwise operation 0 runs with the arguments of
/// operation 1.
///
/// ```text
/// dispatcher  | dispatch of operation 0 .................... |
/// here              | operation 1: kernel, arguments, dispatch |
/// ```
pub(super) fn two_threads(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.bind(0, &encoder);
    let before = acquisitions()?;
    let mut seen = Ok(());
    let encode_into_it = || {
        seen = await_dispatch(before);
        scene.encode(1, &encoder);
    };
    meanwhile("dispatcher", || scene.dispatch(&encoder), encode_into_it)?;
    seen?;
    encoder.end_encoding();
    finish(&buffer)
}

/// Waits until the other thread's dispatch has begun, which the guard's count of acquisitions shows. Without a guard only
/// the time is waited; if that is too short, the driver that is meant to fail does not.
fn await_dispatch(before: Option<u64>) -> Result<(), Failure> {
    sleep(INTO_THE_WINDOW);
    let limit = Instant::now() + LIMIT;
    while before.is_some() && acquisitions()? == before && Instant::now() < limit {
        sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn acquisitions() -> Result<Option<u64>, Failure> {
    Ok(statistics()?.map(|it| it.acquisitions))
}
