//! Class 1: an encoder is asked for while another one is open on the command buffer.

use super::Remarks;
use super::scene::{Scene, announced, beside, grace};
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
    })?;
    Ok(Remarks::default())
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
    let complaints =
        if same { Vec::new() } else { vec!["the copy is not what the first encoder computed".to_owned()] };
    Ok(Remarks { complaints, unsupported: None })
}

/// One thread, so nobody can be waited for: it is told, and the driver is left to its assertion.
pub(super) fn same_thread(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let first = open_encoder(&buffer)?;
    scene.encode(0, &first);
    let second = buffer.compute_encoder();
    first.end_encoding();
    if let Some(second) = second {
        second.end_encoding();
    }
    buffer.commit();
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

fn while_open(
    scene: &Scene,
    second: impl FnOnce(&CommandBuffer) -> Result<(), Failure> + Send,
) -> Result<(), Failure> {
    let buffer = scene.open_buffer()?;
    buffer.set_label("class 1");
    let first = open_encoder(&buffer)?;
    first.set_label("first");
    scene.bind(0, &first);
    beside(
        "asker",
        |tell| {
            let _ = tell.send(());
            second(&buffer)
        },
        |hear| {
            announced(hear);
            grace();
            scene.dispatch(&first);
            first.end_encoding();
            Ok(())
        },
    )?;
    buffer.commit();
    buffer.wait_until_completed();
    Ok(())
}
