//! Class 5: the last reference to an encoder goes without an end.

use super::scene::{Remarks, Scene, finish};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use agx_fix_objc::memory::autorelease_pool;

/// More than the 64 buffers of a queue: if they leak, the queue, and so the program, stops.
const MANY: usize = 100;

/// The work of an encoder that was released open still arrives.
pub(super) fn then_committed(scene: &Scene) -> Result<Remarks, Failure> {
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
pub(super) fn with_its_buffer(scene: &Scene) -> Result<Remarks, Failure> {
    for _ in 0..MANY {
        autorelease_pool(|| {
            let buffer = scene.open_buffer()?;
            drop(open_encoder(&buffer)?);
            Ok(())
        })?;
    }
    finish(&scene.encoded_buffer()?)
}
