//! A linear layer: y = W·x + b for every row x.

use dfdx::prelude::Dim;
use rand::Rng;
use rand::distributions::Distribution;

use crate::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product, sum_rows};
use crate::model::parameters::{Label, Parameter, ParameterMut};
use crate::model::tensors::Result;

/// A linear layer, `weight` `[O, I]` and `bias` `[O]`, as PyTorch's
/// [`nn.Linear`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
#[derive(Clone, Debug)]
pub(in crate::model) struct Linear<I: Dim, O: Dim> {
    weight: Parameter<(O, I)>,
    bias: Parameter<(O,)>,
}

impl<I: Dim, O: Dim> Linear<I, O> {
    /// Creates a layer with a weight drawn from `distribution` and a bias of zeros.
    ///
    /// # Errors
    /// If there is no memory for the weights.
    pub fn new(
        [weight, bias]: [Label; 2],
        input: I,
        output: O,
        distribution: impl Distribution<f32>,
        random: &mut impl Rng,
    ) -> Result<Self> {
        Ok(Self {
            weight: Parameter::drawn(weight, (output, input), distribution, random)?,
            bias: Parameter::zeros(bias, (output,))?,
        })
    }

    /// Writes the output: `[Rows, I]` → `[Rows, O]`.
    pub fn forward<R: Dim>(&self, input: Matrix<'_, R, I>, output: MatrixMut<'_, R, O>, threads: Threads) {
        let bias = Accumulate::Row(self.bias.value.as_slice());
        product(output, bias, input, self.weight.value.matrix().transposed(), threads);
    }

    /// ∂loss/∂output, `[Rows, O]` → ∂loss/∂input, `[Rows, I]`, which overwrites `d_input`.
    pub fn input_gradient<R: Dim>(&self, d_output: Matrix<'_, R, O>, d_input: MatrixMut<'_, R, I>, threads: Threads) {
        product(d_input, Accumulate::Nothing, d_output, self.weight.value.matrix(), threads);
    }

    /// Computes the gradients of weight and bias from `input`, `[Rows, I]`, and ∂loss/∂output, `[Rows, O]`.
    pub fn weight_gradients<R: Dim>(&mut self, input: Matrix<'_, R, I>, d_output: Matrix<'_, R, O>, threads: Threads) {
        product(self.weight.gradient.matrix_mut(), Accumulate::Nothing, d_output.transposed(), input, threads);
        sum_rows(d_output.as_slice(), self.bias.gradient.as_mut_slice(), threads);
    }

    pub fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.weight.show(visitor);
        self.bias.show(visitor);
    }
}
