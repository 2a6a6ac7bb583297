//! The section `[model]`: the network.

use serde::{Deserialize, Serialize};

use super::values;
use crate::choice::choice;
use crate::model::{Cell as _, CellName};
use crate::with_cell;

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelConfig {
    /// What kind of network it is. Default: recurrent.
    pub architecture: Architecture,
    /// What computes a recurrent network. Default: fast.
    pub engine: Engine,
    /// The recurrent cell. Default: lstm.
    pub cell: CellName,
    /// Words that an NPLM reads to predict the next one, at least 1. Default: 4.
    #[serde(deserialize_with = "values::layers")]
    pub context: usize,
    /// Whether an NPLM has a weight from its context directly to the words. Default: false.
    pub direct: bool,
    /// Numbers that stand for one word, at least 1. Default: 16.
    #[serde(deserialize_with = "values::size")]
    pub embedding: usize,
    /// Units of a layer, at least 1. Default: 32.
    #[serde(deserialize_with = "values::size")]
    pub hidden: usize,
    /// Recurrent layers, one above the other, at least 1. Default: 1.
    #[serde(deserialize_with = "values::layers")]
    pub layers: usize,
    /// The probability with which a number is dropped on its way up from layer to layer. Default: 0.
    #[serde(deserialize_with = "values::share")]
    pub dropout: f64,
    /// Added to the initial bias of an LSTM's forget gate. Default: 0.
    #[serde(deserialize_with = "values::number")]
    pub forget_bias: f64,
    /// Whether embedding and output layer share one table. Default: false.
    pub tie_embeddings: bool,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            architecture: Architecture::default(),
            engine: Engine::default(),
            cell: CellName::default(),
            context: 4,
            direct: false,
            embedding: 16,
            hidden: 32,
            layers: 1,
            dropout: 0.0,
            forget_bias: 0.0,
            tie_embeddings: false,
        }
    }
}

choice! {
    /// What kind of network it is.
    Architecture {
        /// Layers of a recurrent cell.
        Recurrent = "recurrent",
        /// The neural probabilistic language model (Bengio et al. 2003).
        Nplm = "nplm",
    }
}

choice! {
    /// What computes a recurrent network: the numbers are the same.
    Engine {
        /// The kernels of this program.
        Fast = "fast",
        /// dfdx's tensors, operations and tape.
        Dfdx = "dfdx",
    }
}

/// What of a model can be changed while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// The recurrent cell.
    Cell,
    /// Words that are read to predict the next one.
    Context,
    /// Units of a layer.
    Hidden,
    /// Layers.
    Layers,
}

const MOST_UNITS: usize = 4096;
const MOST_LAYERS: usize = 16;
const MOST_CONTEXT: usize = 16;

impl ModelConfig {
    /// What can be chosen about such a model, in the order in which it is shown.
    #[must_use]
    pub fn choices(&self) -> &'static [ModelChoice] {
        match self.architecture {
            Architecture::Recurrent => &[ModelChoice::Cell, ModelChoice::Hidden, ModelChoice::Layers],
            Architecture::Nplm => &[ModelChoice::Context, ModelChoice::Hidden],
        }
    }

    /// The number that a choice is about, and the largest that is offered; none if it is about no number.
    #[must_use]
    pub fn size_mut(&mut self, choice: ModelChoice) -> Option<(&mut usize, usize)> {
        match choice {
            ModelChoice::Cell => None,
            ModelChoice::Context => Some((&mut self.context, MOST_CONTEXT)),
            ModelChoice::Hidden => Some((&mut self.hidden, MOST_UNITS)),
            ModelChoice::Layers => Some((&mut self.layers, MOST_LAYERS)),
        }
    }

    /// The keys that are set and are read for other kinds of networks only, each with the kind.
    pub(super) fn idle_keys(&self) -> impl Iterator<Item = (&'static str, Architecture)> {
        let usual = Self::default();
        let of_others = match self.architecture {
            Architecture::Recurrent => vec![
                ("model.context", self.context != usual.context, Architecture::Nplm),
                ("model.direct", self.direct, Architecture::Nplm),
            ],
            Architecture::Nplm => vec![
                ("model.engine", self.engine != usual.engine, Architecture::Recurrent),
                ("model.cell", self.cell != usual.cell, Architecture::Recurrent),
                ("model.layers", self.layers != usual.layers, Architecture::Recurrent),
                ("model.dropout", self.dropout > 0.0, Architecture::Recurrent),
                ("model.forget_bias", self.forget_bias.abs() > 0.0, Architecture::Recurrent),
                ("model.tie_embeddings", self.tie_embeddings, Architecture::Recurrent),
            ],
        };
        of_others.into_iter().filter(|(_, is_set, _)| *is_set).map(|(key, _, kind)| (key, kind))
    }

    /// Makes keys that depend on others agree with them, after a choice.
    pub fn agree(&mut self) {
        if self.tie_embeddings {
            self.embedding = self.hidden;
        }
        if !self.has_forget_gate() {
            self.forget_bias = 0.0;
        }
    }

    /// Whether the model has a gate that `forget_bias` is for.
    pub(super) fn has_forget_gate(&self) -> bool {
        with_cell!(self.cell, C => C::FORGET_GATE.is_some())
    }
}
