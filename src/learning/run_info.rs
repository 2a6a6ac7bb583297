//! Facts about a run that hold until its model is rebuilt.

use crate::config::{ModelConfig, Predict, RunSettings, TrainingConfig};

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
