//! TOML file → checked [`Config`].
//!
//! The keys are one table (`table.rs`): each section declares its struct and a row for each key, with type, default, range, meaning, who
//! reads it, and what another value does to a run. Reading, errors, `--print-config`, the model editor, docs/configuration.md and the
//! JSON Schema follow from the rows. Every error names the file, the line and the key, and says what was expected.

mod built_in;
mod corpus;
mod dashboard;
mod document;
mod editor;
mod encoding;
mod error;
mod file;
mod kind;
mod messages;
mod model;
mod nearest;
mod overrides;
mod paths;
mod read;
mod read_by;
mod reference;
mod resume;
mod rivals;
mod run;
mod schema;
mod settings;
mod source;
mod table;
mod training;
mod unknown_key;
mod validate;
mod values;

use crate::language::Message;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub use built_in::{BuiltIn, built_in_text, built_in_texts};
pub use corpus::{CorpusConfig, Granularity, Tokenizer};
pub use dashboard::{DashboardConfig, Keys};
pub use editor::EditContext;
pub use encoding::Encoding;
pub use error::ConfigError;
pub use file::Origin;
pub use kind::Expected;
pub use messages::ConfigMessage;
pub use model::{Architecture, Engine, ModelConfig};
pub use nearest::nearest;
pub use overrides::Override;
pub use paths::{Paths, at_home, quoted};
pub use reference::reference_table;
pub use resume::SharedReason;
pub use rivals::NamedConfig;
pub use run::{Interval, RunConfig};
pub use schema::schema;
pub use settings::RunSettings;
pub use source::{TextFile, line_of};
pub use table::{Key, keys};
pub use training::{OptimizerConfig, OptimizerName, Predict, ScheduleConfig, ScheduleName, TrainingConfig};
pub use values::{StartPace, Validation};

use kind::{Kind, LARGEST_WHOLE, whole};
use read_by::ReadBy;
use resume::{SEED, SHOWN};
use rivals::Rival;
use source::Source;
use table::{row, section};

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

    /// The values that are others in `other`, such as "`training.batch` = 4".
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        self.differing(other).into_iter().map(|(key, value)| format!("`{key}` = {value}")).collect()
    }

    /// The keys that have other values in `other`, each with its own value.
    fn differing(&self, other: &Self) -> Vec<(String, toml::Value)> {
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

    /// The complete configuration in force, as a TOML document that reads back as the same configuration in any folder: the
    /// path of the corpus is absolute, or that of a text in the binary.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let mut config = self.clone();
        let absolute = |path: PathBuf| path.canonicalize().or_else(|_| std::path::absolute(&path)).unwrap_or(path);
        let written = |file: TextFile| match file {
            TextFile::Path(path) => absolute(path),
            TextFile::Stdin => TextFile::STDIN.into(),
            TextFile::BuiltIn(name, _) => name.into(),
        };
        config.corpus.path = self.corpus_files().into_iter().map(written).collect();
        if let Some(path) = self.validation_file().map(written) {
            config.corpus.validation = Validation::File(path);
        }
        if let Some(path) = self.test_file().map(written) {
            config.corpus.test = path;
        }
        if let Some(path) = self.run_folder() {
            config.run.directory = absolute(path);
        }
        let mut text = toml::to_string_pretty(&config)?;
        let rivals = self.rivals_as_toml();
        if !rivals.is_empty() {
            text = format!("{text}\n{}", toml::to_string_pretty(&rivals)?);
        }
        Ok(text)
    }
}

fn differences(own: &toml::Table, others: &toml::Table, section: &str, found: &mut Vec<(String, toml::Value)>) {
    for (key, value) in own {
        match (value, others.get(key)) {
            (toml::Value::Table(own), Some(toml::Value::Table(others))) => {
                differences(own, others, &format!("{section}{key}."), found);
            }
            (value, other) if other != Some(value) => found.push((format!("{section}{key}"), value.clone())),
            _ => {}
        }
    }
}
