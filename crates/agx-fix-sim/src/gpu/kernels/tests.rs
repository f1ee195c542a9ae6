//! The kernels against a product in `f64`, and dispatches that must not run.

use super::*;
use crate::driver::commands::BINDINGS;
use crate::gpu::memory::Allocation;
use std::sync::Arc;

/// Numbers between -1 and 1 that look random.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

struct Bound {
    memory: Memory,
    chunks: ChunkPool,
    dispatch: Dispatch,
    x: Vec<f32>,
    w: Vec<f32>,
    y: Arc<Allocation>,
}

const UNTOUCHED: f32 = 99.0;

fn bound(kernel: u64, [batch, inputs, outputs]: [usize; 3]) -> Bound {
    let (memory, chunks) = (Memory::new(), ChunkPool::new());
    let put = |values: &[f32]| {
        let allocation = Arc::new(Allocation::new(values.len() * 4).expect("memory"));
        // SAFETY: as many numbers as were allocated, aligned.
        unsafe { core::ptr::copy_nonoverlapping(values.as_ptr(), allocation.start().cast(), values.len()) };
        (memory.map(Arc::clone(&allocation)), allocation)
    };
    let (x, w) = (numbers(batch * inputs, 1), numbers(inputs * outputs, 2));
    let (y_address, y) = put(&vec![UNTOUCHED; batch * outputs]);
    let sizes: Vec<u8> =
        [batch, inputs, outputs].iter().flat_map(|&size| (size as u32).to_ne_bytes()).collect();
    let mut bindings = [0; BINDINGS];
    bindings[0] = put(&x).0;
    bindings[1] = put(&w).0;
    bindings[2] = y_address;
    bindings[3] = chunks.take().append_data(&sizes).expect("room");
    let grid = [outputs as u64, batch as u64, 1];
    Bound { memory, chunks, dispatch: Dispatch { kernel, grid, bindings }, x, w, y }
}

impl Bound {
    fn run(&self) -> Result<u64, Fault> {
        run(&self.dispatch, &self.memory, &self.chunks)
    }

    fn y(&self) -> Vec<f32> {
        let count = self.y.length() / 4;
        // SAFETY: as many numbers as were allocated, aligned; nobody writes them now.
        unsafe { core::slice::from_raw_parts(self.y.start().cast::<f32>(), count).to_vec() }
    }

    fn expected(&self, row: usize, column: usize, [_, inputs, outputs]: [usize; 3]) -> f64 {
        (0..inputs)
            .map(|k| f64::from(self.x[row * inputs + k]) * f64::from(self.w[k * outputs + column]))
            .sum()
    }
}

#[test]
fn the_product_is_that_of_exact_arithmetic() {
    for sizes in [[1, 1, 1], [4, 32, 64], [3, 17, 5], [32, 64, 32]] {
        for (kernel, rectify) in [(1, false), (2, true)] {
            let bound = bound(kernel, sizes);
            bound.run().expect("it runs");
            for (index, got) in bound.y().into_iter().enumerate() {
                let exact = bound.expected(index / sizes[2], index % sizes[2], sizes);
                let want = if rectify { exact.max(0.0) } else { exact };
                assert!((f64::from(got) - want).abs() < 1e-4, "{sizes:?} {kernel} {index}: {got} {want}");
            }
        }
    }
}

#[test]
fn a_small_grid_computes_its_part_and_leaves_the_rest() {
    let sizes = [3, 4, 5];
    let mut bound = bound(1, sizes);
    bound.dispatch.grid = [2, 1, 1];
    bound.run().expect("it runs");
    let y = bound.y();
    assert!((f64::from(y[1]) - bound.expected(0, 1, sizes)).abs() < 1e-5);
    assert!(y.iter().enumerate().all(|(index, &number)| (index < 2) == (number != UNTOUCHED)));
}

#[test]
fn an_empty_grid_and_an_oversized_one_are_fine() {
    let mut bound = bound(1, [2, 2, 2]);
    bound.dispatch.grid = [0, 2, 1];
    assert_eq!(bound.run(), Ok(0));
    assert!(bound.y().iter().all(|&number| number == UNTOUCHED));
    bound.dispatch.grid = [u64::MAX; 3];
    assert_eq!(bound.run(), Ok(2 * 2 * 2 * 2), "only what is computed counts");
    assert!(bound.y().iter().all(|&number| number != UNTOUCHED));
}

#[test]
fn a_garbled_dispatch_is_a_fault_and_writes_nothing() {
    let garble: [fn(&mut Dispatch); 6] = [
        |dispatch| dispatch.kernel = 0,
        |dispatch| dispatch.bindings[0] = 0,
        |dispatch| dispatch.bindings[1] += 4,
        |dispatch| dispatch.bindings[2] += 4,
        |dispatch| dispatch.bindings[3] = u64::MAX,
        |dispatch| dispatch.bindings[3] = dispatch.bindings[1],
    ];
    for (number, garble) in garble.iter().enumerate() {
        let mut bound = bound(1, [4, 4, 4]);
        garble(&mut bound.dispatch);
        assert_eq!(bound.run(), Err(Fault), "garbled {number}");
        assert!(bound.y().iter().all(|&number| number == UNTOUCHED), "garbled {number}");
    }
}

#[test]
fn only_known_functions_have_names() {
    assert_eq!(named("linear").map(|kernel| kernel.number), Some(1));
    assert_eq!(named("linear_relu").map(|kernel| kernel.number), Some(2));
    assert!(named("softmax").is_none());
}
