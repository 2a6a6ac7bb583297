//! TOML file → checked [`Config`].
//!
//! The fields below are the whole schema: the keys that are known, their defaults, the values that are accepted and
//! `--print-config` all come from them. Every error names the file, the line and the key, and says what was expected.

mod agreement;
mod encoding;
mod error;
mod nearest;
mod paths;
mod read;
mod run;
mod source;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use encoding::Encoding;
pub use error::ConfigError;
pub use nearest::nearest;
pub use paths::Paths;
pub use read::{Origin, Override};
pub use run::{Interval, RunConfig};
pub use source::{TextFile, line_of};

use source::Source;
use values::choice;
pub use values::{StartPace, Validation};

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
    /// What it leaves on disk.
    pub run: RunConfig,
    /// Keys of the dashboard in place of its own, by action. Default: none.
    pub keys: BTreeMap<String, Keys>,
    #[serde(skip)]
    source: Source,
    /// Values that are others than those that were set.
    #[serde(skip)]
    adapted: Vec<Adapted>,
    /// Whether a run has learned with these values.
    #[serde(skip)]
    is_of_a_run: bool,
}

/// A value for which the text was too short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapted {
    /// The key, such as `training.batch`.
    pub key: &'static str,
    /// What was set.
    pub from: String,
    /// What is in force.
    pub to: String,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CorpusConfig {
    /// A text, or a list of texts that are read one after the other; a folder stands for the texts in it, `-` for standard
    /// input, `~/` for the home folder. Relative to the configuration file. The one key without a default.
    pub path: Paths,
    /// In which encoding the texts are; a byte order mark says otherwise. Default: utf-8.
    pub encoding: Encoding,
    /// What is learned from: each line by itself, or the text as a whole. Default: sentences.
    pub unit: Unit,
    /// How a text becomes words. Default: words.
    pub tokenizer: Tokenizer,
    /// Whether the letters of the text become small ones. Default: false.
    pub lowercase: bool,
    /// Whether `<eos>` follows the last word of each line. Default: false.
    pub end_of_sentence: bool,
    /// Words that occur less often in the text to learn from become `<unk>`. Default: 1.
    #[serde(deserialize_with = "values::size")]
    pub min_count: usize,
    /// Only so many words, the most frequent, are kept; the others become `<unk>`. 0: all. Default: 0.
    #[serde(deserialize_with = "values::size_or_none")]
    pub max_vocabulary: usize,
    /// What is not learned from, but the loss of which is told: a share of the text, its end, or a file. Default: 0.
    pub validation: Validation,
    /// Another text, the loss of which is told once, at the end. Default: none.
    pub test: PathBuf,
}

impl Default for CorpusConfig {
    fn default() -> Self {
        Self {
            path: Paths::default(),
            encoding: Encoding::default(),
            unit: Unit::default(),
            tokenizer: Tokenizer::default(),
            lowercase: false,
            end_of_sentence: false,
            min_count: 1,
            max_vocabulary: 0,
            validation: Validation::default(),
            test: PathBuf::new(),
        }
    }
}

choice! {
    /// What is learned from.
    Unit {
        /// Every line by itself, from a zero state, in random order.
        Sentences = "sentences",
        /// The text as a whole, in windows of `training.window` steps, the state carried from one to the next.
        Text = "text",
    }
}

choice! {
    /// How a text becomes words.
    Tokenizer {
        /// Split on white space.
        Words = "words",
        /// Unicode's extended grapheme clusters, white space among them: what a reader calls a character.
        Characters = "characters",
        /// Words and punctuation marks, each by itself (Unicode's word boundaries); spaces are put back where they stood.
        Prose = "prose",
        /// Chinese words found by jieba; words of other scripts stay whole, punctuation marks are words.
        Jieba = "jieba",
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
    /// The probability with which a number is dropped on its way up from layer to layer. Default: 0.
    #[serde(deserialize_with = "values::share")]
    pub dropout: f64,
    /// Added to the initial bias of an LSTM's forget gate. Default: 0.
    #[serde(deserialize_with = "values::number")]
    pub forget_bias: f64,
    /// Whether embedding and output layer share one table. Default: false.
    pub tie_embeddings: bool,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            cell: Cell::default(),
            embedding: 16,
            hidden: 32,
            layers: 1,
            dropout: 0.0,
            forget_bias: 0.0,
            tie_embeddings: false,
        }
    }
}

choice! {
    /// The recurrent cell.
    Cell {
        /// Long short-term memory (Hochreiter & Schmidhuber 1997).
        Lstm = "lstm",
        /// The gated recurrent unit (Cho et al. 2014).
        Gru = "gru",
        /// The simple recurrent network (Elman 1990).
        Rnn = "rnn",
    }
}

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingConfig {
    /// Which words are predicted. Default: last.
    pub predict: Predict,
    /// Sentences, or streams of text, per step, at least 1. Default: 2.
    #[serde(deserialize_with = "values::size")]
    pub batch: usize,
    /// Steps of a running text through which the gradient goes back, at least 1. Default: 32.
    #[serde(deserialize_with = "values::size")]
    pub window: usize,
    /// Training steps, at least 1. Default: 5000.
    #[serde(deserialize_with = "values::positive")]
    pub steps: u64,
    /// The norm to which larger gradients are scaled down; 0: they are not. Default: 0.
    #[serde(deserialize_with = "values::number_or_none")]
    pub clip: f64,
    /// Steps between two validations; 0: one after each epoch. Default: 0.
    #[serde(deserialize_with = "values::not_negative")]
    pub validate_every: u64,
    /// At most so many threads share a training step, fewer where that is faster; 0: as many as there are cores. The run is the
    /// same for any number. Default: 0.
    #[serde(deserialize_with = "values::threads")]
    pub threads: usize,
    /// How gradients change weights.
    pub optimizer: OptimizerConfig,
    /// How the learning rate changes.
    pub schedule: ScheduleConfig,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            predict: Predict::default(),
            batch: 2,
            window: 32,
            steps: 5000,
            clip: 0.0,
            validate_every: 0,
            threads: 0,
            optimizer: OptimizerConfig::default(),
            schedule: ScheduleConfig::default(),
        }
    }
}

choice! {
    /// Which words are predicted.
    Predict {
        /// The last word of each sentence, from all words before it.
        Last = "last",
        /// Every word but the first, each from all words before it.
        Every = "every",
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
    /// Of SGD and `RMSprop`, at least 0 and below 1. Default: 0.
    #[serde(deserialize_with = "values::share")]
    pub momentum: f64,
    /// Of `AdamW`, at least 0. Default: 0.01.
    #[serde(deserialize_with = "values::number_or_none")]
    pub weight_decay: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self { name: OptimizerName::default(), learning_rate: 0.01, momentum: 0.0, weight_decay: 0.01 }
    }
}

choice! {
    /// How gradients change weights.
    OptimizerName {
        /// Kingma & Ba 2015.
        Adam = "adam",
        /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
        AdamW = "adamw",
        /// Stochastic gradient descent, with momentum (Polyak 1964).
        Sgd = "sgd",
        /// Tieleman & Hinton 2012.
        RmsProp = "rmsprop",
    }
}

/// `training.schedule`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleConfig {
    /// The rule. Default: constant.
    pub name: ScheduleName,
    /// Of `step`: how many epochs keep the full learning rate. Default: 4.
    #[serde(deserialize_with = "values::not_negative")]
    pub from_epoch: u64,
    /// Of `step` and `plateau`: what the learning rate is multiplied by, above 0 and below 1. Default: 0.5.
    #[serde(deserialize_with = "values::factor")]
    pub factor: f64,
    /// Of `plateau`: how many validations in a row may bring no better loss. Default: 0.
    #[serde(deserialize_with = "values::not_negative")]
    pub patience: u64,
    /// Of `cosine`: steps in which the learning rate rises to its full height. Default: 0.
    #[serde(deserialize_with = "values::not_negative")]
    pub warmup: u64,
    /// Of `cosine`: the share of the learning rate that is left at the end. Default: 0.
    #[serde(deserialize_with = "values::share")]
    pub minimum: f64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self { name: ScheduleName::default(), from_epoch: 4, factor: 0.5, patience: 0, warmup: 0, minimum: 0.0 }
    }
}

choice! {
    /// How the learning rate changes.
    ScheduleName {
        /// It does not.
        Constant = "constant",
        /// After some epochs it is multiplied by a factor once per epoch (Zaremba et al. 2014).
        Step = "step",
        /// It is multiplied by a factor whenever the validation loss stops falling, as PyTorch's `ReduceLROnPlateau` does.
        Plateau = "plateau",
        /// It rises in a line (Goyal et al. 2017), then falls along half a cosine until the last step (Loshchilov & Hutter
        /// 2017).
        Cosine = "cosine",
    }
}

/// `[dashboard]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DashboardConfig {
    /// Training steps per second at start; 0 = as fast as it goes; two numbers: from the first to the second within half a
    /// minute. Default: 0.
    pub pace: StartPace,
    /// Whether training waits for a key before its first step. Default: false.
    pub paused: bool,
    /// Frames per second at most, 1 to 60; a key is answered at once. Default: 10.
    #[serde(deserialize_with = "values::frames")]
    pub fps: u32,
    /// Prompts ready to be asked; the first one is asked from the start. Default: none.
    pub prompts: Vec<String>,
}

impl Default for DashboardConfig {
    fn default() -> Self {
        Self { pace: StartPace::default(), paused: false, fps: 10, prompts: Vec::new() }
    }
}

/// The keys for one action, as they are written: `"q"` or `["q", "F10"]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "values::OneOrMore")]
pub struct Keys(pub Vec<String>);

const BUILT_IN_NOTE: &str =
    "# This corpus is built into rnn-tui: to run this file, let corpus.path name a file of yours.\n";

impl Config {
    /// Where the texts to learn from are to be read from, in their order.
    #[must_use]
    pub fn corpus_files(&self) -> Vec<TextFile> {
        self.source.corpus_files(&self.corpus.path)
    }

    /// Where the text to validate with is to be read from, if it is a file.
    #[must_use]
    pub fn validation_file(&self) -> Option<TextFile> {
        match &self.corpus.validation {
            Validation::Share(_) => None,
            Validation::File(path) => Some(self.source.text_file("corpus.validation", path)),
        }
    }

    /// Puts `to` in the place of `from` unless the command line says what the value is.
    pub(crate) fn adapt<T: ToString>(&mut self, key: &'static str, from: &T, to: T, set: impl Fn(&mut Self, T)) {
        if self.is_of_a_run || self.source.is_from_option(key) {
            return;
        }
        self.adapted.push(Adapted { key, from: from.to_string(), to: to.to_string() });
        set(self, to);
    }

    /// The configuration of a run that has begun: its values are what it goes on with, however short its text is.
    #[must_use]
    pub fn of_a_run(self) -> Self {
        Self { is_of_a_run: true, ..self }
    }

    /// Values that were changed because the text is too short for them.
    #[must_use]
    pub fn adapted(&self) -> &[Adapted] {
        &self.adapted
    }

    /// The values that are others in `other`, such as "`training.batch` = 4".
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let [own, others] = [self, other].map(|config| toml::Table::try_from(config).unwrap_or_default());
        let mut found = Vec::new();
        differences(&own, &others, "", &mut found);
        found
    }

    /// Where the text to test with is to be read from, if there is one.
    #[must_use]
    pub fn test_file(&self) -> Option<TextFile> {
        let test = &self.corpus.test;
        (!test.as_os_str().is_empty()).then(|| self.source.text_file("corpus.test", test))
    }

    /// What a path that is the value of `key` is relative to.
    #[must_use]
    pub fn relative_to(&self, key: &str) -> String {
        if self.source.folder.is_some() && !self.source.is_from_option(key) {
            return format!("the folder of {}", self.name());
        }
        "the current folder".to_owned()
    }

    /// The complete configuration in force for a folder that has copies of the texts in UTF-8: `corpus.txt` and, if there are texts
    /// to validate or to test with, `validation.txt` and `test.txt`, all in `texts`, a path relative to the file that this becomes.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_toml_beside(&self, texts: &str) -> Result<String, toml::ser::Error> {
        let mut config = self.clone();
        config.corpus.path = Paths::one(format!("{texts}corpus.txt"));
        config.corpus.encoding = Encoding::default();
        if let Validation::File(path) = &mut config.corpus.validation {
            *path = format!("{texts}validation.txt").into();
        }
        if self.test_file().is_some() {
            config.corpus.test = format!("{texts}test.txt").into();
        }
        config.run.directory = PathBuf::new();
        toml::to_string_pretty(&config)
    }

    /// The folder that keeps the run, if any does.
    #[must_use]
    pub fn run_folder(&self) -> Option<PathBuf> {
        let directory = &self.run.directory;
        (!directory.as_os_str().is_empty()).then(|| self.source.path("run.directory", directory))
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
        let absolute = |path: PathBuf| path.canonicalize().or_else(|_| std::path::absolute(&path)).unwrap_or(path);
        let written = |file: TextFile| match file {
            TextFile::Path(path) => Some(absolute(path)),
            TextFile::Stdin => Some(TextFile::STDIN.into()),
            TextFile::BuiltIn(_) => None,
        };
        let note = match self.corpus_files().into_iter().map(written).collect::<Option<_>>() {
            Some(paths) => {
                config.corpus.path = paths;
                ""
            }
            None => BUILT_IN_NOTE,
        };
        if let Some(path) = self.validation_file().and_then(written) {
            config.corpus.validation = Validation::File(path);
        }
        if let Some(path) = self.test_file().and_then(written) {
            config.corpus.test = path;
        }
        if let Some(path) = self.run_folder() {
            config.run.directory = absolute(path);
        }
        Ok(format!("{note}{}", toml::to_string_pretty(&config)?))
    }
}

fn differences(own: &toml::Table, others: &toml::Table, section: &str, found: &mut Vec<String>) {
    for (key, value) in own {
        match (value, others.get(key)) {
            (toml::Value::Table(own), Some(toml::Value::Table(others))) => {
                differences(own, others, &format!("{section}{key}."), found);
            }
            (value, other) if other != Some(value) => found.push(format!("`{section}{key}` = {value}")),
            _ => {}
        }
    }
}
