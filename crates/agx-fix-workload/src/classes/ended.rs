//! Class 4: an encoder is used after its end, or after it was freed.

use super::Remarks;
use super::scene::{Scene, announced, beside};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use agx_fix_objc::memory::autorelease_pool;

/// Another thread ends the encoder between two operations of this one.
pub(super) fn late_call(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    encoder.set_label("class 4");
    scene.encode(0, &encoder);
    beside(
        "ender",
        |tell| {
            encoder.end_encoding();
            let _ = tell.send(());
            Ok(())
        },
        |hear| {
            announced(hear);
            scene.encode(1, &encoder);
            Ok(())
        },
    )?;
    buffer.commit();
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// The driver lets go of a buffer's last encoder at the commit; the application did so before, and calls all the same.
pub(super) fn freed_in_flight(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = autorelease_pool(|| {
        let encoder = open_encoder(&buffer)?;
        scene.encode(0, &encoder);
        encoder.end_encoding();
        Ok(encoder.into_unretained())
    })?;
    buffer.commit();
    beside(
        "caller",
        |_| {
            encoder.set_threadgroup_memory_length(32, 0);
            Ok(())
        },
        |_| Ok(()),
    )?;
    buffer.wait_until_completed();
    Ok(Remarks::default())
}
