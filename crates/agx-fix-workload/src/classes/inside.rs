//! Class 7: two threads inside one encoder.
//!
//! A dispatch reads the arguments that are bound when it comes to them, not when it began. One thread binds
//! operation 1 once the other's dispatch of operation 0 has begun: allowed, if the calls take turns, and else
//! operation 0 runs with the arguments of operation 1.
//!
//! ```text
//! dispatcher  | dispatch of operation 0 .................... |
//! here              | operation 1: kernel, arguments, dispatch |
//! ```

use super::Remarks;
use super::scene::{Scene, announced, beside};
use crate::gpu::open_encoder;
use crate::outcome::Failure;
use crate::statistics;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Half a race window of the program's environment: the driver lingers for two of them in a dispatch.
const INTO_THE_WINDOW: Duration = Duration::from_millis(10);
/// A dispatch that is not seen to begin for so long has long been over.
const LIMIT: Duration = Duration::from_secs(2);

pub(super) fn two_threads(scene: &Scene) -> Result<Remarks, Failure> {
    let buffer = scene.open_buffer()?;
    let encoder = open_encoder(&buffer)?;
    scene.bind(0, &encoder);
    let before = acquisitions()?;
    beside(
        "dispatcher",
        |tell| {
            let _ = tell.send(());
            scene.dispatch(&encoder);
            Ok(())
        },
        |hear| {
            announced(hear);
            await_dispatch(before)?;
            scene.encode(1, &encoder);
            Ok(())
        },
    )?;
    encoder.end_encoding();
    buffer.commit();
    buffer.wait_until_completed();
    Ok(Remarks::default())
}

/// Waits until the other thread's dispatch has begun. The guard's count of acquisitions says so; without a guard, the
/// time has to do, and being wrong can only spare a driver that is meant to fail.
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
