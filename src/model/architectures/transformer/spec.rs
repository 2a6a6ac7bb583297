//! How large a transformer is, and what else can be chosen about it.

use dfdx::prelude::Dim;

use crate::model::architectures::{Cost, Work};
use crate::model::dimensions::{Embed, Inner, Positions, Vocab};
use crate::model::layers::kept_weights;

/// Everything that is chosen about a transformer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransformerSpec {
    /// Words it knows.
    pub vocabulary: Vocab,
    /// Numbers that stand for a word, and units of the residual stream.
    pub embedding: Embed,
    /// The most words that it reads at once.
    pub context: Positions,
    /// Heads of attention in each layer, which share the units.
    pub heads: usize,
    /// Layers of attention and MLP, one above the other; 0 counts as 1.
    pub layers: usize,
    /// Units of each MLP.
    pub inner: Inner,
    /// The probability with which a number is dropped in training, where GPT-2 does: of the vectors of the words, of the
    /// weights of attention, and of what attention and MLP add to the residual stream. Below 1.
    pub dropout: f32,
    /// Whether the embedding table is the output layer's weight, too (Press & Wolf 2017).
    pub tied: bool,
}

impl TransformerSpec {
    /// `Transformer 65→4×(128, 4 heads, 512)→65`
    pub(super) fn summary(&self) -> String {
        let [v, e] = [self.vocabulary.size(), self.embedding.size()];
        let layers = if self.layers > 1 { format!("{}×", self.layers) } else { String::new() };
        let heads = if self.heads == 1 { "1 head".to_owned() } else { format!("{} heads", self.heads) };
        format!("Transformer {v}→{layers}({e}, {heads}, {})→{v}", self.inner.0)
    }

    /// What such a model takes. A pass keeps for each layer two rows of the residual stream, both normalized, queries, keys and
    /// values, what was read, the units of the MLP and their slopes, and the weights of attention; beside these the gradients of
    /// one layer.
    pub(super) fn cost(&self, work: Work) -> Cost {
        let [v, e, m] = [self.vocabulary.size(), self.embedding.size(), self.inner.0].map(|size| size as u128);
        let (layers, heads, positions) = (self.layers.max(1) as u128, self.heads as u128, self.context.0 as u128);
        let of_layer = 4 * e * (e + 1) + 2 * e * m + m + e + 4 * e;
        let head = if self.tied { v } else { v * (e + 1) };
        let rows = work.steps as u128 * work.batch as u128;
        let weights = work.batch as u128 * heads * kept_weights(work.steps) as u128;
        let (dropped_rows, dropped_weights) = if self.dropout > 0.0 { (2 * e, weights) } else { (0, 0) };
        Cost {
            weights: (v + positions) * e + layers * of_layer + 2 * e + head,
            activations: rows * (layers * (8 * e + 2 * m + dropped_rows) + 12 * e + m)
                + layers * (weights + dropped_weights)
                + work.predictions as u128 * (v + 2 * e),
            // of the scores and of what is read by them half lies after the position that asks
            multiplications: 3
                * (layers * rows * (4 * e * e + 2 * e * m + e * (work.steps as u128 + 1))
                    + work.predictions as u128 * v * e),
            depth: 6 * layers + 1,
        }
    }
}
