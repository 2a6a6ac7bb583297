//! Text → words → vocabulary → what one training step learns from.

mod adaptation;
mod batch;
mod decoding;
mod marks;
mod messages;
mod normalization;
mod reading;
mod streams;
mod text;
mod text_name;
mod texts;
mod tokenizer;
mod vocabulary;

pub use batch::Batch;
pub use marks::{END_OF_SENTENCE, UNKNOWN};
pub use streams::Streams;
pub use text::Text;
pub use texts::{RawText, Texts};
pub use tokenizer::Tokenizer;
pub use vocabulary::{UnknownWord, Vocabulary};

/// What is learned from, what is validated with, and the words of both.
#[derive(Debug)]
pub struct Corpus {
    vocabulary: Vocabulary,
    training: Text,
    validation: Option<Text>,
    test: Option<Text>,
    /// The word before the first one, where a beginning is learned: the end of the sentence or line before.
    beginning: Option<u32>,
}

impl Corpus {
    /// The ids of a prompt's words, after the mark with which sentences begin, if they do; of a prompt without words that mark, or
    /// the end of a line, so that the beginning of a sentence can be asked. None where nothing comes before a first word.
    ///
    /// # Errors
    /// The first word that is not known, unless there is an id for unknown words.
    pub fn encode(&self, prompt: &str) -> Result<Vec<u32>, UnknownWord> {
        let words = self.vocabulary.encode(prompt)?;
        let is_after_mark = self.training.begins_with_mark || words.is_empty();
        Ok(self.beginning.filter(|_| is_after_mark).into_iter().chain(words).collect())
    }

    /// Words as a text, without the mark with which sentences begin.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        self.vocabulary.decode(ids.get(self.first()..).unwrap_or_default())
    }

    /// The place of the first word in a sentence or prompt that is none of the marks with which sentences begin.
    fn first(&self) -> usize {
        usize::from(self.training.begins_with_mark)
    }

    /// After which word the next one begins from a zero state, as every sentence does.
    #[must_use]
    pub fn state_reset_word(&self) -> Option<u32> {
        self.beginning.filter(|_| self.training.begins_with_mark)
    }

    /// The words of a sentence without its marks.
    ///
    /// # Panics
    /// If there is no such sentence.
    #[must_use]
    pub fn sentence_words(&self, index: usize) -> &[u32] {
        let words = &self.training.sentence(index)[self.first()..];
        words.strip_suffix(self.vocabulary.end_of_sentence().as_slice()).unwrap_or(words)
    }

    /// The words that occur, in order of first appearance.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What is learned from.
    #[must_use]
    pub fn training(&self) -> &Text {
        &self.training
    }

    /// What is tested with at the end.
    #[must_use]
    pub fn test(&self) -> Option<&Text> {
        self.test.as_ref()
    }

    /// What is validated with.
    #[must_use]
    pub fn validation(&self) -> Option<&Text> {
        self.validation.as_ref()
    }
}

#[cfg(test)]
mod tests;
