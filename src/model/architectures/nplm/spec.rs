//! Sizes and options of an NPLM.

use dfdx::prelude::Dim;

use crate::model::architectures::{Cost, Work};
use crate::model::dimensions::{Embed, Hidden, Vocab};

/// Sizes and options of an NPLM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NplmSpec {
    /// Vocabulary size.
    pub vocabulary: Vocab,
    /// Embedding size.
    pub embedding: Embed,
    /// Units of the hidden layer.
    pub hidden: Hidden,
    /// N: words of context; 0 counts as 1.
    pub context: usize,
    /// Whether there is a direct weight from context to logits.
    pub direct: bool,
}

impl NplmSpec {
    /// N, at least 1.
    pub(super) fn context_words(&self) -> usize {
        self.context.max(1)
    }

    /// The dimension of a context: N·E.
    pub(super) fn context_dim(&self) -> Context {
        Context(self.context_words(), self.embedding)
    }

    /// `NPLM 65→5×16→64→65`: vocabulary, context × embedding, hidden units, vocabulary.
    pub(super) fn summary(&self) -> String {
        let [v, e, h] = [self.vocabulary.size(), self.embedding.size(), self.hidden.size()];
        format!("NPLM {v}→{}×{e}→{h}→{v}", self.context_words())
    }

    /// The number of weights, and work and memory of a pass. A pass stores per target its context, the hidden layer and their gradients, and the
    /// logits.
    pub(super) fn cost(&self, work: Work) -> Cost {
        let [v, e, h] = [self.vocabulary.size(), self.embedding.size(), self.hidden.size()].map(|size| size as u128);
        let context = self.context_dim().size() as u128;
        let direct = if self.direct { v * context } else { 0 };
        Cost {
            weights: v * e + h * (context + 1) + v * (h + 1) + direct,
            activations: work.predictions as u128 * (2 * context + 2 * h + v),
            multiplications: 3 * work.predictions as u128 * (h * context + v * h + direct),
            depth: 2,
        }
    }
}

/// The dimension of the concatenated embeddings of N words: N·E.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context(usize, Embed);

impl Dim for Context {
    fn size(&self) -> usize {
        self.0 * self.1.size()
    }
    /// Always `None`: the factors cannot be derived from the product.
    fn from_size(_: usize) -> Option<Self> {
        None
    }
}
