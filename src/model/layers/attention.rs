//! Causal attention with several heads (Vaswani et al. 2017): each position reads from itself and from those before it, as much
//! from each as its query agrees with their key.
//!
//! ```text
//! scores = Q·Kᵀ / √D      for each head of D = E / heads units    [Steps, Positions]
//! weights = softmax       over the positions up to one's own
//! context = weights·V     the heads one beside the other          [Steps, E]
//! ```

use std::cell::RefCell;
use std::ops::Range;

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};

use super::{Dropout, Factors};
use crate::model::dimensions::{Batch, HeadUnits, Positions, QueriesKeysValues, Steps};
use crate::model::kernels::{
    AddTo, Lanes, Matrix, MatrixMut, RowsMut, Threads, for_columns, in_lanes, product, resize, vectorized,
};
use crate::model::tensors::{Result, Tensor};

/// Positions whose scores are found at once: later ones than the last of them need not be looked at.
const BLOCK: usize = 64;

/// How many heads share the units of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Heads<E: Dim> {
    count: usize,
    units: E,
}

/// What one pass through attention leaves behind.
#[derive(Clone, Debug)]
pub(in crate::model) struct Attention<E: Dim> {
    /// Queries, keys and values; those of earlier positions of a text that is continued are kept.
    pub projections: Tensor<(Steps, Batch, QueriesKeysValues<E>)>,
    /// The positions whose queries were asked.
    asked: Range<usize>,
    /// For each sequence and head the weights of all [blocks](Blocks).
    weights: Vec<f32>,
    /// What the weights are multiplied by when some are dropped.
    dropout: Factors,
    /// What the heads have read, `[Steps, Batch, E]`.
    pub context: Tensor<(Steps, Batch, E)>,
}

impl<E: Dim> Attention<E> {
    pub fn new(units: E) -> Result<Self> {
        let none = (Steps(0), Batch(0));
        Ok(Self {
            projections: Tensor::zeros((none.0, none.1, QueriesKeysValues(units)))?,
            asked: 0..0,
            weights: Vec::new(),
            dropout: Factors::default(),
            context: Tensor::zeros((none.0, none.1, units))?,
        })
    }

    /// How much the head reads from each position, for each that was asked: `[Steps, Positions]`, of the first sequence.
    pub fn weights_of(&self, heads: Heads<E>, head: usize) -> Vec<f32> {
        let positions = self.asked.end;
        let blocks = Blocks(&self.asked);
        let own = &self.weights[head % heads.count * blocks.numbers()..][..blocks.numbers()];
        let mut all = vec![0.0; self.asked.len() * positions];
        for block in blocks.iter() {
            let rows = own[block.numbers()].chunks_exact(block.readable());
            for (row, position) in rows.zip(block.asked) {
                all[(position - self.asked.start) * positions..][..row.len()].copy_from_slice(row);
            }
        }
        all
    }
}

/// The positions that are asked, block by block; a block has weights for all positions up to its last.
struct Blocks<'a>(&'a Range<usize>);

/// Some positions that are asked, and where their weights begin.
struct Block {
    asked: Range<usize>,
    start: usize,
}

impl Block {
    /// How many positions it can read from: those up to its last.
    fn readable(&self) -> usize {
        self.asked.end
    }

    fn numbers(&self) -> Range<usize> {
        self.start..self.start + self.asked.len() * self.readable()
    }
}

impl Blocks<'_> {
    fn iter(&self) -> impl Iterator<Item = Block> {
        let (first, end) = (self.0.start, self.0.end);
        (first..end).step_by(BLOCK).scan(0, move |start, position| {
            let block = Block { asked: position..end.min(position + BLOCK), start: *start };
            *start = block.numbers().end;
            Some(block)
        })
    }

    fn numbers(&self) -> usize {
        self.iter().last().map_or(0, |block| block.numbers().end)
    }
}

/// How many weights are kept of a head for so many positions.
pub(in crate::model) fn kept_weights(positions: usize) -> usize {
    Blocks(&(0..positions)).numbers()
}

/// Which of the three a projection is.
#[derive(Clone, Copy)]
enum Kind {
    Query,
    Key,
    Value,
}

/// One head in one sequence: which numbers of a row are its own.
#[derive(Clone, Copy)]
struct Place {
    sequence: usize,
    head: usize,
    batch: usize,
    /// E
    width: usize,
    units: HeadUnits,
}

impl Place {
    /// Where its projection of this kind begins in the row of a position.
    fn start(self, kind: Kind) -> usize {
        kind as usize * self.width + self.head * self.units.0
    }

    /// Its queries, keys or values at some positions.
    fn projection<R: Dim>(self, all: &[f32], kind: Kind, first: usize, rows: R) -> Matrix<'_, R, HeadUnits> {
        let stride = 3 * self.width * self.batch;
        let start = first * stride + self.sequence * 3 * self.width + self.start(kind);
        Matrix::strided(&all[start..], (rows, stride), self.units)
    }

    /// What it has read at some of the positions that were asked, or the gradient of that.
    fn context(self, all: &[f32], first: usize, rows: Steps) -> Matrix<'_, Steps, HeadUnits> {
        let stride = self.width * self.batch;
        let start = first * stride + self.sequence * self.width + self.head * self.units.0;
        Matrix::strided(&all[start..], (rows, stride), self.units)
    }
}

impl<E: Dim> Heads<E> {
    pub fn new(count: usize, units: E) -> Self {
        assert!(count > 0 && units.size().is_multiple_of(count), "{count} heads cannot share {units:?}");
        Self { count, units }
    }

    /// Units of one head, D.
    pub fn units(self) -> HeadUnits {
        HeadUnits(self.units.size() / self.count)
    }

    /// 1 / √D
    fn scale(self) -> f32 {
        1.0 / (self.units().0 as f32).sqrt()
    }

    fn place(self, sequence: usize, head: usize, batch: usize) -> Place {
        Place { sequence, head, batch, width: self.units.size(), units: self.units() }
    }

    /// Among how many threads sequences are shared.
    fn sharing(self, asked: &Range<usize>, batch: usize, threads: Threads) -> Threads {
        threads.for_product(2 * batch * self.units.size() * asked.len() * asked.end)
    }

    /// What is left of `context`, `[Rows, E]`, when a head has read nothing.
    pub fn silence(self, head: usize, context: &mut [f32]) {
        let units = self.units().0;
        context.chunks_exact_mut(self.units.size()).for_each(|row| row[head * units..][..units].fill(0.0));
    }

    /// Lets the positions of `asked` read, from the projections of all positions up to their own.
    pub fn attend(
        self,
        attention: &mut Attention<E>,
        asked: Range<usize>,
        dropout: &mut Dropout<'_>,
        threads: Threads,
    ) {
        let (_, batch, _) = attention.projections.shape();
        let blocks = Blocks(&asked);
        let of_head = blocks.numbers();
        let of_sequence = self.count * of_head;
        attention.asked = asked.clone();
        attention.context.reshape((Steps(asked.len()), batch, self.units));
        resize(&mut attention.weights, batch.0 * of_sequence)
            .expect("memory that has been asked for at the start of the run");
        attention.dropout.draw(batch.0 * of_sequence, dropout);

        let Attention { projections, weights, dropout, context, .. } = attention;
        let (projections, factors) = (projections.as_slice(), dropout.as_slice());
        let width = self.units.size();
        let tensors = [(context.as_mut_slice(), width), (&mut weights[..], of_sequence)];
        let threads = self.sharing(&asked, batch.0, threads);
        for_columns(threads, batch.0, tensors, |sequences, [mut context, mut weights]| {
            let weights = weights.row(0);
            for (sequence, head) in sequences.clone().flat_map(|sequence| (0..self.count).map(move |head| (sequence, head))) {
                let place = self.place(sequence, head, batch.0);
                let own = (sequence - sequences.start) * self.count + head;
                let weights = &mut weights[own * of_head..][..of_head];
                let factors = factors.get((sequence * self.count + head) * of_head..).unwrap_or_default();
                let column = (sequence - sequences.start) * width + head * place.units.0;
                for block in blocks.iter() {
                    let factors = factors.get(block.numbers()).unwrap_or_default();
                    let weights = &mut weights[block.numbers()];
                    self.read(place, projections, &block, (weights, factors), |step, numbers| {
                        context.row(block.asked.start - asked.start + step)[column..][..numbers.len()].copy_from_slice(numbers);
                    });
                }
            }
        });
    }

    /// One block of one head: its weights, and to `write` what is read at each position.
    fn read(
        self,
        place: Place,
        projections: &[f32],
        block: &Block,
        (weights, factors): (&mut [f32], &[f32]),
        mut write: impl FnMut(usize, &[f32]),
    ) {
        let (steps, positions) = (Steps(block.asked.len()), Positions(block.readable()));
        let queries = place.projection(projections, Kind::Query, block.asked.start, steps);
        let keys = place.projection(projections, Kind::Key, 0, positions);
        let values = place.projection(projections, Kind::Value, 0, positions);
        let scores = MatrixMut::new(weights, steps, positions);
        product(scores, AddTo::Nothing, queries, keys.transposed(), Threads::ONE);
        vectorized(CausalSoftmax { scores: weights, first: block.asked.start, width: positions.0, scale: self.scale() });
        let units = place.units.0;
        with_scratch([steps.0 * units, factors.len()], |[read, dropped]| {
            let weights = dropped_weights(weights, factors, dropped);
            let weights = Matrix::new(weights, steps, positions);
            product(MatrixMut::new(read, steps, place.units), AddTo::Nothing, weights, values, Threads::ONE);
            read.chunks_exact(units).enumerate().for_each(|(step, numbers)| write(step, numbers));
        });
    }

    /// From the gradient of what was read to that of queries, keys and values, after [`attend`](Self::attend) of all positions.
    pub fn input_gradient(
        self,
        attention: &Attention<E>,
        d_context: &Tensor<(Steps, Batch, E)>,
        d_projections: &mut Tensor<(Steps, Batch, QueriesKeysValues<E>)>,
        threads: Threads,
    ) {
        let Attention { projections, asked, weights, dropout, .. } = attention;
        d_projections.reshape(projections.shape());
        let (_, batch, _) = projections.shape();
        let of_head = Blocks(asked).numbers();
        let width = 3 * self.units.size();
        let threads = self.sharing(asked, batch.0, threads);
        for_columns(threads, batch.0, [(d_projections.as_mut_slice(), width)], |sequences, [mut d_projections]| {
            for (sequence, head) in sequences.clone().flat_map(|sequence| (0..self.count).map(move |head| (sequence, head))) {
                let place = self.place(sequence, head, batch.0);
                let own = (sequence * self.count + head) * of_head;
                let pass = OneHead {
                    place,
                    projections: projections.as_slice(),
                    weights: &weights[own..][..of_head],
                    factors: dropout.as_slice().get(own..).unwrap_or_default(),
                    d_context: d_context.as_slice(),
                    scale: self.scale(),
                };
                pass.back(asked, (sequence - sequences.start) * width, &mut d_projections);
            }
        });
    }
}

/// One head in one sequence on the way back.
struct OneHead<'a> {
    place: Place,
    projections: &'a [f32],
    weights: &'a [f32],
    factors: &'a [f32],
    d_context: &'a [f32],
    scale: f32,
}

impl OneHead<'_> {
    /// Writes the gradients of its queries, keys and values into rows, in which its sequence begins at `column`.
    fn back(&self, asked: &Range<usize>, column: usize, d_projections: &mut RowsMut<'_>) {
        let (place, units) = (self.place, self.place.units);
        let most = asked.end.min(BLOCK) * asked.end;
        let sizes = [asked.end * units.0, asked.end * units.0, BLOCK * units.0, most, self.factors.len().min(most)];
        with_scratch(sizes, |[d_keys, d_values, d_queries, d_scores, dropped]| {
            d_keys.fill(0.0);
            d_values.fill(0.0);
            let mut write = |kind, first: usize, numbers: &[f32]| {
                for (step, numbers) in numbers.chunks_exact(units.0).enumerate() {
                    let start = column + place.start(kind);
                    d_projections.row(first + step)[start..][..units.0].copy_from_slice(numbers);
                }
            };
            for block in Blocks(asked).iter() {
                let (steps, positions) = (Steps(block.asked.len()), Positions(block.readable()));
                let factors = self.factors.get(block.numbers()).unwrap_or_default();
                let weights = &self.weights[block.numbers()];
                let d_context = place.context(self.d_context, block.asked.start, steps);
                let queries = place.projection(self.projections, Kind::Query, block.asked.start, steps);
                let keys = place.projection(self.projections, Kind::Key, 0, positions);
                let values = place.projection(self.projections, Kind::Value, 0, positions);
                let readable = positions.0 * units.0;

                let used = Matrix::new(dropped_weights(weights, factors, dropped), steps, positions);
                let d_values = MatrixMut::new(&mut d_values[..readable], positions, units);
                product(d_values, AddTo::Output, used.transposed(), d_context, Threads::ONE);

                let d_scores = &mut d_scores[..weights.len()];
                let d_weights = MatrixMut::new(d_scores, steps, positions);
                product(d_weights, AddTo::Nothing, d_context, values.transposed(), Threads::ONE);
                d_scores.iter_mut().zip(factors).for_each(|(d, factor)| *d *= factor);
                vectorized(SoftmaxGradient { weights, d: d_scores, width: positions.0, scale: self.scale });

                let d_scores = Matrix::new(d_scores, steps, positions);
                let d_queries = &mut d_queries[..steps.0 * units.0];
                product(MatrixMut::new(d_queries, steps, units), AddTo::Nothing, d_scores, keys, Threads::ONE);
                write(Kind::Query, block.asked.start, d_queries);
                let d_keys = MatrixMut::new(&mut d_keys[..readable], positions, units);
                product(d_keys, AddTo::Output, d_scores.transposed(), queries, Threads::ONE);
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

/// Runs `work` with so many numbers of this thread's memory, which hold what is left from before.
fn with_scratch<T, const N: usize>(sizes: [usize; N], work: impl FnOnce([&mut [f32]; N]) -> T) -> T {
    thread_local!(static SCRATCH: RefCell<Vec<f32>> = RefCell::default());
    SCRATCH.with_borrow_mut(|scratch| {
        let count = sizes.iter().sum();
        if scratch.len() < count {
            resize(scratch, count).expect("memory for one head of attention");
        }
        let mut rest = &mut scratch[..];
        work(sizes.map(|size| crate::model::kernels::take(&mut rest, size)))
    })
}

/// From scores to weights, in place: the row of position `first + k` becomes the softmax of scale · score over the positions up
/// to its own, and zero behind them.
struct CausalSoftmax<'a> {
    scores: &'a mut [f32],
    first: usize,
    width: usize,
    scale: f32,
}

impl WithSimd for CausalSoftmax<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let scale = Lanes::splat(simd, self.scale);
        for (step, row) in self.scores.chunks_exact_mut(self.width).enumerate() {
            let (row, later) = row.split_at_mut(self.first + step + 1);
            later.fill(0.0);
            let whole = row.len() - row.len() % S::F32_LANES;
            let most = in_lanes::<S>(whole).map(|at| Lanes::load(simd, &row[at]));
            let most = most.fold(Lanes::splat(simd, f32::NEG_INFINITY), Lanes::max).largest(S::F32_LANES);
            let rest = Lanes::load(simd, &row[whole..]).largest(row.len() - whole);
            // not-a-number wins, so that it is seen in the loss
            let shift = Lanes::splat(simd, if rest > most || rest.is_nan() { rest } else { most });
            let mut sums = Lanes::splat(simd, 0.0);
            for at in in_lanes::<S>(row.len()) {
                let weight = ((Lanes::load(simd, &row[at.clone()]) - shift) * scale).exp_below_zero();
                sums = sums + weight.first(at.len());
                weight.store(&mut row[at]);
            }
            let share = Lanes::splat(simd, 1.0 / sums.sum());
            for at in in_lanes::<S>(row.len()) {
                (Lanes::load(simd, &row[at.clone()]) * share).store(&mut row[at]);
            }
        }
    }
}

/// From the gradient of the weights to that of the scores, in place.
struct SoftmaxGradient<'a> {
    weights: &'a [f32],
    d: &'a mut [f32],
    width: usize,
    scale: f32,
}

impl WithSimd for SoftmaxGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let scale = Lanes::splat(simd, self.scale);
        let rows = self.weights.chunks_exact(self.width).zip(self.d.chunks_exact_mut(self.width));
        for (weights, d) in rows {
            let load = |numbers: &[f32], at: &Range<usize>| Lanes::load(simd, &numbers[at.clone()]);
            let products = in_lanes::<S>(self.width)
                .fold(Lanes::splat(simd, 0.0), |sums, at| load(weights, &at).mul_add(load(d, &at), sums));
            let mean = Lanes::splat(simd, products.sum());
            for at in in_lanes::<S>(self.width) {
                (load(weights, &at) * (load(d, &at) - mean) * scale).store(&mut d[at]);
            }
        }
    }
}
