//! Causal multi-head attention (Vaswani et al. 2017): each position attends to itself and to earlier positions, weighted by the similarity of its query
//! and their keys.
//!
//! ```text
//! scores = Q·Kᵀ / √D      for each head of D = E / heads units    [Steps, Positions]
//! weights = softmax       over the positions up to the own one
//! context = weights·V     the outputs of all heads, concatenated  [Steps, E]
//! ```

mod blocks;
mod one_head;
mod softmax;

use std::ops::Range;

use dfdx::prelude::Dim;

use super::{Dropout, Factors};
use crate::memory::unwind_out_of_memory;
use crate::model::dimensions::{Batch, Embed, HeadUnits, QueriesKeysValues, Steps};
use crate::model::kernels::{Threads, for_columns, resize};
use crate::model::tensors::{Result, Tensor};

use blocks::Blocks;
pub(in crate::model) use blocks::stored_weights;
use one_head::{HeadGradient, HeadOfSequence};

/// The number of heads and the units that they divide among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Heads {
    count: usize,
    units: Embed,
}

/// Activations of a pass through attention, for the backward pass and for traces.
#[derive(Clone, Debug)]
pub(in crate::model) struct Attention {
    /// Queries, keys and values of all positions, those of earlier words of a continued text included.
    pub projections: Tensor<(Steps, Batch, QueriesKeysValues)>,
    /// The positions of the last pass.
    computed: Range<usize>,
    /// Attention weights before dropout, `[Batch, heads]` × the weights of all [blocks](Blocks).
    weights: Vec<f32>,
    /// Dropout factors of the weights.
    dropout: Factors,
    /// The context vectors: the outputs of all heads, concatenated.
    pub context: Tensor<(Steps, Batch, Embed)>,
}

impl Attention {
    pub fn new(units: Embed) -> Result<Self> {
        let none = (Steps(0), Batch(0));
        Ok(Self {
            projections: Tensor::zeros((none.0, none.1, QueriesKeysValues(units)))?,
            computed: 0..0,
            weights: Vec::new(),
            dropout: Factors::default(),
            context: Tensor::zeros((none.0, none.1, units))?,
        })
    }

    /// The attention weights of a head in the first sequence, `[Steps, Positions]`; 0 at later positions.
    pub fn head_weights(&self, heads: Heads, head: usize) -> Vec<f32> {
        let positions = self.computed.end;
        let blocks = Blocks(&self.computed);
        let weights = &self.weights[head % heads.count * blocks.weight_count()..][..blocks.weight_count()];
        let mut all = vec![0.0; self.computed.len() * positions];
        for block in blocks.iter() {
            let rows = weights[block.weight_range()].chunks_exact(block.attended());
            for (row, position) in rows.zip(block.computed) {
                all[(position - self.computed.start) * positions..][..row.len()].copy_from_slice(row);
            }
        }
        all
    }
}

impl Heads {
    /// Creates `count` heads over `units`.
    ///
    /// # Panics
    /// If `count` does not divide `units`.
    pub fn new(count: usize, units: Embed) -> Self {
        assert!(count > 0 && units.size().is_multiple_of(count), "{count} heads cannot share {units:?}");
        Self { count, units }
    }

    /// Units of one head, D.
    pub fn units(self) -> HeadUnits {
        HeadUnits(self.units.size() / self.count)
    }

    fn head_of_sequence(self, sequence: usize, head: usize, batch: usize) -> HeadOfSequence {
        HeadOfSequence { sequence, head, batch, width: self.units.size(), units: self.units() }
    }

    /// The threads that sequences are divided among, by the work of a pass.
    fn threads_for_pass(self, computed: &Range<usize>, batch: usize, threads: Threads) -> Threads {
        threads.for_product(2 * batch * self.units.size() * computed.len() * computed.end)
    }

    /// Sets the output of a head to zero in `context`, `[Rows, E]`.
    pub fn ablate(self, head: usize, context: &mut [f32]) {
        let units = self.units().0;
        context.chunks_exact_mut(self.units.size()).for_each(|row| row[head * units..][..units].fill(0.0));
    }

    /// Computes weights and context vectors of the positions `computed` from the projections of all positions up to their own.
    pub fn attend(
        self,
        attention: &mut Attention,
        computed: Range<usize>,
        dropout: &mut Dropout<'_>,
        threads: Threads,
    ) {
        let (_, batch, _) = attention.projections.shape();
        let blocks = Blocks(&computed);
        let head_size = blocks.weight_count();
        let sequence_size = self.count * head_size;
        attention.computed = computed.clone();
        attention.context.reshape((Steps(computed.len()), batch, self.units));
        resize(&mut attention.weights, batch.0 * sequence_size).unwrap_or_else(|_| unwind_out_of_memory());
        attention.dropout.draw(batch.0 * sequence_size, dropout);

        let Attention { projections, weights, dropout, context, .. } = attention;
        let (projections, factors) = (projections.as_slice(), dropout.as_slice());
        let width = self.units.size();
        let tensors = [(context.as_mut_slice(), width), (&mut weights[..], sequence_size)];
        let threads = self.threads_for_pass(&computed, batch.0, threads);
        for_columns(threads, batch.0, tensors, |sequences, [mut context, mut weights]| {
            let weights = weights.row(0);
            for (sequence, head) in
                sequences.clone().flat_map(|sequence| (0..self.count).map(move |head| (sequence, head)))
            {
                let head_of_sequence = self.head_of_sequence(sequence, head, batch.0);
                let index = (sequence - sequences.start) * self.count + head;
                let weights = &mut weights[index * head_size..][..head_size];
                let factors = factors.get((sequence * self.count + head) * head_size..).unwrap_or_default();
                let column = (sequence - sequences.start) * width + head * head_of_sequence.units.0;
                for block in blocks.iter() {
                    let factors = factors.get(block.weight_range()).unwrap_or_default();
                    let weights = &mut weights[block.weight_range()];
                    head_of_sequence.attend(projections, &block, weights, factors, |step, output| {
                        context.row(block.computed.start - computed.start + step)[column..][..output.len()]
                            .copy_from_slice(output);
                    });
                }
            }
        });
    }

    /// ∂loss/∂context → ∂loss/∂projections, after [`attend`](Self::attend) of all positions.
    pub fn input_gradient(
        self,
        attention: &Attention,
        d_context: &Tensor<(Steps, Batch, Embed)>,
        d_projections: &mut Tensor<(Steps, Batch, QueriesKeysValues)>,
        threads: Threads,
    ) {
        let Attention { projections, computed, weights, dropout, .. } = attention;
        d_projections.reshape(projections.shape());
        let (_, batch, _) = projections.shape();
        let head_size = Blocks(computed).weight_count();
        let width = 3 * self.units.size();
        let threads = self.threads_for_pass(computed, batch.0, threads);
        for_columns(threads, batch.0, [(d_projections.as_mut_slice(), width)], |sequences, [mut d_projections]| {
            for (sequence, head) in
                sequences.clone().flat_map(|sequence| (0..self.count).map(move |head| (sequence, head)))
            {
                let head_of_sequence = self.head_of_sequence(sequence, head, batch.0);
                let start = (sequence * self.count + head) * head_size;
                let pass = HeadGradient {
                    head: head_of_sequence,
                    projections: projections.as_slice(),
                    weights: &weights[start..][..head_size],
                    factors: dropout.as_slice().get(start..).unwrap_or_default(),
                    d_context: d_context.as_slice(),
                };
                pass.backward(computed, (sequence - sequences.start) * width, &mut d_projections);
            }
        });
    }
}
