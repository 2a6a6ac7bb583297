//! Layer normalization (Ba et al. 2016): every row gets the mean 0 and the variance 1, then a scale and a shift that are learned.

use std::ops::Range;

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};

use crate::model::dimensions::Embed;
use crate::model::kernels::{Lanes, Matrix, MatrixMut, Threads, simd_chunks, sum_rows, take, vectorized};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::parameters::{Label, Parameter, ParameterMut};
use crate::model::tensors::Result;

/// Added to the variance: PyTorch's default.
const EPSILON: f32 = 1e-5;
/// Rows whose gradients of scale and shift are added up before the sums are: the same whatever the number of threads.
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

/// Mean and 1 / √(variance + 1e-5) of each row, and room for the gradients of scale and shift of each [group](GROUP).
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Statistics {
    of_rows: Vec<[f32; 2]>,
    d_weight: Vec<f32>,
    d_bias: Vec<f32>,
}

impl LayerNorm {
    /// γ = 1 and β = 0: PyTorch's default.
    pub fn new([weight, bias]: [TensorName; 2], units: Embed) -> Result<Self> {
        let label = |name, meaning| Label::new(name, meaning, &[Axis::Embedding]);
        let mut weight = Parameter::zeros(label(weight, TensorRole::NormScale), (units,))?;
        weight.value.as_mut_slice().fill(1.0);
        Ok(Self { weight, bias: Parameter::zeros(label(bias, TensorRole::Bias), (units,))? })
    }

    /// `[Rows, E]` → `[Rows, E]`
    pub fn forward<R: Dim>(
        &self,
        input: Matrix<'_, R, Embed>,
        mut output: MatrixMut<'_, R, Embed>,
        statistics: &mut Statistics,
        threads: Threads,
    ) {
        let (weight, bias) = (self.weight.value.as_slice(), self.bias.value.as_slice());
        let (width, numbers) = (weight.len(), input.as_slice());
        statistics.of_rows.resize(numbers.len() / width, [0.0; 2]);
        let (mut outputs, mut of_rows) = (output.as_mut_slice(), &mut *statistics.of_rows);
        let part = |rows: Range<usize>| Forward {
            input: &numbers[rows.start * width..rows.end * width],
            output: take(&mut outputs, rows.len() * width),
            of_rows: take(&mut of_rows, rows.len()),
            weight,
            bias,
        };
        let threads = threads.for_numbers(numbers.len());
        Threads::each(threads.ranges(numbers.len() / width, 1).map(part).collect(), vectorized);
    }

    /// Adds to the gradient of the input what comes from that of the output.
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
                of_rows: &statistics.of_rows[rows],
                weight,
            }
        };
        let threads = threads.for_numbers(numbers.len());
        Threads::each(threads.ranges(numbers.len() / width, 1).map(part).collect(), vectorized);
    }

    /// From the gradient of the output to those of scale and shift.
    pub fn weight_gradients<R: Dim>(
        &mut self,
        input: Matrix<'_, R, Embed>,
        d_output: Matrix<'_, R, Embed>,
        statistics: &mut Statistics,
        threads: Threads,
    ) {
        let (width, numbers) = (self.weight.value.as_slice().len(), input.as_slice());
        let Statistics { of_rows, d_weight, d_bias } = statistics;
        let groups = of_rows.len().div_ceil(GROUP);
        d_weight.resize(groups * width, 0.0);
        d_bias.resize(groups * width, 0.0);
        let (mut d_weights, mut d_biases) = (&mut d_weight[..], &mut d_bias[..]);
        let part = |range: Range<usize>| {
            let rows = range.start * GROUP..of_rows.len().min(range.end * GROUP);
            let all = rows.start * width..rows.end * width;
            WeightGradients {
                input: &numbers[all.clone()],
                d_output: &d_output.as_slice()[all],
                of_rows: &of_rows[rows],
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
    of_rows: &'a mut [[f32; 2]],
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
        for ((input, output), of_row) in rows.zip(self.of_rows) {
            let mean = share * sum(simd, width, |at| Lanes::load(simd, &input[at]));
            let shift = Lanes::splat(simd, mean);
            // what is beyond the row is zero and is not counted
            let squares = sum(simd, width, |at| {
                let difference = Lanes::load(simd, &input[at.clone()]) - shift.first(at.len());
                difference * difference
            });
            let scale = 1.0 / (share * squares + EPSILON).sqrt();
            *of_row = [mean, scale];
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
    of_rows: &'a [[f32; 2]],
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
        for (((input, d_output), d_input), [mean, scale]) in rows.zip(d_rows).zip(self.of_rows) {
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
    of_rows: &'a [[f32; 2]],
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
        for (((d_weight, d_bias), (inputs, d_outputs)), of_rows) in groups.zip(rows).zip(self.of_rows.chunks(GROUP)) {
            d_weight.fill(0.0);
            d_bias.fill(0.0);
            let rows = inputs.chunks_exact(width).zip(d_outputs.chunks_exact(width));
            for ((input, d_output), [mean, scale]) in rows.zip(of_rows) {
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

/// The sum of `width` numbers, of which `of` gives those at some places.
#[inline(always)]
fn sum<S: Simd>(simd: S, width: usize, of: impl Fn(Range<usize>) -> Lanes<S>) -> f32 {
    simd_chunks::<S>(width).map(of).fold(Lanes::splat(simd, 0.0), |sums, numbers| sums + numbers).sum()
}
