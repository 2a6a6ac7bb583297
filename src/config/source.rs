//! Where values were set: the line of the file, or the option of the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::built_in::built_in_text;
use super::error::ConfigError;
use super::messages::ConfigMessage;
use super::paths::{Paths, at_home};
use crate::language::Message;

/// The text and the options of a configuration, with the place of each value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Source {
    pub name: String,
    /// The folder that paths in the file are relative to; `None` for a built-in configuration.
    pub folder: Option<PathBuf>,
    /// Whether values that the command line does not set are chosen by the length of the text.
    pub fits_text: bool,
    /// The text of the file.
    pub text: String,
    /// The options of the command line as typed.
    pub options: Vec<String>,
    /// The values that are set, by path.
    pub values: BTreeMap<String, GivenValue>,
    /// Keys removed by `--unset`, with the index of the option.
    pub unset: BTreeMap<String, usize>,
    /// Keys that a rival sets itself; empty if this is no rival.
    pub rival_keys: Vec<String>,
}

/// A value as it was set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GivenValue {
    /// `None` for a number of more than 64 bits, and other TOML that no value can hold.
    pub value: Option<toml::Value>,
    /// The value as written.
    pub written: String,
    pub place: Place,
    /// The places of the items of a list.
    pub items: Vec<Place>,
}

/// The place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A line of the file, counted from 1.
    Line(usize),
    /// An option, by its index.
    Option(usize),
}

/// The location of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFile {
    /// A file or folder on disk.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// A built-in text: its path as written, and the text.
    BuiltIn(String, &'static str),
}

impl TextFile {
    /// The path that stands for standard input.
    pub const STDIN: &'static str = "-";
}

/// The line, counted from 1, that holds the byte `at`.
#[must_use]
#[allow(clippy::naive_bytecount)] // done once, before the program ends with an error
pub fn line_of(text: &[u8], at: usize) -> usize {
    1 + text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// The value as written, cut after 200 characters.
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

    /// Whether a rival sets the value itself.
    pub fn is_of_rival(&self, path: &str) -> bool {
        self.rival_keys.iter().any(|own| own == path)
    }

    /// The problem with a value, which is shown as written if it is set.
    pub fn problem(&self, path: &str, expected: impl Into<Message>) -> Message {
        let expected: Message = expected.into();
        match self.values.get(path) {
            Some(given) => expected.at(format!("`{path} = {}`", shown(&given.written))),
            None => ConfigMessage::NotSet { key: path.to_owned(), expected }.into(),
        }
    }

    /// An error about a value, at the place where it was set, else of the `--unset` that removed it, else of the file.
    pub fn refuse(&self, path: &str, problem: impl Into<Message>, help: impl Into<Message>) -> ConfigError {
        let place = self.values.get(path).map(|given| given.place);
        let place = place.or_else(|| self.unset.get(path).map(|option| Place::Option(*option)));
        ConfigError {
            place: place.map_or_else(|| self.name.clone(), |place| self.place(place)),
            problem: self.problem(path, problem),
            help: Some(help.into()),
        }
    }

    /// The path that `key` has, resolved against the folder of the file unless it is from the command line. `~/` is the home folder, as in a
    /// shell; an empty path stays empty.
    pub fn path(&self, key: &str, path: &Path) -> PathBuf {
        match &self.folder {
            _ if path.starts_with("~") => at_home(path),
            // an empty path is not the file's folder
            _ if path.as_os_str().is_empty() => path.to_owned(),
            Some(folder) if !self.is_from_option(key) => folder.join(path),
            _ => path.to_owned(),
        }
    }

    /// The text at the path that `key` has: standard input for `-`, a built-in text, or a path.
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
