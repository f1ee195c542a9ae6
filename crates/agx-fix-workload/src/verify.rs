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
    fn within_the_bounds_is_right() {
        assert_eq!(judge(&[1.0, -2.0, 0.0], &expected()), Verdict::Right);
        assert_eq!(judge(&[1.0 + f32::EPSILON, -2.0, -0.0], &expected()), Verdict::Right);
    }

    #[test]
    fn untouched_is_lost_and_not_wrong() {
        assert_eq!(judge(&[SENTINEL; 3], &expected()), Verdict::Lost);
    }

    #[test]
    fn partly_written_is_wrong_even_if_the_rest_is_right() {
        assert_eq!(judge(&[1.0, -2.0, SENTINEL], &expected()), Verdict::Wrong);
        assert_eq!(judge(&[SENTINEL, SENTINEL, 0.0], &expected()), Verdict::Wrong);
    }

    #[test]
    fn other_numbers_and_other_nans_are_wrong() {
        assert_eq!(judge(&[1.0, -2.0, 1e-3], &expected()), Verdict::Wrong);
        assert_eq!(judge(&[f32::NAN; 3], &expected()), Verdict::Wrong);
        assert_eq!(judge(&[0.0; 3], &expected()), Verdict::Wrong);
        assert_eq!(judge(&[f32::INFINITY, -2.0, 0.0], &expected()), Verdict::Wrong);
    }

    #[test]
    fn an_output_of_another_length_is_wrong() {
        assert_eq!(judge(&[1.0, -2.0], &expected()), Verdict::Wrong);
    }

    #[test]
    fn every_operation_counts_once() {
        let outputs = [vec![1.0, -2.0, 0.0], vec![SENTINEL; 3], vec![0.0; 3], vec![SENTINEL; 3]];
        let mut count = Count::default();
        count.add(outputs.into_iter(), &expected());
        assert_eq!(count, Count { lost: 2, wrong: 1 });
    }
}
