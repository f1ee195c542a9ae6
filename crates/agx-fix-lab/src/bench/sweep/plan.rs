//! The shapes of a sweep: the paper's, each of its four pieces of advice alone, and their combinations.

use agx_fix_engine::bench::file::Shape;

/// One piece of advice: its name, its values, and how a shape takes one.
struct Axis {
    name: &'static str,
    values: &'static [usize],
    set: fn(&mut Shape, usize),
}

const AXES: [Axis; 4] = [
    Axis {
        name: "dispatches per encoder",
        values: &[2, 4, 8, 16],
        set: |shape, value| shape.dispatches = value,
    },
    Axis { name: "encoders per buffer", values: &[4, 8], set: |shape, value| shape.encoders = value },
    Axis {
        name: "width of the tensors",
        values: &[2, 4],
        set: |shape, value| {
            shape.input *= value;
            shape.hidden *= value;
        },
    },
    Axis { name: "command queues", values: &[2, 4], set: |shape, value| shape.queues = value },
];

/// A shape, and what is varied in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) varied: String,
    pub(super) shape: Shape,
}

/// All shapes, `first` before the others. Combinations take the last value of each of their axes.
pub(super) fn plan(first: &Shape) -> Vec<Planned> {
    let mut plan = vec![Planned { varied: "the paper's shape".to_owned(), shape: *first }];
    for axis in &AXES {
        plan.extend(axis.values.iter().map(|&value| {
            let mut shape = *first;
            (axis.set)(&mut shape, value);
            Planned { varied: axis.name.to_owned(), shape }
        }));
    }
    let sets = 1..1usize << AXES.len();
    let combinations = sets.filter(|set| set.count_ones() > 1).map(|set| combination(first, set));
    plan.extend(combinations);
    plan
}

/// The axes whose bits are set.
fn combination(first: &Shape, set: usize) -> Planned {
    let mut shape = *first;
    let axes = AXES.iter().enumerate().filter(|(bit, _)| set & (1 << bit) != 0).map(|(_, axis)| axis);
    for axis in axes {
        (axis.set)(&mut shape, axis.values[axis.values.len() - 1]);
    }
    let varied = if set.count_ones() as usize == AXES.len() { "all four" } else { "a combination" };
    Planned { varied: varied.to_owned(), shape }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::args::config;
    use std::collections::HashSet;

    #[test]
    fn every_shape_is_there_once_and_can_be_run() {
        let first = Shape::SMALL;
        let plan = plan(&first);
        assert_eq!(plan[0].shape, first);
        assert_eq!(plan.len(), 1 + 10 + 11);
        let mut seen = HashSet::new();
        for Planned { shape, .. } in &plan {
            assert!(seen.insert(format!("{shape:?}")), "{shape:?} twice");
            assert!(config(shape, 8, 50, 1).batching.operations().is_some(), "{shape:?}");
        }
        let all = plan.last().unwrap();
        assert_eq!((all.varied.as_str(), all.shape.dispatches, all.shape.encoders), ("all four", 16, 8));
        assert_eq!((all.shape.input, all.shape.queues), (4 * first.input, 4));
    }
}
