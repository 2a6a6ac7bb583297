//! TOML file → checked [`Config`].
//!
//! The fields below are the whole schema: the keys that are known, their defaults, the values that are accepted and
//! `--print-config` all come from them. Every error names the file, the line and the key, and says what was expected.

mod error;
mod nearest;
mod read;
mod source;
mod values;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use error::ConfigError;
pub use nearest::nearest;
pub use read::{Origin, Override};
pub use source::{CorpusFile, line_of};

use source::Source;
use values::choice;

/// A complete configuration, every value checked as far as that is possible without reading the corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Shown above the dashboard. Default: nothing.
    pub title: String,
    /// Of every random number: same seed, same run. Default: 42.
    pub seed: Seed,
    /// The text to learn from.
    pub corpus: CorpusConfig,
    /// The network.
    pub model: ModelConfig,
    /// How it learns.
    pub training: TrainingConfig,
    /// What the dashboard starts with.
    pub dashboard: DashboardConfig,
    #[serde(skip)]
    source: Source,
}

/// A random seed, 0 to 2⁶³−1 (TOML knows no larger whole number).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(#[serde(deserialize_with = "values::not_negative")] pub u64);

impl Default for Seed {
    fn default() -> Self {
        Self(42)
    }
}

/// `[corpus]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CorpusConfig {
    /// One sentence a line, in UTF-8. Relative to the configuration file. The one key without a default.
    pub path: PathBuf,
    /// How a sentence becomes words. Default: words.
    pub tokenizer: Tokenizer,
}

choice! {
    /// How a sentence becomes words.
    Tokenizer {
        /// Split on white space.
        Words = "words",
    }
}

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelConfig {
    /// The recurrent cell. Default: lstm.
    pub cell: Cell,
    /// Numbers that stand for one word, at least 1. Default: 16.
    #[serde(deserialize_with = "values::size")]
    pub embedding: usize,
    /// Units of a recurrent layer, at least 1. Default: 32.
    #[serde(deserialize_with = "values::size")]
    pub hidden: usize,
    /// Recurrent layers, one above the other, at least 1. Default: 1.
    #[serde(deserialize_with = "values::layers")]
    pub layers: usize,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self { cell: Cell::default(), embedding: 16, hidden: 32, layers: 1 }
    }
}

choice! {
    /// The recurrent cell.
    Cell {
        /// Long short-term memory (Hochreiter & Schmidhuber 1997).
        Lstm = "lstm",
    }
}

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingConfig {
    /// Which words are predicted. Default: last.
    pub predict: Predict,
    /// Different sentences per step, at least 1. Default: 2.
    #[serde(deserialize_with = "values::size")]
    pub batch: usize,
    /// Training steps, at least 1. Default: 5000.
    #[serde(deserialize_with = "values::positive")]
    pub steps: u64,
    /// How gradients change weights.
    pub optimizer: OptimizerConfig,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self { predict: Predict::default(), batch: 2, steps: 5000, optimizer: OptimizerConfig::default() }
    }
}

choice! {
    /// Which words are predicted.
    Predict {
        /// The last word of each sentence, from all words before it.
        Last = "last",
    }
}

/// `training.optimizer`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OptimizerConfig {
    /// The rule. Default: adam.
    pub name: OptimizerName,
    /// Greater than 0. Default: 0.01.
    #[serde(deserialize_with = "values::positive_number")]
    pub learning_rate: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self { name: OptimizerName::default(), learning_rate: 0.01 }
    }
}

choice! {
    /// How gradients change weights.
    OptimizerName {
        /// Kingma & Ba 2015.
        Adam = "adam",
    }
}

/// `[dashboard]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DashboardConfig {
    /// Training steps per second at start; 0 = as fast as it goes. Default: 0.
    #[serde(deserialize_with = "values::pace")]
    pub pace: u32,
    /// Prompts ready to be asked; the first one is asked from the start. Default: none.
    pub prompts: Vec<String>,
}

const BUILT_IN_NOTE: &str =
    "# This corpus is built into rnn-tui: to run this file, let corpus.path name a file of yours.\n";

impl Config {
    /// Where the corpus is to be read from.
    #[must_use]
    pub fn corpus_file(&self) -> CorpusFile {
        self.source.corpus_file(&self.corpus.path)
    }

    /// The configuration's own name: its path as given, or that it is built in.
    #[must_use]
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// An error about the value of `key` (a path such as `training.batch`), at the place where it was set.
    #[must_use]
    pub fn refuse(&self, key: &str, expected: impl Into<String>, help: impl Into<String>) -> ConfigError {
        self.source.refuse(key, expected, help)
    }

    /// The complete configuration in force, as a TOML document that reads back as the same configuration in any folder: the
    /// path of the corpus is absolute. Only the built-in corpus has no path; a comment says so.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let mut config = self.clone();
        let mut note = "";
        match self.corpus_file() {
            CorpusFile::Path(path) => {
                let absolute = path.canonicalize().or_else(|_| std::path::absolute(&path));
                config.corpus.path = absolute.unwrap_or(path);
            }
            CorpusFile::BuiltIn(_) => note = BUILT_IN_NOTE,
        }
        Ok(format!("{note}{}", toml::to_string_pretty(&config)?))
    }
}
