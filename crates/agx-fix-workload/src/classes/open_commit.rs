//! Class 3: a command buffer is committed, or an event encoded, while an encoder is open.

use super::scene::{Remarks, Scene, after, finish, grace, meanwhile};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use agx_fix_metal::CommandBuffer;

/// ```text
/// here       | encoder | bind |             | dispatch | end |
/// committer  |                | commit ........ waits ....... | waitUntilCompleted
/// ```
pub(super) fn ended_in_time(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    while_open(scene, &buffer, || buffer.commit())?;
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// The same with an event in place of the commit, which follows once the encoder has ended.
pub(super) fn event(scene: &Scene) -> Result<Remarks, Failure> {
    let Some(event) = scene.gpu.new_event() else { return Ok(Remarks::unsupported("events")) };
    let buffer = scene.open_buffer()?;
    while_open(scene, &buffer, || buffer.signal_event(&event, 1))?;
    finish(&buffer)
}

fn while_open(scene: &Scene, buffer: &CommandBuffer, misuse: impl FnOnce() + Send) -> Result<(), Failure> {
    buffer.set_label("class 3");
    let encoder = open_encoder(buffer)?;
    scene.bind(0, &encoder);
    let end = || {
        grace();
        scene.dispatch(&encoder);
        encoder.end_encoding();
    };
    meanwhile("committer", misuse, end)
}

/// The encoder has all its work, but its owner ends it only after the commit has returned.
pub(super) fn ended_too_late(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.encode(0, &encoder);
    after("committer", || buffer.commit(), || encoder.end_encoding())?;
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// One thread does both, so no other thread could end the encoder.
pub(super) fn same_thread(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.encode(0, &encoder);
    buffer.commit();
    encoder.end_encoding();
    buffer.wait_until_completed();
    Ok(Remarks::default())
}
