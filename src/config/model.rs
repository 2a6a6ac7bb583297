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
    /// Words that an NPLM or a transformer reads at once; 0: four for an NPLM, and for a transformer as many as the longest
    /// sentence or window has. Default: 0.
    #[serde(deserialize_with = "values::size_or_none")]
    pub context: usize,
    /// Whether an NPLM has a weight from its context directly to the words. Default: false.
    pub direct: bool,
    /// Numbers that stand for one word, at least 1. Default: 16.
    #[serde(deserialize_with = "values::size")]
    pub embedding: usize,
    /// Units of a layer, at least 1. Default: 32.
    #[serde(deserialize_with = "values::size")]
    pub hidden: usize,
    /// Layers, one above the other, at least 1. Default: 1.
    #[serde(deserialize_with = "values::layers")]
    pub layers: usize,
    /// Heads of attention in each layer of a transformer, which share `embedding` evenly. Default: 4.
    #[serde(deserialize_with = "values::size")]
    pub heads: usize,
    /// Units between the two linear layers of a transformer's MLP; 0: four times `embedding`. Default: 0.
    #[serde(deserialize_with = "values::size_or_none")]
    pub mlp: usize,
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
            context: 0,
            direct: false,
            embedding: 16,
            hidden: 32,
            layers: 1,
            heads: 4,
            mlp: 0,
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
        /// Layers of causal attention (Vaswani et al. 2017), as in GPT-2.
        Transformer = "transformer",
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

/// A key that not every kind of network reads.
struct ArchitectureKey {
    name: &'static str,
    read_by: &'static [Architecture],
    is_set: fn(&ModelConfig, &ModelConfig) -> bool,
    forget: fn(&mut ModelConfig),
}

impl ArchitectureKey {
    fn is_idle(&self, model: &ModelConfig) -> bool {
        !self.read_by.contains(&model.architecture) && (self.is_set)(model, &ModelConfig::default())
    }
}

macro_rules! architecture_keys {
    ($($key:ident: $($kind:ident)+;)*) => {
        /// The keys that are not read for every kind of network.
        #[allow(clippy::float_cmp)] // the default itself, or something else
        static ARCHITECTURE_KEYS: &[ArchitectureKey] = &[$(ArchitectureKey {
            name: concat!("model.", stringify!($key)),
            read_by: &[$(Architecture::$kind),+],
            is_set: |model, usual| model.$key != usual.$key,
            forget: |model| model.$key = ModelConfig::default().$key,
        }),*];
    };
}

architecture_keys! {
    engine: Recurrent;
    cell: Recurrent;
    context: Nplm Transformer;
    direct: Nplm;
    hidden: Recurrent Nplm;
    layers: Recurrent Transformer;
    heads: Transformer;
    mlp: Transformer;
    dropout: Recurrent Transformer;
    forget_bias: Recurrent;
    tie_embeddings: Recurrent Transformer;
}

/// Units of a transformer's residual stream: of two, layer normalization leaves only which one is larger.
pub(super) const LEAST_STREAM: usize = 3;
/// With as many, a transformer that takes the place of a smaller network can learn the first lesson.
const USUAL_STREAM: usize = 4;
/// Words that an NPLM reads where nothing else is said.
const NPLM_CONTEXT: usize = 4;

impl ModelConfig {
    /// All networks that can be chosen: those of each recurrent cell, and those without one.
    pub fn networks() -> impl Iterator<Item = (Architecture, CellName)> {
        let recurrent = CellName::ALL.iter().map(|(_, cell)| (Architecture::Recurrent, *cell));
        let others = Architecture::ALL.iter().map(|(_, kind)| (*kind, CellName::default()));
        recurrent.chain(others.filter(|(kind, _)| *kind != Architecture::Recurrent))
    }

    /// The cell of a recurrent network, or the kind of another one.
    #[must_use]
    pub fn network(&self) -> &'static str {
        match self.architecture {
            Architecture::Recurrent => self.cell.as_str(),
            other => other.as_str(),
        }
    }

    /// The same as a name: `LSTM`, `transformer`.
    #[must_use]
    pub fn network_name(&self) -> String {
        let name = self.network();
        if self.architecture == Architecture::Transformer { name.to_owned() } else { name.to_uppercase() }
    }

    /// Makes it the next network of all, or the one before; its other keys stay until [`normalize`](Self::normalize).
    pub fn change_network(&mut self, forward: bool) {
        let all: Vec<_> = Self::networks().collect();
        let is_this = |(kind, cell): &(Architecture, CellName)| {
            *kind == self.architecture && (*kind != Architecture::Recurrent || *cell == self.cell)
        };
        let at = all.iter().position(is_this).unwrap_or(0);
        let before = self.architecture;
        (self.architecture, self.cell) = all[(at + if forward { 1 } else { all.len() - 1 }) % all.len()];
        if self.architecture != before {
            // what one kind reads at once says nothing of another
            self.context = if self.architecture == Architecture::Nplm { NPLM_CONTEXT } else { 0 };
        }
        if self.architecture == Architecture::Transformer {
            self.embedding = self.embedding.max(USUAL_STREAM);
            self.share_units();
        }
    }

    /// The next larger or smaller number of heads that share the units evenly.
    pub fn change_heads(&mut self, more: bool) {
        let mut divisors = (1..=self.embedding).filter(|heads| self.embedding.is_multiple_of(*heads));
        let next = if more {
            divisors.find(|heads| *heads > self.heads)
        } else {
            divisors.take_while(|heads| *heads < self.heads).last()
        };
        self.heads = next.unwrap_or(self.heads);
    }

    /// Gives a transformer units and heads that it can have, where they are not chosen for it.
    pub(super) fn fit_transformer(&mut self, embedding_is_chosen: bool, heads_are_chosen: bool) {
        if !embedding_is_chosen {
            self.embedding = self.embedding.max(USUAL_STREAM);
        }
        if !heads_are_chosen {
            self.share_units();
        }
    }

    /// As many heads as share the units evenly, no more than there are.
    fn share_units(&mut self) {
        if !self.embedding.is_multiple_of(self.heads.max(1)) {
            self.heads = self.heads.min(self.embedding + 1);
            self.change_heads(false);
        }
    }

    /// Words that an NPLM reads.
    #[must_use]
    pub fn nplm_context(&self) -> usize {
        if self.context == 0 { NPLM_CONTEXT } else { self.context }
    }

    /// Units between the two linear layers of a transformer's MLP.
    #[must_use]
    pub fn mlp_units(&self) -> usize {
        if self.mlp == 0 { 4 * self.embedding } else { self.mlp }
    }

    /// The keys that are set and are read for other kinds of networks only, each with these.
    pub(super) fn idle_keys(&self) -> impl Iterator<Item = (&'static str, &'static [Architecture])> {
        let idle = ARCHITECTURE_KEYS.iter().filter(|key| key.is_idle(self));
        idle.map(|key| (key.name, key.read_by))
    }

    /// Leaves out what is read for other kinds of networks only, but for the keys that `stay`.
    pub(super) fn reset_unused_keys(&mut self, stay: impl Fn(&str) -> bool) {
        for key in ARCHITECTURE_KEYS.iter().filter(|key| !stay(key.name)) {
            if key.is_idle(self) {
                (key.forget)(self);
            }
        }
        if !self.has_forget_gate() && !stay("model.forget_bias") {
            self.forget_bias = 0.0;
        }
    }

    /// Makes keys that depend on others agree with them, after a choice.
    pub fn normalize(&mut self) {
        self.reset_unused_keys(|_| false);
        if self.tie_embeddings && self.architecture == Architecture::Recurrent {
            self.embedding = self.hidden;
        }
        if self.architecture == Architecture::Transformer {
            self.embedding = self.embedding.max(LEAST_STREAM);
            self.share_units();
        }
    }

    /// Whether the model has a gate that `forget_bias` is for.
    pub(super) fn has_forget_gate(&self) -> bool {
        with_cell!(self.cell, C => C::FORGET_GATE.is_some())
    }
}
