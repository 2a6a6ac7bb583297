//! Where a value was set: in which line of which file, or by which command-line option.

use crate::language::Message;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::built_in::built_in_text;
use super::{ConfigError, Paths, at_home};

crate::messages! {
    enum ValueMessage {
        Default { key: String, expected: Message } =
            "`{key}` (not set, so its default): {expected}",
            "`{key}`（未设置，用默认值）：{expected}";
    }
}

/// The texts a configuration was read from, one after the other: the file, then each override.
///
/// Every value's span is a range of bytes in that whole, so one number tells its line in the file or the option it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Source {
    pub name: String,
    /// The folder that paths in the file are relative to; `None` for a configuration in the binary.
    pub folder: Option<PathBuf>,
    /// Whether values that nobody has set are to be those for the length of the text.
    pub fits_text: bool,
    pub text: String,
    pub file_length: usize,
    /// The option as typed, and where its text starts.
    pub options: Vec<(String, usize)>,
    /// The span of each key's value.
    pub values: Vec<(String, Range<usize>)>,
    /// The keys that a rival has other values for; none of what is no rival's.
    pub own_values: Vec<String>,
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
    1 + text[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// A value as it is written, of a long one the beginning.
fn shown(written: &str) -> String {
    const MOST: usize = 200;
    match written.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &written[..end]),
        None => written.to_owned(),
    }
}

impl Source {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `file:line` of a byte of the whole text, or the option it belongs to.
    pub fn place(&self, at: usize) -> String {
        let option = self.options.iter().rev().find(|(_, start)| at >= *start);
        option.map_or_else(
            || format!("{}:{}", self.name, line_of(self.text.as_bytes(), at.min(self.file_length))),
            |(option, _)| option.clone(),
        )
    }

    /// Whether the value was set on the command line.
    pub fn is_from_option(&self, key: &str) -> bool {
        self.value(key).is_some_and(|span| span.start >= self.file_length)
    }

    pub fn value(&self, key: &str) -> Option<&Range<usize>> {
        self.values.iter().find(|(of, _)| of == key).map(|(_, span)| span)
    }

    /// The innermost key whose value holds the byte `at`.
    pub fn key_at(&self, at: usize) -> Option<&str> {
        let holding = self.values.iter().filter(|(_, span)| span.contains(&at) || span.start == at);
        holding.min_by_key(|(_, span)| span.len()).map(|(key, _)| key.as_str())
    }

    pub fn refuse(&self, key: &str, expected: impl Into<Message>, help: impl Into<Message>) -> ConfigError {
        let expected: Message = expected.into();
        let (place, problem) = match self.value(key) {
            Some(span) => {
                let written = shown(self.text.get(span.clone()).unwrap_or_default());
                (self.place(span.start), expected.at(format!("`{key} = {written}`")))
            }
            None => (self.name.clone(), ValueMessage::Default { key: key.to_owned(), expected }.into()),
        };
        ConfigError { place, problem, help: Some(help.into()) }
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
