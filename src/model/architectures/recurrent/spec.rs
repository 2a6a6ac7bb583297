//! Sizes and options of a recurrent model.

use dfdx::prelude::Dim;

use crate::model::architectures::{Cost, Work};
use crate::model::cells::{Cell, gate_count};
use crate::model::dimensions::{Embed, Hidden, Vocab};

/// Sizes and options of a recurrent model; its cell is a type parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecurrentSpec {
    /// Its sizes.
    pub sizes: Sizes,
    /// Its options.
    pub options: Options,
}

impl From<Sizes> for RecurrentSpec {
    /// With the default options.
    fn from(sizes: Sizes) -> Self {
        Self { sizes, options: Options::default() }
    }
}

/// The sizes of a recurrent model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Vocabulary size.
    pub vocabulary: Vocab,
    /// Embedding size.
    pub embedding: Embed,
    /// Units per layer.
    pub hidden: Hidden,
    /// The number of recurrent layers; 0 counts as 1.
    pub layers: usize,
}

/// Options of a recurrent model. The defaults are PyTorch's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// The dropout rate in training (Zaremba et al. 2014), below 1: between embedding and first layer, between layers, and between last
    /// layer and head.
    pub dropout: f32,
    /// Added to the initial bias of an LSTM's forget gate (Jozefowicz et al. 2015 recommend 1).
    pub forget_bias: f32,
    /// Whether embedding and output layer share their weight (Press & Wolf 2017). The embedding size must equal the units per layer.
    pub tied: bool,
}

impl RecurrentSpec {
    /// `7→2→2→7`: vocabulary, embedding, units of each layer, vocabulary.
    pub(super) fn chain(&self) -> String {
        let Sizes { vocabulary, embedding, hidden, layers } = self.sizes;
        let mut sizes = vec![vocabulary.size(), embedding.size()];
        sizes.extend(std::iter::repeat_n(hidden.size(), layers.max(1)));
        sizes.push(vocabulary.size());
        sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("→")
    }

    /// The number of weights of a model with the cell `C`, and work and memory of a pass. A pass stores the embeddings, for each layer its gates, states
    /// and their gradients, and the logits. A tied output layer has only a bias.
    pub(super) fn cost<C: Cell>(&self, work: Work) -> Cost {
        let Sizes { vocabulary, embedding, hidden, layers } = self.sizes;
        let [v, e, h] = [vocabulary.size(), embedding.size(), hidden.size()].map(|size| size as u128);
        let gates = gate_count::<C>() as u128;
        let layer = |input: u128| gates * h * (input + h + 2); // two matrices and two biases
        let head = if self.options.tied { v } else { v * (h + 1) };
        let rows = work.steps as u128 * work.batch as u128;
        Cost {
            weights: v * e + layer(e) + layers.saturating_sub(1) as u128 * layer(h) + head,
            activations: rows * (2 * e + layers.max(1) as u128 * (gates + 5) * h)
                + work.predictions as u128 * (v + 2 * h),
            multiplications: 3
                * (rows * gates * h * (e + h + layers.saturating_sub(1) as u128 * 2 * h)
                    + work.predictions as u128 * v * h),
            depth: layers.max(1) as u128 + work.steps as u128,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lstm;
    use crate::model::dimensions::{Embed, Hidden, Vocab};

    #[test]
    fn cost_zaremba_medium_lstm_is_28_billion_multiplications() {
        let sizes = Sizes { vocabulary: Vocab(10_000), embedding: Embed(650), hidden: Hidden(650), layers: 2 };
        let cost = RecurrentSpec::from(sizes).cost::<Lstm>(Work { steps: 35, batch: 20, predictions: 700 });
        // 700 rows: gates of both layers from input and state, and the logits; once forward, twice backward
        assert_eq!(cost.multiplications, 3 * 700 * (4 * 650 * 4 * 650 + 10_000 * 650));
        assert_eq!(cost.depth, 37);
    }
}
