//! What the GPU must answer, computed without it: plain loops in f64, with a bound on the error that f32 may make. By it, right,
//! lost and wrong outputs are told apart.
//!
//! The bound is the standard one for a sum of products in floating point (Higham, *Accuracy and Stability of Numerical
//! Algorithms*, section 3.1): with unit roundoff u = 2^-24 and n terms, in whatever order and with or without fused
//! multiply-add,
//!
//! ```text
//! |computed - exact| <= gamma(n) * sum |x_k * w_k|,   gamma(n) = n*u / (1 - n*u)
//! ```
//!
//! A second layer works on inputs that are themselves off by up to e_k, which adds `sum e_k * |w_k|` and enlarges
//! `|x_k|` by e_k in the sum above. ReLU moves no two numbers apart. So every element has a bound of its own, and no
//! tolerance is guessed. The f64 loops' own error is 2^-29 of the bound.

/// Half the distance of neighbouring f32 numbers at 1.
const UNIT_ROUNDOFF: f64 = 1.0 / (1u32 << 24) as f64;
/// A GPU may flush numbers below the normal range to zero, once a term and once in the result.
const FLUSHED: f64 = f32::MIN_POSITIVE as f64;

/// The shape of one layer: `rows x inputs` times `inputs x outputs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

/// A matrix, row by row, and how far each element of an f32 result may be off.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expected {
    pub(crate) values: Vec<f64>,
    pub(crate) bounds: Vec<f64>,
}

impl Expected {
    /// Numbers that are exact: an input.
    pub(crate) fn exact(values: &[f32]) -> Self {
        Self { values: values.iter().copied().map(f64::from).collect(), bounds: vec![0.0; values.len()] }
    }

    /// The product with `weights`.
    pub(crate) fn times(&self, weights: &[f32], shape: Shape) -> Self {
        let terms = shape.inputs as f64;
        let gamma = terms * UNIT_ROUNDOFF / (1.0 - terms * UNIT_ROUNDOFF);
        let mut product = Self { values: Vec::new(), bounds: Vec::new() };
        for row in 0..shape.rows {
            let (mut sums, mut sizes, mut inherited) =
                (vec![0.0; shape.outputs], vec![0.0; shape.outputs], vec![0.0; shape.outputs]);
            for (k, weights) in weights.chunks_exact(shape.outputs).enumerate() {
                let at = row * shape.inputs + k;
                let (value, bound) = (self.values[at], self.bounds[at]);
                for (column, &weight) in weights.iter().enumerate() {
                    let weight = f64::from(weight);
                    sums[column] += value * weight;
                    sizes[column] += (value.abs() + bound) * weight.abs();
                    inherited[column] += bound * weight.abs();
                }
            }
            product.values.extend(sums);
            let flushed = (terms + 1.0) * FLUSHED;
            product
                .bounds
                .extend(sizes.iter().zip(&inherited).map(|(size, more)| gamma * size + more + flushed));
        }
        product
    }

    /// The positive part.
    pub(crate) fn relu(mut self) -> Self {
        self.values.iter_mut().for_each(|value| *value = value.max(0.0));
        self
    }
}

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
    use crate::random;

    const SHAPE: Shape = Shape { rows: 5, inputs: 37, outputs: 11 };

    fn numbers(length: usize, stream: u64) -> Vec<f32> {
        random::vector(random::random(42, stream), length, 1.0)
    }

    /// One element at a time, in f32, from the last term to the first.
    fn backwards_in_f32(x: &[f32], w: &[f32], shape: Shape) -> Vec<f32> {
        let element = |row: usize, column: usize| {
            (0..shape.inputs)
                .rev()
                .map(|k| x[row * shape.inputs + k] * w[k * shape.outputs + column])
                .fold(0.0, |sum, term| sum + term)
        };
        (0..shape.rows * shape.outputs).map(|at| element(at / shape.outputs, at % shape.outputs)).collect()
    }

    #[test]
    fn a_product_by_hand() {
        let shape = Shape { rows: 2, inputs: 2, outputs: 3 };
        let product = Expected::exact(&[1.0, 2.0, -3.0, 4.0]).times(&[1.0, 0.0, -1.0, 0.5, 2.0, 0.0], shape);
        assert_eq!(product.values, [2.0, 4.0, -1.0, -1.0, 8.0, 3.0]);
        assert_eq!(product.relu().values, [2.0, 4.0, 0.0, 0.0, 8.0, 3.0]);
    }

    #[test]
    fn another_formulation_in_f32_agrees_within_the_bounds_through_both_layers() {
        let back = Shape { inputs: SHAPE.outputs, outputs: SHAPE.inputs, ..SHAPE };
        let (x, w1, w2) = (numbers(5 * 37, 1), numbers(37 * 11, 2), numbers(11 * 37, 3));
        let hidden: Vec<f32> = backwards_in_f32(&x, &w1, SHAPE).iter().map(|value| value.max(0.0)).collect();
        let computed = backwards_in_f32(&hidden, &w2, back);
        let expected = Expected::exact(&x).times(&w1, SHAPE).relu().times(&w2, back);
        for ((computed, value), bound) in computed.iter().zip(&expected.values).zip(&expected.bounds) {
            let error = (f64::from(*computed) - value).abs();
            assert!(error <= *bound, "{computed} is off {value} by {error}, more than {bound}");
            assert!(*bound < 1e-3, "a bound of {bound} tells nothing apart");
        }
    }

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
