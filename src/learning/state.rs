//! The state from which a learner continues bit for bit as if it had not been interrupted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::model::{LoadError, Mismatch, Tensors};

/// A copy of a learner's state between two pieces of work. Saving into it again reuses its memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearnerState {
    /// The configuration in force.
    pub config: Config,
    /// The words of the vocabulary by id, in the order of the rows of embedding and head.
    pub words: Arc<Vec<String>>,
    /// The weights, under PyTorch's names.
    pub weights: Tensors,
    /// The names of the weights that have a row for each word.
    pub per_word: Vec<String>,
    /// The state of the optimizer; empty before its first update.
    pub optimizer: Tensors,
    /// The states `[Batch · H]` (hidden and cell) from which the next window of running text starts; empty at its beginning and for
    /// sentences.
    pub carried: Tensors,
    /// The indices of the sentences in the order of this epoch; empty before the first batch and for running text.
    pub order: Vec<u32>,
    /// The position in text, schedule and random streams.
    pub position: Position,
}

/// The layout of a learner's state: configuration, vocabulary, and names and shapes of the weights without their values.
#[derive(Clone, Debug, PartialEq)]
pub struct StateLayout {
    /// The configuration in force.
    pub config: Config,
    /// The words of the vocabulary by id, in the order of the rows of embedding and head.
    pub words: Arc<Vec<String>>,
    /// Name and shape of every weight tensor, in the order of the model.
    pub weights: Vec<(String, Vec<usize>)>,
    /// The names of the weights that have a row for each word.
    pub per_word: Vec<String>,
}

impl LearnerState {
    /// Returns its layout.
    #[must_use]
    pub fn layout(&self) -> StateLayout {
        let weights = self.weights.as_slice().iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone()));
        StateLayout {
            config: self.config.clone(),
            words: Arc::clone(&self.words),
            weights: weights.collect(),
            per_word: self.per_word.clone(),
        }
    }
}

/// The position of a learner in its text, its schedule and its random streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The number of steps taken.
    pub steps: u64,
    /// Whether a validation is pending or in progress; after a restore it restarts.
    pub validating: bool,
    /// The number of updates by the optimizer.
    pub updates: i32,
    /// The number of 32-bit words drawn for the order of the sentences.
    pub order_drawn: u64,
    /// The number of 32-bit words drawn for dropout.
    pub dropout_drawn: u64,
    /// Sentences drawn in this epoch, or the step of the streams at which the next window starts.
    pub read: u64,
    /// Sentences or steps of the streams trained on, in all epochs; `None` in checkpoints of older versions.
    #[serde(default)]
    pub learned: Option<u64>,
    /// The state of the plateau schedule.
    pub plateau: Plateau,
}

/// The state of the plateau schedule, which lowers the learning rate after validations without a better loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plateau {
    /// The factor of the learning rate.
    pub factor: f64,
    /// The lowest validation loss so far, in nats; infinite before the first validation.
    pub best: f64,
    /// The number of validations since the best one or the last decrease of the learning rate.
    pub worse: u64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self { factor: 1.0, best: f64::INFINITY, worse: 0 }
    }
}

crate::messages! {
    /// Why a state or weights cannot be restored.
    #[derive(Clone, Debug, PartialEq)]
    pub enum RestoreError {
        /// The weights belong to another model.
        Weights(mismatch: Mismatch) =
            "the weights are not those of this model:\n{mismatch}",
            "权重不是这个模型的：\n{mismatch}";
        /// The state of the optimizer belongs to another model or another kind of optimizer.
        Optimizer(mismatch: Mismatch) =
            "the optimizer's state is not that of this model:\n{mismatch}",
            "优化器的状态不是这个模型的：\n{mismatch}";
        /// The states carried from window to window belong to another model or another number of streams.
        Carried(mismatch: Mismatch) =
            "the carried states are not those of this model:\n{mismatch}",
            "传递的状态不是这个模型的：\n{mismatch}";
        /// A tensor has a value that is infinite or not a number.
        NotFinite(name: String, number: f32) =
            "the tensor {name} has a value that is no finite number: {number}",
            "张量 {name} 中有一个不是有限数的值：{number}";
        /// The position is outside the text, or that of another kind of text.
        Position = "the place reached is not in this text", "到达的位置不在这个文本里";
        /// Memory ran out.
        Memory(what: String) = "memory ran out: {what}", "内存不足：{what}";
    }
}

impl From<LoadError> for RestoreError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Mismatch(mismatch) => Self::Optimizer(mismatch),
            LoadError::Memory(error) => Self::Memory(error.to_string()),
        }
    }
}

impl std::error::Error for RestoreError {}
