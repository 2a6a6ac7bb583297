//! The long short-term memory layer (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).
//!
//! For every step `t`, as on PyTorch's [`nn.LSTM`](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html) page:
//!
//! ```text
//! i = σ(W_ii x + b_ii + W_hi h₋₁ + b_hi)      input gate
//! f = σ(W_if x + b_if + W_hf h₋₁ + b_hf)      forget gate
//! g = tanh(W_ig x + b_ig + W_hg h₋₁ + b_hg)   candidate
//! o = σ(W_io x + b_io + W_ho h₋₁ + b_ho)      output gate
//! c = f ⊙ c₋₁ + i ⊙ g                         cell state
//! h = o ⊙ tanh(c)                             hidden state
//! ```
//!
//! All steps are one operation on the tape; its backward pass is backpropagation through time (Werbos 1990).

use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, SplitTape, Tape, TensorFromVec};
use rand::Rng;
use rand::distributions::Uniform;

use super::dimensions::{Batch, Flattened, Gates, Steps};
use super::kernels::{Matrix, MatrixMut, product};
use super::tensors::{Gradients, Result, Tensor, drawn, values};
use super::{ParameterName, ParameterVisitor};

/// One LSTM layer of `H` units over inputs of `I` numbers, its gates stacked in PyTorch's order i, f, g, o.
#[derive(Clone, Debug)]
pub struct Lstm<I: Dim, H: Dim> {
    weight_ih: Tensor<(Gates<H, 4>, I)>,
    weight_hh: Tensor<(Gates<H, 4>, H)>,
    bias_ih: Tensor<(Gates<H, 4>,)>,
    bias_hh: Tensor<(Gates<H, 4>,)>,
}

/// What a layer carries from one step to the next: hidden state h and cell state c, each `[Batch, H]`.
#[derive(Clone, Debug)]
pub struct LstmState<H: Dim> {
    /// h, what the layer shows to the layer above and to itself one step later.
    pub hidden: Tensor<(Batch, H)>,
    /// c, what the layer keeps to itself.
    pub cell: Tensor<(Batch, H)>,
}

impl<I: Dim, H: Dim> Lstm<I, H> {
    /// A layer whose weights are drawn from U(−1/√H, 1/√H), PyTorch's default.
    pub(super) fn new(device: &Cpu, input: I, hidden: H, random: &mut impl Rng) -> Result<Self> {
        let (gates, bound) = (Gates(hidden), uniform_bound(hidden));
        Ok(Self {
            weight_ih: drawn(device, (gates, input), bound, random)?,
            weight_hh: drawn(device, (gates, hidden), bound, random)?,
            bias_ih: drawn(device, (gates,), bound, random)?,
            bias_hh: drawn(device, (gates,), bound, random)?,
        })
    }

    /// `[Steps, Batch, I]` → the hidden state at every step `[Steps, Batch, H]` and the state after the last one.
    ///
    /// Without an initial state the layer starts from zeros. No gradient flows into the initial state: it is where
    /// backpropagation through time is cut off.
    ///
    /// # Errors
    /// When there is no memory for the result.
    ///
    /// # Panics
    /// If `initial` is of another batch or layer size.
    pub fn forward<T: Tape<f32, Cpu>>(
        &self,
        input: Tensor<(Steps, Batch, I), T>,
        initial: Option<&LstmState<H>>,
    ) -> Result<Forward<H, T>> {
        let (input, mut tape) = input.split_tape();
        let device = self.weight_ih.device();
        let (steps, batch, _) = *input.shape();
        let (_, units) = *self.weight_hh.shape();

        let pass = Pass::forward(self, &input, initial);
        let after_first = batch.0 * units.size();
        let output = device.try_tensor_from_vec(pass.hidden[after_first..].to_vec(), (steps, batch, units))?;
        let last = steps.0 * after_first;
        let state = LstmState {
            hidden: device.try_tensor_from_vec(pass.hidden[last..].to_vec(), (batch, units))?,
            cell: device.try_tensor_from_vec(pass.cell[last..].to_vec(), (batch, units))?,
        };

        if T::OWNS_TAPE {
            let (layer, result) = (self.clone(), output.clone());
            tape.add_backward_op(move |gradients| {
                let d_output = gradients.get_or_alloc_mut(&result)?.to_vec();
                pass.backward(&layer, &input, &d_output, gradients)
            });
        }
        Ok((output.put_tape(tape), state))
    }

    pub(super) fn visit(&mut self, layer: usize, visitor: &mut impl ParameterVisitor) -> Result<()> {
        visitor.visit(ParameterName::WeightIh(layer), &mut self.weight_ih)?;
        visitor.visit(ParameterName::WeightHh(layer), &mut self.weight_hh)?;
        visitor.visit(ParameterName::BiasIh(layer), &mut self.bias_ih)?;
        visitor.visit(ParameterName::BiasHh(layer), &mut self.bias_hh)
    }
}

/// The hidden state at every step, and the state after the last one.
type Forward<H, T> = (Tensor<(Steps, Batch, H), T>, LstmState<H>);

/// U(−1/√H, 1/√H), from which PyTorch draws the weights of recurrent layers and of a linear layer over H units.
pub(super) fn uniform_bound(hidden: impl Dim) -> Uniform<f32> {
    let bound = 1.0 / (hidden.size() as f32).sqrt();
    Uniform::new_inclusive(-bound, bound)
}

/// What a forward pass leaves for its backward pass. Row `t` of `hidden` and `cell` is the state *before* step `t`, so the
/// last of their `Steps + 1` rows is the state after the last step.
struct Pass {
    input: Vec<f32>,     // [Steps, Batch, I]
    weight_ih: Vec<f32>, // [4H, I]
    weight_hh: Vec<f32>, // [4H, H]
    gates: Vec<f32>,     // [Steps, Batch, 4H], after σ and tanh
    cell: Vec<f32>,      // [Steps + 1, Batch, H]
    hidden: Vec<f32>,    // [Steps + 1, Batch, H]
}

impl Pass {
    fn forward<I: Dim, H: Dim>(
        layer: &Lstm<I, H>,
        input: &Tensor<(Steps, Batch, I)>,
        initial: Option<&LstmState<H>>,
    ) -> Self {
        let (steps, batch, width) = *input.shape();
        let (gates, units) = *layer.weight_hh.shape();
        let row = batch.0 * units.size();
        let mut pass = Self {
            input: values(input),
            weight_ih: values(&layer.weight_ih),
            weight_hh: values(&layer.weight_hh),
            gates: Vec::with_capacity(steps.0 * batch.0 * gates.size()),
            cell: vec![0.0; (steps.0 + 1) * row],
            hidden: vec![0.0; (steps.0 + 1) * row],
        };
        if let Some(state) = initial {
            state.hidden.copy_into(&mut pass.hidden[..row]);
            state.cell.copy_into(&mut pass.cell[..row]);
        }
        let mut bias = values(&layer.bias_ih);
        bias.iter_mut().zip(values(&layer.bias_hh)).for_each(|(ih, hh)| *ih += hh);
        for _ in 0..steps.0 * batch.0 {
            pass.gates.extend_from_slice(&bias);
        }

        // the input's share of every gate at every step is one product
        product(
            MatrixMut::new(&mut pass.gates, Flattened(steps, batch), gates),
            1.0,
            Matrix::new(&pass.input, Flattened(steps, batch), width),
            Matrix::new(&pass.weight_ih, gates, width).transposed(),
        );
        for (t, gate_rows) in pass.gates.chunks_exact_mut(batch.0 * gates.size()).enumerate() {
            let (before, after) = pass.hidden.split_at_mut((t + 1) * row);
            product(
                MatrixMut::new(gate_rows, batch, gates),
                1.0,
                Matrix::new(&before[t * row..], batch, units),
                Matrix::new(&pass.weight_hh, gates, units).transposed(),
            );
            let (cell_before, cell_after) = pass.cell.split_at_mut((t + 1) * row);
            let states = after.iter_mut().zip(cell_after).zip(&cell_before[t * row..]);
            let mut states = states.take(row);
            for gate_row in gate_rows.chunks_exact_mut(gates.size()) {
                for ([i, f, g, o], ((h, c), c_before)) in by_unit_mut(gate_row, units.size()).zip(&mut states) {
                    (*i, *f, *g, *o) = (sigmoid(*i), sigmoid(*f), g.tanh(), sigmoid(*o));
                    *c = *f * c_before + *i * *g;
                    *h = *o * c.tanh();
                }
            }
        }
        pass
    }

    fn backward<I: Dim, H: Dim>(
        mut self,
        layer: &Lstm<I, H>,
        input: &Tensor<(Steps, Batch, I)>,
        d_output: &[f32],
        gradients: &mut Gradients,
    ) -> Result<()> {
        let (steps, batch, width) = *input.shape();
        let (gates, units) = *layer.weight_hh.shape();
        let row = batch.0 * units.size();
        let every_step = Flattened(steps, batch);

        // what later steps want of h and c; the gates become their own gradients, before σ and tanh
        let (mut d_hidden, mut d_cell) = (vec![0.0; row], vec![0.0; row]);
        for (t, gate_rows) in self.gates.chunks_exact_mut(batch.0 * gates.size()).enumerate().rev() {
            let cells = self.cell[t * row..].iter().zip(&self.cell[(t + 1) * row..]);
            let wanted = d_hidden.iter().zip(&mut d_cell).zip(&d_output[t * row..]);
            let mut states = cells.zip(wanted);
            for gate_row in gate_rows.chunks_exact_mut(gates.size()) {
                let of_units = by_unit_mut(gate_row, units.size()).zip(&mut states);
                for ([i, f, g, o], ((c_before, c), ((d_later, d_c), d_out))) in of_units {
                    let (d_h, tanh_c) = (d_out + d_later, c.tanh());
                    let d_c_now = *d_c + d_h * *o * (1.0 - tanh_c * tanh_c);
                    *d_c = d_c_now * *f;
                    *o = d_h * tanh_c * *o * (1.0 - *o);
                    let (gate_i, gate_g) = (*i, *g);
                    *i = d_c_now * gate_g * gate_i * (1.0 - gate_i);
                    *f = d_c_now * c_before * *f * (1.0 - *f);
                    *g = d_c_now * gate_i * (1.0 - gate_g * gate_g);
                }
            }
            if t > 0 {
                product(
                    MatrixMut::new(&mut d_hidden, batch, units),
                    0.0,
                    Matrix::new(gate_rows, batch, gates),
                    Matrix::new(&self.weight_hh, gates, units),
                );
            }
        }

        let d_gates = Matrix::new(&self.gates, every_step, gates);
        product(
            MatrixMut::new(gradients.get_or_alloc_mut(&layer.weight_ih)?, gates, width),
            1.0,
            d_gates.transposed(),
            Matrix::new(&self.input, every_step, width),
        );
        product(
            MatrixMut::new(gradients.get_or_alloc_mut(&layer.weight_hh)?, gates, units),
            1.0,
            d_gates.transposed(),
            Matrix::new(&self.hidden[..steps.0 * row], every_step, units),
        );
        product(
            MatrixMut::new(gradients.get_or_alloc_mut(input)?, every_step, width),
            1.0,
            d_gates,
            Matrix::new(&self.weight_ih, gates, width),
        );
        for bias in [&layer.bias_ih, &layer.bias_hh] {
            let d_bias = gradients.get_or_alloc_mut(bias)?;
            for d_row in self.gates.chunks_exact(gates.size()) {
                d_bias.iter_mut().zip(d_row).for_each(|(sum, d)| *sum += d);
            }
        }
        Ok(())
    }
}

/// The four gates of each unit from one row `[4H]` of stacked gates.
fn by_unit_mut(row: &mut [f32], units: usize) -> impl Iterator<Item = [&mut f32; 4]> {
    let (i, rest) = row.split_at_mut(units);
    let (f, rest) = rest.split_at_mut(units);
    let (g, o) = rest.split_at_mut(units);
    i.iter_mut().zip(f).zip(g).zip(o).map(|(((i, f), g), o)| [i, f, g, o])
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
