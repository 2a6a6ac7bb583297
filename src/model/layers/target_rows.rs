//! The hidden states at the positions that have targets.

use dfdx::prelude::Dim;

use super::Targets;
use crate::model::dimensions::{Batch, Flattened, Predictions, Steps};
use crate::model::kernels::{Matrix, MatrixMut};
use crate::model::tensors::{Result, Rows, Tensor};

/// The rows at the targets' positions and their gradients, if not every position has a target.
#[derive(Clone, Debug)]
pub(in crate::model) struct TargetRows<H: Dim> {
    rows: Tensor<(Predictions, H)>,
    d_rows: Tensor<(Predictions, H)>,
}

impl<H: Dim> TargetRows<H> {
    pub fn new(width: H) -> Result<Self> {
        let none = (Predictions(0), width);
        Ok(Self { rows: Tensor::zeros(none)?, d_rows: Tensor::zeros(none)? })
    }

    /// The shape of the selected rows; `None` if their number is not `count`.
    pub fn shape(&self, count: Predictions) -> Option<(Predictions, H)> {
        Some(self.rows.shape()).filter(|(selected, _)| *selected == count)
    }

    /// Copies the rows at the targets' positions out of `all`; does nothing if every position has a target.
    ///
    /// # Panics
    /// If a position is outside `all`.
    pub fn select(&mut self, all: Rows<'_, H>, targets: Targets<'_>) {
        let Some(positions) = targets.positions() else { return };
        let (_, width) = self.rows.shape();
        self.rows.reshape((targets.count(), width));
        for (row, position) in self.rows.as_mut_slice().chunks_exact_mut(width.size()).zip(positions) {
            row.copy_from_slice(&all.as_slice()[position * width.size()..][..width.size()]);
        }
    }

    /// The rows of `all` that have targets, one per target, after [`select`](Self::select).
    pub fn rows<'a>(&'a self, all: Rows<'a, H>, targets: Targets<'_>) -> Matrix<'a, Predictions, H> {
        match targets.positions() {
            Some(_) => self.rows.matrix(),
            None => all.with_rows(targets.count()),
        }
    }

    /// Has `compute` write the gradient of each selected row, and overwrites `d_all` with the sum of the gradients at each position.
    pub fn gradient(
        &mut self,
        targets: Targets<'_>,
        mut d_all: MatrixMut<'_, Flattened<Steps, Batch>, H>,
        compute: impl FnOnce(MatrixMut<'_, Predictions, H>),
    ) {
        let (_, width) = self.rows.shape();
        let Some(positions) = targets.positions() else {
            return compute(d_all.with_rows(targets.count()));
        };
        self.d_rows.reshape((targets.count(), width));
        compute(self.d_rows.matrix_mut());
        let d_all = d_all.as_mut_slice();
        d_all.fill(0.0);
        for (d_row, position) in self.d_rows.as_slice().chunks_exact(width.size()).zip(positions) {
            let place = &mut d_all[position * width.size()..][..width.size()];
            place.iter_mut().zip(d_row).for_each(|(sum, d)| *sum += d);
        }
    }
}
