//! Layer normalization (Ba et al. 2016): every row is normalized to mean 0 and variance 1, then scaled and shifted by learned weights.

use std::ops::Range;

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};

use crate::model::dimensions::Embed;
use crate::model::kernels::{Lanes, Matrix, MatrixMut, Threads, simd_chunks, sum_rows, take, vectorized};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::parameters::{Label, Parameter, ParameterMut};
use crate::model::tensors::Result;

/// Added to the variance; PyTorch's default.
const EPSILON: f32 = 1e-5;
/// Rows per group. Weight gradients are summed per group, then over groups, so the result does not depend on the number of threads.
const GROUP: usize = 32;

/// y = γ ⊙ (x − mean) / √(variance + 1e-5) + β, as PyTorch's
/// [`nn.LayerNorm`](https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html).
#[derive(Clone, Debug)]
pub(in crate::model) struct LayerNorm {
    /// γ
    weight: Parameter<(Embed,)>,
    /// β
    bias: Parameter<(Embed,)>,
}

/// Statistics of the rows of a forward pass, and weight gradients per [group](GROUP).
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Statistics {
    /// Mean and 1 / √(variance + 1e-5) of each row.
    rows: Vec<[f32; 2]>,
    /// The gradient of γ from each group, `[groups, E]`.
    d_weight: Vec<f32>,
    /// The gradient of β from each group, `[groups, E]`.
    d_bias: Vec<f32>,
}

impl LayerNorm {
    /// Creates a normalization with γ = 1 and β = 0, PyTorch's default.
    ///
    /// # Errors
    /// If there is no memory for the weights.
    pub fn new([weight, bias]: [TensorName; 2], units: Embed) -> Result<Self> {
        let label = |name, meaning| Label::new(name, meaning, &[Axis::Embedding]);
        let mut weight = Parameter::zeros(label(weight, TensorRole::NormScale), (units,))?;
        weight.value.as_mut_slice().fill(1.0);
        Ok(Self { weight, bias: Parameter::zeros(label(bias, TensorRole::Bias), (units,))? })
    }

    /// Normalizes every row of `input`, `[Rows, E]` → `[Rows, E]`, and stores mean and scale of each in `statistics`.
    pub fn forward<R: Dim>(
        &self,
        input: Matrix<'_, R, Embed>,
        mut output: MatrixMut<'_, R, Embed>,
        statistics: &mut Statistics,
        threads: Threads,
    ) {
        let (weight, bias) = (self.weight.value.as_slice(), self.bias.value.as_slice());
        let (width, numbers) = (weight.len(), input.as_slice());
        statistics.rows.resize(numbers.len() / width, [0.0; 2]);
        let (mut outputs, mut row_statistics) = (output.as_mut_slice(), &mut *statistics.rows);
        let part = |rows: Range<usize>| Forward {
            input: &numbers[rows.start * width..rows.end * width],
            output: take(&mut outputs, rows.len() * width),
            row_statistics: take(&mut row_statistics, rows.len()),
            weight,
            bias,
        };
        let threads = threads.for_numbers(numbers.len());
        Threads::each(threads.ranges(numbers.len() / width, 1).map(part).collect(), vectorized);
    }

    /// Adds the gradient through the normalization to `d_input`; `statistics` are those of the forward pass.
    pub fn add_input_gradient<R: Dim>(
        &self,
        input: Matrix<'_, R, Embed>,
        d_output: Matrix<'_, R, Embed>,
        mut d_input: MatrixMut<'_, R, Embed>,
        statistics: &Statistics,
        threads: Threads,
    ) {
        let (weight, numbers) = (self.weight.value.as_slice(), input.as_slice());
        let (width, mut d_inputs) = (weight.len(), d_input.as_mut_slice());
        let part = |rows: Range<usize>| {
            let all = rows.start * width..rows.end * width;
            Backward {
                input: &numbers[all.clone()],
                d_output: &d_output.as_slice()[all.clone()],
                d_input: take(&mut d_inputs, all.len()),
                row_statistics: &statistics.rows[rows],
                weight,
            }
        };
        let threads = threads.for_numbers(numbers.len());
        Threads::each(threads.ranges(numbers.len() / width, 1).map(part).collect(), vectorized);
    }

    /// Computes the gradients of γ and β from ∂loss/∂output; `statistics` are those of the forward pass.
    pub fn weight_gradients<R: Dim>(
        &mut self,
        input: Matrix<'_, R, Embed>,
        d_output: Matrix<'_, R, Embed>,
        statistics: &mut Statistics,
        threads: Threads,
    ) {
        let (width, numbers) = (self.weight.value.as_slice().len(), input.as_slice());
        let Statistics { rows: row_statistics, d_weight, d_bias } = statistics;
        let groups = row_statistics.len().div_ceil(GROUP);
        d_weight.resize(groups * width, 0.0);
        d_bias.resize(groups * width, 0.0);
        let (mut d_weights, mut d_biases) = (&mut d_weight[..], &mut d_bias[..]);
        let part = |range: Range<usize>| {
            let rows = range.start * GROUP..row_statistics.len().min(range.end * GROUP);
            let all = rows.start * width..rows.end * width;
            WeightGradients {
                input: &numbers[all.clone()],
                d_output: &d_output.as_slice()[all],
                row_statistics: &row_statistics[rows],
                d_weight: take(&mut d_weights, range.len() * width),
                d_bias: take(&mut d_biases, range.len() * width),
                width,
            }
        };
        let sharing = threads.for_numbers(numbers.len());
        Threads::each(sharing.ranges(groups, 1).map(part).collect(), vectorized);
        sum_rows(d_weight, self.weight.gradient.as_mut_slice(), threads);
        sum_rows(d_bias, self.bias.gradient.as_mut_slice(), threads);
    }

    pub fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.weight.show(visitor);
        self.bias.show(visitor);
    }
}

struct Forward<'a> {
    input: &'a [f32],
    output: &'a mut [f32],
    row_statistics: &'a mut [[f32; 2]],
    weight: &'a [f32],
    bias: &'a [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.weight.len();
        let share = 1.0 / width as f32;
        let rows = self.input.chunks_exact(width).zip(self.output.chunks_exact_mut(width));
        for ((input, output), row_statistics) in rows.zip(self.row_statistics) {
            let mean = share * sum(simd, width, |at| Lanes::load(simd, &input[at]));
            let shift = Lanes::splat(simd, mean);
            // the lanes beyond the row are zero and must stay zero
            let squares = sum(simd, width, |at| {
                let difference = Lanes::load(simd, &input[at.clone()]) - shift.first(at.len());
                difference * difference
            });
            let scale = 1.0 / (share * squares + EPSILON).sqrt();
            *row_statistics = [mean, scale];
            let scale = Lanes::splat(simd, scale);
            for at in simd_chunks::<S>(width) {
                let load = |numbers: &[f32]| Lanes::load(simd, &numbers[at.clone()]);
                let normalized = (load(input) - shift) * scale;
                normalized.mul_add(load(self.weight), load(self.bias)).store(&mut output[at.clone()]);
            }
        }
    }
}

struct Backward<'a> {
    input: &'a [f32],
    d_output: &'a [f32],
    d_input: &'a mut [f32],
    row_statistics: &'a [[f32; 2]],
    weight: &'a [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weight, .. } = self;
        let share = 1.0 / weight.len() as f32;
        let rows = self.input.chunks_exact(weight.len()).zip(self.d_output.chunks_exact(weight.len()));
        let d_rows = self.d_input.chunks_exact_mut(weight.len());
        for (((input, d_output), d_input), [mean, scale]) in rows.zip(d_rows).zip(self.row_statistics) {
            let [mean, scale] = [*mean, *scale].map(|number| Lanes::splat(simd, number));
            let load = |numbers: &[f32], at: &Range<usize>| Lanes::load(simd, &numbers[at.clone()]);
            let normalized = |at: &Range<usize>| (load(input, at) - mean) * scale;
            let (mut sums, mut products) = (Lanes::splat(simd, 0.0), Lanes::splat(simd, 0.0));
            for at in simd_chunks::<S>(weight.len()) {
                let d = load(d_output, &at) * load(weight, &at); // zero beyond the row
                sums = sums + d;
                products = normalized(&at).mul_add(d, products);
            }
            let [sum, product] = [sums, products].map(|sums| Lanes::splat(simd, share * sums.sum()));
            for at in simd_chunks::<S>(weight.len()) {
                let d = load(d_output, &at) * load(weight, &at);
                let d = (d - sum - normalized(&at) * product).mul_add(scale, load(d_input, &at));
                d.store(&mut d_input[at]);
            }
        }
    }
}

struct WeightGradients<'a> {
    input: &'a [f32],
    d_output: &'a [f32],
    row_statistics: &'a [[f32; 2]],
    d_weight: &'a mut [f32],
    d_bias: &'a mut [f32],
    width: usize,
}

impl WithSimd for WeightGradients<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { width, .. } = self;
        let groups = self.d_weight.chunks_exact_mut(width).zip(self.d_bias.chunks_exact_mut(width));
        let rows = self.input.chunks(GROUP * width).zip(self.d_output.chunks(GROUP * width));
        for (((d_weight, d_bias), (inputs, d_outputs)), row_statistics) in
            groups.zip(rows).zip(self.row_statistics.chunks(GROUP))
        {
            d_weight.fill(0.0);
            d_bias.fill(0.0);
            let rows = inputs.chunks_exact(width).zip(d_outputs.chunks_exact(width));
            for ((input, d_output), [mean, scale]) in rows.zip(row_statistics) {
                let [mean, scale] = [*mean, *scale].map(|number| Lanes::splat(simd, number));
                for at in simd_chunks::<S>(width) {
                    let load = |numbers: &[f32]| Lanes::load(simd, &numbers[at.clone()]);
                    let (d, normalized) = (load(d_output), (load(input) - mean) * scale);
                    normalized.mul_add(d, load(d_weight)).store(&mut d_weight[at.clone()]);
                    (load(d_bias) + d).store(&mut d_bias[at.clone()]);
                }
            }
        }
    }
}

/// The sum of `width` numbers; `load` returns the numbers at a range of indices.
#[inline(always)]
fn sum<S: Simd>(simd: S, width: usize, load: impl Fn(Range<usize>) -> Lanes<S>) -> f32 {
    simd_chunks::<S>(width).map(load).fold(Lanes::splat(simd, 0.0), |sums, numbers| sums + numbers).sum()
}
