//! Parses prompts into the words of a corpus.

use std::sync::Arc;

use crate::config::Predict;
use crate::corpus::Corpus;
use crate::learning::{AskError, PromptReader};
use crate::printable;

/// Upper bound on the number of words of a prompt, since the trace of a prompt takes memory for each word.
const MAX_PROMPT_WORDS: usize = 10_000;

/// The parser of prompts for a corpus.
#[derive(Clone)]
pub(super) struct CorpusReader {
    pub corpus: Arc<Corpus>,
    /// Which words of a sentence are predicted in training.
    pub predict: Predict,
}

impl CorpusReader {
    /// The ids of the words that follow these in the training text, the most frequent first.
    pub fn observed_next(&self, ids: &[u32]) -> Vec<u32> {
        self.corpus.training().observed_next_words(ids, self.predict)
    }
}

impl PromptReader for CorpusReader {
    fn read(&self, prompt: &str) -> Result<Vec<u32>, AskError> {
        let ids = self.corpus.encode(prompt).map_err(AskError::Unknown)?;
        match ids.len() {
            0 => Err(AskError::Empty),
            1..=MAX_PROMPT_WORDS => Ok(ids),
            words => Err(AskError::TooLong { words, most: MAX_PROMPT_WORDS }),
        }
    }

    fn append(&self, prompt: &str, word: u32) -> Result<String, AskError> {
        let (mut ids, corpus) = (self.read(prompt)?, &self.corpus);
        let read = corpus.decode(&ids);
        ids.push(word);
        let longer = with_typed_prompt(prompt, &read, corpus.decode(&ids));
        if corpus.encode(&longer).is_ok_and(|read| read == ids) {
            return Ok(longer);
        }
        Err(AskError::Unreadable(
            corpus.vocabulary().words().get(word as usize).map(|word| display_word(word)).unwrap_or_default(),
        ))
    }

    fn shorten(&self, prompt: &str) -> Result<String, AskError> {
        let ids = self.read(prompt)?;
        let rest = &ids[..ids.len() - 1];
        let is_read_as_rest = |text: &str| self.read(text).is_ok_and(|read| read == rest);
        // cut the typed text instead of decoding ids, so that unknown words stay as typed
        let mut shorter = prompt.char_indices().rev().map(|(end, _)| &prompt[..end]);
        let shorter = shorter.find(|text| is_read_as_rest(text)).ok_or(AskError::Empty)?;
        let trimmed = shorter.trim_end();
        Ok(if is_read_as_rest(trimmed) { trimmed } else { shorter }.to_owned())
    }

    fn observed_next_words(&self, prompt: &str) -> Result<Vec<String>, AskError> {
        let (ids, vocabulary) = (self.read(prompt)?, self.corpus.vocabulary());
        Ok(self.observed_next(&ids).into_iter().map(|id| display_word(vocabulary.word(id))).collect())
    }
}

/// A word as displayed: control characters escaped, and each space of a word of spaces visible as `␣`.
pub(super) fn display_word(word: &str) -> String {
    if word.trim_matches(' ').is_empty() { "␣".repeat(word.len()) } else { printable(word) }
}

/// Returns the text `longer` with its beginning as typed in `prompt`, so that unknown words stay as typed. `read` is the text of the words
/// of `prompt`; if `longer` does not begin with it, `longer` is returned unchanged.
pub(super) fn with_typed_prompt(prompt: &str, read: &str, longer: String) -> String {
    match longer.strip_prefix(read) {
        Some(continuation) => {
            prompt.trim_end_matches(|c: char| c.is_whitespace() && !read.ends_with(c)).to_owned() + continuation
        }
        None => longer,
    }
}
