//! Every tensor of a training step by name and shape, as the program has them.

use std::fmt;

use dfdx::prelude::{Dim, Shape};

use super::cells::Cell;
use super::{LanguageModel, ParameterName, Pass};

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
    /// So many times H: the gates of a cell, one below the other.
    Gates(usize),
    /// L: layers.
    Layers,
    /// P: words to be predicted.
    Predictions,
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps => f.write_str("T"),
            Self::Batch => f.write_str("B"),
            Self::Vocabulary => f.write_str("V"),
            Self::Embedding => f.write_str("E"),
            Self::Hidden | Self::Gates(1) => f.write_str("H"),
            Self::Gates(gates) => write!(f, "{gates}H"),
            Self::Layers => f.write_str("L"),
            Self::Predictions => f.write_str("P"),
        }
    }
}

/// Which tensor of a training step it is. Layers count from 0. Names are PyTorch's where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorName {
    /// The words that are read.
    Ids,
    /// A weight.
    Weight(ParameterName),
    /// The vectors of the words: what PyTorch's `nn.LSTM` calls `input`.
    Input,
    /// What each word of the vocabulary brings to the first layer's gates, where that is less work than `input`.
    Shares,
    /// The hidden state of every layer before the first step.
    InitialHidden,
    /// The cell state of every layer before the first step.
    InitialCell,
    /// The gates of a layer at every step.
    Gates(usize),
    /// The cell state of a layer after every step.
    Cell(usize),
    /// The hidden state of a layer after every step.
    Hidden(usize),
    /// The hidden state of the last layer after every step.
    Output,
    /// The hidden state of every layer after the last step.
    LastHidden,
    /// The cell state of every layer after the last step.
    LastCell,
    /// The hidden states from which something is predicted, where that is not all of `output`.
    Selected,
    /// Scores of every word, for each word to be predicted.
    Logits,
    /// The words to be predicted.
    Targets,
    /// Their mean cross-entropy.
    Loss,
}

impl fmt::Display for TensorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ids => f.write_str("ids"),
            Self::Weight(name) => name.fmt(f),
            Self::Input => f.write_str("input"),
            Self::Shares => f.write_str("shares"),
            Self::InitialHidden => f.write_str("h_0"),
            Self::InitialCell => f.write_str("c_0"),
            Self::Gates(layer) => write!(f, "gates_l{layer}"),
            Self::Cell(layer) => write!(f, "c_l{layer}"),
            Self::Hidden(layer) => write!(f, "h_l{layer}"),
            Self::Output => f.write_str("output"),
            Self::LastHidden => f.write_str("h_n"),
            Self::LastCell => f.write_str("c_n"),
            Self::Selected => f.write_str("selected"),
            Self::Logits => f.write_str("logits"),
            Self::Targets => f.write_str("targets"),
            Self::Loss => f.write_str("loss"),
        }
    }
}

/// One tensor, its axes and their sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorShape {
    /// Which one.
    pub name: TensorName,
    /// What each axis counts, and its size.
    pub axes: Vec<(Axis, usize)>,
}

impl TensorShape {
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

fn named<const N: usize>(name: TensorName, axes: [Axis; N], shape: &impl Shape) -> TensorShape {
    TensorShape { name, axes: axes.into_iter().zip(shape.concrete()).collect() }
}

fn axes_of(weight: ParameterName, gates: Axis) -> Vec<Axis> {
    match weight {
        ParameterName::Embedding => vec![Axis::Vocabulary, Axis::Embedding],
        ParameterName::WeightIh(0) => vec![gates, Axis::Embedding],
        ParameterName::WeightIh(_) | ParameterName::WeightHh(_) => vec![gates, Axis::Hidden],
        ParameterName::BiasIh(_) | ParameterName::BiasHh(_) => vec![gates],
        ParameterName::HeadWeight => vec![Axis::Vocabulary, Axis::Hidden],
        ParameterName::HeadBias => vec![Axis::Vocabulary],
    }
}

fn layer_of(weight: ParameterName) -> Option<usize> {
    match weight {
        ParameterName::WeightIh(layer)
        | ParameterName::WeightHh(layer)
        | ParameterName::BiasIh(layer)
        | ParameterName::BiasHh(layer) => Some(layer),
        ParameterName::Embedding | ParameterName::HeadWeight | ParameterName::HeadBias => None,
    }
}

impl<C: Cell, V: Dim, E: Dim, H: Dim> LanguageModel<C, V, E, H> {
    /// Every tensor of the step that `pass` was last used for, in the order in which the step comes to them, from `ids` to
    /// `loss`; none if it has not been used. Changes nothing: the weights are only shown to whoever may change them.
    pub fn shapes(&mut self, pass: &Pass<C, V, E, H>) -> Vec<TensorShape> {
        use Axis::{Batch, Embedding, Hidden, Layers, Predictions, Steps, Vocabulary};

        if pass.layers[0].steps.0 == 0 {
            return Vec::new();
        }
        let units = self.sizes.hidden;
        let gates = Axis::Gates(C::gates(units).size() / units.size());
        let mut weights = Vec::new();
        self.visit(&mut |weight| {
            let axes = axes_of(weight.name, gates).into_iter().zip(weight.shape.sizes().iter().copied()).collect();
            weights.push((weight.name, TensorShape { name: TensorName::Weight(weight.name), axes }));
        });
        let weights_of = |wanted: fn(ParameterName) -> bool, layer: Option<usize>| {
            let of_layer = move |name| wanted(name) && layer_of(name) == layer;
            weights.iter().filter(move |(name, _)| of_layer(*name)).map(|(_, shape)| shape.clone())
        };
        let (count, first) = (pass.layers.len(), &pass.layers[0]);
        let states = |name| named(name, [Layers, Batch, Hidden], &(count, first.batch, units));
        let cells = |name| C::HAS_CELL_STATE.then(|| states(name));

        let mut shapes = vec![named(TensorName::Ids, [Steps, Batch], &(first.steps, first.batch))];
        shapes.extend(weights_of(|name| name == ParameterName::Embedding, None));
        shapes.push(if pass.by_word {
            named(TensorName::Shares, [Vocabulary, gates], &pass.shares.shape())
        } else {
            named(TensorName::Input, [Steps, Batch, Embedding], &pass.vectors.shape())
        });
        shapes.push(states(TensorName::InitialHidden));
        shapes.extend(cells(TensorName::InitialCell));
        for (index, layer) in pass.layers.iter().enumerate() {
            shapes.extend(weights_of(|_| true, Some(index)));
            if !C::GATES.is_empty() {
                shapes.push(named(TensorName::Gates(index), [Steps, Batch, gates], &layer.gates.shape()));
            }
            // the first row of the states is the one before the first step
            let after = (layer.steps, layer.batch, layer.units);
            if C::HAS_CELL_STATE {
                shapes.push(named(TensorName::Cell(index), [Steps, Batch, Hidden], &after));
            }
            shapes.push(named(TensorName::Hidden(index), [Steps, Batch, Hidden], &after));
        }
        shapes.push(named(TensorName::Output, [Steps, Batch, Hidden], &(first.steps, first.batch, units)));
        shapes.push(states(TensorName::LastHidden));
        shapes.extend(cells(TensorName::LastCell));
        let (logits, selected) = (pass.head.shape(), pass.head.selected_shape());
        shapes.extend(selected.map(|shape| named(TensorName::Selected, [Predictions, Hidden], &shape)));
        shapes.extend(weights_of(|name| name != ParameterName::Embedding, None));
        shapes.push(named(TensorName::Logits, [Predictions, Vocabulary], &logits));
        shapes.push(named(TensorName::Targets, [Predictions], &(logits.0,)));
        shapes.push(named(TensorName::Loss, [], &()));
        shapes
    }
}
