//! Class 1: an encoder is asked for while another one is open on the command buffer.

use super::scene::{Remarks, Scene, finish, grace, meanwhile};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use agx_fix_metal::CommandBuffer;

/// ```text
/// here   | encoder | bind |            | dispatch | end |                         | commit
/// asker  |                | encoder .......... waits ... | operation | end |
/// ```
pub(super) fn other_thread(scene: &Scene) -> Result<Remarks, Failure> {
    while_open(scene, |buffer| {
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
    while_open(scene, |buffer| {
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
pub(super) fn same_thread(scene: &Scene) -> Result<Remarks, Failure> {
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

fn while_open(
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
