//! The loop over time through a recurrent layer, forward and backward, for the sequences of one thread.
//!
//! Sequences are independent, so each thread runs its own from the first step to the last without synchronisation.

use std::ops::Range;

use dfdx::prelude::Dim;

use super::over_time::{OverTimeMut, States};
use super::unit_loop::{self, Backward, Forward};
use crate::model::Ids;
use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Gates, Hidden, StepBoundaries, Steps};
use crate::model::kernels::{Accumulate, PackedMatrix, RowsMut};

/// Some sequences of a batch.
#[derive(Clone, Debug)]
pub(super) struct Sequences {
    /// Their indices in the batch.
    pub indices: Range<usize>,
    /// Number of sequences in the batch.
    pub batch: Batch,
    pub steps: Steps,
    /// H
    pub units: Hidden,
}

/// The input sums of the gates, computed once per word of the vocabulary.
#[derive(Clone, Copy)]
pub(super) struct PerWord<'a> {
    /// The word ids of every step.
    pub ids: Ids<'a>,
    /// `[V, G·H]`, with biases.
    pub projections: &'a [f32],
}

impl Sequences {
    /// Number of sequences.
    pub fn count(&self) -> Batch {
        Batch(self.indices.len())
    }

    /// Computes gates and states of every step from the input sums, which are in `gates` or, if `per_word` is given, copied from there. `hidden` and
    /// `cell` contain the initial state. `bias_hh` is used only if the cell splits the sum.
    pub fn forward<C: Cell>(
        &self,
        [gates, recurrent, hidden, cell]: [RowsMut<'_>; 4],
        per_word: Option<PerWord<'_>>,
        weight_hh: PackedMatrix<'_, Hidden, Gates<C>>,
        bias_hh: &[f32],
    ) {
        let (count, units, all_gates) = (self.count(), self.units, Gates::<C>::for_units(self.units));
        let [mut gates, mut recurrent] =
            [gates, recurrent].map(|rows| OverTimeMut::<Steps, _>::new(rows, count, all_gates));
        let [mut hidden, mut cell] =
            [hidden, cell].map(|rows| OverTimeMut::<StepBoundaries, _>::new(rows, count, units));
        for t in 0..self.steps.0 {
            let (mut gates, mut recurrent) = (gates.at(t), recurrent.at(t));
            let [hidden_before, hidden] = hidden.around(t);
            let [cell_before, cell] = cell.around(t);
            if let Some(PerWord { ids, projections }) = per_word {
                let width = all_gates.size();
                let words = &ids.at(t)[self.indices.clone()];
                for (row, word) in gates.as_mut_slice().chunks_exact_mut(width).zip(words) {
                    row.copy_from_slice(&projections[*word as usize * width..][..width]);
                }
            }
            let (sums, accumulate) = if C::SPLIT_RECURRENT_SUM {
                (recurrent.reborrow(), Accumulate::Row(bias_hh))
            } else {
                (gates.reborrow(), Accumulate::Output)
            };
            weight_hh.product(sums.matrix_mut(count, all_gates), accumulate, hidden_before.view().matrix(count, units));
            unit_loop::forward::<C>(Forward { units, gates, recurrent, hidden_before, hidden, cell_before, cell });
        }
    }

    /// Backpropagation through time (Werbos 1990): adds the gradient through later steps to `d_hidden`, and replaces the gates (and the recurrent
    /// sums, if split) by the gradients of their sums. `states` are h and c of all step boundaries and the whole batch.
    pub fn backward<C: Cell>(
        &self,
        [gates, recurrent, d_hidden, d_cell]: [RowsMut<'_>; 4],
        states: [&[f32]; 2],
        weight_hh: PackedMatrix<'_, Gates<C>, Hidden>,
    ) {
        let (count, units, all_gates) = (self.count(), self.units, Gates::<C>::for_units(self.units));
        let [mut gates, mut recurrent] =
            [gates, recurrent].map(|rows| OverTimeMut::<Steps, _>::new(rows, count, all_gates));
        let mut d_hidden = OverTimeMut::<StepBoundaries, _>::new(d_hidden, count, units);
        let [hidden_states, cell_states] = states.map(|all| States::new(all, &self.indices, self.batch, units));
        d_hidden.first().as_mut_slice().fill(0.0);
        let mut d_cell = OverTimeMut::<StepBoundaries, _>::new(d_cell, count, units); // one boundary only
        let mut d_cell = d_cell.first();
        d_cell.as_mut_slice().fill(0.0);
        for t in (0..self.steps.0).rev() {
            let (mut gates, mut recurrent) = (gates.at(t), recurrent.at(t));
            let [mut d_hidden_before, d_hidden] = d_hidden.around(t);
            let [hidden_before, hidden] = hidden_states.around(t);
            let [cell_before, cell] = cell_states.around(t);
            unit_loop::backward::<C>(Backward {
                units,
                gates: gates.reborrow(),
                recurrent: recurrent.reborrow(),
                hidden_before,
                hidden,
                cell_before,
                cell,
                d_hidden: d_hidden.view(),
                d_hidden_before: d_hidden_before.reborrow(),
                d_cell: d_cell.reborrow(),
            });
            if t > 0 {
                let d_sums = if C::SPLIT_RECURRENT_SUM { recurrent.view() } else { gates.view() };
                let d_before = d_hidden_before.matrix_mut(count, units);
                weight_hh.product(d_before, Accumulate::Output, d_sums.matrix(count, all_gates));
            }
        }
    }
}
