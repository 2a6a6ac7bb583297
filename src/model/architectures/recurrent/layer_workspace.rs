//! What a pass through a recurrent layer works in and leaves behind.

use dfdx::prelude::Dim;

use super::workspace::LayerState;
use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Flattened, Gates, Steps};
use crate::model::kernels::{Matrix, MatrixMut};
use crate::model::tensors::{Result, Rows, Tensor};

/// What a pass through a layer leaves for whoever looks at it and for the way back.
///
/// States have one row of the batch more than there are steps: row `t` is the state *before* step `t`, row 0 the initial
/// state, and the last row the state after the last step.
#[derive(Clone, Debug)]
pub struct LayerWorkspace<C: Cell, H: Dim> {
    pub(super) steps: Steps,
    pub(super) batch: Batch,
    pub(super) units: H,
    pub(super) gates: Tensor<(Steps, Batch, Gates<C, H>)>,
    pub(super) recurrent: Tensor<(Steps, Batch, Gates<C, H>)>,
    pub(super) hidden: Tensor<(Steps, Batch, H)>,
    pub(super) cell: Tensor<(Steps, Batch, H)>,
    pub(super) d_hidden: Tensor<(Steps, Batch, H)>,
    pub(super) d_cell: Tensor<(Batch, H)>,
    pub(super) bias: Tensor<(Gates<C, H>,)>,
    /// Where the weight in use is put in order.
    pub(super) packed: Vec<f32>,
}

impl<C: Cell, H: Dim> LayerWorkspace<C, H> {
    pub(super) fn new(units: H) -> Result<Self> {
        let (none, gates) = (Steps(0), Gates::of(units));
        Ok(Self {
            steps: Steps(0),
            batch: Batch(0),
            units,
            gates: Tensor::zeros((none, Batch(0), gates))?,
            recurrent: Tensor::zeros((none, Batch(0), gates))?,
            hidden: Tensor::zeros((none, Batch(0), units))?,
            cell: Tensor::zeros((none, Batch(0), units))?,
            d_hidden: Tensor::zeros((none, Batch(0), units))?,
            d_cell: Tensor::zeros((Batch(0), units))?,
            bias: Tensor::zeros((gates,))?,
            packed: Vec::new(),
        })
    }

    /// Makes room for a pass over `steps` steps of `batch` sequences. The initial state is as it was, if there are as many
    /// sequences as before.
    pub(super) fn fit(&mut self, steps: Steps, batch: Batch) {
        let (gates, rows) = (Gates::of(self.units), Steps(steps.0 + 1));
        self.gates.reshape((steps, batch, gates));
        if C::SEPARATE_RECURRENT {
            self.recurrent.reshape((steps, batch, gates));
        }
        self.hidden.reshape((rows, batch, self.units));
        if C::HAS_CELL_STATE {
            self.cell.reshape((rows, batch, self.units));
        }
        (self.steps, self.batch) = (steps, batch);
    }

    /// How many numbers the state of one step has.
    pub(super) fn row(&self) -> usize {
        self.batch.0 * self.units.size()
    }

    /// Starts from zeros.
    pub(super) fn forget(&mut self) {
        let row = self.row();
        self.hidden.numbers_mut()[..row].fill(0.0);
        self.cell.numbers_mut().iter_mut().take(row).for_each(|c| *c = 0.0);
    }

    /// Starts from where the last pass ended. The gradient stops here: truncated backpropagation through time.
    pub(super) fn carry_over(&mut self) {
        let (row, last) = (self.row(), self.steps.0 * self.row());
        for state in [&mut self.hidden, &mut self.cell] {
            if state.numbers().len() > last {
                state.numbers_mut().copy_within(last..last + row, 0);
            }
        }
    }

    /// The state after the last step.
    pub(super) fn last_state(&self) -> LayerState {
        let last = |states: &[f32]| states.get(states.len().saturating_sub(self.row())..).unwrap_or_default().to_vec();
        LayerState { hidden: last(self.hidden()), cell: last(self.cell()) }
    }

    /// Starts from this hidden state and, if the cell has one, cell state, each `[Batch, H]`.
    ///
    /// # Panics
    /// If they are not of this size.
    pub(super) fn start_from(&mut self, hidden: &[f32], cell: &[f32]) {
        let row = self.row();
        self.hidden.numbers_mut()[..row].copy_from_slice(hidden);
        if C::HAS_CELL_STATE {
            self.cell.numbers_mut()[..row].copy_from_slice(cell);
        }
    }

    /// h after every step, `[Steps, Batch, H]`.
    #[must_use]
    pub fn hidden(&self) -> &[f32] {
        &self.hidden.numbers()[self.row()..]
    }

    /// c after every step, `[Steps, Batch, H]`; empty if the cell has none.
    #[must_use]
    pub fn cell(&self) -> &[f32] {
        self.cell.numbers().get(self.row()..).unwrap_or_default()
    }

    /// The gates of every step, `[Steps, Batch, G·H]`, until the way back takes their place.
    #[must_use]
    pub fn gates(&self) -> &[f32] {
        self.gates.numbers()
    }

    /// The share of the state before in each gate, time first, `[Steps, Batch, gates]`, of a cell that needs it apart; else
    /// nothing.
    #[must_use]
    pub fn recurrent(&self) -> &[f32] {
        if C::SEPARATE_RECURRENT { self.recurrent.numbers() } else { &[] }
    }

    /// The hidden state after every step as rows.
    pub(super) fn output(&self) -> Rows<'_, H> {
        Matrix::new(self.hidden(), Flattened(self.steps, self.batch), self.units)
    }

    /// ∂loss/∂h after every step, `[Steps, Batch, H]`. Before the way back through this layer: what the layer above and the
    /// head want; after it: all of it, later steps included.
    #[must_use]
    pub fn d_hidden(&self) -> &[f32] {
        &self.d_hidden.numbers()[self.row()..]
    }

    /// ∂loss/∂h to be written before the way back.
    pub(super) fn d_output(&mut self) -> MatrixMut<'_, Flattened<Steps, Batch>, H> {
        let row = self.row();
        self.d_hidden.reshape((Steps(self.steps.0 + 1), self.batch, self.units));
        MatrixMut::new(&mut self.d_hidden.numbers_mut()[row..], Flattened(self.steps, self.batch), self.units)
    }
}
