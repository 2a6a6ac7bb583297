//! The error about a word that a vocabulary does not have.

use std::fmt;

use super::messages::UnknownWordMessage;
use crate::language::{Language, Localized, Message};
use crate::shortened;

/// A word that is not in the vocabulary, with suggestions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The unknown word.
    pub word: String,
    /// Similar known words, the most similar first; may be empty.
    pub nearest: Vec<String>,
    /// Some known words.
    pub known: Vec<String>,
    /// Number of known words.
    pub count: usize,
    /// The word split into known words with spaces, if possible: Chinese is often typed without spaces.
    pub split: Option<String>,
}

impl UnknownWord {
    /// Returns the sentence with the most useful suggestion: the split word, similar words, or some known words.
    fn message(&self) -> UnknownWordMessage {
        let word = shortened(&self.word);
        match &self.split {
            Some(split) => UnknownWordMessage::WithSpaces { word, split: shortened(split) },
            None if self.nearest.is_empty() => {
                UnknownWordMessage::SomeKnown { word, count: self.count, known: self.known.join(" ") }
            }
            None => UnknownWordMessage::Nearest { word, nearest: self.nearest.join(" ") },
        }
    }
}

impl Localized for UnknownWord {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt_in(language, f)
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_in(Language::English, f)
    }
}

impl From<UnknownWord> for Message {
    fn from(word: UnknownWord) -> Self {
        Self::new(word)
    }
}

impl std::error::Error for UnknownWord {}
