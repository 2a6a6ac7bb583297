//! What the training loop trains, whatever its architecture.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{LearnerState, Predictor, PromptReader, RestoreError, StateLayout};
use crate::config::{ModelConfig, Predict, RunSettings, TrainingConfig};
use crate::corpus::RawText;
use crate::model::{TensorShape, Tensors};

/// How many parts of a piece of work are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartsDone {
    /// Those that are done.
    pub done: u64,
    /// All of them.
    pub total: u64,
}

impl PartsDone {
    /// The share that is done, in whole percent, rounded down.
    #[must_use]
    pub fn percent(self) -> u64 {
        self.done.saturating_mul(100) / self.total.max(1)
    }
}

/// Something that learns step by step and can be asked what comes next.
pub trait Learner: Send {
    /// What stays the same until another model is built.
    fn info(&self) -> RunInfo;

    /// The words it knows, by id, as they are in the text.
    fn vocabulary(&self) -> &[String];

    /// One piece of work: a training step, or a part of a validation that is due.
    ///
    /// # Errors
    /// When the loss or its gradient is not finite, and then the weights are as they were; or when memory ran out.
    fn work(&mut self) -> Result<Progress, StepError>;

    /// How far the validation is to which the next piece of work belongs, if it belongs to one.
    fn validation_progress(&self) -> Option<PartsDone>;

    /// Whether the next piece of work belongs to a validation.
    fn is_validating(&self) -> bool {
        self.validation_progress().is_some()
    }

    /// Leaves cores to the other ones of `runs` runs that are trained at the same time, unless the configuration sets the number of threads.
    fn share_cores(&mut self, _runs: usize) {}

    /// What reads prompts for it, whatever its model is.
    fn reader(&self) -> Arc<dyn PromptReader>;

    /// A copy of its model that answers prompts, with weights of its own. Does not disturb training.
    fn predictor(&self) -> Box<dyn Predictor>;

    /// Every tensor of the last training step, in the order in which it came to them; none before the first step or
    /// [rehearsal](Self::dry_run). Does not disturb training.
    fn shapes(&mut self) -> Vec<TensorShape>;

    /// Goes through the model with what the next step will read, without learning from it: then [`shapes`](Self::shapes) are
    /// those of a step before one is taken. Does not disturb training.
    fn dry_run(&mut self);

    /// The seed of the weights and of the order of the sentences.
    fn seed(&self) -> u64;

    /// Forgets everything and starts anew from another seed.
    ///
    /// # Errors
    /// When memory ran out.
    fn restart(&mut self, seed: u64) -> Result<(), StepError>;

    /// Another one that learns the same text from the start, with other settings.
    ///
    /// # Errors
    /// When there can be no such model: why.
    fn rebuilt(&self, settings: &RunSettings, seed: u64) -> Result<Box<dyn Learner>, String>;

    /// Goes on with other settings, and the weights that it has.
    ///
    /// # Errors
    /// When that cannot be: why. Then nothing has changed.
    fn retune(&mut self, settings: &RunSettings) -> Result<(), String>;

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// The same, if the run had begun with these settings.
    fn learning_rate_of(&self, _training: &TrainingConfig) -> f64 {
        self.learning_rate()
    }

    /// What the learning rate of every later step is multiplied by, besides its schedule.
    fn scale_learning_rate(&mut self, factor: f64);

    /// Copies everything that training goes on from into `state`. Does not disturb training.
    fn save(&mut self, state: &mut LearnerState);

    /// What [`save`](Self::save) would copy, without a number of it.
    fn layout(&mut self) -> StateLayout;

    /// Goes on from where another learner of the same configuration has been [saved](Self::save).
    ///
    /// # Errors
    /// When it was not of the same model, text or optimizer, or memory ran out; the learner is then of no use.
    fn restore(&mut self, state: &LearnerState) -> Result<(), RestoreError>;

    /// Adds a copy of all weights to `weights`, one tensor after the other.
    fn copy_weights(&mut self, weights: &mut Vec<f32>);

    /// How well the model does on a text, or on what it is validated with.
    ///
    /// # Errors
    /// When there is no such text, words of it are not known and nothing stands for them, or it is too short: why.
    fn evaluate(&mut self, text: Option<&RawText>) -> Result<Evaluation, String>;

    /// How well the model does on the text that it is tested with at the end; `None` if there is none, or no memory for it.
    fn test(&mut self) -> Option<Evaluation> {
        None
    }

    /// Takes these weights in place of its own.
    ///
    /// # Errors
    /// When they are not those of such a model, or no finite numbers; then it keeps its own.
    fn load_weights(&mut self, weights: &Tensors) -> Result<(), RestoreError>;
}

/// How well a model does on a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Its loss, found as that of a validation is.
    pub validated: Validated,
    /// Words that were to be predicted.
    pub words: usize,
    /// The share of them that was the most probable word.
    pub top_1: f64,
    /// The share of them that was one of the five most probable words.
    pub top_5: f64,
    /// The share of the text's words that the model does not know.
    pub unknown: f64,
}

/// What a piece of work was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// A training step.
    Step(StepReport),
    /// A part of a validation; more is to come.
    Validating,
    /// The last part of a validation.
    Validated(Validated),
}

/// What a training step tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The loss before the weights were changed, in nats per predicted word.
    pub loss: f32,
    /// The L2 norm of the gradient before it was clipped.
    pub gradient_norm: f64,
    /// Whether the gradient was clipped.
    pub clipped: bool,
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// How many times the whole text has been read, this step included.
    pub epoch: f64,
}

/// The outcome of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// Mean loss in nats per predicted word.
    pub loss: f64,
    /// The same in bits per character of the text; where only last words are predicted there is no such figure.
    pub bits_per_character: Option<f64>,
    /// The share of the words that was the most probable word; of a run that was kept by an older version it is not known.
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

/// Why a training step was not taken.
#[derive(Clone, Debug, PartialEq)]
pub enum StepError {
    /// The loss is infinite or not a number.
    Loss(f32),
    /// The norm of the gradient is infinite or not a number.
    Gradient(f64),
    /// Memory ran out.
    Memory(String),
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loss(loss) => write!(f, "the loss is {loss}"),
            Self::Gradient(norm) => write!(f, "the norm of the gradient is {norm}"),
            Self::Memory(what) => write!(f, "memory ran out: {what}"),
        }
    }
}

impl std::error::Error for StepError {}
