//! A recurrent layer: its weights and the loop over time, forward and back, for every cell.

use std::marker::PhantomData;

use dfdx::prelude::Dim;
use rand::Rng;

use super::State;
use super::cells::{Backward, Cell, Forward};
use super::dimensions::{Batch, Flattened, Steps};
use super::kernels::{Matrix, MatrixMut, Threads, add_rows_of, product, vectorized};
use super::parameters::{Parameter, ParameterMut, ParameterName, uniform};
use super::tensors::{Result, Tensor};

/// All steps of all sequences as the rows of a matrix with `I` columns: row `t · batch + b`.
pub type Rows<'a, I> = Matrix<'a, Flattened<Steps, Batch>, I>;

/// One layer of `H` units of the cell `C` over inputs of `I` numbers. Weights and equations are PyTorch's.
#[derive(Clone, Debug)]
pub struct Layer<C: Cell, I: Dim, H: Dim> {
    weight_ih: Parameter<(C::Gates<H>, I)>,
    weight_hh: Parameter<(C::Gates<H>, H)>,
    bias_ih: Parameter<(C::Gates<H>,)>,
    bias_hh: Parameter<(C::Gates<H>,)>,
}

/// What a pass through a layer leaves for whoever looks at it and for the way back.
///
/// States have one row of the batch more than there are steps: row `t` is the state *before* step `t`, row 0 the initial
/// state, and the last row the state after the last step.
#[derive(Clone, Debug)]
pub struct LayerPass<C: Cell, H: Dim> {
    steps: Steps,
    batch: Batch,
    units: H,
    gates: Tensor<(Steps, Batch, C::Gates<H>)>,
    recurrent: Tensor<(Steps, Batch, C::Gates<H>)>,
    hidden: Tensor<(Steps, Batch, H)>,
    cell: Tensor<(Steps, Batch, H)>,
    d_hidden: Tensor<(Steps, Batch, H)>,
    d_cell: Tensor<(Batch, H)>,
    bias: Tensor<(C::Gates<H>,)>,
    of_cell: PhantomData<C>,
}

impl<C: Cell, H: Dim> LayerPass<C, H> {
    pub(super) fn new(units: H) -> Result<Self> {
        let (none, gates) = (Steps(0), C::gates(units));
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
            of_cell: PhantomData,
        })
    }

    /// Makes room for a pass over `steps` steps of `batch` sequences. The initial state is as it was, if there are as many
    /// sequences as before.
    pub(super) fn fit(&mut self, steps: Steps, batch: Batch) {
        let (gates, rows) = (C::gates(self.units), Steps(steps.0 + 1));
        self.gates.reshape((steps, batch, gates));
        if C::RECURRENT_SHARE_APART {
            self.recurrent.reshape((steps, batch, gates));
        }
        self.hidden.reshape((rows, batch, self.units));
        if C::HAS_CELL_STATE {
            self.cell.reshape((rows, batch, self.units));
        }
        (self.steps, self.batch) = (steps, batch);
    }

    /// How many numbers the state of one step has.
    fn row(&self) -> usize {
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
    pub(super) fn last_state(&self) -> State {
        let last = |states: &[f32]| states.get(states.len().saturating_sub(self.row())..).unwrap_or_default().to_vec();
        State { hidden: last(self.hidden()), cell: last(self.cell()) }
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

impl<C: Cell, I: Dim, H: Dim> Layer<C, I, H> {
    /// A layer whose weights are drawn from U(−1/√H, 1/√H), PyTorch's default; `forget_bias` is added to the bias of the
    /// gate that decides what is kept, if the cell has one.
    pub(super) fn new(input: I, hidden: H, forget_bias: f32, random: &mut impl Rng) -> Result<Self> {
        let (gates, uniform) = (C::gates(hidden), uniform(hidden.size()));
        let mut layer = Self {
            weight_ih: Parameter::drawn((gates, input), uniform, random)?,
            weight_hh: Parameter::drawn((gates, hidden), uniform, random)?,
            bias_ih: Parameter::drawn((gates,), uniform, random)?,
            bias_hh: Parameter::drawn((gates,), uniform, random)?,
        };
        if let Some(gate) = C::FORGET_GATE {
            let biases = &mut layer.bias_ih.value.numbers_mut()[gate * hidden.size()..][..hidden.size()];
            biases.iter_mut().for_each(|bias| *bias += forget_bias);
        }
        Ok(layer)
    }

    /// `[Steps, Batch, I]` → the state after every step, left in `pass`, which holds the initial state and says how many
    /// steps and sequences there are.
    ///
    /// # Panics
    /// If `input` has not that many rows.
    pub fn forward(&self, input: Rows<'_, I>, pass: &mut LayerPass<C, H>, threads: Threads) {
        let (weight_ih, weight_hh) = (&self.weight_ih.value, &self.weight_hh.value);
        let (gates, batch, units) = (C::gates(pass.units), pass.batch, pass.units);
        let (row, gate_row) = (pass.row(), batch.0 * gates.size());

        // the input's share of every gate at every step is one product
        pass.bias.numbers_mut().copy_from_slice(self.bias_ih.value.numbers());
        if !C::RECURRENT_SHARE_APART {
            add_rows_of(self.bias_hh.value.numbers(), pass.bias.numbers_mut());
        }
        fill_rows(pass.gates.numbers_mut(), pass.bias.numbers());
        product(pass.gates.rows_mut(), 1.0, input, weight_ih.matrix().transposed(), threads);

        fill_rows(pass.recurrent.numbers_mut(), self.bias_hh.value.numbers());
        for t in 0..pass.steps.0 {
            let (hidden_before, hidden) = pass.hidden.numbers_mut()[t * row..].split_at_mut(row);
            let (cell_before, cell) = step_and_next(pass.cell.numbers_mut(), t * row, row);
            let gates_now = &mut pass.gates.numbers_mut()[t * gate_row..][..gate_row];
            let recurrent: &mut [f32] = if C::RECURRENT_SHARE_APART {
                &mut pass.recurrent.numbers_mut()[t * gate_row..][..gate_row]
            } else {
                &mut []
            };
            let sums = if C::RECURRENT_SHARE_APART { &mut *recurrent } else { &mut *gates_now };
            let before = Matrix::new(hidden_before, batch, units);
            product(MatrixMut::new(sums, batch, gates), 1.0, before, weight_hh.matrix().transposed(), threads);
            let step = Forward {
                units: units.size(),
                gates: gates_now,
                recurrent,
                hidden_before,
                hidden: &mut hidden[..row],
                cell_before,
                cell,
            };
            vectorized(
                #[inline(always)]
                || C::forward(step),
            );
        }
    }

    /// Backpropagation through time (Werbos 1990): turns ∂loss/∂h as the layer above and the head want it into ∂loss/∂sums
    /// of every gate at every step, which take the place of the gates.
    pub(super) fn through_time(&self, pass: &mut LayerPass<C, H>, threads: Threads) {
        let (gates, batch, units) = (C::gates(pass.units), pass.batch, pass.units);
        let (row, gate_row) = (pass.row(), batch.0 * gates.size());
        pass.d_hidden.numbers_mut()[..row].fill(0.0);
        if C::HAS_CELL_STATE {
            pass.d_cell.reshape((batch, units));
            pass.d_cell.numbers_mut().fill(0.0);
        }
        for t in (0..pass.steps.0).rev() {
            let (d_hidden_before, d_hidden) = pass.d_hidden.numbers_mut()[t * row..].split_at_mut(row);
            let (hidden_before, hidden) = pass.hidden.numbers()[t * row..].split_at(row);
            let (cell_before, cell) = step_and_next(pass.cell.numbers_mut(), t * row, row);
            let gates_now = &mut pass.gates.numbers_mut()[t * gate_row..][..gate_row];
            let recurrent: &mut [f32] = if C::RECURRENT_SHARE_APART {
                &mut pass.recurrent.numbers_mut()[t * gate_row..][..gate_row]
            } else {
                &mut []
            };
            let step = Backward {
                units: units.size(),
                gates: &mut *gates_now,
                recurrent: &mut *recurrent,
                hidden_before,
                hidden: &hidden[..row],
                cell_before,
                cell,
                d_hidden: &d_hidden[..row],
                d_hidden_before: &mut *d_hidden_before,
                d_cell: pass.d_cell.numbers_mut(),
            };
            vectorized(
                #[inline(always)]
                || C::backward(step),
            );
            let d_sums = if C::RECURRENT_SHARE_APART { &*recurrent } else { &*gates_now };
            if t > 0 {
                product(
                    MatrixMut::new(d_hidden_before, batch, units),
                    1.0,
                    Matrix::new(d_sums, batch, gates),
                    self.weight_hh.value.matrix(),
                    threads,
                );
            }
        }
    }

    /// ∂loss/∂input, after [`through_time`](Self::through_time).
    pub(super) fn input_gradient(
        &self,
        pass: &LayerPass<C, H>,
        d_input: MatrixMut<'_, Flattened<Steps, Batch>, I>,
        threads: Threads,
    ) {
        product(d_input, 0.0, pass.gates.rows(), self.weight_ih.value.matrix(), threads);
    }

    /// The gradients of the weights, after [`through_time`](Self::through_time).
    pub(super) fn weight_gradients(&mut self, input: Rows<'_, I>, pass: &LayerPass<C, H>, threads: Threads) {
        let d_input_share = &pass.gates;
        let d_recurrent_share = if C::RECURRENT_SHARE_APART { &pass.recurrent } else { &pass.gates };
        let steps_before = &pass.hidden.numbers()[..pass.steps.0 * pass.row()];
        let before = Matrix::new(steps_before, Flattened(pass.steps, pass.batch), pass.units);
        let Self { weight_ih, weight_hh, bias_ih, bias_hh } = self;
        product(weight_ih.gradient.matrix_mut(), 0.0, d_input_share.rows().transposed(), input, threads);
        product(weight_hh.gradient.matrix_mut(), 0.0, d_recurrent_share.rows().transposed(), before, threads);
        for (bias, d_share) in [(bias_ih, d_input_share), (bias_hh, d_recurrent_share)] {
            bias.gradient.numbers_mut().fill(0.0);
            add_rows_of(d_share.numbers(), bias.gradient.numbers_mut());
        }
    }

    pub(super) fn visit(&mut self, layer: usize, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.weight_ih.show(ParameterName::WeightIh(layer), visitor);
        self.weight_hh.show(ParameterName::WeightHh(layer), visitor);
        self.bias_ih.show(ParameterName::BiasIh(layer), visitor);
        self.bias_hh.show(ParameterName::BiasHh(layer), visitor);
    }
}

/// The state before the step whose row starts at `start`, and the one after it; empty if there is no such state.
fn step_and_next(states: &mut [f32], start: usize, row: usize) -> (&[f32], &mut [f32]) {
    if states.is_empty() {
        return (&[], &mut []);
    }
    let (before, after) = states[start..].split_at_mut(row);
    (before, &mut after[..row])
}

/// Makes every row the same.
fn fill_rows(rows: &mut [f32], row: &[f32]) {
    rows.chunks_exact_mut(row.len()).for_each(|place| place.copy_from_slice(row));
}
