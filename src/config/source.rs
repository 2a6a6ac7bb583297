//! Where a value was set: in which line of which file, or by which command-line option.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::built_in::built_in_text;
use super::error::ConfigError;
use super::messages::ConfigMessage;
use super::paths::{Paths, at_home};
use crate::language::Message;

/// What a configuration was read from, with the place of each value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Source {
    pub name: String,
    /// The folder that paths in the file are relative to; `None` for a configuration in the binary.
    pub folder: Option<PathBuf>,
    /// Whether values that nobody has set are to be those for the length of the text.
    pub fits_text: bool,
    /// The text of the file.
    pub text: String,
    /// The options of the command line as typed.
    pub options: Vec<String>,
    /// Each value that is set, by its path.
    pub values: BTreeMap<String, GivenValue>,
    /// The paths that an option has left out, with the number of the option.
    pub unset: BTreeMap<String, usize>,
    /// The paths for which a rival has other values; none of what is no rival's.
    pub own_values: Vec<String>,
}

/// A value as it was set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GivenValue {
    /// `None` for what TOML can write and not hold, such as a number of 20 digits.
    pub value: Option<toml::Value>,
    /// The value as it is written.
    pub written: String,
    pub place: Place,
    /// The places of the values of a list.
    pub items: Vec<Place>,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In this line of the file, counted from 1.
    Line(usize),
    /// In the option of this number, counted from 0.
    Option(usize),
}

/// Where a text is to be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFile {
    /// A file or folder on disk.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// One in the binary: its path as it is written, and the text.
    BuiltIn(String, &'static str),
}

impl TextFile {
    /// How standard input is written.
    pub const STDIN: &'static str = "-";
}

/// The line, counted from 1, that holds the byte `at`.
#[must_use]
#[allow(clippy::naive_bytecount)] // done once, before the program ends with an error
pub fn line_of(text: &[u8], at: usize) -> usize {
    1 + text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// A value as it is written, of a long one the beginning.
fn shown(written: &str) -> String {
    const MAX_SHOWN: usize = 200;
    match written.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &written[..end]),
        None => written.to_owned(),
    }
}

impl Source {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `file:line`, or the option.
    pub fn place(&self, place: Place) -> String {
        match place {
            Place::Line(line) => format!("{}:{line}", self.name),
            Place::Option(number) => self.options.get(number).cloned().unwrap_or_default(),
        }
    }

    /// Whether the value was set on the command line.
    pub fn is_from_option(&self, path: &str) -> bool {
        self.values.get(path).is_some_and(|given| matches!(given.place, Place::Option(_)))
    }

    /// Whether the value is one that a rival has for itself.
    pub fn is_own(&self, path: &str) -> bool {
        self.own_values.iter().any(|own| own == path)
    }

    /// What is wrong with the value of a path, with the value as it is written.
    pub fn problem(&self, path: &str, expected: impl Into<Message>) -> Message {
        let expected: Message = expected.into();
        match self.values.get(path) {
            Some(given) => expected.at(format!("`{path} = {}`", shown(&given.written))),
            None => ConfigMessage::NotSet { key: path.to_owned(), expected }.into(),
        }
    }

    /// An error about the value of a path, at the place where it was set.
    pub fn refuse(&self, path: &str, expected: impl Into<Message>, help: impl Into<Message>) -> ConfigError {
        let place = self.values.get(path).map(|given| given.place);
        let place = place.or_else(|| self.unset.get(path).map(|option| Place::Option(*option)));
        ConfigError {
            place: place.map_or_else(|| self.name.clone(), |place| self.place(place)),
            problem: self.problem(path, expected),
            help: Some(help.into()),
        }
    }

    /// Relative to the file; to the working directory if the path came from the command line. `~/` is the home folder, as it is
    /// for a shell.
    pub fn path(&self, key: &str, path: &Path) -> PathBuf {
        match &self.folder {
            _ if path.starts_with("~") => at_home(path),
            // nothing is no name of the file's folder
            _ if path.as_os_str().is_empty() => path.to_owned(),
            Some(folder) if !self.is_from_option(key) => folder.join(path),
            _ => path.to_owned(),
        }
    }

    pub fn text_file(&self, key: &str, path: &Path) -> TextFile {
        match path.to_str() {
            Some(TextFile::STDIN) => TextFile::Stdin,
            Some(written) if let Some(text) = built_in_text(written) => TextFile::BuiltIn(written.to_owned(), text),
            _ => TextFile::Path(self.path(key, path)),
        }
    }

    pub fn corpus_files(&self, paths: &Paths) -> Vec<TextFile> {
        paths.iter().map(|path| self.text_file("corpus.path", path)).collect()
    }
}
