//! Everything by which a learner goes on as if it had never stopped.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::model::{LoadError, Mismatch, Tensors};

/// A copy of a learner between two pieces of work. Taken again, it uses the same memory again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearnerState {
    /// The configuration in force.
    pub config: Config,
    /// The words of the vocabulary, to which the rows of embedding and head belong.
    pub words: Arc<Vec<String>>,
    /// The weights, under PyTorch's names.
    pub weights: Tensors,
    /// Which of them have a row for each word.
    pub per_word: Vec<String>,
    /// What the optimizer remembers of them.
    pub optimizer: Tensors,
    /// The hidden and cell states `[Batch · H]` from which the next window of a running text starts.
    pub carried: Tensors,
    /// The order in which sentences are drawn in this epoch.
    pub order: Vec<u32>,
    /// Where it is.
    pub position: Position,
}

/// What a learner's state is to be like, without a number of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StateLayout {
    /// The configuration in force.
    pub config: Config,
    /// The words of the vocabulary, to which the rows of embedding and head belong.
    pub words: Arc<Vec<String>>,
    /// Name and shape of every weight, in the learner's order.
    pub weights: Vec<(String, Vec<usize>)>,
    /// Which of them have a row for each word.
    pub per_word: Vec<String>,
}

impl LearnerState {
    /// What it is like.
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

/// Where a learner is in its text, its schedule and its random streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Steps taken.
    pub steps: u64,
    /// Whether a validation is due or going on; it begins anew.
    pub validating: bool,
    /// Updates of the optimizer.
    pub updates: i32,
    /// Numbers of 32 bits drawn for the order of sentences.
    pub order_drawn: u64,
    /// Numbers of 32 bits drawn for dropout.
    pub dropout_drawn: u64,
    /// Sentences drawn in this epoch, or the step of the streams at which the next window starts.
    pub read: u64,
    /// Sentences learned from in all epochs, or steps of the streams; checkpoints of older versions do not tell.
    #[serde(default)]
    pub learned: Option<u64>,
    /// What the schedule remembers.
    pub plateau: Plateau,
}

/// What a schedule remembers that waits for validations without a better loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plateau {
    /// What the learning rate is multiplied by.
    pub factor: f64,
    /// The best loss so far, in nats.
    pub best: f64,
    /// Validations in a row that brought no better one.
    pub worse: u64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self { factor: 1.0, best: f64::INFINITY, worse: 0 }
    }
}

crate::messages! {
    /// Why a learner cannot go on from a state.
    #[derive(Clone, Debug, PartialEq)]
    pub enum RestoreError {
        /// The weights are those of another model.
        Weights(mismatch: Mismatch) =
            "the weights are not those of this model:\n{mismatch}",
            "权重不是这个模型的：\n{mismatch}";
        /// The optimizer's state is that of another model or another rule.
        Memory(mismatch: Mismatch) =
            "the optimizer's state is not that of this model:\n{mismatch}",
            "优化器的状态不是这个模型的：\n{mismatch}";
        /// The states carried from window to window are those of another model, or of another number of streams.
        Carried(mismatch: Mismatch) =
            "the carried states are not those of this model:\n{mismatch}",
            "传递的状态不是这个模型的：\n{mismatch}";
        /// A tensor has a value that is infinite or not a number.
        NotFinite(name: String, number: f32) =
            "the tensor {name} has a value that is no finite number: {number}",
            "张量 {name} 中有一个不是有限数的值：{number}";
        /// The position is outside the text.
        Place = "the place reached is not in this text", "到达的位置不在这个文本里";
        /// Memory ran out.
        NoMemory(what: String) = "memory ran out: {what}", "内存不足：{what}";
    }
}

impl From<LoadError> for RestoreError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Mismatch(mismatch) => Self::Memory(mismatch),
            LoadError::Memory(error) => Self::NoMemory(error.to_string()),
        }
    }
}

impl std::error::Error for RestoreError {}
