//! How large a recurrent model is, and what else can be chosen about it.

use dfdx::prelude::Dim;

use crate::model::architectures::{Cost, Work};
use crate::model::cells::{Cell, gate_count};
use crate::model::dimensions::{Embed, Hidden, Vocab};

/// Everything that is chosen about a recurrent model but its cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecurrentSpec {
    /// How large it is.
    pub sizes: Sizes,
    /// What else can be chosen.
    pub options: Options,
}

impl From<Sizes> for RecurrentSpec {
    /// With the usual options.
    fn from(sizes: Sizes) -> Self {
        Self { sizes, options: Options::default() }
    }
}

/// How large a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Words it knows.
    pub vocabulary: Vocab,
    /// Numbers that stand for one word.
    pub embedding: Embed,
    /// Units per layer.
    pub hidden: Hidden,
    /// Recurrent layers, one above the other; 0 counts as 1.
    pub layers: usize,
}

/// What can be chosen about a model beside its sizes. The default is PyTorch's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// The probability with which a number is dropped on its way up, in training only (Zaremba et al. 2014): between
    /// embedding and first layer, between layers, between last layer and head. Below 1.
    pub dropout: f32,
    /// Added to the initial bias of an LSTM's forget gate (Jozefowicz et al. 2015 recommend 1).
    pub forget_bias: f32,
    /// Whether the embedding table is the output layer's weight, too (Press & Wolf 2017). Needs as many numbers per word as
    /// units per layer.
    pub tied: bool,
}

impl RecurrentSpec {
    /// `7→2→2→7`: words, numbers per word, units of each layer, words.
    pub(super) fn chain(&self) -> String {
        let Sizes { vocabulary, embedding, hidden, layers } = self.sizes;
        let mut sizes = vec![vocabulary.size(), embedding.size()];
        sizes.extend(std::iter::repeat_n(hidden.size(), layers.max(1)));
        sizes.push(vocabulary.size());
        sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("→")
    }

    /// What such a model of the cell `C` takes. A pass keeps vectors, for each layer its gates, states and their gradients, and
    /// the logits; with tied weights the output layer has none of its own but its bias.
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
    fn an_lstm_of_zarembas_medium_size_multiplies_28_thousand_million_times_a_step() {
        let sizes = Sizes { vocabulary: Vocab(10_000), embedding: Embed(650), hidden: Hidden(650), layers: 2 };
        let cost = RecurrentSpec::from(sizes).cost::<Lstm>(Work { steps: 35, batch: 20, predictions: 700 });
        // of 700 rows: gates of both layers from input and state, and the logits; forward once, back twice
        assert_eq!(cost.multiplications, 3 * 700 * (4 * 650 * 4 * 650 + 10_000 * 650));
        assert_eq!(cost.depth, 37);
    }
}
