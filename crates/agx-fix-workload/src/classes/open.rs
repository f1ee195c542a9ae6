//! Classes 1 and 3: while an encoder is open, another one is asked for on the command buffer (class 1), or the buffer is committed
//! or an event encoded (class 3).

use super::scene::{Remarks, Scene, after, finish, grace, meanwhile};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use agx_fix_metal::CommandBuffer;

/// ```text
/// here   | encoder | bind |            | dispatch | end |                         | commit
/// asker  |                | encoder .......... waits ... | operation | end |
/// ```
pub(super) fn second_of_other_thread(scene: &Scene) -> Result<Remarks, Failure> {
    ask_while_open(scene, |buffer| {
        let encoder = open_encoder(buffer)?;
        encoder.set_label("second");
        scene.encode(1, &encoder);
        encoder.end_encoding();
        Ok(())
    })
}

/// The same, and the second encoder copies.
pub(super) fn blit_of_other_thread(scene: &Scene) -> Result<Remarks, Failure> {
    if !scene.open_buffer()?.has_blit() {
        return Ok(Remarks::unsupported("blit encoders"));
    }
    let copied = scene.gpu.output(&scene.gpu.first)?;
    ask_while_open(scene, |buffer| {
        let encoder = buffer.blit_encoder().ok_or(Failure::Refused("blit encoder"))?;
        encoder.copy(&scene.operations[0].output, &copied);
        encoder.end_encoding();
        Ok(())
    })?;
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let same = bits(copied.read_f32()) == bits(scene.operations[0].output.read_f32());
    let complaint = (!same).then(|| "the copy is not what the first encoder computed".to_owned());
    Ok(Remarks { complaints: complaint.into_iter().collect(), unsupported: None })
}

/// One thread opens both encoders. There is nobody to wait for: the guard reports it, and the driver's assertion follows.
pub(super) fn second_of_same_thread(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let first = open_encoder(&buffer)?;
    scene.encode(0, &first);
    let second = buffer.compute_encoder();
    first.end_encoding();
    if let Some(second) = second {
        second.end_encoding();
    }
    finish(&buffer)
}

fn ask_while_open(
    scene: &Scene,
    second: impl FnOnce(&CommandBuffer) -> Result<(), Failure> + Send,
) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    buffer.set_label("class 1");
    let first = open_encoder(&buffer)?;
    first.set_label("first");
    scene.bind(0, &first);
    let end = || {
        grace();
        scene.dispatch(&first);
        first.end_encoding();
    };
    let mut asked = Ok(());
    meanwhile("asker", || asked = second(&buffer), end)?;
    asked?;
    finish(&buffer)
}

/// ```text
/// here       | encoder | bind |             | dispatch | end |
/// committer  |                | commit ........ waits ....... | waitUntilCompleted
/// ```
pub(super) fn committed_then_ended(scene: &Scene) -> Result<Remarks, Failure> {
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
pub(super) fn committed_and_ended_too_late(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.encode(0, &encoder);
    after("committer", || buffer.commit(), || encoder.end_encoding())?;
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// One thread does both, so no other thread could end the encoder.
pub(super) fn committed_by_same_thread(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.encode(0, &encoder);
    buffer.commit();
    encoder.end_encoding();
    buffer.wait_until_completed();
    Ok(Remarks::default())
}
