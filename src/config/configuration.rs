//! A complete configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::change::{SEED, SHOWN};
use super::corpus::CorpusConfig;
use super::dashboard::DashboardConfig;
use super::error::ConfigError;
use super::kind::{Kind, LARGEST_WHOLE, whole};
use super::messages::ConfigMessage;
use super::model::ModelConfig;
use super::run::RunConfig;
use super::source::{Source, TextFile};
use super::table::{row, section};
use super::training::TrainingConfig;
use super::values::{Keys, Validation};
use crate::language::Message;

section! {
    /// A complete configuration, every value checked as far as that is possible without reading the corpus.
    pub struct Config at () {
        title: String = String::new(), row(Kind::Text, SHOWN), "shown above the dashboard", "显示在界面上方";
        seed: u64 = 42, row(whole(0, LARGEST_WHOLE), SEED),
            "seeds all random numbers: with the same seed, machine and instruction set a run is the same bit for bit, for any number of \
             threads",
            "所有随机数的种子：种子、机器和指令集相同时，任何线程数下训练都逐位相同";
        /// The text to learn from.
        corpus: CorpusConfig;
        /// The network.
        model: ModelConfig;
        /// How it learns.
        training: TrainingConfig;
        /// What the dashboard starts with.
        dashboard: DashboardConfig;
        /// What it stores.
        run: RunConfig;
        keys: BTreeMap<String, Keys> = BTreeMap::new(), row(Kind::Keys, SHOWN),
            "other keys for what the dashboard can do, by the names in [keys.md](keys.md): `pause = \"F5\"`, `quit = [\"x\", \"Ctrl-Q\"]`; \
             `[]` takes the keys away. A key with two actions in the same panel is an error",
            "界面操作的其他按键，名称见 [keys.md](keys.md)：`pause = \"F5\"`、`quit = [\"x\", \"Ctrl-Q\"]`；`[]` 去掉按键。同一面板中一个键有两个\
             操作是错误";
    }
    private {
        /// The tables of `[[rival]]`.
        rivals: Vec<Rival>;
        source: Source;
        /// Values that were reduced because the text is too short for them.
        adapted: Vec<Adapted>;
        /// Whether a run was trained with these values.
        has_run: bool;
        /// Whether the vocabulary includes the words of validation and test texts that are files.
        knows_words_of_all_texts: bool;
    }
}

/// A run that learns the same batches as the configuration's own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rival {
    /// The name in the configuration, if there is one.
    pub name: Option<String>,
    /// Its own values, as they were written.
    pub changes: toml::Table,
    /// Its complete configuration.
    pub config: Config,
}

/// A value that was reduced because the text is too short for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapted {
    /// The key, such as `training.batch`.
    pub key: &'static str,
    /// The configured value.
    pub from: String,
    /// The value in force.
    pub to: String,
}

impl Config {
    /// Name of the list of tables of rivals.
    pub(super) const RIVAL: &'static str = "rival";

    /// The training texts, in order.
    #[must_use]
    pub fn corpus_files(&self) -> Vec<TextFile> {
        self.source.corpus_files(&self.corpus.path)
    }

    /// The validation text, if it is a file of its own.
    #[must_use]
    pub fn validation_file(&self) -> Option<TextFile> {
        match &self.corpus.validation {
            Validation::Share(_) => None,
            Validation::File(path) => Some(self.source.text_file("corpus.validation", path)),
        }
    }

    /// Replaces the value `from` of a key by `to` with `set`, and adds the change to [`adapted`](Self::adapted). Does nothing for a value of
    /// the command line, or of an existing run.
    pub(crate) fn adapt<T: ToString>(&mut self, key: &'static str, from: &T, to: T, set: impl Fn(&mut Self, T)) {
        if self.has_run || self.source.is_from_option(key) {
            return;
        }
        self.adapted.push(Adapted { key, from: from.to_string(), to: to.to_string() });
        set(self, to);
    }

    /// Calls `set`, which sets a key for the length of the text, if this is the configuration for a text without one
    /// ([`Origin::OwnText`](super::Origin::OwnText)). Does nothing for a value of the command line, or of an existing run.
    pub(crate) fn fit(&mut self, key: &'static str, set: impl Fn(&mut Self)) {
        if !self.has_run && self.source.fits_text && !self.source.is_from_option(key) {
            set(self);
        }
    }

    /// Marks the configuration as that of an existing run, whose values are not adapted to the length of the text.
    #[must_use]
    pub fn for_existing_run(self) -> Self {
        Self { has_run: true, ..self }
    }

    /// Includes the words of validation and test texts in the vocabulary, as earlier versions did.
    #[must_use]
    pub fn with_words_of_all_texts(self) -> Self {
        Self { knows_words_of_all_texts: true, ..self }
    }

    /// Whether the vocabulary includes the words of validation and test texts that are files.
    #[must_use]
    pub fn knows_words_of_all_texts(&self) -> bool {
        self.knows_words_of_all_texts
    }

    /// Values that were reduced because the text is too short for them.
    #[must_use]
    pub fn adapted(&self) -> &[Adapted] {
        &self.adapted
    }

    /// The test text, if there is one.
    #[must_use]
    pub fn test_file(&self) -> Option<TextFile> {
        let test = &self.corpus.test;
        (!test.as_os_str().is_empty()).then(|| self.source.text_file("corpus.test", test))
    }

    /// Whether there is a test text, or a validation text in a file of its own.
    #[must_use]
    pub fn has_other_texts(&self) -> bool {
        self.validation_file().is_some() || self.test_file().is_some()
    }

    /// What a relative path in `key` is relative to: the folder of the configuration, or the current folder.
    #[must_use]
    pub fn relative_to(&self, key: &str) -> ConfigMessage {
        if self.source.folder.is_some() && !self.source.is_from_option(key) {
            return ConfigMessage::FolderOf { name: self.name().to_owned() };
        }
        ConfigMessage::CurrentFolder
    }

    /// The folder of the run; `None` if the run is not stored.
    #[must_use]
    pub fn run_folder(&self) -> Option<PathBuf> {
        let directory = &self.run.directory;
        (!directory.as_os_str().is_empty()).then(|| self.source.path("run.directory", directory))
    }

    /// The path of the file as given, `built-in NAME`, or `settings for your text`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// An error about the value of `key` (a path such as `training.batch`), at the place where it was set; for a value that was not set, at
    /// the `--unset` that removed it, or the configuration's name.
    #[must_use]
    pub fn refuse(&self, key: &str, problem: impl Into<Message>, help: impl Into<Message>) -> ConfigError {
        self.source.refuse(key, problem, help)
    }
}
