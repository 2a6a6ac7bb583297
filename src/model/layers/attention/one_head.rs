//! One head in one sequence: which numbers are its own, what it reads, and the way back.

use std::cell::RefCell;
use std::ops::Range;

use dfdx::prelude::Dim;

use super::blocks::{BLOCK, Block, Blocks};
use super::softmax::{CausalSoftmax, SoftmaxGradient};
use crate::memory::unwind_out_of_memory;
use crate::model::dimensions::{HeadUnits, Positions, Steps};
use crate::model::kernels::{Accumulate, Matrix, MatrixMut, RowsMut, Threads, product, resize, take, vectorized};

/// Which of the three a projection is.
#[derive(Clone, Copy)]
enum Kind {
    Query,
    Key,
    Value,
}

/// One head in one sequence: which numbers of a row are its own.
#[derive(Clone, Copy)]
pub(super) struct HeadOfSequence {
    pub sequence: usize,
    pub head: usize,
    pub batch: usize,
    /// E
    pub width: usize,
    pub units: HeadUnits,
}

impl HeadOfSequence {
    /// Where its projection of this kind begins in the row of a position.
    fn start(self, kind: Kind) -> usize {
        kind as usize * self.width + self.head * self.units.0
    }

    /// 1 / √D
    fn scale(self) -> f32 {
        1.0 / (self.units.0 as f32).sqrt()
    }

    /// One block: its weights, and to `write` what is read at each position.
    pub fn read(
        self,
        projections: &[f32],
        block: &Block,
        (weights, factors): (&mut [f32], &[f32]),
        mut write: impl FnMut(usize, &[f32]),
    ) {
        let (steps, positions) = (Steps(block.computed.len()), Positions(block.readable()));
        let queries = self.projection(projections, Kind::Query, block.computed.start, steps);
        let keys = self.projection(projections, Kind::Key, 0, positions);
        let values = self.projection(projections, Kind::Value, 0, positions);
        let scores = MatrixMut::new(weights, steps, positions);
        product(scores, Accumulate::Nothing, queries, keys.transposed(), Threads::ONE);
        vectorized(CausalSoftmax {
            scores: weights,
            first: block.computed.start,
            width: positions.0,
            scale: self.scale(),
        });
        let units = self.units.0;
        with_scratch([steps.0 * units, factors.len()], |[read, dropped]| {
            let weights = dropped_weights(weights, factors, dropped);
            let weights = Matrix::new(weights, steps, positions);
            product(MatrixMut::new(read, steps, self.units), Accumulate::Nothing, weights, values, Threads::ONE);
            read.chunks_exact(units).enumerate().for_each(|(step, numbers)| write(step, numbers));
        });
    }

    /// Its queries, keys or values at some positions.
    fn projection<R: Dim>(self, all: &[f32], kind: Kind, first: usize, rows: R) -> Matrix<'_, R, HeadUnits> {
        let stride = 3 * self.width * self.batch;
        let start = first * stride + self.sequence * 3 * self.width + self.start(kind);
        Matrix::strided(&all[start..], rows, stride, self.units)
    }

    /// What it has read at some of the positions that were computed, or the gradient of that.
    fn context(self, all: &[f32], first: usize, rows: Steps) -> Matrix<'_, Steps, HeadUnits> {
        let stride = self.width * self.batch;
        let start = first * stride + self.sequence * self.width + self.head * self.units.0;
        Matrix::strided(&all[start..], rows, stride, self.units)
    }
}

/// One head in one sequence on the way back.
pub(super) struct HeadGradient<'a> {
    pub head: HeadOfSequence,
    pub projections: &'a [f32],
    pub weights: &'a [f32],
    pub factors: &'a [f32],
    pub d_context: &'a [f32],
}

impl HeadGradient<'_> {
    /// Writes the gradients of its queries, keys and values into rows, in which its sequence begins at `column`.
    pub fn back(&self, computed: &Range<usize>, column: usize, d_projections: &mut RowsMut<'_>) {
        let (head, units) = (self.head, self.head.units);
        let most = computed.end.min(BLOCK) * computed.end;
        let sizes =
            [computed.end * units.0, computed.end * units.0, BLOCK * units.0, most, self.factors.len().min(most)];
        with_scratch(sizes, |[d_keys, d_values, d_queries, d_scores, dropped]| {
            d_keys.fill(0.0);
            d_values.fill(0.0);
            let mut write = |kind, first: usize, numbers: &[f32]| {
                for (step, numbers) in numbers.chunks_exact(units.0).enumerate() {
                    let start = column + head.start(kind);
                    d_projections.row(first + step)[start..][..units.0].copy_from_slice(numbers);
                }
            };
            for block in Blocks(computed).iter() {
                let (steps, positions) = (Steps(block.computed.len()), Positions(block.readable()));
                let factors = self.factors.get(block.numbers()).unwrap_or_default();
                let weights = &self.weights[block.numbers()];
                let d_context = head.context(self.d_context, block.computed.start, steps);
                let queries = head.projection(self.projections, Kind::Query, block.computed.start, steps);
                let keys = head.projection(self.projections, Kind::Key, 0, positions);
                let values = head.projection(self.projections, Kind::Value, 0, positions);
                let readable = positions.0 * units.0;

                let used = Matrix::new(dropped_weights(weights, factors, dropped), steps, positions);
                let d_values = MatrixMut::new(&mut d_values[..readable], positions, units);
                product(d_values, Accumulate::Output, used.transposed(), d_context, Threads::ONE);

                let d_scores = &mut d_scores[..weights.len()];
                let d_weights = MatrixMut::new(d_scores, steps, positions);
                product(d_weights, Accumulate::Nothing, d_context, values.transposed(), Threads::ONE);
                d_scores.iter_mut().zip(factors).for_each(|(d, factor)| *d *= factor);
                vectorized(SoftmaxGradient { weights, d: d_scores, width: positions.0, scale: head.scale() });

                let d_scores = Matrix::new(d_scores, steps, positions);
                let d_queries = &mut d_queries[..steps.0 * units.0];
                product(MatrixMut::new(d_queries, steps, units), Accumulate::Nothing, d_scores, keys, Threads::ONE);
                write(Kind::Query, block.computed.start, d_queries);
                let d_keys = MatrixMut::new(&mut d_keys[..readable], positions, units);
                product(d_keys, Accumulate::Output, d_scores.transposed(), queries, Threads::ONE);
            }
            write(Kind::Key, 0, d_keys);
            write(Kind::Value, 0, d_values);
        });
    }
}

/// The weights with their factors; as they are where none is dropped.
fn dropped_weights<'a>(weights: &'a [f32], factors: &[f32], dropped: &'a mut [f32]) -> &'a [f32] {
    if factors.is_empty() {
        return weights;
    }
    let dropped = &mut dropped[..weights.len()];
    dropped.iter_mut().zip(weights.iter().zip(factors)).for_each(|(place, (weight, factor))| *place = weight * factor);
    dropped
}

/// Runs `work` with scratch memory of this thread, a slice of each size; the slices hold old values.
fn with_scratch<T, const N: usize>(sizes: [usize; N], work: impl FnOnce([&mut [f32]; N]) -> T) -> T {
    thread_local!(static SCRATCH: RefCell<Vec<f32>> = RefCell::default());
    SCRATCH.with_borrow_mut(|scratch| {
        let count = sizes.iter().sum();
        if scratch.len() < count {
            resize(scratch, count).unwrap_or_else(|_| unwind_out_of_memory());
        }
        let mut rest = &mut scratch[..];
        work(sizes.map(|size| take(&mut rest, size)))
    })
}
