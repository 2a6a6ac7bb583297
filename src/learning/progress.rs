//! The results of a learner's work.

use serde::{Deserialize, Serialize};

use crate::language::Message;
use crate::memory::least_available;

/// Progress of a piece of work in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartsDone {
    /// The number of parts done.
    pub done: u64,
    /// The total number of parts.
    pub total: u64,
}

impl PartsDone {
    /// The share of the parts that are done in percent, rounded down.
    #[must_use]
    pub fn percent(self) -> u64 {
        self.done.saturating_mul(100) / self.total.max(1)
    }
}

/// The result of evaluating a model on any text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Loss and accuracy.
    pub validated: Validated,
    /// The number of predicted words.
    pub words: usize,
    /// Top-1 accuracy, from 0 to 1.
    pub top_1: f64,
    /// Top-5 accuracy, from 0 to 1.
    pub top_5: f64,
    /// Share of unknown words in the text, from 0 to 1.
    pub unknown: f64,
}

/// The result of one piece of work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// A training step.
    Step(StepReport),
    /// A part of a validation that is not complete.
    Validating,
    /// The last part of a validation, with its result.
    Validated(Validated),
}

/// Measurements of a training step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Loss before the update, in nats per predicted word.
    pub loss: f32,
    /// L2 norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Whether the gradient was clipped.
    pub clipped: bool,
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// The number of epochs after this step, with fractions.
    pub epoch: f64,
}

/// The result of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// Mean loss in nats per predicted word.
    pub loss: f64,
    /// The loss in bits per character; `None` if only last words are predicted.
    pub bits_per_character: Option<f64>,
    /// Top-1 accuracy, from 0 to 1; `None` in runs saved by older versions.
    #[serde(default, rename = "right")]
    pub accuracy: Option<f64>,
}

crate::messages! {
    /// Why a training step failed.
    #[derive(Clone, Debug, PartialEq)]
    pub enum StepError {
        /// The loss is infinite or not a number.
        Loss(loss: f32) = "the loss is {loss}", "损失为 {loss}";
        /// The norm of the gradient is infinite or not a number.
        Gradient(norm: f64) = "the norm of the gradient is {norm}", "梯度范数为 {norm}";
        /// Memory ran out; which memory, or the error of the allocation.
        Memory(what: Message) = "memory ran out: {what}", "内存不足：{what}";
    }
}

impl std::error::Error for StepError {}

impl StepError {
    /// The error of a failed allocation, with the limit that leaves least memory.
    #[must_use]
    pub fn out_of_memory() -> Self {
        Self::Memory(least_available().map_or_else(|| Message::new(""), |(_, limit)| limit.into()))
    }
}
