//! Numbers from a seed, the same on every platform: SplitMix64 (Steele, Lea, Flood 2014).

/// A sequence of numbers.
pub(crate) struct Random(u64);

impl Random {
    /// The sequence number `stream` of a seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        // One step over the seed, so that neighbouring seeds and streams do not share numbers.
        let mut spread = Self(seed);
        Self(spread.next().wrapping_add(stream.wrapping_mul(0xd134_2543_de82_ef95)))
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// So many numbers, even in `-scale..scale`.
    pub(crate) fn vector(&mut self, length: usize, scale: f32) -> Vec<f32> {
        // The upper 24 bits, as many as an f32 holds: exact before scaling.
        let unit = |bits: u64| (bits >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
        (0..length).map(|_| unit(self.next()) * scale).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_repeat_by_seed_and_differ_by_seed_and_stream() {
        let vector = |seed, stream| Random::new(seed, stream).vector(64, 1.0);
        assert_eq!(vector(1, 2), vector(1, 2));
        assert_ne!(vector(1, 2), vector(1, 3));
        assert_ne!(vector(1, 2), vector(2, 2));
    }

    #[test]
    fn numbers_fill_their_range_on_both_sides() {
        let vector = Random::new(7, 0).vector(10_000, 0.5);
        assert!(vector.iter().all(|value| (-0.5..0.5).contains(value)));
        let mean = vector.iter().sum::<f32>() / 10_000.0;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!(vector.iter().any(|&value| value < -0.49) && vector.iter().any(|&value| value > 0.49));
    }
}
