//! Class 5: the last reference to an encoder goes without an end.

use super::Remarks;
use super::scene::Scene;
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use agx_fix_objc::memory::autorelease_pool;

/// More than a queue's 64 places: a buffer that is never given back stops the queue, and the program.
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
    buffer.commit();
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// An encoder holds its buffer while it is open. Whoever keeps the encoder for the buffer's sake keeps both for ever,
/// unless it ends the encoder.
pub(super) fn with_its_buffer(scene: &Scene) -> Result<Remarks, Failure> {
    for _ in 0..MANY {
        autorelease_pool(|| {
            let buffer = scene.open_buffer()?;
            drop(open_encoder(&buffer)?);
            Ok(())
        })?;
    }
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.encode(0, &encoder);
    encoder.end_encoding();
    buffer.commit();
    buffer.wait_until_completed();
    Ok(Remarks::default())
}
