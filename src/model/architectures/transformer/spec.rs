//! Sizes and options of a transformer.

use dfdx::prelude::Dim;

use crate::model::architectures::{Cost, Work};
use crate::model::dimensions::{Embed, Inner, Positions, Vocab};
use crate::model::layers::stored_weights;

/// Sizes and options of a transformer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransformerSpec {
    /// Vocabulary size.
    pub vocabulary: Vocab,
    /// Embedding size, which is also the width of the residual stream.
    pub embedding: Embed,
    /// Context length: upper bound on the words of a pass.
    pub context: Positions,
    /// Attention heads per layer; they divide the embedding size.
    pub heads: usize,
    /// The number of layers of attention and MLP; 0 counts as 1.
    pub layers: usize,
    /// Hidden units of each MLP.
    pub inner: Inner,
    /// The dropout rate in training, below 1, where GPT-2 applies it: to the embeddings, the attention weights, and the outputs of attention
    /// and MLP.
    pub dropout: f32,
    /// Whether embedding and output layer share their weight (Press & Wolf 2017).
    pub tied: bool,
}

impl TransformerSpec {
    /// `Transformer 65→4×(128, 4 heads, 512)→65`: vocabulary, layers × (embedding, heads, MLP units), vocabulary.
    pub(super) fn summary(&self) -> String {
        let [v, e] = [self.vocabulary.size(), self.embedding.size()];
        let layers = if self.layers > 1 { format!("{}×", self.layers) } else { String::new() };
        let heads = if self.heads == 1 { "1 head".to_owned() } else { format!("{} heads", self.heads) };
        format!("Transformer {v}→{layers}({e}, {heads}, {})→{v}", self.inner.0)
    }

    /// The number of weights, and work and memory of a pass. A pass stores for each layer the residual stream before attention and MLP, both normalized,
    /// queries, keys and values, the heads' outputs, the units of the MLP and their derivatives, the attention weights, and the dropout factors;
    /// besides, the gradients of one layer.
    pub(super) fn cost(&self, work: Work) -> Cost {
        let [v, e, m] = [self.vocabulary.size(), self.embedding.size(), self.inner.0].map(|size| size as u128);
        let (layers, heads, positions) = (self.layers.max(1) as u128, self.heads as u128, self.context.0 as u128);
        let layer = 4 * e * (e + 1) + 2 * e * m + m + e + 4 * e;
        let head = if self.tied { v } else { v * (e + 1) };
        let rows = work.steps as u128 * work.batch as u128;
        let weights = work.batch as u128 * heads * stored_weights(work.steps) as u128;
        let (dropped_rows, dropped_weights) = if self.dropout > 0.0 { (2 * e, weights) } else { (0, 0) };
        Cost {
            weights: (v + positions) * e + layers * layer + 2 * e + head,
            activations: rows * (layers * (8 * e + 2 * m + dropped_rows) + 12 * e + m)
                + layers * (weights + dropped_weights)
                + work.predictions as u128 * (v + 2 * e),
            // half of the scores, and of the products with the values, are masked
            multiplications: 3
                * (layers * rows * (4 * e * e + 2 * e * m + e * (work.steps as u128 + 1))
                    + work.predictions as u128 * v * e),
            depth: 6 * layers + 1,
        }
    }
}
