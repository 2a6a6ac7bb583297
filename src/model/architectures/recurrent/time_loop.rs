//! The loop over time through a recurrent layer, forward and back, for some sequences of a batch: those of one thread.
//!
//! No sequence needs to know of another one, so each thread takes its own from the first step to the last and waits for nobody.

use std::ops::Range;

use dfdx::prelude::Dim;

use super::unit_loop::{self, Backward, Forward};
use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Gates, Steps};
use crate::model::kernels::{AddTo, Matrix, MatrixMut, PackedMatrix, RowsMut};

/// Some sequences of a batch.
#[derive(Clone, Debug)]
pub(super) struct Sequences<H: Dim> {
    /// Which ones.
    pub which: Range<usize>,
    /// Sequences in the batch.
    pub batch: Batch,
    pub steps: Steps,
    pub units: H,
}

impl<H: Dim> Sequences<H> {
    fn count(&self) -> Batch {
        Batch(self.which.len())
    }

    /// Those of the positions `[Steps, Batch]` that are of step `t`.
    fn at<'a, T>(&self, t: usize, all: &'a [T]) -> &'a [T] {
        &all[t * self.batch.0..][self.which.clone()]
    }

    /// The states of step `t`, of which there are `[Steps, Batch, H]`, or none.
    fn states_at<'a>(&self, t: usize, all: &'a [f32]) -> &'a [f32] {
        if all.is_empty() {
            return &[];
        }
        let (units, start) = (self.units.size(), t * self.batch.0 + self.which.start);
        &all[start * units..][..self.which.len() * units]
    }

    /// From the input's share of the gates, of which `projections` has that of each word if it is not in its place yet, to gates
    /// and states.
    pub fn forward<C: Cell>(
        &self,
        [mut gates, mut recurrent, mut hidden, mut cell]: [RowsMut<'_>; 4],
        projections: Option<(&[u32], &[f32])>,
        weight_hh: PackedMatrix<'_, H, Gates<C, H>>,
        bias_hh: &[f32],
    ) {
        let (units, all_gates) = (self.units, Gates::<C, H>::of(self.units));
        for t in 0..self.steps.0 {
            let (gates, recurrent) = (gates.row(t), recurrent.row(t));
            let (hidden_before, hidden) = hidden.row_and_next(t);
            let (cell_before, cell) = cell.row_and_next(t);
            if let Some((words, projections)) = projections {
                let width = all_gates.size();
                for (row, word) in gates.chunks_exact_mut(width).zip(self.at(t, words)) {
                    row.copy_from_slice(&projections[*word as usize * width..][..width]);
                }
            }
            let (sums, add_to) = if C::SEPARATE_RECURRENT {
                (&mut *recurrent, AddTo::Row(bias_hh))
            } else {
                (&mut *gates, AddTo::Output)
            };
            let before = Matrix::new(hidden_before, self.count(), units);
            weight_hh.product(MatrixMut::new(sums, self.count(), all_gates), add_to, before);
            let step = Forward { units: units.size(), gates, recurrent, hidden_before, hidden, cell_before, cell };
            unit_loop::forward::<C>(step);
        }
    }

    /// Backpropagation through time (Werbos 1990): turns ∂loss/∂h as the layer above and the head want it into all of it, and
    /// the gates into ∂loss/∂sums.
    pub fn backward<C: Cell>(
        &self,
        [mut gates, mut recurrent, mut d_hidden, mut d_cell]: [RowsMut<'_>; 4],
        [hidden, cell]: [&[f32]; 2],
        weight_hh: PackedMatrix<'_, Gates<C, H>, H>,
    ) {
        let (units, all_gates) = (self.units, Gates::<C, H>::of(self.units));
        d_hidden.row(0).fill(0.0);
        let d_cell = d_cell.row(0);
        d_cell.fill(0.0);
        for t in (0..self.steps.0).rev() {
            let (gates, recurrent) = (gates.row(t), recurrent.row(t));
            let (d_hidden_before, d_hidden) = d_hidden.row_and_next(t);
            let step = Backward {
                units: units.size(),
                gates: &mut *gates,
                recurrent: &mut *recurrent,
                hidden_before: self.states_at(t, hidden),
                hidden: self.states_at(t + 1, hidden),
                cell_before: self.states_at(t, cell),
                cell: self.states_at(t + 1, cell),
                d_hidden,
                d_hidden_before: &mut *d_hidden_before,
                d_cell: &mut *d_cell,
            };
            unit_loop::backward::<C>(step);
            if t > 0 {
                let d_sums = if C::SEPARATE_RECURRENT { &*recurrent } else { &*gates };
                let d_before = MatrixMut::new(d_hidden_before, self.count(), units);
                weight_hh.product(d_before, AddTo::Output, Matrix::new(d_sums, self.count(), all_gates));
            }
        }
    }
}
