//! How large a model is.

use dfdx::prelude::Dim;

use super::cells::Cell;
use super::dimensions::Gates;

/// How large a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes<V: Dim, E: Dim, H: Dim> {
    /// Words it knows.
    pub vocabulary: V,
    /// Numbers that stand for one word.
    pub embedding: E,
    /// Units per layer.
    pub hidden: H,
    /// Recurrent layers, one above the other; 0 counts as 1.
    pub layers: usize,
}

impl<V: Dim, E: Dim, H: Dim> Sizes<V, E, H> {
    fn as_numbers(&self) -> [u128; 3] {
        [self.vocabulary.size(), self.embedding.size(), self.hidden.size()].map(|size| size as u128)
    }

    /// How many weights such a model of the cell `C` has, all tensors together; with `tied` weights the output layer has
    /// none of its own but its bias.
    #[must_use]
    pub fn weights<C: Cell>(&self, tied: bool) -> u128 {
        let [v, e, h] = self.as_numbers();
        let gates = C::gates(Gates::<_, 1>(1)).size() as u128;
        let layer = |input: u128| gates * h * (input + h + 2); // two matrices and two biases
        let head = if tied { v } else { v * (h + 1) };
        v * e + layer(e) + self.layers.saturating_sub(1) as u128 * layer(h) + head
    }

    /// How many numbers a pass over `steps` steps of `batch` sequences keeps for the way back, with so many predictions:
    /// vectors, for each layer its gates, states and their gradients, and the logits.
    #[must_use]
    pub fn activations<C: Cell>(&self, steps: usize, batch: usize, predictions: usize) -> u128 {
        let [v, e, h] = self.as_numbers();
        let gates = C::gates(Gates::<_, 1>(1)).size() as u128;
        let (rows, layers) = (steps as u128 * batch as u128, self.layers.max(1) as u128);
        rows * (2 * e + layers * (gates + 5) * h) + predictions as u128 * (v + 2 * h)
    }
}
