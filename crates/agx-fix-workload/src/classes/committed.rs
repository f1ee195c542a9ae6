//! Class 2: a command buffer is used after its commit.

use super::scene::{Remarks, Scene, after};
use crate::outcome::Failure;
use agx_fix_metal::{Handler, Status, handler_calls};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a handler may take to be called after the GPU is done.
const LIMIT: Duration = Duration::from_secs(2);
/// How long a second call of a handler is waited for.
const SECOND_CALL: Duration = Duration::from_millis(20);

/// Two threads commit, one after the other.
pub(super) fn second_commit(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.encoded_buffer()?;
    after("committer", || buffer.commit(), || buffer.commit())?;
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// Handlers before the commit (allowed), while the GPU works, and after it is done: each is called once.
pub(super) fn late_handler(scene: &Scene) -> Result<Remarks, Failure> {
    let mut remarks = Remarks::default();
    let buffer = scene.encoded_buffer()?;
    buffer.add_completed_handler(Handler::A);
    buffer.commit();
    buffer.add_completed_handler(Handler::B);
    let early = handler_calls(Handler::B) > 0;
    // Asked after the count: what has not completed now had not when the handler was called.
    if early && !matches!(buffer.status(), Status::Completed | Status::Error) {
        remarks
            .complaints
            .push("the late completed handler was called before the buffer completed".to_owned());
    }
    buffer.add_scheduled_handler(Handler::C);
    buffer.wait_until_completed();
    buffer.add_completed_handler(Handler::D);
    let all = [Handler::A, Handler::B, Handler::C, Handler::D];
    let limit = Instant::now() + LIMIT;
    while Instant::now() < limit && all.iter().any(|&it| handler_calls(it) == 0) {
        sleep(Duration::from_millis(1));
    }
    sleep(SECOND_CALL);
    for (handler, calls) in all.map(|it| (it, handler_calls(it))) {
        if calls != 1 {
            remarks.complaints.push(format!("handler {handler:?} was called {calls} times"));
        }
    }
    Ok(remarks)
}

/// The guard refuses the encoder: it is nil, as where Metal is out of memory, and the operation does not arrive.
pub(super) fn encoder_after_commit(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.encoded_buffer()?;
    let encode_again = || {
        if let Some(encoder) = buffer.compute_encoder() {
            scene.encode(1, &encoder);
            encoder.end_encoding();
        }
    };
    after("committer", || buffer.commit(), encode_again)?;
    buffer.wait_until_completed();
    Ok(Remarks::default())
}
