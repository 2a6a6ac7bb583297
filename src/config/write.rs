//! [`Config`] → TOML.

use std::path::PathBuf;

use super::configuration::{Config, Rival};
use super::encoding::Encoding;
use super::paths::Paths;
use super::source::TextFile;
use super::values::Validation;

impl Config {
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

    /// The tables of `[[rival]]` as they are written in a configuration.
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
