//! One attention head of one sequence: its part of the tensors, its output, and its gradients.

use std::cell::RefCell;
use std::ops::Range;

use dfdx::prelude::Dim;

use super::blocks::{BLOCK, Block, Blocks};
use super::softmax::{CausalSoftmax, SoftmaxGradient};
use crate::memory::unwind_out_of_memory;
use crate::model::dimensions::{HeadUnits, Positions, Steps};
use crate::model::kernels::{Accumulate, Matrix, MatrixMut, RowsMut, Threads, product, resize, take, vectorized};

/// The kind of a projection.
#[derive(Clone, Copy)]
enum Kind {
    Query,
    Key,
    Value,
}

/// One head of one sequence, and the sizes that locate it in the tensors.
#[derive(Clone, Copy)]
pub(super) struct HeadOfSequence {
    pub sequence: usize,
    pub head: usize,
    /// Number of sequences in the batch.
    pub batch: usize,
    /// Units of all heads, E.
    pub width: usize,
    /// Units of one head, D.
    pub units: HeadUnits,
}

impl HeadOfSequence {
    /// Index of its projection of this kind in the row `[3·E]` of a position.
    fn start(self, kind: Kind) -> usize {
        kind as usize * self.width + self.head * self.units.0
    }

    /// 1 / √D
    fn scale(self) -> f32 {
        1.0 / (self.units.0 as f32).sqrt()
    }

    /// Computes the attention of one block: writes its weights to `weights`, and calls `write` with each step of the block and the head's output `[D]`
    /// there. `factors` are the dropout factors of the weights, empty without dropout; `weights` themselves are stored without dropout.
    pub fn attend(
        self,
        projections: &[f32],
        block: &Block,
        weights: &mut [f32],
        factors: &[f32],
        mut write: impl FnMut(usize, &[f32]),
    ) {
        let (steps, positions) = (Steps(block.computed.len()), Positions(block.attended()));
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
        with_scratch([steps.0 * units, factors.len()], |[outputs, dropped]| {
            let weights = dropped_weights(weights, factors, dropped);
            let weights = Matrix::new(weights, steps, positions);
            product(MatrixMut::new(outputs, steps, self.units), Accumulate::Nothing, weights, values, Threads::ONE);
            outputs.chunks_exact(units).enumerate().for_each(|(step, output)| write(step, output));
        });
    }

    /// Its queries, keys or values, `[rows, D]`, from position `first` on, out of `all`, `[Steps, Batch, 3·E]`.
    fn projection<R: Dim>(self, all: &[f32], kind: Kind, first: usize, rows: R) -> Matrix<'_, R, HeadUnits> {
        let stride = 3 * self.width * self.batch;
        let start = first * stride + self.sequence * 3 * self.width + self.start(kind);
        Matrix::strided(&all[start..], rows, stride, self.units)
    }

    /// Its part, `[rows, D]`, of the context vectors `all`, `[Steps, Batch, E]`, or of their gradient, from row `first` on.
    fn context(self, all: &[f32], first: usize, rows: Steps) -> Matrix<'_, Steps, HeadUnits> {
        let stride = self.width * self.batch;
        let start = first * stride + self.sequence * self.width + self.head * self.units.0;
        Matrix::strided(&all[start..], rows, stride, self.units)
    }
}

/// The operands of the backward pass of one head of one sequence.
pub(super) struct HeadGradient<'a> {
    pub head: HeadOfSequence,
    /// `[Steps, Batch, 3·E]`
    pub projections: &'a [f32],
    /// The attention weights of the head, all [`Blocks`].
    pub weights: &'a [f32],
    /// Their dropout factors; empty without dropout.
    pub factors: &'a [f32],
    /// `[Steps, Batch, E]`
    pub d_context: &'a [f32],
}

impl HeadGradient<'_> {
    /// Writes the gradients of its queries, keys and values to `d_projections`, in whose rows the sequence begins at `column`.
    pub fn backward(&self, computed: &Range<usize>, column: usize, d_projections: &mut RowsMut<'_>) {
        let (head, units) = (self.head, self.head.units);
        let block_weights = computed.end.min(BLOCK) * computed.end;
        let sizes = [
            computed.end * units.0,
            computed.end * units.0,
            BLOCK * units.0,
            block_weights,
            self.factors.len().min(block_weights),
        ];
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
                let (steps, positions) = (Steps(block.computed.len()), Positions(block.attended()));
                let factors = self.factors.get(block.weight_range()).unwrap_or_default();
                let weights = &self.weights[block.weight_range()];
                let d_context = head.context(self.d_context, block.computed.start, steps);
                let queries = head.projection(self.projections, Kind::Query, block.computed.start, steps);
                let keys = head.projection(self.projections, Kind::Key, 0, positions);
                let values = head.projection(self.projections, Kind::Value, 0, positions);
                let attended = positions.0 * units.0;

                let used = Matrix::new(dropped_weights(weights, factors, dropped), steps, positions);
                let d_values = MatrixMut::new(&mut d_values[..attended], positions, units);
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
                let d_keys = MatrixMut::new(&mut d_keys[..attended], positions, units);
                product(d_keys, Accumulate::Output, d_scores.transposed(), queries, Threads::ONE);
            }
            write(Kind::Key, 0, d_keys);
            write(Kind::Value, 0, d_values);
        });
    }
}

/// The products of weights and factors, written to `dropped`; `weights` itself if there are no factors.
fn dropped_weights<'a>(weights: &'a [f32], factors: &[f32], dropped: &'a mut [f32]) -> &'a [f32] {
    if factors.is_empty() {
        return weights;
    }
    let dropped = &mut dropped[..weights.len()];
    dropped.iter_mut().zip(weights.iter().zip(factors)).for_each(|(place, (weight, factor))| *place = weight * factor);
    dropped
}

/// Runs `work` with scratch memory of this thread, one slice per size; their contents are unspecified. Not reentrant.
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
