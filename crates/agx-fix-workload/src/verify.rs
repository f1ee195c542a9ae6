//! Tells right, lost and wrong outputs apart.

use crate::expected::Expected;

/// Fills a buffer before the GPU sees it: a quiet NaN with a payload that no arithmetic makes, so that an element that was not
/// written differs from one that was computed badly.
pub(crate) const SENTINEL: f32 = f32::from_bits(0x7fc5_a6e1);

/// The verdict on one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Every number is the expected one, within its bound.
    Right,
    /// Nobody wrote anything.
    Lost,
    /// Something else was written, or only a part.
    Wrong,
}

/// Compares an output with what was expected.
fn judge(output: &[f32], expected: &Expected) -> Verdict {
    if output.iter().all(|value| value.to_bits() == SENTINEL.to_bits()) {
        return Verdict::Lost;
    }
    // Written so that NaN is never near anything.
    let near =
        |(&value, (expected, bound)): (&f32, (&f64, &f64))| (f64::from(value) - expected).abs() <= *bound;
    let all_near = output.iter().zip(expected.values.iter().zip(&expected.bounds)).all(near);
    if output.len() == expected.values.len() && all_near { Verdict::Right } else { Verdict::Wrong }
}

/// How many operations were lost and how many wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) lost: u64,
    pub(crate) wrong: u64,
}

impl Count {
    /// Adds the verdicts on the outputs of operations that had the same input.
    pub(crate) fn add(&mut self, outputs: impl Iterator<Item = Vec<f32>>, expected: &Expected) {
        for output in outputs {
            match judge(&output, expected) {
                Verdict::Right => {}
                Verdict::Lost => self.lost += 1,
                Verdict::Wrong => self.wrong += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected { values: vec![1.0, -2.0, 0.0], bounds: vec![1e-6, 1e-6, 0.0] }
    }

    #[test]
    fn right_is_within_the_bounds_and_lost_is_untouched() {
        for (output, verdict) in [
            (&[1.0, -2.0, 0.0][..], Verdict::Right),
            (&[1.0 + f32::EPSILON, -2.0, -0.0], Verdict::Right),
            (&[SENTINEL; 3], Verdict::Lost),
            // Partly written, even if the rest is right.
            (&[1.0, -2.0, SENTINEL], Verdict::Wrong),
            (&[SENTINEL, SENTINEL, 0.0], Verdict::Wrong),
            (&[1.0, -2.0, 1e-3], Verdict::Wrong),
            (&[f32::NAN; 3], Verdict::Wrong),
            (&[f32::INFINITY, -2.0, 0.0], Verdict::Wrong),
            (&[1.0, -2.0], Verdict::Wrong),
        ] {
            assert_eq!(judge(output, &expected()), verdict, "{output:?}");
        }
    }

    #[test]
    fn every_operation_counts_once() {
        let outputs = [vec![1.0, -2.0, 0.0], vec![SENTINEL; 3], vec![0.0; 3], vec![SENTINEL; 3]];
        let mut count = Count::default();
        count.add(outputs.into_iter(), &expected());
        assert_eq!(count, Count { lost: 2, wrong: 1 });
    }
}
