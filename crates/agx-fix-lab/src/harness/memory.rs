//! Memory that is still in use after many encoders have come and gone.

use crate::harness::guarded::{self, Succession};
use agx_fix_terms::CallKind;
use agx_fix_workload::resident_kib;
use serde::{Deserialize, Serialize};

/// The process's memory at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reading {
    /// Encoders that have lived and gone by then.
    pub(crate) encoders: u64,
    /// Resident memory in bytes.
    pub(crate) resident: u64,
}

/// How many readings a run has.
const READINGS: u64 = 10;

/// Lets so many encoders live, in `READINGS` parts, and reads the memory after each, and before.
///
/// # Errors
/// Those of `live`.
pub(crate) fn watch<E>(encoders: u64, mut live: impl FnMut(u64) -> Result<(), E>) -> Result<Vec<Reading>, E> {
    let part = (encoders / READINGS).max(1);
    let mut readings = Vec::from_iter(read(0));
    let mut lived = 0;
    while lived < encoders {
        let now = part.min(encoders - lived);
        live(now)?;
        lived += now;
        readings.extend(read(lived));
    }
    Ok(readings)
}

/// Encoders in the guard's table alone, each at another address: the worst that a memory allocator can do.
pub(crate) fn in_the_table(encoders: u64) -> Vec<Reading> {
    guarded::configure::<Succession>();
    let buffer = 16;
    let mut number = 0u64;
    let readings = watch(encoders, |count| {
        for _ in 0..count {
            number += 1;
            let encoder = address(number);
            guarded::appear::<Succession>(encoder, buffer);
            guarded::make::<Succession>(encoder, CallKind::End);
            guarded::complete::<Succession>(buffer);
            guarded::make::<Succession>(encoder, CallKind::Free);
        }
        Ok::<_, std::convert::Infallible>(())
    });
    guarded::make::<Succession>(buffer, CallKind::Free);
    let Ok(readings) = readings;
    readings
}

/// Addresses as an allocator gives them, all over 47 bits, none twice: multiplication by an odd number permutes.
fn address(number: u64) -> usize {
    (((number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 21) + 2) << 4) as usize
}

/// `None` where the system does not tell.
fn read(encoders: u64) -> Option<Reading> {
    Some(Reading { encoders, resident: 1024 * resident_kib()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::guarded::Guarded as _;

    #[test]
    fn encoders_are_counted_and_none_stays() {
        let readings = in_the_table(25);
        assert_eq!(readings.last().map(|reading| reading.encoders), Some(25));
        let statistics = Succession::guard().statistics();
        assert_eq!((statistics.creations, statistics.retained, statistics.unguarded), (25, 0, 0));
    }
}
