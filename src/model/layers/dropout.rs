//! Dropout, on connections between layers, never on those between time steps (Zaremba et al. 2014).

use dfdx::prelude::Dim;
use rand::RngCore;

use crate::memory::unwind_out_of_memory;
use crate::model::dimensions::{Batch, Steps};
use crate::model::kernels::resize;
use crate::model::tensors::{Result, Rows, Tensor};

/// Random numbers per call of the generator.
const CHUNK_LEN: usize = 256;

/// The dropout factors and the output of one place where dropout is applied.
#[derive(Clone, Debug)]
pub(in crate::model) struct DropoutBuffer<W: Dim> {
    /// 0 for a dropped number, else 1 / (1 − rate), so that the expected value stays the same.
    factors: Tensor<(Steps, Batch, W)>,
    output: Tensor<(Steps, Batch, W)>,
}

impl<W: Dim> DropoutBuffer<W> {
    pub fn new(width: W) -> Result<Self> {
        let none = (Steps(0), Batch(0), width);
        Ok(Self { factors: Tensor::zeros(none)?, output: Tensor::zeros(none)? })
    }

    /// Writes `input`, `[Steps, Batch, W]`, to the output, each number dropped independently with probability `rate`.
    pub fn forward(&mut self, input: Rows<'_, W>, (steps, batch): (Steps, Batch), rate: f32, random: &mut dyn RngCore) {
        let (.., width) = self.output.shape();
        self.factors.reshape((steps, batch, width));
        self.output.reshape((steps, batch, width));
        let outputs = self.output.as_mut_slice().chunks_mut(CHUNK_LEN);
        let factors = self.factors.as_mut_slice().chunks_mut(CHUNK_LEN);
        for ((outputs, factors), inputs) in outputs.zip(factors).zip(input.as_slice().chunks(CHUNK_LEN)) {
            draw_factors(factors, rate, random);
            for ((output, factor), input) in outputs.iter_mut().zip(factors).zip(inputs) {
                *output = input * *factor;
            }
        }
    }

    /// The output of the last [`forward`](Self::forward).
    pub fn output(&self) -> Rows<'_, W> {
        self.output.rows()
    }

    /// ∂loss/∂output → ∂loss/∂input, in place.
    pub fn backward(&self, d: &mut [f32]) {
        d.iter_mut().zip(self.factors.as_slice()).for_each(|(d, factor)| *d *= factor);
    }
}

/// The dropout rate and the source of random numbers; `None` without dropout.
pub(in crate::model) struct Dropout<'r>(Option<(f32, &'r mut dyn RngCore)>);

impl<'r> Dropout<'r> {
    /// No dropout.
    pub fn none() -> Self {
        Self(None)
    }

    /// Dropout with probability `rate`; no dropout if it is 0 or less.
    pub fn new(rate: f32, random: &'r mut dyn RngCore) -> Self {
        Self(Some((rate, random)).filter(|_| rate > 0.0))
    }
}

/// The dropout factors of a sequence of numbers; empty without dropout.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Factors(Vec<f32>);

impl Factors {
    /// Draws a factor for each of `count` numbers; without dropout, clears the factors.
    ///
    /// # Panics
    /// Unwinds with [`OutOfMemory`](crate::memory::OutOfMemory) if there is no memory for them.
    pub fn draw(&mut self, count: usize, dropout: &mut Dropout<'_>) {
        let Some((rate, random)) = &mut dropout.0 else { return self.0.clear() };
        resize(&mut self.0, count).unwrap_or_else(|_| unwind_out_of_memory());
        draw_factors(&mut self.0, *rate, *random);
    }

    /// The factors; empty without dropout.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Multiplies each number by its factor, in place; the same forward and backward. Without dropout, does nothing.
    pub fn apply(&self, numbers: &mut [f32]) {
        numbers.iter_mut().zip(&self.0).for_each(|(number, factor)| *number *= factor);
    }
}

/// Draws each factor independently: 0 with probability `rate`, else 1 / (1 − rate).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a rate below 1
pub(in crate::model) fn draw_factors(factors: &mut [f32], rate: f32, random: &mut dyn RngCore) {
    let scale = 1.0 / (1.0 - rate);
    let threshold = (f64::from(rate) * 2_f64.powi(32)) as u32;
    for factors in factors.chunks_mut(CHUNK_LEN) {
        // faster than one number per call, and gives the same numbers
        let mut drawn = [0; CHUNK_LEN];
        random.fill_bytes(bytemuck::cast_slice_mut(&mut drawn[..factors.len()]));
        for (factor, drawn) in factors.iter_mut().zip(drawn) {
            *factor = if u32::from_le(drawn) < threshold { 0.0 } else { scale };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dimensions::{Flattened, Hidden};
    use crate::model::kernels::Matrix;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn dropout_forward_and_backward_use_the_same_seeded_factors() {
        let (steps, batch, width) = (Steps(100), Batch(10), Hidden(50));
        let input = vec![1.0; 50_000];
        let mut dropped = DropoutBuffer::new(width).unwrap();
        let rows = Matrix::new(&input, Flattened(steps, batch), width);
        dropped.forward(rows, (steps, batch), 0.3, &mut ChaCha8Rng::seed_from_u64(1));

        let output = dropped.output().as_slice();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let one_by_one = (0..50_000).map(|_| f64::from(random.next_u32()) < 0.3 * 2_f64.powi(32) - 1.0);
        assert!(output.iter().map(|x| *x == 0.0).eq(one_by_one), "drawing in chunks changes no number of a seed");
        let zeros = output.iter().filter(|x| **x == 0.0).count();
        assert!((14_600..15_400).contains(&zeros), "{zeros} of 50000"); // 15,000 ± 4 standard deviations
        assert!(output.iter().all(|x| *x == 0.0 || (x - 1.0 / 0.7).abs() < 1e-6));
        let mut d = input.clone();
        dropped.backward(&mut d);
        assert_eq!(d, output);
    }
}
