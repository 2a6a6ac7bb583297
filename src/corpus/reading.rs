//! File → text, one copy of it in memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::config::{Config, ConfigError, CorpusFile, line_of};

/// A text and what it is called in errors.
pub(super) struct NamedText {
    pub name: String,
    pub text: String,
}

/// Word ids take four times the memory of a text of single letters.
const LARGEST_FILE: u64 = 4 << 30;

/// The text to learn from.
pub(super) fn training_text(config: &Config) -> Result<NamedText, ConfigError> {
    match config.corpus_file() {
        CorpusFile::BuiltIn(text) => Ok(NamedText { name: "the built-in corpus".to_owned(), text: text.to_owned() }),
        CorpusFile::Path(path) => read(config, "corpus.path", &path),
    }
}

/// The text to validate with, if it is a file.
pub(super) fn validation_text(config: &Config) -> Result<Option<NamedText>, ConfigError> {
    config.validation_file().map(|path| read(config, "corpus.validation", &path)).transpose()
}

fn read(config: &Config, key: &str, path: &Path) -> Result<NamedText, ConfigError> {
    let name = path.display().to_string();
    if name.is_empty() {
        return Err(config.refuse(key, "the path is empty", "expected a text in UTF-8"));
    }
    let bytes = contents(path).map_err(|error| {
        let help = "expected a text in UTF-8; a path in a file is relative to that file";
        config.refuse(key, format!("{name} cannot be read: {error}"), help)
    })?;
    if bytes.len() as u64 > LARGEST_FILE {
        let problem = format!("{name} has more than {} GiB", LARGEST_FILE >> 30);
        return Err(config.refuse(key, problem, "expected a smaller text, or a part of it"));
    }
    String::from_utf8(bytes).map(|text| NamedText { name: name.clone(), text }).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = line_of(bytes, at);
        let older = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "expected UTF-8; `iconv -f UTF-16 -t UTF-8` converts this text",
            _ => "expected UTF-8; `iconv -f GB18030 -t UTF-8` converts older Chinese texts",
        };
        let problem = format!("{name} is not UTF-8: byte {at}, in line {line}, is 0x{:02x}", bytes[at]);
        config.refuse(key, problem, older)
    })
}

/// The bytes of a file; of one without an end only so many that it is seen to be too large.
fn contents(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    let length = file.metadata()?.len().min(LARGEST_FILE);
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX)).map_err(std::io::Error::other)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text in Unicode's composed form (NFC), so that é is é however it was typed; in small letters if asked for.
pub(super) fn prepared(text: String, lowercase: bool) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    let text = if text.is_ascii() || is_nfc(&text) { text } else { text.nfc().collect() };
    if lowercase { text.to_lowercase() } else { text }
}
