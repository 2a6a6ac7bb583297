//! Names, roles and axes of tensors.

use std::fmt;

/// An axis of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// T: time steps.
    Steps,
    /// B: batch.
    Batch,
    /// V: vocabulary size.
    Vocabulary,
    /// E: embedding size.
    Embedding,
    /// H: units of a layer.
    Hidden,
    /// L: layers.
    Layers,
    /// P: targets.
    Predictions,
    /// C: context length of a transformer.
    Positions,
    /// M: hidden units of a transformer's MLP.
    Inner,
    /// A: attention heads.
    Heads,
    /// Another axis stacked several times, such as the gates of a cell: `4H`.
    Times(usize, &'static Axis),
}

impl fmt::Display for Axis {
    /// The letter of the axis.
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

/// The role of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorRole {
    /// Input word ids.
    Ids,
    /// Embedding table.
    EmbeddingTable,
    /// Embedded input.
    WordVectors,
    /// Input sums of the first layer for each word of the vocabulary.
    PerWordProjection,
    /// Concatenated embeddings of the context.
    Context,
    /// Positional embeddings.
    PositionTable,
    /// Scale of a layer normalization.
    NormScale,
    /// Input projection of attention (queries, keys and values).
    AttentionInput,
    /// Output projection of attention.
    AttentionOutput,
    /// First linear layer of a transformer's MLP.
    MlpInput,
    /// Second linear layer of a transformer's MLP.
    MlpOutput,
    /// The residual stream: what each layer reads from and adds to.
    Residual,
    /// Queries, keys and values of all heads.
    QueriesKeysValues,
    /// Attention weights of all heads.
    AttentionWeights,
    /// Outputs of the attention heads.
    AttentionResult,
    /// The units of a transformer's MLP.
    MlpUnits,
    /// Input weight of a recurrent layer.
    InputWeight,
    /// Direct weight from context to logits.
    DirectWeight,
    /// Hidden layer of a feed-forward model.
    HiddenLayer,
    /// Recurrent weight.
    RecurrentWeight,
    /// Bias of a layer.
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
    /// The hidden states at the targets' positions, if not every position has a target.
    Selected,
    /// The output layer's weight.
    OutputWeight,
    /// The output layer's bias.
    OutputBias,
    /// Logits for each target.
    Logits,
    /// Target word ids.
    Targets,
    /// Mean cross-entropy of the targets.
    Loss,
}

impl TensorRole {
    /// Whether the tensor is a weight.
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

/// The name of a tensor, with a 0-based layer number if it belongs to a layer. Names are PyTorch's where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorName {
    before: &'static str,
    layer: Option<usize>,
    after: &'static str,
}

impl TensorName {
    /// Creates a name without a layer.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { before: name, layer: None, after: "" }
    }

    /// Creates a name with a layer number between the two parts.
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
    /// Whether `other` is the displayed name.
    fn eq(&self, other: &str) -> bool {
        let between = other.strip_prefix(self.before).and_then(|rest| rest.strip_suffix(self.after));
        between.is_some_and(|between| match self.layer {
            None => between.is_empty(),
            Some(layer) => between.parse() == Ok(layer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensor_name_of_layer_contains_its_number() {
        assert_eq!(TensorName::new("emb.weight").to_string(), "emb.weight");
        assert_eq!(TensorName::of_layer("rnn.bias_ih_l", 2, "").to_string(), "rnn.bias_ih_l2");
        let name = TensorName::of_layer("layers.", 0, ".norm");
        assert_eq!(name.to_string(), "layers.0.norm");
        assert!(name == *"layers.0.norm" && name != *"layers.1.norm" && name != *"layers.0.norm2");
    }

    #[test]
    fn axis_times_one_displays_as_the_axis() {
        let axes = [Axis::Times(1, &Axis::Hidden), Axis::Times(4, &Axis::Hidden), Axis::Steps];
        assert_eq!(axes.map(|axis| axis.to_string()), ["H", "4H", "T"]);
    }
}
