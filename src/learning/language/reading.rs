//! Prompts in the words of a corpus.

use std::sync::Arc;

use crate::config::Predict;
use crate::corpus::Corpus;
use crate::learning::{AskError, PromptReader};
use crate::printable;

/// A prompt of more words takes more memory than anybody has patience for its picture.
const MAX_PROMPT_WORDS: usize = 10_000;

/// Reads prompts in the words of a corpus.
#[derive(Clone)]
pub(super) struct CorpusReader {
    pub corpus: Arc<Corpus>,
    pub predict: Predict,
}

impl CorpusReader {
    /// The words that come after these in what is learned from, the most frequent first.
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
        let longer = continued(prompt, &read, corpus.decode(&ids));
        let reads_as = corpus.encode(&longer);
        if reads_as.is_ok_and(|read| read == ids) {
            return Ok(longer);
        }
        Err(AskError::Unreadable(
            corpus.vocabulary().words().get(word as usize).map(|word| shown(word)).unwrap_or_default(),
        ))
    }

    fn shorten(&self, prompt: &str) -> Result<String, AskError> {
        let ids = self.read(prompt)?;
        let kept = &ids[..ids.len() - 1];
        let reads_as_kept = |text: &str| self.read(text).is_ok_and(|read| read == kept);
        // cut where it is typed, so that words that are not known stay as they are
        let mut shorter = prompt.char_indices().rev().map(|(end, _)| &prompt[..end]);
        let shorter = shorter.find(|text| reads_as_kept(text)).ok_or(AskError::Empty)?;
        let trimmed = shorter.trim_end();
        Ok(if reads_as_kept(trimmed) { trimmed } else { shorter }.to_owned())
    }

    fn observed_next_words(&self, prompt: &str) -> Result<Vec<String>, AskError> {
        let (ids, vocabulary) = (self.read(prompt)?, self.corpus.vocabulary());
        Ok(self.observed_next(&ids).into_iter().map(|id| shown(vocabulary.word(id))).collect())
    }
}

/// A word as it is shown: control characters escaped, a space made visible.
pub(super) fn shown(word: &str) -> String {
    if word.trim_matches(' ').is_empty() { "␣".repeat(word.len()) } else { printable(word) }
}

/// `prompt`, whose words are written `read`, as it goes on to `longer`; its words that are not known stay as they were typed.
pub(super) fn continued(prompt: &str, read: &str, longer: String) -> String {
    match longer.strip_prefix(read) {
        Some(continuation) => {
            prompt.trim_end_matches(|c: char| c.is_whitespace() && !read.ends_with(c)).to_owned() + continuation
        }
        None => longer,
    }
}
