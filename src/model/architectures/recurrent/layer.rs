//! A recurrent layer: its weights and their gradients, for every cell. The loop over time is in `time_loop.rs`.

use dfdx::prelude::Dim;
use rand::Rng;

use super::layer_workspace::LayerWorkspace;
use super::time_loop::{PerWord, Sequences};
use crate::model::Ids;
use crate::model::cells::{Cell, gate_count};
use crate::model::dimensions::{Batch, Flattened, Gates, Hidden, Steps, Vocab};
use crate::model::kernels::{
    Accumulate, Matrix, MatrixMut, PackedMatrix, Threads, add_rows, add_rows_by_word, for_columns, product, sum_rows,
};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::parameters::{Label, Parameter, ParameterMut, uniform};
use crate::model::tensors::{Result, Rows, Tensor};

/// The embedding table as input of the first layer, with the place of its gradient.
pub(super) struct TableInput<'a, I: Dim> {
    /// `[V, I]`
    pub table: Matrix<'a, Vocab, I>,
    /// `[V, I]`
    pub d_table: MatrixMut<'a, Vocab, I>,
    /// What `d_table` contains that the gradient is added to.
    pub accumulate: Accumulate<'a>,
}

/// A layer of the cell `C` with inputs of the dimension `I`. Weights and equations are PyTorch's.
#[derive(Clone, Debug)]
pub struct Layer<C: Cell, I: Dim> {
    weight_ih: Parameter<(Gates<C>, I)>,
    weight_hh: Parameter<(Gates<C>, Hidden)>,
    bias_ih: Parameter<(Gates<C>,)>,
    bias_hh: Parameter<(Gates<C>,)>,
}

impl<C: Cell, I: Dim> Layer<C, I> {
    /// Creates the layer with this 0-based index and draws its weights from U(−1/√H, 1/√H), PyTorch's default. `forget_bias` is added to the
    /// input bias of the forget gate, if the cell has one. `input_axis` is the name of `input` in labels.
    ///
    /// # Errors
    /// If there is no memory for the weights.
    pub(super) fn new(
        index: usize,
        input: I,
        input_axis: Axis,
        hidden: Hidden,
        forget_bias: f32,
        random: &mut impl Rng,
    ) -> Result<Self> {
        let (gates, uniform) = (Gates::for_units(hidden), uniform(hidden.size()));
        let gates_axis = Axis::Times(gate_count::<C>(), &Axis::Hidden);
        let label = |name, meaning, axes: &[Axis]| Label::new(TensorName::with_layer(name, index, ""), meaning, axes);
        let input_weight = label("rnn.weight_ih_l", TensorRole::InputWeight, &[gates_axis, input_axis]);
        let recurrent_weight = label("rnn.weight_hh_l", TensorRole::RecurrentWeight, &[gates_axis, Axis::Hidden]);
        let biases = ["rnn.bias_ih_l", "rnn.bias_hh_l"];
        let [input_bias, recurrent_bias] = biases.map(|name| label(name, TensorRole::Bias, &[gates_axis]));
        let mut layer = Self {
            weight_ih: Parameter::drawn(input_weight, (gates, input), uniform, random)?,
            weight_hh: Parameter::drawn(recurrent_weight, (gates, hidden), uniform, random)?,
            bias_ih: Parameter::drawn(input_bias, (gates,), uniform, random)?,
            bias_hh: Parameter::drawn(recurrent_bias, (gates,), uniform, random)?,
        };
        if let Some(gate) = C::FORGET_GATE {
            let biases = &mut layer.bias_ih.value.as_mut_slice()[gate * hidden.size()..][..hidden.size()];
            for bias in biases {
                *bias += forget_bias;
            }
        }
        Ok(layer)
    }

    /// Computes gates and states of every step into `workspace` from `input`, `[Steps, Batch, I]`. Steps, batch and initial state are those of
    /// `workspace`.
    ///
    /// # Panics
    /// If `input` has another number of rows.
    pub fn forward(&self, input: Rows<'_, I>, workspace: &mut LayerWorkspace<C>, threads: Threads) {
        // the input sums of all gates and steps are one product
        self.sum_biases(workspace);
        let LayerWorkspace { gates, bias, .. } = workspace;
        let weight_ih = self.weight_ih.value.matrix().transposed();
        product(gates.rows_mut(), Accumulate::Row(bias.as_slice()), input, weight_ih, threads);
        self.run(None, workspace, threads);
    }

    /// As [`forward`](Self::forward) with the embeddings of `ids`, rows of `table`. The input sums depend only on the word, so they are computed
    /// once per word of the vocabulary, into `projections`: less work if the pass has more words than the vocabulary.
    pub(super) fn forward_by_word(
        &self,
        ids: Ids<'_>,
        table: Matrix<'_, Vocab, I>,
        projections: &mut Tensor<(Vocab, Gates<C>)>,
        workspace: &mut LayerWorkspace<C>,
        threads: Threads,
    ) {
        self.sum_biases(workspace);
        let weight_ih = self.weight_ih.value.matrix().transposed();
        product(projections.matrix_mut(), Accumulate::Row(workspace.bias.as_slice()), table, weight_ih, threads);
        self.run(Some(PerWord { ids, projections: projections.as_slice() }), workspace, threads);
    }

    /// Computes the input sums of every gate, `[Steps, Batch, G·H]`, with the biases that [`forward`](Self::forward) adds to them. Overwrites only
    /// the bias in `workspace`.
    ///
    /// # Errors
    /// If there is no memory for the sums.
    pub(super) fn input_sums(&self, input: Rows<'_, I>, workspace: &mut LayerWorkspace<C>) -> Result<Vec<f32>> {
        self.sum_biases(workspace);
        let mut sums = Tensor::zeros(workspace.gates.shape())?;
        let weight_ih = self.weight_ih.value.matrix().transposed();
        product(sums.rows_mut(), Accumulate::Row(workspace.bias.as_slice()), input, weight_ih, Threads::ONE);
        Ok(sums.as_slice().to_vec())
    }

    /// Writes the bias of the input sums to `workspace`: b + b′, or only b if the cell splits the sum.
    fn sum_biases(&self, workspace: &mut LayerWorkspace<C>) {
        workspace.bias.as_mut_slice().copy_from_slice(self.bias_ih.value.as_slice());
        if !C::SPLIT_RECURRENT_SUM {
            add_rows(self.bias_hh.value.as_slice(), workspace.bias.as_mut_slice());
        }
    }

    /// Runs the loop over time. The input sums are in the gates of `workspace`, or are copied there from `per_word`.
    fn run(&self, per_word: Option<PerWord<'_>>, workspace: &mut LayerWorkspace<C>, threads: Threads) {
        let LayerWorkspace { steps, batch, units, gates, recurrent, hidden, cell, packed, .. } = workspace;
        let (steps, batch, units, gate_row) = (*steps, *batch, *units, Gates::<C>::for_units(*units).size());
        let weight_hh = self.weight_hh.value.matrix().transposed();
        let weight_hh = PackedMatrix::new(weight_hh, packed, steps.0, batch.0, threads);
        let tensors = [
            (gates.as_mut_slice(), gate_row),
            (recurrent.as_mut_slice(), gate_row),
            (hidden.as_mut_slice(), units.size()),
            (cell.as_mut_slice(), units.size()),
        ];
        let threads = weight_hh.threads_for_rows(threads).for_product(steps.0 * batch.0 * gate_row * units.size());
        for_columns(threads, batch.0, tensors, |indices, rows| {
            let bias_hh = self.bias_hh.value.as_slice();
            Sequences { indices, batch, steps, units }.forward::<C>(rows, per_word, weight_hh, bias_hh);
        });
    }

    /// Backpropagation through time: from ∂loss/∂h without the part through later steps, in `workspace`, computes the complete ∂loss/∂h, and
    /// replaces the gates of every step (and the recurrent sums, if split) by the gradients of their sums.
    pub(super) fn backward_through_time(&self, workspace: &mut LayerWorkspace<C>, threads: Threads) {
        if C::HAS_CELL_STATE {
            workspace.d_cell.reshape((workspace.batch, workspace.units));
        }
        let LayerWorkspace { steps, batch, units, gates, recurrent, hidden, cell, d_hidden, d_cell, packed, .. } =
            workspace;
        let (steps, batch, units, gate_row) = (*steps, *batch, *units, Gates::<C>::for_units(*units).size());
        let weight_hh = PackedMatrix::new(self.weight_hh.value.matrix(), packed, steps.0, batch.0, threads);
        let tensors = [
            (gates.as_mut_slice(), gate_row),
            (recurrent.as_mut_slice(), gate_row),
            (d_hidden.as_mut_slice(), units.size()),
            (d_cell.as_mut_slice(), units.size()),
        ];
        let states = [hidden.as_slice(), cell.as_slice()];
        let threads = weight_hh.threads_for_rows(threads).for_product(steps.0 * batch.0 * gate_row * units.size());
        for_columns(threads, batch.0, tensors, |indices, rows| {
            Sequences { indices, batch, steps, units }.backward::<C>(rows, states, weight_hh);
        });
    }

    /// Writes ∂loss/∂input to `d_input`, after [`backward_through_time`](Self::backward_through_time).
    pub(super) fn input_gradient(
        &self,
        workspace: &LayerWorkspace<C>,
        d_input: MatrixMut<'_, Flattened<Steps, Batch>, I>,
        threads: Threads,
    ) {
        product(d_input, Accumulate::Nothing, workspace.gates.rows(), self.weight_ih.value.matrix(), threads);
    }

    /// Computes the gradients of all weights, after [`backward_through_time`](Self::backward_through_time).
    pub(super) fn weight_gradients(&mut self, input: Rows<'_, I>, workspace: &LayerWorkspace<C>, threads: Threads) {
        let d_projections = workspace.gates.rows().transposed();
        product(self.weight_ih.gradient.matrix_mut(), Accumulate::Nothing, d_projections, input, threads);
        sum_rows(workspace.gates.as_slice(), self.bias_ih.gradient.as_mut_slice(), threads);
        self.recurrent_gradients(workspace, threads);
    }

    /// As [`weight_gradients`](Self::weight_gradients) after [`forward_by_word`](Self::forward_by_word), and the gradient of the table.
    /// `d_projections` is overwritten by the gradient of the projections.
    pub(super) fn gradients_by_word(
        &mut self,
        ids: Ids<'_>,
        input: TableInput<'_, I>,
        d_projections: &mut Tensor<(Vocab, Gates<C>)>,
        workspace: &LayerWorkspace<C>,
        threads: Threads,
    ) {
        let TableInput { table, d_table, accumulate } = input;
        add_rows_by_word(d_projections.as_mut_slice(), false, ids.words(), workspace.gates.as_slice(), threads);
        sum_rows(d_projections.as_slice(), self.bias_ih.gradient.as_mut_slice(), threads);
        let d_weight = self.weight_ih.gradient.matrix_mut();
        product(d_weight, Accumulate::Nothing, d_projections.matrix().transposed(), table, threads);
        product(d_table, accumulate, d_projections.matrix(), self.weight_ih.value.matrix(), threads);
        self.recurrent_gradients(workspace, threads);
    }

    /// Computes the gradients of the recurrent weight and bias. Without a split sum the latter is a copy of the input bias's gradient, which must
    /// be computed before.
    fn recurrent_gradients(&mut self, workspace: &LayerWorkspace<C>, threads: Threads) {
        let d_recurrent_sums = if C::SPLIT_RECURRENT_SUM { &workspace.recurrent } else { &workspace.gates };
        let before = workspace.hidden.before();
        let Self { weight_hh, bias_ih, bias_hh, .. } = self;
        let d_weight = weight_hh.gradient.matrix_mut();
        product(d_weight, Accumulate::Nothing, d_recurrent_sums.rows().transposed(), before, threads);
        if C::SPLIT_RECURRENT_SUM {
            sum_rows(d_recurrent_sums.as_slice(), bias_hh.gradient.as_mut_slice(), threads);
        } else {
            bias_hh.gradient.as_mut_slice().copy_from_slice(bias_ih.gradient.as_slice());
        }
    }

    /// As [`Model::visit`](crate::model::Model::visit): both matrices, then both biases.
    pub(super) fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.weight_ih.show(visitor);
        self.weight_hh.show(visitor);
        self.bias_ih.show(visitor);
        self.bias_hh.show(visitor);
    }
}
