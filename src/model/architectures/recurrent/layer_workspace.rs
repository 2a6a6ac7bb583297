//! The memory of a pass through one recurrent layer.

use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Flattened, Gates, Hidden, StepBoundaries, Steps};
use crate::model::kernels::MatrixMut;
use crate::model::tensors::{Result, Rows, Tensor};

/// The state that one layer carries from step to step, for every sequence of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerState {
    /// h, `[Batch, H]`.
    pub hidden: Vec<f32>,
    /// c, `[Batch, H]`; empty if the cell has none.
    pub cell: Vec<f32>,
}

/// Gates, states and gradients of a pass through one layer, for the backward pass and for traces.
///
/// States belong to step boundaries: boundary `t` has the state *before* step `t`, the first boundary the initial state, and the last boundary the
/// state after the last step.
#[derive(Clone, Debug)]
pub struct LayerWorkspace<C: Cell> {
    pub(super) steps: Steps,
    pub(super) batch: Batch,
    pub(super) units: Hidden,
    pub(super) gates: Tensor<(Steps, Batch, Gates<C>)>,
    /// The recurrent sums, if the cell splits the sum; after the backward pass, their gradients.
    pub(super) recurrent: Tensor<(Steps, Batch, Gates<C>)>,
    pub(super) hidden: Tensor<(StepBoundaries, Batch, Hidden)>,
    pub(super) cell: Tensor<(StepBoundaries, Batch, Hidden)>,
    pub(super) d_hidden: Tensor<(StepBoundaries, Batch, Hidden)>,
    /// ∂loss/∂c at one step boundary at a time.
    pub(super) d_cell: Tensor<(Batch, Hidden)>,
    /// The bias of the input sums.
    pub(super) bias: Tensor<(Gates<C>,)>,
    /// Buffer for the packed recurrent weight.
    pub(super) packed: Vec<f32>,
}

impl<C: Cell> LayerWorkspace<C> {
    pub(super) fn new(units: Hidden) -> Result<Self> {
        let (empty, gates) = (Steps(0), Gates::for_units(units));
        Ok(Self {
            steps: Steps(0),
            batch: Batch(0),
            units,
            gates: Tensor::zeros((empty, Batch(0), gates))?,
            recurrent: Tensor::zeros((empty, Batch(0), gates))?,
            hidden: Tensor::zeros((StepBoundaries(empty), Batch(0), units))?,
            cell: Tensor::zeros((StepBoundaries(empty), Batch(0), units))?,
            d_hidden: Tensor::zeros((StepBoundaries(empty), Batch(0), units))?,
            d_cell: Tensor::zeros((Batch(0), units))?,
            bias: Tensor::zeros((gates,))?,
            packed: Vec::new(),
        })
    }

    /// Resizes the tensors for a pass over `steps` steps of `batch` sequences. Preserves the initial state if `batch` is unchanged.
    pub(super) fn fit(&mut self, steps: Steps, batch: Batch) {
        let (gates, boundaries) = (Gates::for_units(self.units), StepBoundaries(steps));
        self.gates.reshape((steps, batch, gates));
        if C::SPLIT_RECURRENT_SUM {
            self.recurrent.reshape((steps, batch, gates));
        }
        self.hidden.reshape((boundaries, batch, self.units));
        if C::HAS_CELL_STATE {
            self.cell.reshape((boundaries, batch, self.units));
        }
        (self.steps, self.batch) = (steps, batch);
    }

    /// Sets the initial state to zero.
    pub(super) fn reset_state(&mut self) {
        self.hidden.first_mut().fill(0.0);
        self.cell.first_mut().fill(0.0);
    }

    /// Copies the state after the last step to the initial state. The gradient stops here: truncated backpropagation through time.
    pub(super) fn carry_over(&mut self) {
        for state in [&mut self.hidden, &mut self.cell] {
            let (count, length) = (state.first_mut().len(), state.as_slice().len());
            state.as_mut_slice().copy_within(length - count.., 0);
        }
    }

    /// The state after the last step.
    pub(super) fn last_state(&self) -> LayerState {
        LayerState { hidden: self.hidden.last().to_vec(), cell: self.cell.last().to_vec() }
    }

    /// Sets the initial hidden state and, if the cell has one, cell state, each `[Batch, H]`.
    ///
    /// # Panics
    /// If their sizes differ.
    pub(super) fn start_from(&mut self, hidden: &[f32], cell: &[f32]) {
        self.hidden.first_mut().copy_from_slice(hidden);
        if C::HAS_CELL_STATE {
            self.cell.first_mut().copy_from_slice(cell);
        }
    }

    /// h after every step, `[Steps, Batch, H]`.
    #[must_use]
    pub fn hidden(&self) -> &[f32] {
        self.hidden.after().as_slice()
    }

    /// c after every step, `[Steps, Batch, H]`; empty if the cell has none.
    #[must_use]
    pub fn cell(&self) -> &[f32] {
        self.cell.after().as_slice()
    }

    /// The gates of every step, `[Steps, Batch, G·H]`; after the backward pass, ∂loss/∂sums of the gates.
    #[must_use]
    pub fn gates(&self) -> &[f32] {
        self.gates.as_slice()
    }

    /// `U h₋₁ + b′` of every gate and step, `[Steps, Batch, G·H]`, after the backward pass its gradient; empty unless the cell
    /// [splits](Cell::SPLIT_RECURRENT_SUM) the sum.
    #[must_use]
    pub fn recurrent(&self) -> &[f32] {
        if C::SPLIT_RECURRENT_SUM { self.recurrent.as_slice() } else { &[] }
    }

    /// The hidden state after every step as rows.
    pub(super) fn output(&self) -> Rows<'_, Hidden> {
        self.hidden.after()
    }

    /// ∂loss/∂h after every step, `[Steps, Batch, H]`. Before the backward pass of this layer, the part that comes from the layer above or
    /// the head; after it, the whole gradient, including the part through later steps.
    #[must_use]
    pub fn d_hidden(&self) -> &[f32] {
        self.d_hidden.after().as_slice()
    }

    /// ∂loss/∂h after every step, as rows to be written before the backward pass; resized, with unspecified contents.
    pub(super) fn d_output(&mut self) -> MatrixMut<'_, Flattened<Steps, Batch>, Hidden> {
        self.d_hidden.reshape((StepBoundaries(self.steps), self.batch, self.units));
        self.d_hidden.after_mut()
    }
}
