//! What a dispatch computes: `Y = X W`, with or without a rectifier after it.
//!
//! Argument 0 is X `[batch, in]`, 1 is W `[in, out]`, 2 is Y `[batch, out]`, all `f32` in row-major order. Argument 3
//! is three `u32`: batch, in, out. Each thread of the grid stands for one element of Y: x is its column, y its row.

use crate::driver::commands::{ChunkPool, Dispatch};
use crate::gpu::memory::{Memory, Region};
use core::mem::offset_of;

/// Where a pipeline has the number of bytes that its kernel spills. Each dispatch reads it, so a dispatch without a
/// pipeline faults at this address. (The real field is unknown; the value is invented.)
pub(crate) const PIPELINE_SPILL: usize = 0x2c;

/// A compiled kernel, as a pipeline points to it.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Kernel {
    reserved: [u8; PIPELINE_SPILL - 4],
    /// The number that a recorded dispatch carries; not 0.
    pub(crate) number: u32,
    spill: u32,
    name: &'static str,
    rectify: bool,
}

const _: () = assert!(offset_of!(Kernel, spill) == PIPELINE_SPILL);

const fn kernel(number: u32, name: &'static str, rectify: bool) -> Kernel {
    Kernel { reserved: [0; PIPELINE_SPILL - 4], number, spill: 0, name, rectify }
}

/// The number in a recorded dispatch that copies bytes from binding 0 to binding 1.
pub(crate) const COPY: u32 = 0x100;
/// As [`COPY`]: sets the bytes at binding 0 to the grid's second number.
pub(crate) const FILL: u32 = 0x101;
/// As [`COPY`]: work that is only counted.
pub(crate) const COUNTED: u32 = 0x102;

static KERNELS: [Kernel; 2] = [kernel(1, "linear", false), kernel(2, "linear_relu", true)];

/// The kernel of that name.
pub(crate) fn named(name: &str) -> Option<&'static Kernel> {
    KERNELS.iter().find(|kernel| kernel.name == name)
}

/// A dispatch that the GPU cannot run: an unknown kernel, an unmapped address, an argument that is too small.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault;

/// Runs a dispatch of a kernel, a copy or a fill; answers its floating-point operations.
pub(crate) fn run(dispatch: &Dispatch, memory: &Memory, chunks: &ChunkPool) -> Result<u64, Fault> {
    let argument = |index: usize| memory.at(dispatch.bindings[index], chunks);
    match u32::try_from(dispatch.kernel) {
        Ok(COPY) => copy(dispatch.grid[0], argument),
        Ok(FILL) => fill(dispatch.grid[0], dispatch.grid[1] as u8, argument),
        _ => multiply(dispatch, argument),
    }
    .ok_or(Fault)
}

fn copy(length: u64, argument: impl Fn(usize) -> Option<Region>) -> Option<u64> {
    let length = usize::try_from(length).ok()?;
    if length > 0 {
        let (from, to) = (argument(0)?, argument(1)?);
        // SAFETY: both regions are as long, and live until the end of this function; they may overlap.
        unsafe { core::ptr::copy(from.numbers::<u8>(length)?, to.numbers::<u8>(length)?, length) };
    }
    Some(0)
}

fn fill(length: u64, value: u8, argument: impl Fn(usize) -> Option<Region>) -> Option<u64> {
    let length = usize::try_from(length).ok()?;
    if length > 0 {
        let region = argument(0)?;
        // SAFETY: the region is as long, and lives until the end of this function.
        unsafe { core::ptr::write_bytes(region.numbers::<u8>(length)?, value, length) };
    }
    Some(0)
}

fn multiply(dispatch: &Dispatch, argument: impl Fn(usize) -> Option<Region>) -> Option<u64> {
    let kernel = KERNELS.iter().find(|kernel| u64::from(kernel.number) == dispatch.kernel)?;
    // SAFETY: three aligned numbers of memory that the region keeps alive.
    let [batch, inputs, outputs] =
        unsafe { argument(3)?.numbers::<[u32; 3]>(1)?.read_volatile() }.map(|size| size as usize);
    let (x, w, y) = (argument(0)?, argument(1)?, argument(2)?);
    let layer = Layer {
        x: x.numbers(batch.checked_mul(inputs)?)?,
        w: w.numbers(inputs.checked_mul(outputs)?)?,
        y: y.numbers(batch.checked_mul(outputs)?)?,
        inputs,
        outputs,
        rows: clip(dispatch.grid[1], batch),
        columns: clip(dispatch.grid[0], outputs),
    };
    if layer.rows > 0 && layer.columns > 0 && dispatch.grid[2] > 0 {
        // SAFETY: the regions hold as many numbers as the dimensions say, and live until the end of this function.
        unsafe { layer.run(kernel.rectify) };
        return Some(2 * (layer.rows * layer.inputs * layer.columns) as u64);
    }
    Some(0)
}

fn clip(threads: u64, size: usize) -> usize {
    usize::try_from(threads).unwrap_or(usize::MAX).min(size)
}

struct Layer {
    x: *const f32,
    w: *const f32,
    y: *mut f32,
    inputs: usize,
    outputs: usize,
    rows: usize,
    columns: usize,
}

impl Layer {
    /// Computes `rows` by `columns` elements of Y.
    ///
    /// # Safety
    /// X has `rows * inputs` numbers, W `inputs * outputs`, Y `rows * outputs`; `columns <= outputs`.
    unsafe fn run(&self, rectify: bool) {
        // Not into Y: Y may overlap X or W, and must not show a half computed element.
        let mut product = vec![0f32; self.rows * self.columns];
        // SAFETY: the dimensions are those that the caller vouches for; `product` is apart from all of them.
        unsafe {
            matrixmultiply::sgemm(
                self.rows,
                self.inputs,
                self.columns,
                1.0,
                self.x,
                self.inputs as isize,
                1,
                self.w,
                self.outputs as isize,
                1,
                0.0,
                product.as_mut_ptr(),
                self.columns as isize,
                1,
            );
        }
        if rectify {
            product.iter_mut().for_each(|number| *number = number.max(0.0));
        }
        for (row, numbers) in product.chunks_exact(self.columns).enumerate() {
            // SAFETY: row and columns lie inside Y, and `product` is apart from it.
            unsafe {
                let to = self.y.add(row * self.outputs);
                core::ptr::copy_nonoverlapping(numbers.as_ptr(), to, self.columns);
            }
        }
    }
}

#[cfg(test)]
mod tests;
