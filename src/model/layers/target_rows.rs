//! The rows from which something is predicted.

use dfdx::prelude::Dim;

use super::Targets;
use crate::model::dimensions::{Batch, Flattened, Predictions, Steps};
use crate::model::kernels::{Matrix, MatrixMut};
use crate::model::tensors::{Result, Rows, Tensor};

/// Room for the rows from which something is predicted, where those are not all.
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

    /// The shape of the selected rows, if those of this many predictions were selected.
    pub fn shape(&self, count: Predictions) -> Option<(Predictions, H)> {
        Some(self.rows.shape()).filter(|(selected, _)| *selected == count)
    }

    /// Copies the rows at the targets' positions out of `all`.
    ///
    /// # Panics
    /// If a position lies outside `all`.
    pub fn select(&mut self, all: Rows<'_, H>, targets: Targets<'_>) {
        let Some(positions) = targets.positions() else { return };
        let (_, width) = self.rows.shape();
        self.rows.reshape((targets.count(), width));
        for (row, position) in self.rows.as_mut_slice().chunks_exact_mut(width.size()).zip(positions) {
            row.copy_from_slice(&all.as_slice()[position * width.size()..][..width.size()]);
        }
    }

    /// The rows of `all` from which something is predicted, after [`select`](Self::select).
    pub fn rows<'a>(&'a self, all: Rows<'a, H>, targets: Targets<'_>) -> Matrix<'a, Predictions, H> {
        match targets.positions() {
            Some(_) => self.rows.matrix(),
            None => all.with_rows(targets.count()),
        }
    }

    /// Lets `find` write the gradient of each of these rows, and adds each to that of its position, beginning from zeros.
    pub fn gradient(
        &mut self,
        targets: Targets<'_>,
        mut d_all: MatrixMut<'_, Flattened<Steps, Batch>, H>,
        find: impl FnOnce(MatrixMut<'_, Predictions, H>),
    ) {
        let (_, width) = self.rows.shape();
        let Some(positions) = targets.positions() else {
            return find(d_all.with_rows(targets.count()));
        };
        self.d_rows.reshape((targets.count(), width));
        find(self.d_rows.matrix_mut());
        let d_all = d_all.as_mut_slice();
        d_all.fill(0.0);
        for (d_row, position) in self.d_rows.as_slice().chunks_exact(width.size()).zip(positions) {
            let place = &mut d_all[position * width.size()..][..width.size()];
            place.iter_mut().zip(d_row).for_each(|(sum, d)| *sum += d);
        }
    }
}
