//! Names of the tensors in the files of a checkpoint, and the metadata beside them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::ModelConfig;
use crate::learning::{Position, Record};

/// Name of the embedding table.
pub(in crate::storage) const EMBEDDING: &str = "emb.weight";
/// Name of the weight matrix of the output layer.
pub(in crate::storage) const HEAD: &str = "head.weight";
/// Prefix of the tensors of the optimizer state.
pub(super) const OPTIMIZER: &str = "optimizer.";
/// Prefix of the carried states.
pub(super) const CARRIED: &str = "carried.";
/// Name of the tensor with the order of the sentences in this pass over the text.
pub(super) const ORDER: &str = "order";

/// The metadata of `training.safetensors`.
#[derive(Serialize, Deserialize)]
pub(super) struct TrainingMetadata {
    pub attempt: u32,
    pub rate_factor: f64,
    pub position: Position,
    pub record: Record,
}

/// The metadata of `model.safetensors`.
#[derive(Serialize, Deserialize)]
pub(in crate::storage) struct ModelMetadata {
    /// The words by id, one per row of embedding and head; `None` for a vocabulary that is too large.
    pub vocabulary: Option<Arc<Vec<String>>>,
    #[serde(flatten)]
    pub model: ModelConfig,
}
