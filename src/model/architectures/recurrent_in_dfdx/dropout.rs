//! Dropout with the same random numbers as in the fast engine.

use dfdx::prelude::{Cpu, Dim, HasShape, Shape, TensorFromVec};
use rand::RngCore;

use super::tape::{OneTape, Untaped};
use crate::model::architectures::RecurrentSpec;
use crate::model::dimensions::Batch;
use crate::model::layers::{Ids, draw_factors};

/// Dropout factors of a pass, drawn in the order of [`Recurrent`](super::Recurrent): those of the embeddings of all steps, then those of the
/// outputs of all steps, layer by layer.
pub(super) struct Dropout {
    /// `[Steps, Batch, E]`, then `[Steps, Batch, H]` per layer; empty without dropout.
    factors: Vec<Vec<f32>>,
}

impl Dropout {
    /// Draws the factors; without `random`, nothing is dropped.
    pub fn new(random: Option<&mut dyn RngCore>, spec: &RecurrentSpec, ids: Ids<'_>) -> Self {
        let Some(random) = random else { return Self { factors: Vec::new() } };
        let widths = [spec.sizes.embedding.size()].into_iter();
        let widths = widths.chain(std::iter::repeat_n(spec.sizes.hidden.size(), spec.sizes.layers.max(1)));
        let factors = widths.map(|width| {
            let mut factors = vec![0.0; ids.words().len() * width];
            draw_factors(&mut factors, spec.options.dropout, random);
            factors
        });
        Self { factors: factors.collect() }
    }

    /// Multiplies `output` of step `t` by its factors. `place` is 0 for the embeddings and 1 + the 0-based layer for the output of a layer.
    pub fn apply<W: Dim>(
        &self,
        tape: &OneTape,
        place: usize,
        t: usize,
        output: &Untaped<(Batch, W)>,
    ) -> Untaped<(Batch, W)> {
        let Some(factors) = self.factors.get(place) else { return output.clone() };
        let shape = *output.shape();
        let count = shape.num_elements();
        let factors: Untaped<(Batch, W)> =
            Cpu::default().tensor_from_vec(factors[t * count..][..count].to_vec(), shape);
        tape.record(output, |output| output * factors)
    }
}
