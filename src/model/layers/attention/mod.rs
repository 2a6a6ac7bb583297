//! Causal attention with several heads (Vaswani et al. 2017): each position reads from itself and from those before it, as much
//! from each as its query agrees with their key.
//!
//! ```text
//! scores = Q·Kᵀ / √D      for each head of D = E / heads units    [Steps, Positions]
//! weights = softmax       over the positions up to one's own
//! context = weights·V     the heads one beside the other          [Steps, E]
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
pub(in crate::model) use blocks::kept_weights;
use one_head::{HeadGradient, HeadOfSequence};

/// How many heads share the units of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Heads {
    count: usize,
    units: Embed,
}

/// What one pass through attention leaves behind.
#[derive(Clone, Debug)]
pub(in crate::model) struct Attention {
    /// Queries, keys and values; those of earlier positions of a text that is continued are kept.
    pub projections: Tensor<(Steps, Batch, QueriesKeysValues)>,
    /// The positions that were computed.
    computed: Range<usize>,
    /// For each sequence and head the weights of all [blocks](Blocks).
    weights: Vec<f32>,
    /// What the weights are multiplied by when some are dropped.
    dropout: Factors,
    /// What the heads have read, `[Steps, Batch, E]`.
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

    /// How much the head reads from each position, for each that was computed: `[Steps, Positions]`, of the first sequence.
    pub fn weights_of(&self, heads: Heads, head: usize) -> Vec<f32> {
        let positions = self.computed.end;
        let blocks = Blocks(&self.computed);
        let own = &self.weights[head % heads.count * blocks.numbers()..][..blocks.numbers()];
        let mut all = vec![0.0; self.computed.len() * positions];
        for block in blocks.iter() {
            let rows = own[block.numbers()].chunks_exact(block.readable());
            for (row, position) in rows.zip(block.computed) {
                all[(position - self.computed.start) * positions..][..row.len()].copy_from_slice(row);
            }
        }
        all
    }
}

impl Heads {
    pub fn new(count: usize, units: Embed) -> Self {
        assert!(count > 0 && units.size().is_multiple_of(count), "{count} heads cannot share {units:?}");
        Self { count, units }
    }

    /// Units of one head, D.
    pub fn units(self) -> HeadUnits {
        HeadUnits(self.units.size() / self.count)
    }

    fn of_sequence(self, sequence: usize, head: usize, batch: usize) -> HeadOfSequence {
        HeadOfSequence { sequence, head, batch, width: self.units.size(), units: self.units() }
    }

    /// Among how many threads sequences are shared.
    fn sharing(self, computed: &Range<usize>, batch: usize, threads: Threads) -> Threads {
        threads.for_product(2 * batch * self.units.size() * computed.len() * computed.end)
    }

    /// What is left of `context`, `[Rows, E]`, when a head has read nothing.
    pub fn silence(self, head: usize, context: &mut [f32]) {
        let units = self.units().0;
        context.chunks_exact_mut(self.units.size()).for_each(|row| row[head * units..][..units].fill(0.0));
    }

    /// Lets the positions of `computed` read, from the projections of all positions up to their own.
    pub fn attend(
        self,
        attention: &mut Attention,
        computed: Range<usize>,
        dropout: &mut Dropout<'_>,
        threads: Threads,
    ) {
        let (_, batch, _) = attention.projections.shape();
        let blocks = Blocks(&computed);
        let of_head = blocks.numbers();
        let of_sequence = self.count * of_head;
        attention.computed = computed.clone();
        attention.context.reshape((Steps(computed.len()), batch, self.units));
        resize(&mut attention.weights, batch.0 * of_sequence).unwrap_or_else(|_| unwind_out_of_memory());
        attention.dropout.draw(batch.0 * of_sequence, dropout);

        let Attention { projections, weights, dropout, context, .. } = attention;
        let (projections, factors) = (projections.as_slice(), dropout.as_slice());
        let width = self.units.size();
        let tensors = [(context.as_mut_slice(), width), (&mut weights[..], of_sequence)];
        let threads = self.sharing(&computed, batch.0, threads);
        for_columns(threads, batch.0, tensors, |sequences, [mut context, mut weights]| {
            let weights = weights.row(0);
            for (sequence, head) in
                sequences.clone().flat_map(|sequence| (0..self.count).map(move |head| (sequence, head)))
            {
                let of_sequence = self.of_sequence(sequence, head, batch.0);
                let own = (sequence - sequences.start) * self.count + head;
                let weights = &mut weights[own * of_head..][..of_head];
                let factors = factors.get((sequence * self.count + head) * of_head..).unwrap_or_default();
                let column = (sequence - sequences.start) * width + head * of_sequence.units.0;
                for block in blocks.iter() {
                    let factors = factors.get(block.numbers()).unwrap_or_default();
                    let weights = &mut weights[block.numbers()];
                    of_sequence.read(projections, &block, (weights, factors), |step, numbers| {
                        context.row(block.computed.start - computed.start + step)[column..][..numbers.len()]
                            .copy_from_slice(numbers);
                    });
                }
            }
        });
    }

    /// From the gradient of what was read to that of queries, keys and values, after [`attend`](Self::attend) of all positions.
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
        let of_head = Blocks(computed).numbers();
        let width = 3 * self.units.size();
        let threads = self.sharing(computed, batch.0, threads);
        for_columns(threads, batch.0, [(d_projections.as_mut_slice(), width)], |sequences, [mut d_projections]| {
            for (sequence, head) in
                sequences.clone().flat_map(|sequence| (0..self.count).map(move |head| (sequence, head)))
            {
                let of_sequence = self.of_sequence(sequence, head, batch.0);
                let own = (sequence * self.count + head) * of_head;
                let pass = HeadGradient {
                    head: of_sequence,
                    projections: projections.as_slice(),
                    weights: &weights[own..][..of_head],
                    factors: dropout.as_slice().get(own..).unwrap_or_default(),
                    d_context: d_context.as_slice(),
                };
                pass.back(computed, (sequence - sequences.start) * width, &mut d_projections);
            }
        });
    }
}
