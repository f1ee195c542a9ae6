//! Class 7: two threads inside one encoder.
//!
//! The driver reads the bound arguments late in a dispatch. One thread binds operation 1 while the other is inside the
//! dispatch of operation 0. If the guard makes the calls take turns, both are right; otherwise operation 0 runs with the
//! arguments of operation 1.
//!
//! ```text
//! dispatcher  | dispatch of operation 0 .................... |
//! here              | operation 1: kernel, arguments, dispatch |
//! ```

use super::scene::{Remarks, Scene, finish, meanwhile};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use crate::statistics;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Half of `AGX_SIM_WIDEN_US` in the program's row. The driver stays in a dispatch for twice that time.
const INTO_THE_WINDOW: Duration = Duration::from_millis(10);
/// A dispatch that is not seen to begin for so long is over.
const LIMIT: Duration = Duration::from_secs(2);

pub(super) fn two_threads(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.bind(0, &encoder);
    let before = acquisitions()?;
    let mut seen = Ok(());
    let encode_into_it = || {
        seen = await_dispatch(before);
        scene.encode(1, &encoder);
    };
    meanwhile("dispatcher", || scene.dispatch(&encoder), encode_into_it)?;
    seen?;
    encoder.end_encoding();
    finish(&buffer)
}

/// Waits until the other thread's dispatch has begun, which the guard's count of acquisitions shows. Without a guard only
/// the time is waited; if that is too short, the driver that is meant to fail does not.
fn await_dispatch(before: Option<u64>) -> Result<(), Failure> {
    sleep(INTO_THE_WINDOW);
    let limit = Instant::now() + LIMIT;
    while before.is_some() && acquisitions()? == before && Instant::now() < limit {
        sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn acquisitions() -> Result<Option<u64>, Failure> {
    Ok(statistics()?.map(|it| it.acquisitions))
}
