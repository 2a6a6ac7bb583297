//! Every tensor of a training step by name and shape, as the program has them.

use std::fmt;

use dfdx::prelude::{Dim, Shape};

use super::dimensions::Predictions;

/// What an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// T: time steps.
    Steps,
    /// B: sequences side by side.
    Batch,
    /// V: words the model knows.
    Vocabulary,
    /// E: numbers that stand for a word.
    Embedding,
    /// H: units of a layer.
    Hidden,
    /// L: layers.
    Layers,
    /// P: words to be predicted.
    Predictions,
    /// C: positions that a transformer tells apart.
    Positions,
    /// M: units between the two linear layers of a transformer's block.
    Inner,
    /// A: heads of attention.
    Heads,
    /// Another axis several times, one below the other: the gates of a cell, `4H`.
    Times(usize, &'static Axis),
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "T",
            Self::Batch => "B",
            Self::Vocabulary => "V",
            Self::Embedding => "E",
            Self::Hidden => "H",
            Self::Layers => "L",
            Self::Predictions => "P",
            Self::Positions => "C",
            Self::Inner => "M",
            Self::Heads => "A",
            Self::Times(1, axis) => return axis.fmt(f),
            Self::Times(times, axis) => return write!(f, "{times}{axis}"),
        })
    }
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorRole {
    /// The words that are read.
    Ids,
    /// The table of the words' vectors.
    EmbeddingTable,
    /// The vectors of the words that are read.
    WordVectors,
    /// What each word of the vocabulary brings to the first layer's sums, once per word.
    PerWordProjection,
    /// The vectors of the last words, one beside the other.
    Context,
    /// The vectors of the positions.
    PositionTable,
    /// The scale of a layer normalization.
    NormScale,
    /// The weight from which queries, keys and values come.
    AttentionInput,
    /// The weight that brings what the heads have read into the residual stream.
    AttentionOutput,
    /// The weight into the units of a transformer's MLP.
    MlpInput,
    /// The weight from them back into the residual stream.
    MlpOutput,
    /// The residual stream: what each layer reads from and adds to.
    Residual,
    /// Queries, keys and values of all heads.
    QueriesKeysValues,
    /// How much of each position every other one reads, for each head.
    AttentionWeights,
    /// What the heads have read.
    AttentionResult,
    /// The units of a transformer's MLP.
    MlpUnits,
    /// A weight on a layer's input.
    InputWeight,
    /// A weight from the context directly to the words.
    DirectWeight,
    /// The hidden layer of a model that carries no state on.
    HiddenLayer,
    /// A weight on the hidden state before.
    RecurrentWeight,
    /// A bias of a layer.
    Bias,
    /// The hidden state of every layer before the first position.
    InitialHidden,
    /// The cell state of every layer before the first position.
    InitialCell,
    /// The gates of a layer at every position.
    Gates,
    /// The cell state of a layer after every position.
    Cell,
    /// The hidden state of a layer after every position.
    Hidden,
    /// The hidden state of the last layer after every position.
    Output,
    /// The hidden state of every layer after the last position.
    LastHidden,
    /// The cell state of every layer after the last position.
    LastCell,
    /// The rows from which something is predicted, where those are not all.
    Selected,
    /// The output layer's weight.
    OutputWeight,
    /// The output layer's bias.
    OutputBias,
    /// Scores of every word, for each word to be predicted.
    Logits,
    /// The words to be predicted.
    Targets,
    /// Their mean cross-entropy.
    Loss,
}

impl TensorRole {
    /// Whether the tensor is learned.
    #[must_use]
    pub fn is_weight(self) -> bool {
        matches!(
            self,
            Self::EmbeddingTable
                | Self::PositionTable
                | Self::NormScale
                | Self::AttentionInput
                | Self::AttentionOutput
                | Self::MlpInput
                | Self::MlpOutput
                | Self::InputWeight
                | Self::DirectWeight
                | Self::RecurrentWeight
                | Self::Bias
                | Self::OutputWeight
                | Self::OutputBias
        )
    }
}

/// A tensor's name, which may have the number of a layer in it, counted from 0. Names are PyTorch's where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorName {
    before: &'static str,
    layer: Option<usize>,
    after: &'static str,
}

impl TensorName {
    /// A name that is of no layer.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { before: name, layer: None, after: "" }
    }

    /// The name of a tensor of a layer, whose number stands between the two parts.
    #[must_use]
    pub const fn of_layer(before: &'static str, layer: usize, after: &'static str) -> Self {
        Self { before, layer: Some(layer), after }
    }
}

impl fmt::Display for TensorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.before)?;
        self.layer.map_or(Ok(()), |layer| write!(f, "{layer}"))?;
        f.write_str(self.after)
    }
}

impl PartialEq<str> for TensorName {
    fn eq(&self, other: &str) -> bool {
        let between = other.strip_prefix(self.before).and_then(|rest| rest.strip_suffix(self.after));
        between.is_some_and(|between| match self.layer {
            None => between.is_empty(),
            Some(layer) => between.parse() == Ok(layer),
        })
    }
}

/// One tensor, its axes and their sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorShape {
    /// Which one.
    pub name: TensorName,
    /// What it is for.
    pub meaning: TensorRole,
    /// What each axis counts, and its size.
    pub axes: Vec<(Axis, usize)>,
}

impl TensorShape {
    /// Of this shape, whose axes count these things.
    pub(super) fn new<const N: usize>(
        name: TensorName,
        meaning: TensorRole,
        axes: [Axis; N],
        shape: &impl Shape,
    ) -> Self {
        Self { name, meaning, axes: axes.into_iter().zip(shape.concrete()).collect() }
    }

    /// Logits, targets and loss.
    pub(super) fn of_predictions<V: Dim>(logits: (Predictions, V)) -> [Self; 3] {
        let named =
            |name, meaning, axes: &[(Axis, usize)]| Self { name: TensorName::new(name), meaning, axes: axes.to_vec() };
        let count = (Axis::Predictions, logits.0.0);
        [
            named("logits", TensorRole::Logits, &[count, (Axis::Vocabulary, logits.1.size())]),
            named("targets", TensorRole::Targets, &[count]),
            named("loss", TensorRole::Loss, &[]),
        ]
    }

    /// Its sizes as PyTorch writes them: `[5, 3, 20]`.
    #[must_use]
    pub fn sizes(&self) -> String {
        format!("{:?}", self.axes.iter().map(|(_, size)| *size).collect::<Vec<_>>())
    }

    /// Its axes as letters: `T·B·H`.
    #[must_use]
    pub fn letters(&self) -> String {
        self.axes.iter().map(|(axis, _)| axis.to_string()).collect::<Vec<_>>().join("·")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_layer_where_pytorch_has_it() {
        assert_eq!(TensorName::new("emb.weight").to_string(), "emb.weight");
        assert_eq!(TensorName::of_layer("rnn.bias_ih_l", 2, "").to_string(), "rnn.bias_ih_l2");
        let name = TensorName::of_layer("layers.", 0, ".norm");
        assert_eq!(name.to_string(), "layers.0.norm");
        assert!(name == *"layers.0.norm" && name != *"layers.1.norm" && name != *"layers.0.norm2");
    }

    #[test]
    fn an_axis_that_counts_another_one_once_is_that_axis() {
        let axes = [Axis::Times(1, &Axis::Hidden), Axis::Times(4, &Axis::Hidden), Axis::Steps];
        assert_eq!(axes.map(|axis| axis.to_string()), ["H", "4H", "T"]);
    }
}
