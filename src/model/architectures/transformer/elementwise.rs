//! Elementwise operations of a transformer's layer.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::model::dimensions::{Batch, Embed, Steps};
use crate::model::kernels::{Lanes, Threads, simd_chunks, take, vectorized};
use crate::model::layers::{Dropout, Factors};
use crate::model::tensors::Tensor;

/// `after = before + dropout(branch)`. Draws new `factors` and multiplies `branch` by them.
pub(super) fn add_branch(
    before: &Tensor<(Steps, Batch, Embed)>,
    branch: &mut Tensor<(Steps, Batch, Embed)>,
    after: &mut Tensor<(Steps, Batch, Embed)>,
    factors: &mut Factors,
    dropout: &mut Dropout<'_>,
) {
    factors.draw(branch.as_slice().len(), dropout);
    factors.apply(branch.as_mut_slice());
    after.reshape(before.shape());
    let places = after.as_mut_slice().iter_mut().zip(before.as_slice().iter().zip(branch.as_slice()));
    places.for_each(|(place, (before, branch))| *place = before + branch);
}

/// Reshapes `to` and copies all numbers of `from` to it.
pub(super) fn copy(from: &Tensor<(Steps, Batch, Embed)>, to: &mut Tensor<(Steps, Batch, Embed)>) {
    to.reshape(from.shape());
    to.as_mut_slice().copy_from_slice(from.as_slice());
}

/// Writes GELU of each of `sums` to `units`, and replaces the sum by the derivative of GELU there.
pub(super) fn gelu(sums: &mut [f32], units: &mut [f32], threads: Threads) {
    let ranges = threads.for_numbers(sums.len()).ranges(sums.len(), 64);
    let (mut sums, mut units) = (sums, units);
    let part = |range: Range<usize>| Gelu { sums: take(&mut sums, range.len()), units: take(&mut units, range.len()) };
    Threads::each(ranges.map(part).collect(), vectorized);
}

/// Multiplies each of `numbers` by its factor, in place.
pub(super) fn multiply(numbers: &mut [f32], factors: &[f32], threads: Threads) {
    let ranges = threads.for_numbers(numbers.len()).ranges(numbers.len(), 64);
    let mut numbers = numbers;
    let part = |range: Range<usize>| (take(&mut numbers, range.len()), &factors[range]);
    Threads::each(ranges.map(part).collect(), |(numbers, factors): (&mut [f32], &[f32])| {
        numbers.iter_mut().zip(factors).for_each(|(number, factor)| *number *= factor);
    });
}

struct Gelu<'a> {
    sums: &'a mut [f32],
    units: &'a mut [f32],
}

impl WithSimd for Gelu<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for at in simd_chunks::<S>(self.sums.len()) {
            let (unit, slope) = Lanes::load(simd, &self.sums[at.clone()]).gelu();
            unit.store(&mut self.units[at.clone()]);
            slope.store(&mut self.sums[at]);
        }
    }
}
