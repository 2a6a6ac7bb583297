//! The section `[model]`: the network.

use serde::{Deserialize, Serialize};

use super::values;
use crate::model::CellName;

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelConfig {
    /// The recurrent cell. Default: lstm.
    pub cell: CellName,
    /// Numbers that stand for one word, at least 1. Default: 16.
    #[serde(deserialize_with = "values::size")]
    pub embedding: usize,
    /// Units of a recurrent layer, at least 1. Default: 32.
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
            cell: CellName::default(),
            embedding: 16,
            hidden: 32,
            layers: 1,
            dropout: 0.0,
            forget_bias: 0.0,
            tie_embeddings: false,
        }
    }
}
