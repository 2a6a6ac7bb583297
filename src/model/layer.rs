//! A recurrent layer: its weights and the loop over time, forward and back, for every cell.

use std::marker::PhantomData;

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};
use rand::Rng;

use super::cells::{Backward, Cell, Forward};
use super::dimensions::{Batch, Flattened, Steps};
use super::kernels::{Matrix, MatrixMut, Prepared, Threads, add_rows_of, product, vectorized};
use super::layer_pass::{LayerPass, Rows};
use super::parameters::{Parameter, ParameterMut, ParameterName, uniform};
use super::tensors::{Result, Tensor};

/// One layer of `H` units of the cell `C` over inputs of `I` numbers. Weights and equations are PyTorch's.
#[derive(Clone, Debug)]
pub struct Layer<C: Cell, I: Dim, H: Dim> {
    weight_ih: Parameter<(C::Gates<H>, I)>,
    weight_hh: Parameter<(C::Gates<H>, H)>,
    bias_ih: Parameter<(C::Gates<H>,)>,
    bias_hh: Parameter<(C::Gates<H>,)>,
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
            for bias in biases {
                *bias += forget_bias;
            }
        }
        Ok(layer)
    }

    /// `[Steps, Batch, I]` → the state after every step, left in `pass`, which holds the initial state and says how many
    /// steps and sequences there are.
    ///
    /// # Panics
    /// If `input` has not that many rows.
    pub fn forward(&self, input: Rows<'_, I>, pass: &mut LayerPass<C, H>, threads: Threads) {
        // the input's share of every gate at every step is one product
        self.sum_biases(pass);
        fill_rows(pass.gates.numbers_mut(), pass.bias.numbers());
        let weight_ih = self.weight_ih.value.matrix().transposed();
        let rows = (1, pass.steps.0 * pass.batch.0);
        let weight_ih = Prepared::new(weight_ih, &mut pass.packed, rows, threads);
        weight_ih.product(pass.gates.rows_mut(), true, input);
        self.run(pass, threads);
    }

    /// As [`forward`](Self::forward) with the vectors of `words`, the rows of `table`. The input's share is the same wherever
    /// the word is: it is found once per word of the table, which is less work for a text that is longer than its vocabulary.
    pub(super) fn forward_by_word<V: Dim>(
        &self,
        words: &[u32],
        table: Matrix<'_, V, I>,
        shares: &mut Tensor<(V, C::Gates<H>)>,
        pass: &mut LayerPass<C, H>,
        threads: Threads,
    ) {
        self.sum_biases(pass);
        fill_rows(shares.numbers_mut(), pass.bias.numbers());
        product(shares.matrix_mut(), 1.0, table, self.weight_ih.value.matrix().transposed(), threads);
        let width = pass.bias.numbers().len();
        for (row, &word) in pass.gates.numbers_mut().chunks_exact_mut(width).zip(words) {
            row.copy_from_slice(&shares.numbers()[word as usize * width..][..width]);
        }
        self.run(pass, threads);
    }

    /// The biases that are added to the input's share.
    fn sum_biases(&self, pass: &mut LayerPass<C, H>) {
        pass.bias.numbers_mut().copy_from_slice(self.bias_ih.value.numbers());
        if !C::RECURRENT_SHARE_APART {
            add_rows_of(self.bias_hh.value.numbers(), pass.bias.numbers_mut());
        }
    }

    /// The loop over time, after the input's share of the gates.
    fn run(&self, pass: &mut LayerPass<C, H>, threads: Threads) {
        let (gates, batch, units) = (C::gates(pass.units), pass.batch, pass.units);
        let (row, gate_row) = (pass.row(), batch.0 * gates.size());
        fill_rows(pass.recurrent.numbers_mut(), self.bias_hh.value.numbers());
        let LayerPass { steps, gates: all_gates, recurrent, hidden, cell, packed, .. } = pass;
        let weight_hh = Prepared::new(self.weight_hh.value.matrix().transposed(), packed, (steps.0, batch.0), threads);
        for t in 0..steps.0 {
            let (hidden_before, hidden) = hidden.numbers_mut()[t * row..].split_at_mut(row);
            let (cell_before, cell) = step_and_next(cell.numbers_mut(), t * row, row);
            let gates_now = &mut all_gates.numbers_mut()[t * gate_row..][..gate_row];
            let recurrent = step_of(recurrent.numbers_mut(), t * gate_row, gate_row);
            let sums = if C::RECURRENT_SHARE_APART { &mut *recurrent } else { &mut *gates_now };
            let before = Matrix::new(hidden_before, batch, units);
            weight_hh.product(MatrixMut::new(sums, batch, gates), true, before);
            let step = Forward {
                units: units.size(),
                gates: gates_now,
                recurrent,
                hidden_before,
                hidden: &mut hidden[..row],
                cell_before,
                cell,
            };
            vectorized(CellForward::<C>(step, PhantomData));
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
        let LayerPass { steps, gates: all_gates, recurrent, hidden, cell, d_hidden, d_cell, packed, .. } = pass;
        let weight_hh = Prepared::new(self.weight_hh.value.matrix(), packed, (steps.0, batch.0), threads);
        for t in (0..steps.0).rev() {
            let (d_hidden_before, d_hidden) = d_hidden.numbers_mut()[t * row..].split_at_mut(row);
            let (hidden_before, hidden) = hidden.numbers()[t * row..].split_at(row);
            let (cell_before, cell) = step_and_next(cell.numbers_mut(), t * row, row);
            let gates_now = &mut all_gates.numbers_mut()[t * gate_row..][..gate_row];
            let recurrent = step_of(recurrent.numbers_mut(), t * gate_row, gate_row);
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
                d_cell: d_cell.numbers_mut(),
            };
            vectorized(CellBackward::<C>(step, PhantomData));
            if t > 0 {
                let d_sums = if C::RECURRENT_SHARE_APART { &*recurrent } else { &*gates_now };
                let d_before = MatrixMut::new(d_hidden_before, batch, units);
                weight_hh.product(d_before, true, Matrix::new(d_sums, batch, gates));
            }
        }
    }

    /// ∂loss/∂input, after [`through_time`](Self::through_time).
    pub(super) fn input_gradient(
        &self,
        pass: &mut LayerPass<C, H>,
        d_input: MatrixMut<'_, Flattened<Steps, Batch>, I>,
        threads: Threads,
    ) {
        let rows = (1, pass.steps.0 * pass.batch.0);
        let weight_ih = Prepared::new(self.weight_ih.value.matrix(), &mut pass.packed, rows, threads);
        weight_ih.product(d_input, false, pass.gates.rows());
    }

    /// The gradients of the weights, after [`through_time`](Self::through_time).
    pub(super) fn weight_gradients(&mut self, input: Rows<'_, I>, pass: &LayerPass<C, H>, threads: Threads) {
        let d_shares = pass.gates.rows().transposed();
        product(self.weight_ih.gradient.matrix_mut(), 0.0, d_shares, input, threads);
        self.recurrent_gradients(pass, threads);
    }

    /// As [`weight_gradients`](Self::weight_gradients), after [`forward_by_word`](Self::forward_by_word), and the gradient of
    /// the table, which is added to what `d_table` holds (`keep` 1) or takes its place (0).
    pub(super) fn gradients_by_word<V: Dim>(
        &mut self,
        words: &[u32],
        table: Matrix<'_, V, I>,
        (d_table, keep): (MatrixMut<'_, V, I>, f32),
        d_shares: &mut Tensor<(V, C::Gates<H>)>,
        (pass, threads): (&LayerPass<C, H>, Threads),
    ) {
        d_shares.numbers_mut().fill(0.0);
        add_to_rows(d_shares.numbers_mut(), words, pass.gates.numbers());
        product(self.weight_ih.gradient.matrix_mut(), 0.0, d_shares.matrix().transposed(), table, threads);
        product(d_table, keep, d_shares.matrix(), self.weight_ih.value.matrix(), threads);
        self.recurrent_gradients(pass, threads);
    }

    /// The gradients of all weights but that of the input.
    fn recurrent_gradients(&mut self, pass: &LayerPass<C, H>, threads: Threads) {
        let d_input_share = &pass.gates;
        let d_recurrent_share = if C::RECURRENT_SHARE_APART { &pass.recurrent } else { &pass.gates };
        let steps_before = &pass.hidden.numbers()[..pass.steps.0 * pass.row()];
        let before = Matrix::new(steps_before, Flattened(pass.steps, pass.batch), pass.units);
        let Self { weight_hh, bias_ih, bias_hh, .. } = self;
        product(weight_hh.gradient.matrix_mut(), 0.0, d_recurrent_share.rows().transposed(), before, threads);
        bias_ih.gradient.numbers_mut().fill(0.0);
        add_rows_of(d_input_share.numbers(), bias_ih.gradient.numbers_mut());
        if C::RECURRENT_SHARE_APART {
            bias_hh.gradient.numbers_mut().fill(0.0);
            add_rows_of(d_recurrent_share.numbers(), bias_hh.gradient.numbers_mut());
        } else {
            bias_hh.gradient.numbers_mut().copy_from_slice(bias_ih.gradient.numbers());
        }
    }

    pub(super) fn visit(&mut self, layer: usize, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.weight_ih.show(ParameterName::WeightIh(layer), visitor);
        self.weight_hh.show(ParameterName::WeightHh(layer), visitor);
        self.bias_ih.show(ParameterName::BiasIh(layer), visitor);
        self.bias_hh.show(ParameterName::BiasHh(layer), visitor);
    }
}

struct CellForward<'a, C>(Forward<'a>, PhantomData<C>);

impl<C: Cell> WithSimd for CellForward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        C::forward(simd, self.0);
    }
}

struct CellBackward<'a, C>(Backward<'a>, PhantomData<C>);

impl<C: Cell> WithSimd for CellBackward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        C::backward(simd, self.0);
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

/// The rows of the step that starts at `start`; empty if there are none of any step.
fn step_of(rows: &mut [f32], start: usize, row: usize) -> &mut [f32] {
    if rows.is_empty() { &mut [] } else { &mut rows[start..][..row] }
}

/// Adds each of the rows to the row of its word.
fn add_to_rows(rows_of_words: &mut [f32], words: &[u32], rows: &[f32]) {
    let width = rows.len() / words.len();
    for (row, &word) in rows.chunks_exact(width).zip(words) {
        add_rows_of(row, &mut rows_of_words[word as usize * width..][..width]);
    }
}

/// Makes every row the same.
fn fill_rows(rows: &mut [f32], row: &[f32]) {
    rows.chunks_exact_mut(row.len()).for_each(|place| place.copy_from_slice(row));
}
