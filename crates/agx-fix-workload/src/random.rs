//! Numbers from a seed, the same on every platform.

use fastrand::Rng;

/// The sequence number `stream` of a seed.
pub(crate) fn random(seed: u64, stream: u64) -> Rng {
    // One step over the seed, so that neighbouring seeds and streams do not share numbers.
    let spread = Rng::with_seed(seed).u64(..);
    Rng::with_seed(spread.wrapping_add(stream.wrapping_mul(0xd134_2543_de82_ef95)))
}

/// So many numbers, even in `-scale..scale`.
pub(crate) fn vector(mut random: Rng, length: usize, scale: f32) -> Vec<f32> {
    (0..length).map(|_| (2.0 * random.f32() - 1.0) * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_repeat_by_seed_and_differ_by_seed_and_stream() {
        let numbers = |seed, stream| vector(random(seed, stream), 64, 1.0);
        assert_eq!(numbers(1, 2), numbers(1, 2));
        assert_ne!(numbers(1, 2), numbers(1, 3));
        assert_ne!(numbers(1, 2), numbers(2, 2));
    }
}
