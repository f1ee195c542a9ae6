//! Classes 2 and 3 by other methods: a parallel render encoder and its sub-encoders, and the command buffers of Metal 4,
//! which end before they are committed.

use super::scene::{Remarks, Scene, finish, grace, meanwhile};
use crate::encoder_kind::EncoderKind;
use crate::outcome::Failure;
use agx_fix_metal::{CommandBuffer, Object};

const NO_PARALLEL: &str = "parallel render encoders";
const NO_METAL4: &str = "Metal 4";

/// A parallel render encoder that is open, and two sub-encoders of it.
struct Parallel {
    maker: Object,
    parts: [Object; 2],
}

impl Parallel {
    fn open(buffer: &CommandBuffer) -> Option<Self> {
        let maker = EncoderKind::Parallel.open(&Object::from(buffer))?;
        let parts = [EncoderKind::SubEncoder.open(&maker)?, EncoderKind::SubEncoder.open(&maker)?];
        Some(Self { maker, parts })
    }
}

/// ```text
/// here       | parallel | sub-encoders | end one |             | end the other |
/// ender      |                                   | end ........ waits ........ |
/// ```
pub(super) fn maker_ended_first(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.encoded_buffer()?;
    let Some(Parallel { maker, parts: [one, other] }) = Parallel::open(&buffer) else {
        return Ok(Remarks::unsupported(NO_PARALLEL));
    };
    one.tell(c"endEncoding");
    end_meanwhile(&other, || maker.tell(c"endEncoding"))?;
    finish(&buffer)
}

/// One thread ends a parallel encoder before its two sub-encoders, and then commits with a second parallel encoder and its
/// sub-encoders open.
pub(super) fn own_left_open(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.encoded_buffer()?;
    let Some(Parallel { maker, parts }) = Parallel::open(&buffer) else {
        return Ok(Remarks::unsupported(NO_PARALLEL));
    };
    maker.tell(c"endEncoding");
    for part in &parts {
        part.tell(c"endEncoding");
    }
    let Some(Parallel { maker, parts }) = Parallel::open(&buffer) else {
        return Err(Failure::Refused("second parallel render encoder"));
    };
    buffer.commit();
    for part in &parts {
        part.tell(c"endEncoding");
    }
    maker.tell(c"endEncoding");
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// ```text
/// here       | begin | encoder |             | end |
/// ender      |                 | endCommandBuffer . waits .. |
/// ```
pub(super) fn ended_with_encoder_open(scene: &Scene) -> Result<Remarks, Failure> {
    let Some(Metal4 { buffer, encoder, .. }) = Metal4::begin(scene) else {
        return Ok(Remarks::unsupported(NO_METAL4));
    };
    end_meanwhile(&encoder, || buffer.tell(c"endCommandBuffer"))?;
    Ok(Remarks::default())
}

/// One thread ends a buffer twice, asks it for an encoder, and begins it anew.
pub(super) fn ended_twice(scene: &Scene) -> Result<Remarks, Failure> {
    let Some(Metal4 { buffer, encoder, allocator }) = Metal4::begin(scene) else {
        return Ok(Remarks::unsupported(NO_METAL4));
    };
    encoder.tell(c"endEncoding");
    buffer.tell(c"endCommandBuffer");
    buffer.tell(c"endCommandBuffer");
    let mut complaints = Vec::new();
    if let Some(encoder) = EncoderKind::Compute4.open(&buffer) {
        complaints.push("a buffer that had ended gave out an encoder".to_owned());
        encoder.tell(c"endEncoding");
    }
    buffer.tell_with(c"beginCommandBufferWithAllocator:", &allocator);
    match EncoderKind::Compute4.open(&buffer) {
        Some(encoder) => {
            encoder.tell(c"endEncoding");
        }
        None => complaints.push("a buffer that had begun anew gave out no encoder".to_owned()),
    }
    buffer.tell(c"endCommandBuffer");
    Ok(Remarks { complaints, unsupported: None })
}

/// A command buffer of Metal 4 with an encoder open. It is not committed.
struct Metal4 {
    buffer: Object,
    encoder: Object,
    allocator: Object,
}

impl Metal4 {
    fn begin(scene: &Scene) -> Option<Self> {
        let device = scene.gpu.object();
        let (buffer, allocator) = (device.ask(c"newCommandBuffer")?, device.ask(c"newCommandAllocator")?);
        buffer.tell_with(c"beginCommandBufferWithAllocator:", &allocator);
        let encoder = EncoderKind::Compute4.open(&buffer)?;
        Some(Self { buffer, encoder, allocator })
    }
}

/// Another thread does something that has to wait until this one ends the encoder.
fn end_meanwhile(encoder: &Object, misuse: impl FnOnce() -> bool + Send) -> Result<(), Failure> {
    let misuse = || {
        misuse();
    };
    let end = || {
        grace();
        encoder.tell(c"endEncoding");
    };
    meanwhile("ender", misuse, end)
}
