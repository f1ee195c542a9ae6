//! Class 4: an encoder is used after its end, or after it was freed.

use super::scene::{Remarks, Scene, after, finish};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use agx_fix_objc::memory::autorelease_pool;

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
