//! [`Config`] → TOML.

use std::path::PathBuf;

use super::configuration::{Config, Rival};
use super::encoding::Encoding;
use super::paths::Paths;
use super::source::TextFile;
use super::values::Validation;

impl Config {
    /// The complete configuration in force with its rivals, as a TOML document that reads back as the same configuration in any folder: paths
    /// are absolute, or those of built-in texts.
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

    /// The complete configuration in force without rivals and run folder, for a folder with copies of the texts in UTF-8: `corpus.txt` and, if
    /// there are such texts, `validation.txt` and `test.txt`. `texts` is put before their names: empty, or a path that ends with `/`,
    /// relative to the file of the configuration.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_toml_with_copied_texts(&self, texts: &str) -> Result<String, toml::ser::Error> {
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

    /// The tables of `[[rival]]`; empty without rivals.
    fn rivals_as_toml(&self) -> toml::Table {
        let written = |rival: &Rival| {
            let mut table = rival.changes.clone();
            table.extend(rival.name.clone().map(|name| ("name".to_owned(), name.into())));
            toml::Value::Table(table)
        };
        let rivals: Vec<_> = self.rivals.iter().map(written).collect();
        if rivals.is_empty() {
            toml::Table::new()
        } else {
            toml::Table::from_iter([(Self::RIVAL.to_owned(), rivals.into())])
        }
    }
}
