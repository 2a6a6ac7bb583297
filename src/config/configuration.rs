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
        /// What it leaves on disk.
        run: RunConfig;
        keys: BTreeMap<String, Keys> = BTreeMap::new(), row(Kind::Keys, SHOWN),
            "other keys for what the dashboard can do, by the names in [keys.md](keys.md): `pause = \"F5\"`, `quit = [\"x\", \"Ctrl-Q\"]`; \
             `[]` takes the keys away. A key with two actions in the same panel is an error",
            "界面操作的其他按键，名称见 [keys.md](keys.md)：`pause = \"F5\"`、`quit = [\"x\", \"Ctrl-Q\"]`；`[]` 去掉按键。同一面板中一个键有两个\
             操作是错误";
    }
    private {
        /// Runs beside this one, which learn the same batches: the tables of `[[rival]]`.
        rivals: Vec<Rival>;
        source: Source;
        /// Values that are others than those that were set.
        adapted: Vec<Adapted>;
        /// Whether a run has learned with these values.
        is_of_a_run: bool;
        /// Whether the words of texts to validate and to test with are in the vocabulary, too.
        knows_words_of_all_texts: bool;
    }
}

/// A run that learns the same batches as the configuration's own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rival {
    /// What it is called, if the configuration says so.
    pub name: Option<String>,
    /// The values that are other ones, as they were written.
    pub changes: toml::Table,
    /// Its complete configuration.
    pub config: Config,
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

impl Config {
    /// The name of the list of tables.
    pub(super) const RIVAL: &'static str = "rival";

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

    /// Puts the value for a text of its length in the place of `key`'s, unless the command line says what it is.
    pub(crate) fn fit(&mut self, key: &'static str, set: impl Fn(&mut Self)) {
        if !self.is_of_a_run && self.source.fits_text && !self.source.is_from_option(key) {
            set(self);
        }
    }

    /// The configuration of a run that has begun: its values are what it goes on with, however short its text is.
    #[must_use]
    pub fn of_a_run(self) -> Self {
        Self { is_of_a_run: true, ..self }
    }

    /// The configuration of a run of an earlier version, in whose vocabulary are the words of all its texts, not only of the one that is
    /// learned from.
    #[must_use]
    pub fn with_words_of_all_texts(self) -> Self {
        Self { knows_words_of_all_texts: true, ..self }
    }

    /// Whether the words of texts to validate and to test with are in the vocabulary, too.
    #[must_use]
    pub fn knows_words_of_all_texts(&self) -> bool {
        self.knows_words_of_all_texts
    }

    /// Values that were changed because the text is too short for them.
    #[must_use]
    pub fn adapted(&self) -> &[Adapted] {
        &self.adapted
    }

    /// Where the text to test with is to be read from, if there is one.
    #[must_use]
    pub fn test_file(&self) -> Option<TextFile> {
        let test = &self.corpus.test;
        (!test.as_os_str().is_empty()).then(|| self.source.text_file("corpus.test", test))
    }

    /// Whether there is a text to validate or to test with that is a file of its own.
    #[must_use]
    pub fn has_other_texts(&self) -> bool {
        self.validation_file().is_some() || self.test_file().is_some()
    }

    /// What a path that is the value of `key` is relative to.
    #[must_use]
    pub fn relative_to(&self, key: &str) -> ConfigMessage {
        if self.source.folder.is_some() && !self.source.is_from_option(key) {
            return ConfigMessage::FolderOf { name: self.name().to_owned() };
        }
        ConfigMessage::CurrentFolder
    }

    /// The folder that keeps the run, if any does.
    #[must_use]
    pub fn run_folder(&self) -> Option<PathBuf> {
        let directory = &self.run.directory;
        (!directory.as_os_str().is_empty()).then(|| self.source.path("run.directory", directory))
    }

    /// The configuration's own name: its path as given, or which one in the binary it is.
    #[must_use]
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// An error about the value of `key` (a path such as `training.batch`), at the place where it was set.
    #[must_use]
    pub fn refuse(&self, key: &str, expected: impl Into<Message>, help: impl Into<Message>) -> ConfigError {
        self.source.refuse(key, expected, help)
    }
}
