//! What the training loop trains, whatever its architecture.

use std::fmt;

use super::{Answer, Cause};
use crate::corpus::UnknownWord;

/// Something that learns step by step and can be asked what comes next.
pub trait Learner: Send + 'static {
    /// What stays the same for the whole run.
    fn info(&self) -> RunInfo;

    /// One training step; returns the loss before its weights were changed, in nats.
    ///
    /// # Errors
    /// When the loss or its gradient is not finite, and then the weights are as they were; or when memory ran out.
    fn step(&mut self) -> Result<f32, StepError>;

    /// What comes after `prompt` with the weights as they are. Does not disturb training.
    ///
    /// # Errors
    /// When the prompt has no words or a word that is not in the vocabulary, or memory ran out.
    fn ask(&self, prompt: &str) -> Result<Answer, AskError>;

    /// The seed of the weights and of the order of the sentences.
    fn seed(&self) -> u64;

    /// Forgets everything and starts anew from another seed.
    ///
    /// # Errors
    /// When memory ran out.
    fn restart(&mut self, seed: u64) -> Result<(), StepError>;
}

/// What stays the same for the whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunInfo {
    /// The configuration's title.
    pub title: String,
    /// The configuration's file.
    pub file: String,
    /// The model in one line: `LSTM 7→2→2→7`.
    pub model: String,
    /// How many weights the model has.
    pub weights: u128,
    /// Training steps until the run is finished.
    pub steps: u64,
    /// The words the model knows, by id.
    pub vocabulary: Vec<String>,
    /// Prompts ready to be asked.
    pub prompts: Vec<String>,
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

impl StepError {
    /// What kind of thing happened.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Loss(_) | Self::Gradient(_) => Cause::Numbers,
            Self::Memory(_) => Cause::Memory,
        }
    }
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

/// Why a prompt has no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum AskError {
    /// There is no word in it.
    Empty,
    /// A word the model does not know.
    Unknown(UnknownWord),
    /// Memory ran out.
    Memory(String),
    /// A fault of the program.
    Panic(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the prompt has no words"),
            Self::Unknown(unknown) => unknown.fmt(f),
            Self::Memory(what) => write!(f, "memory ran out: {what}"),
            Self::Panic(what) => write!(f, "this prompt met a fault of the program: {what}"),
        }
    }
}

impl std::error::Error for AskError {}
