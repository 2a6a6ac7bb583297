//! Files → texts; each file is read once.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, UTF_8};

use super::decoding::{DecodingError, check_prefix, check_utf_8, decoded};
use super::messages::{DecodingHelp, FileMessage};
use super::text_name::TextName;
use crate::activity::{self, Activity, ActivityGuard};
use crate::config::{Config, ConfigError, Granularity, TextFile, Tokenizer, built_in_texts};
use crate::memory::{InsufficientMemory, Size, check_available};

/// Upper bound on the size of a text in bytes; word ids take up to four times as much.
const MAX_FILE: u64 = 4 << 30;
/// Bytes at the beginning of a file that are checked before the rest is read.
const PREFIX_LENGTH: u64 = 1 << 16;

/// The contents of the text files of a configuration. A copy is stored with a run.
#[derive(Clone, Debug)]
pub struct Texts {
    /// The training text.
    pub training: RawText,
    /// The validation text, if it is another file.
    pub validation: Option<RawText>,
    /// The test text, if there is one.
    pub test: Option<RawText>,
}

/// The contents of one or several files, one after the other.
#[derive(Clone, Debug, Default)]
pub struct RawText {
    text: String,
    /// The name of each file, and the number of lines before it.
    files: Vec<(TextName, usize)>,
    lines: usize,
}

impl Texts {
    /// Reads the texts of a configuration.
    ///
    /// # Errors
    /// If a file cannot be read, is too large for the limit or the memory, is no text, or has another encoding than the
    /// configuration sets.
    pub fn read(config: &Config) -> Result<Self, ConfigError> {
        let corpus = config.corpus_files();
        let (validation, test) = (config.validation_file(), config.test_file());
        let stdin = corpus.iter().chain(&validation).chain(&test).filter(|file| **file == TextFile::Stdin).count();
        if stdin > 1 {
            return Err(config.refuse("corpus.path", FileMessage::StdinTwice, FileMessage::StdinOnce));
        }
        check_memory(
            config,
            &[("corpus.path", &corpus), ("corpus.validation", validation.as_slice()), ("corpus.test", test.as_slice())],
        )?;
        let training = RawText::read(config, "corpus.path", corpus)?;
        let read = |key, file: Option<TextFile>| file.map(|file| RawText::read(config, key, vec![file])).transpose();
        Ok(Self { training, validation: read("corpus.validation", validation)?, test: read("corpus.test", test)? })
    }
}

impl RawText {
    /// A text that is not read from a file, with a name for messages.
    #[must_use]
    pub fn new(name: &str, text: String) -> Self {
        let mut read = Self::default();
        read.name_next(TextName::File(name.to_owned()), &text);
        read.text = text;
        read
    }

    /// Reads the training text only.
    ///
    /// # Errors
    /// As [`Texts::read`].
    pub fn read_corpus(config: &Config) -> Result<Self, ConfigError> {
        let files = config.corpus_files();
        check_memory(config, &[("corpus.path", &files)])?;
        Self::read(config, "corpus.path", files)
    }

    /// Reads files, and the text files of folders, and joins them.
    fn read(config: &Config, key: &str, files: Vec<TextFile>) -> Result<Self, ConfigError> {
        let mut read = Self::default();
        for file in files {
            match file {
                TextFile::BuiltIn(name, text) => read.add(config, key, TextName::File(name), text.to_owned())?,
                TextFile::Stdin => {
                    let busy = activity::begin(Activity::ReadingStdin, 0);
                    let bytes = bytes_of(io::stdin().lock(), 0, config, &busy);
                    drop(busy);
                    let text = text_of(config, key, &TextName::Stdin, bytes)?;
                    read.add(config, key, TextName::Stdin, text)?;
                }
                TextFile::Path(path) if path.is_dir() => {
                    let files =
                        texts_in(&path).map_err(|error| unreadable(config, key, &TextName::from_path(&path), error))?;
                    if files.is_empty() {
                        let problem = FileMessage::EmptyFolder { folder: path.display().to_string() };
                        return Err(config.refuse(key, problem, FileMessage::ExpectedTextOrFolder));
                    }
                    for path in files {
                        read.add_file(config, key, &path)?;
                    }
                }
                TextFile::Path(path) => read.add_file(config, key, &path)?,
            }
        }
        Ok(read)
    }

    /// Reads a file and appends it.
    fn add_file(&mut self, config: &Config, key: &str, path: &Path) -> Result<(), ConfigError> {
        let shown = path.display().to_string();
        if shown.is_empty() {
            return Err(config.refuse(key, FileMessage::EmptyPath, DecodingHelp::ExpectedText));
        }
        let opening = activity::begin(Activity::Opening(shown.clone()), 0);
        let file = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        drop(opening);
        let bytes = file.map_err(ReadError::Io).and_then(|(length, file)| {
            let busy = activity::begin(Activity::Reading(shown), length);
            bytes_of(file, length, config, &busy)
        });
        let name = TextName::from_path(path);
        let text = text_of(config, key, &name, bytes)?;
        self.add(config, key, name, text)
    }

    /// Appends a text, on a new line.
    fn add(&mut self, config: &Config, key: &str, name: TextName, text: String) -> Result<(), ConfigError> {
        if self.text.is_empty() {
            self.name_next(name, &text);
            self.text = text;
            return Ok(());
        }
        if self.text.try_reserve(text.len() + 1).is_err() {
            let problem = match check_available(text.len() as u64) {
                Err(why) => FileMessage::NoMemory { name, why },
                Ok(()) => FileMessage::NoMemoryLeft { name },
            };
            return Err(config.refuse(key, problem, FileMessage::ExpectedSmallerText));
        }
        if !self.text.ends_with(['\n', '\r']) {
            self.text.push('\n');
            self.lines += 1;
        }
        self.name_next(name, &text);
        self.text.push_str(&text);
        Ok(())
    }

    /// Registers the name of the text that is appended next.
    fn name_next(&mut self, name: TextName, text: &str) {
        self.files.push((name, self.lines));
        self.lines += ends_of_lines(text);
    }

    /// The whole text in UTF-8, before normalization.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> TextName {
        match self.files.as_slice() {
            [(name, _)] => name.clone(),
            [(first, _), .., (last, _)] => TextName::Files {
                count: self.files.len(),
                first: Box::new(first.clone()),
                last: Box::new(last.clone()),
            },
            [] => TextName::NoFile,
        }
    }

    /// The file in which a line of the whole text is, and its number there; both numbers are 1-based.
    pub(super) fn location(&self, line: usize) -> TextName {
        let file = self.files.iter().rev().find(|(_, lines_before)| *lines_before < line);
        file.map_or(TextName::NoFile, |(name, lines_before)| TextName::Line {
            number: line - lines_before,
            name: Box::new(name.clone()),
        })
    }
}

/// The number of line ends in a text: LF, CR LF, or CR.
#[allow(clippy::naive_bytecount)] // once for each file
fn ends_of_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let feeds = bytes.iter().filter(|byte| **byte == b'\n').count();
    let returns = bytes.iter().enumerate().filter(|(at, byte)| **byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    feeds + returns.count()
}

/// Why a file was not read.
enum ReadError {
    Io(io::Error),
    Decoding(DecodingError),
    Memory(InsufficientMemory),
}

/// The text files in a folder, sorted by name: those with the extension `txt`, or if there are none, all files that are not
/// hidden.
fn texts_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !is_hidden && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    let is_txt = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
    if files.iter().any(is_txt) {
        files.retain(is_txt);
    }
    Ok(files)
}

/// Bytes that are read between two checks of the available memory.
const READ_SIZE: u64 = 16 << 20;

/// Reads a file of about `length` bytes. Stops at the limit of a text, so that a device without end is not read for ever, and
/// after the first bytes if they are no text.
fn bytes_of(mut file: impl Read, length: u64, config: &Config, busy: &ActivityGuard) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    file.by_ref().take(PREFIX_LENGTH).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    check_prefix(&bytes, config.corpus.encoding).map_err(ReadError::Decoding)?;
    check_utf_8(&bytes, config.corpus.encoding).map_err(ReadError::Decoding)?;
    if (bytes.len() as u64) < PREFIX_LENGTH {
        return Ok(bytes); // reading on at the end of input would block on a terminal
    }
    let rest = usize::try_from(length.min(MAX_FILE)).unwrap_or(usize::MAX).saturating_sub(bytes.len());
    bytes.try_reserve_exact(rest).map_err(|error| ReadError::Io(io::Error::other(error)))?;
    loop {
        busy.set_done(bytes.len() as u64);
        let read = file.by_ref().take(READ_SIZE).read_to_end(&mut bytes).map_err(ReadError::Io)?;
        if (read as u64) < READ_SIZE || bytes.len() as u64 > MAX_FILE {
            return Ok(bytes);
        }
        // the length of a pipe is unknown
        if bytes.len() as u64 > length {
            check_available(2 * READ_SIZE).map_err(ReadError::Memory)?;
        }
    }
}

/// Checks that there is memory for the texts and their word ids before they are read. The estimate is rather low.
fn check_memory(config: &Config, texts: &[(&str, &[TextFile])]) -> Result<(), ConfigError> {
    let mut needed = 0;
    let mut largest: Option<(u64, &str, &Path)> = None;
    for (key, files) in texts {
        for file in *files {
            let TextFile::Path(path) = file else { continue };
            let all = if path.is_dir() { texts_in(path).unwrap_or_default() } else { vec![path.clone()] };
            // a pipe has no length and cannot be read twice
            let with_length =
                |path: PathBuf| Some((fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len(), path));
            let all: Vec<(u64, PathBuf)> = all.into_iter().filter_map(with_length).collect();
            let length: u64 = all.iter().map(|(length, _)| length).sum();
            needed += memory_of(config, all.first().map(|(_, path)| path.as_path()), length);
            if largest.is_none_or(|(largest, ..)| length > largest) {
                largest = Some((length, key, path));
            }
        }
    }
    let Some((length, key, path)) = largest.filter(|_| needed > UNCHECKED_BYTES) else { return Ok(()) };
    check_available(needed).map_err(|why| {
        let problem = FileMessage::NoMemoryOfSize { path: path.display().to_string(), size: Size(length), why };
        config.refuse(key, problem, FileMessage::ExpectedSmallerText)
    })
}

/// Texts that need less memory are not checked.
const UNCHECKED_BYTES: u64 = 8 << 20;

/// The estimated memory in bytes for a text of `length` bytes and its word ids; words per byte are estimated from the beginning
/// of the file `first`.
fn memory_of(config: &Config, first: Option<&Path>, length: u64) -> u64 {
    let mut beginning = Vec::new();
    let read = first.map(|path| File::open(path)?.take(PREFIX_LENGTH).read_to_end(&mut beginning));
    let Some(Ok(read @ 1..)) = read else { return length };
    let read = read as u64;
    let (encoding, _) = Encoding::for_bom(&beginning).unwrap_or((config.corpus.encoding.0, 0));
    let (text, ..) = encoding.decode(&beginning);
    let words = match config.corpus.tokenizer {
        Tokenizer::Characters => text.chars().count() * 9 / 10, // some characters have several code points
        Tokenizer::Words | Tokenizer::Prose => text.split_whitespace().count(),
        Tokenizer::Jieba => text.chars().count() / 3,
    };
    let is_copied = config.corpus.lowercase || encoding != UTF_8 || text.contains('\r');
    let per_word = size_of::<u32>() as u64;
    // a list of where sentences end grows by doubling
    let ends = if config.corpus.unit == Granularity::Sentences { 2 * text.lines().count() } else { 0 };
    let bytes = words as u64 * per_word + (ends * size_of::<usize>()) as u64;
    let bytes_of_ids = length.saturating_mul(bytes) / read;
    length.saturating_mul(if is_copied { 2 } else { 1 }).saturating_add(bytes_of_ids)
}

/// Decodes the bytes of a text.
fn text_of(
    config: &Config,
    key: &str,
    name: &TextName,
    bytes: Result<Vec<u8>, ReadError>,
) -> Result<String, ConfigError> {
    let not_decoded = |DecodingError { problem, help }| {
        config.refuse(key, FileMessage::NotDecoded { name: name.clone(), problem }, help)
    };
    let bytes = bytes.map_err(|error| match error {
        ReadError::Io(error) => unreadable(config, key, name, error),
        ReadError::Decoding(error) => not_decoded(error),
        ReadError::Memory(why) => {
            config.refuse(key, FileMessage::NoMemory { name: name.clone(), why }, FileMessage::ExpectedSmallerText)
        }
    })?;
    if bytes.len() as u64 > MAX_FILE {
        let problem = FileMessage::TooLarge { name: name.clone(), limit: MAX_FILE >> 30 };
        return Err(config.refuse(key, problem, DecodingHelp::ExpectedSmallerText));
    }
    decoded(bytes, config.corpus.encoding).map_err(not_decoded)
}

/// The error that a file cannot be read.
fn unreadable(config: &Config, key: &str, name: &TextName, error: io::Error) -> ConfigError {
    let help = if name.to_string().contains("built-in:") {
        FileMessage::BuiltInTexts { names: built_in_texts() }
    } else {
        FileMessage::ExpectedTextIn { folder: config.relative_to(key).into() }
    };
    config.refuse(key, FileMessage::Unreadable { name: name.clone(), error: error.into() }, help)
}
