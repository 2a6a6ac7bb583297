//! The interface between the training loop and a model of any architecture.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{LearnerState, Predictor, PromptReader, RestoreError, StateLayout};
use crate::config::{ModelConfig, Predict, RunSettings, TrainingConfig};
use crate::corpus::RawText;
use crate::language::Message;
use crate::memory::least_available;
use crate::model::{TensorShape, Tensors};

/// Progress of a piece of work in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartsDone {
    /// The number of parts done.
    pub done: u64,
    /// The total number of parts.
    pub total: u64,
}

impl PartsDone {
    /// The share that is done in percent, rounded down.
    #[must_use]
    pub fn percent(self) -> u64 {
        self.done.saturating_mul(100) / self.total.max(1)
    }
}

/// A trainable model with its corpus, optimizer and random state.
pub trait Learner: Send {
    /// Facts that hold until the model is rebuilt.
    fn info(&self) -> RunInfo;

    /// The vocabulary by id, with words as they are in the text.
    fn vocabulary(&self) -> &[String];

    /// Does one piece of work: a training step, or a part of a pending validation.
    ///
    /// # Errors
    /// If the loss or gradient is not finite (the weights are then unchanged), or if memory runs out.
    fn work(&mut self) -> Result<Progress, StepError>;

    /// Progress of the validation to which the next piece of work belongs, if any.
    fn validation_progress(&self) -> Option<PartsDone>;

    /// Whether the next piece of work belongs to a validation.
    fn is_validating(&self) -> bool {
        self.validation_progress().is_some()
    }

    /// Shares the cores with the other ones of `runs` concurrent runs, unless the configuration sets the number of threads.
    fn share_cores(&mut self, _runs: usize) {}

    /// The parser of its prompts.
    fn reader(&self) -> Arc<dyn PromptReader>;

    /// Creates a predictor with a copy of the weights.
    fn predictor(&self) -> Box<dyn Predictor>;

    /// Shapes of all tensors of the last training step, in order of computation; empty before the first step or
    /// [dry run](Self::dry_run).
    fn shapes(&mut self) -> Vec<TensorShape>;

    /// Runs a forward pass over the next batch without learning from it, so that [`shapes`](Self::shapes) are known before the
    /// first step. Does not change the course of training.
    fn dry_run(&mut self);

    /// The seed of the weights and of the order of the sentences.
    fn seed(&self) -> u64;

    /// Restarts with new weights from this seed.
    ///
    /// # Errors
    /// If memory runs out.
    fn restart(&mut self, seed: u64) -> Result<(), StepError>;

    /// Creates a learner for the same text with other settings and new weights.
    ///
    /// # Errors
    /// If the settings are invalid; the error is the reason.
    fn rebuilt(&self, settings: &RunSettings, seed: u64) -> Result<Box<dyn Learner>, Message>;

    /// Changes the training settings and keeps the weights.
    ///
    /// # Errors
    /// If the settings need new weights; the error is the reason, and nothing has changed.
    fn retune(&mut self, settings: &RunSettings) -> Result<(), Message>;

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// The learning rate of the next step if the run had begun with these settings.
    fn learning_rate_of(&self, _training: &TrainingConfig) -> f64 {
        self.learning_rate()
    }

    /// Multiplies the scheduled learning rate of later steps by this factor.
    fn scale_learning_rate(&mut self, factor: f64);

    /// Copies everything that is needed to continue training into `state`.
    fn save(&mut self, state: &mut LearnerState);

    /// The layout of the state that [`save`](Self::save) copies.
    fn layout(&mut self) -> StateLayout;

    /// Restores a [saved](Self::save) state of a learner with the same configuration.
    ///
    /// # Errors
    /// If the state belongs to another model, text or optimizer, or if memory runs out; the learner must not be used afterwards.
    fn restore(&mut self, state: &LearnerState) -> Result<(), RestoreError>;

    /// Appends a copy of all weights to `weights`, tensor after tensor.
    fn copy_weights(&mut self, weights: &mut Vec<f32>);

    /// Evaluates the model on a text, or on its validation text.
    ///
    /// # Errors
    /// If there is no such text, it has unknown words and the vocabulary has no word for them, or it is too short.
    fn evaluate(&mut self, text: Option<&RawText>) -> Result<Evaluation, Message>;

    /// Evaluates the model on its test text; `None` without a test text or enough memory.
    fn test(&mut self) -> Option<Evaluation> {
        None
    }

    /// Replaces the weights.
    ///
    /// # Errors
    /// If they do not fit the model or are not finite; the weights are then unchanged.
    fn load_weights(&mut self, weights: &Tensors) -> Result<(), RestoreError>;
}

/// The result of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Loss and derived numbers.
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
    /// Epochs completed, including this step.
    pub epoch: f64,
}

/// The result of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// Mean loss in nats per predicted word.
    pub loss: f64,
    /// The loss in bits per character; `None` if only last words are predicted.
    pub bits_per_character: Option<f64>,
    /// Accuracy, from 0 to 1; `None` in runs saved by older versions.
    #[serde(default)]
    pub right: Option<f64>,
}

/// What stays the same until another model is built.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunInfo {
    /// The configuration's title.
    pub title: String,
    /// The configuration's file.
    pub file: String,
    /// The model in one line: `LSTM 7→2→2→7`.
    pub model: String,
    /// What it is made of.
    pub architecture: ModelConfig,
    /// How it learns.
    pub training: TrainingConfig,
    /// Whether it reads a text as a whole, not line by line.
    pub reads_running_text: bool,
    /// How many weights the model has.
    pub weights: u128,
    /// Numbers that the longest step keeps for its way back.
    pub activations: u128,
    /// Multiplications of the matrix products of the longest step.
    pub multiplications: u128,
    /// Matrix products of the longest step of which each needs the result of the one before.
    pub depth: u128,
    /// Training steps until the run is finished.
    pub steps: u64,
    /// Words of the text that is learned from.
    pub words_per_epoch: u64,
    /// The norm above which gradients are clipped, if they are.
    pub clip: Option<f64>,
    /// Whether a space is a word like others, as it is where the words are characters.
    pub spaces_are_words: bool,
    /// Whether validations are to come.
    pub validates: bool,
    /// The share of the words to validate with that the model takes as one unknown word, where there is one.
    pub unknown_share: Option<f64>,
    /// The words the model knows, by id, as they are in the text.
    pub words: Vec<String>,
    /// The same as they are shown.
    pub vocabulary: Vec<String>,
    /// Prompts ready to be asked.
    pub prompts: Vec<String>,
}

impl RunInfo {
    /// Whether every word is learned to be predicted, not the last one of a sentence only.
    #[must_use]
    pub fn learns_every_word(&self) -> bool {
        self.training.predict == Predict::Every
    }

    /// What it is made of, and how it learns.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        RunSettings { model: self.architecture.clone(), training: self.training.clone() }
    }
}

crate::messages! {
    /// Why a training step was not taken.
    #[derive(Clone, Debug, PartialEq)]
    pub enum StepError {
        /// The loss is infinite or not a number.
        Loss(loss: f32) = "the loss is {loss}", "损失为 {loss}";
        /// The norm of the gradient is infinite or not a number.
        Gradient(norm: f64) = "the norm of the gradient is {norm}", "梯度范数为 {norm}";
        /// Memory ran out: of what.
        Memory(what: Message) = "memory ran out: {what}", "内存不足：{what}";
    }
}

impl std::error::Error for StepError {}

impl StepError {
    /// Memory ran out, with the limit that leaves least of it.
    #[must_use]
    pub fn out_of_memory() -> Self {
        Self::Memory(least_available().map_or_else(|| Message::new(""), |(_, limit)| limit.into()))
    }
}
