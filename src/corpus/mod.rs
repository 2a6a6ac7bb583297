//! Text → words → vocabulary → batches.

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
mod unknown_word;
mod vocabulary;

pub use batch::Batch;
pub use marks::{END_OF_SENTENCE, UNKNOWN};
pub use streams::Streams;
pub use text::Text;
pub use texts::{RawText, Texts};
pub use tokenizer::Tokenizer;
pub use unknown_word::UnknownWord;
pub use vocabulary::Vocabulary;

/// The texts for training, validation and test, and their vocabulary.
#[derive(Debug)]
pub struct Corpus {
    vocabulary: Vocabulary,
    training: Text,
    validation: Option<Text>,
    test: Option<Text>,
    /// The word before a first word, if first words are learned: the end of the previous sentence or line.
    beginning: Option<u32>,
}

impl Corpus {
    /// The ids of the words in a prompt. If sentences begin with a mark, it comes first. An empty prompt becomes that mark or
    /// the end of a line, so that the beginning of a sentence can be asked; it stays empty if first words are not learned.
    ///
    /// # Errors
    /// The first unknown word, unless the vocabulary has an id for unknown words.
    pub fn encode(&self, prompt: &str) -> Result<Vec<u32>, UnknownWord> {
        let words = self.vocabulary.encode(prompt)?;
        let is_after_mark = self.training.begins_with_mark || words.is_empty();
        Ok(self.beginning.filter(|_| is_after_mark).into_iter().chain(words).collect())
    }

    /// Words as a text, without the mark at the beginning of sentences.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        self.vocabulary.decode(ids.get(self.first()..).unwrap_or_default())
    }

    /// The index of the first word after the mark at the beginning of a sentence or prompt.
    fn first(&self) -> usize {
        usize::from(self.training.begins_with_mark)
    }

    /// The word after which the state is reset to zero, if sentences begin with a mark; `None` otherwise.
    #[must_use]
    pub fn state_reset_word(&self) -> Option<u32> {
        self.beginning.filter(|_| self.training.begins_with_mark)
    }

    /// The words of a training sentence without its marks.
    ///
    /// # Panics
    /// If there is no such sentence.
    #[must_use]
    pub fn sentence_words(&self, index: usize) -> &[u32] {
        let words = &self.training.sentence(index)[self.first()..];
        words.strip_suffix(self.vocabulary.end_of_sentence().as_slice()).unwrap_or(words)
    }

    /// The vocabulary: words in order of first appearance.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The training text.
    #[must_use]
    pub fn training(&self) -> &Text {
        &self.training
    }

    /// The test text, if there is one.
    #[must_use]
    pub fn test(&self) -> Option<&Text> {
        self.test.as_ref()
    }

    /// The validation text, if there is one.
    #[must_use]
    pub fn validation(&self) -> Option<&Text> {
        self.validation.as_ref()
    }
}

#[cfg(test)]
mod tests;
