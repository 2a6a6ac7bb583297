//! Facts about a run that hold until its model is rebuilt.

use crate::config::{ModelConfig, Predict, RunSettings, TrainingConfig};

/// Facts about a run that do not change from step to step; a rebuilt or retuned learner has others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunInfo {
    /// The title of the configuration.
    pub title: String,
    /// The name of the configuration: its file, or a built-in one.
    pub file: String,
    /// The model in one line: `LSTM 7→2→2→7`.
    pub model: String,
    /// The settings of the model.
    pub architecture: ModelConfig,
    /// The settings of training.
    pub training: TrainingConfig,
    /// Whether the training text is a running text, not separate lines.
    pub reads_running_text: bool,
    /// The number of weights.
    pub weights: u128,
    /// The number of values that the longest step stores for the backward pass.
    pub activations: u128,
    /// Multiplications in the matrix products of the longest step.
    pub multiplications: u128,
    /// Matrix products of the forward pass of the longest step that must run one after another.
    pub depth: u128,
    /// The total number of training steps of the run.
    pub steps: u64,
    /// The number of words of the training text.
    pub words_per_epoch: u64,
    /// The norm above which gradients are clipped; `None` if they are not.
    pub clip: Option<f64>,
    /// Whether a space is a word of the vocabulary, since the words are characters.
    pub spaces_are_words: bool,
    /// Whether the run has a validation text.
    pub validates: bool,
    /// Share of unknown words in the validation text, from 0 to 1; `None` if there are none or there is no such text.
    pub unknown_share: Option<f64>,
    /// The vocabulary by id, with words as they are in the text.
    pub words: Vec<String>,
    /// The vocabulary by id, with words as displayed: control characters escaped, spaces visible.
    pub vocabulary: Vec<String>,
    /// The prompts of the configuration, or one from the beginning of the training text if it has none.
    pub prompts: Vec<String>,
}

impl RunInfo {
    /// Whether every word is predicted in training, not only the last one of each sentence.
    #[must_use]
    pub fn predicts_every_word(&self) -> bool {
        self.training.predict == Predict::Every
    }

    /// The settings of model and training.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        RunSettings { model: self.architecture.clone(), training: self.training.clone() }
    }
}
