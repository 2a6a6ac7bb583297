//! Tokenized texts.

use super::Vocabulary;
use super::marks::END_OF_SENTENCE;
use super::tokenizer::Spacing;
use crate::activity::{self, Activity, ActivityGuard};
use crate::config::{Granularity, Predict};
use crate::memory::{InsufficientMemory, check_available};

/// A tokenized text as word ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// All words.
    pub(super) words: Vec<u32>,
    /// For each sentence the index in `words` behind its last word; empty for a running text.
    pub(super) ends: Vec<usize>,
    /// Whether each sentence begins with the mark that ends the previous one, so that its first word is learned, too.
    pub(super) begins_with_mark: bool,
    /// The number of characters, including spaces between words.
    pub(super) characters: usize,
    /// The number of words that were replaced by the word for unknown ones.
    pub(super) unknown: usize,
}

/// A sentence with a single word, from which nothing can be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OneWordSentence {
    /// The number of its line, 1-based.
    pub line: usize,
    pub word: String,
}

/// Why a text was not tokenized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenizeError {
    OneWord(OneWordSentence),
    Memory(InsufficientMemory),
}

/// Collects word ids while a text is tokenized; allocates fallibly.
struct TokenCollector<'t, 'v> {
    /// The whole text.
    text: &'t str,
    words: Vec<u32>,
    vocabulary: &'v mut Vocabulary,
    /// Set when memory is too short; further words are ignored.
    memory_error: Option<InsufficientMemory>,
    busy: ActivityGuard,
}

/// Larger allocations are checked against the available memory first.
const CHECKED_ALLOCATION: usize = 16 << 20;
/// Words between two reports of progress.
const REPORT_INTERVAL: usize = 1 << 20;

impl TokenCollector<'_, '_> {
    /// Adds a word of the text, or a mark. Sets `memory_error` with an estimate for the whole text if memory is too short.
    fn push(&mut self, word: &str) {
        if self.memory_error.is_none()
            && let Err(bytes) = self.try_push(word)
        {
            // extrapolated from the part that was tokenized so far
            let at = self.place(word).max(1) as u64;
            let (length, so_far) = (self.text.len() as u64, (self.words.len() * size_of::<u32>() + bytes) as u64);
            let needed =
                length + u64::try_from(u128::from(so_far) * u128::from(length) / u128::from(at)).unwrap_or(u64::MAX);
            self.memory_error = Some(InsufficientMemory::new(needed));
        }
    }

    /// The offset in the text of a word that is a slice of it; the length of the text for other words.
    fn place(&self, word: &str) -> usize {
        let at = word.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        if at < self.text.len() { at } else { self.text.len() }
    }

    /// Adds a word.
    ///
    /// # Errors
    /// The number of bytes that could not be allocated.
    fn try_push(&mut self, word: &str) -> Result<(), usize> {
        let known = self.vocabulary.words().len();
        let id = self.vocabulary.try_add(word)?;
        if id as usize == known && known > 0 && known.is_multiple_of(REPORT_INTERVAL) {
            check_available(CHECKED_ALLOCATION as u64).map_err(|_| CHECKED_ALLOCATION)?;
        }
        if self.words.len() == self.words.capacity() {
            let more = (self.words.len() / 4).max(1 << 10);
            let bytes = more * size_of::<u32>();
            if bytes > CHECKED_ALLOCATION {
                check_available(bytes as u64).map_err(|_| bytes)?;
            }
            self.words.try_reserve_exact(more).map_err(|_| bytes)?;
        }
        self.words.push(id);
        if self.words.len().is_multiple_of(REPORT_INTERVAL) {
            self.busy.set_done(self.place(word) as u64);
        }
        Ok(())
    }
}

impl Text {
    /// All words in order.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The number of sentences; 0 in a running text.
    #[must_use]
    pub fn sentences(&self) -> usize {
        self.ends.len()
    }

    /// Whether each sentence begins with the mark that ends the previous one.
    #[must_use]
    pub fn begins_with_mark(&self) -> bool {
        self.begins_with_mark
    }

    /// The number of words in the longest sentence, marks included; 0 in a running text.
    #[must_use]
    pub fn longest_sentence(&self) -> usize {
        (0..self.sentences()).map(|index| self.sentence(index).len()).max().unwrap_or(0)
    }

    /// The words of sentence `index` (0-based), marks included.
    ///
    /// # Panics
    /// If there is no such sentence.
    #[must_use]
    pub fn sentence(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.words[start..self.ends[index]]
    }

    /// The mean number of characters per word, including the spaces between words. `None` if a word was replaced as unknown:
    /// the number of its characters says nothing about the model.
    #[must_use]
    pub fn characters_per_word(&self) -> Option<f64> {
        (self.unknown == 0).then(|| self.characters as f64 / self.learned() as f64)
    }

    /// The share of words that were replaced as unknown, from 0 to 1.
    #[must_use]
    pub fn unknown_share(&self) -> f64 {
        self.unknown as f64 / self.learned().max(1) as f64
    }

    /// The number of words without the marks at the beginnings of sentences.
    fn learned(&self) -> usize {
        self.words.len() - if self.begins_with_mark { self.sentences() } else { 0 }
    }

    /// The words that follow `prompt` in the text, the most frequent first: anywhere in a running text, otherwise at the
    /// beginning of sentences. With [`Predict::Last`] only last words of sentences count, as only those are learned.
    #[must_use]
    pub fn observed_next_words(&self, prompt: &[u32], predict: Predict) -> Vec<u32> {
        let mut counts: Vec<(u32, usize)> = Vec::new();
        let mut count = |word: u32| match counts.iter_mut().find(|(counted, _)| *counted == word) {
            Some((_, times)) => *times += 1,
            None => counts.push((word, 1)),
        };
        let next = prompt.len();
        if self.ends.is_empty() {
            let here = self.words.windows(next + 1).filter(|words| words.starts_with(prompt));
            here.for_each(|words| count(words[next]));
        } else {
            let learned = |sentence: &&[u32]| predict == Predict::Every || sentence.len() == next + 1;
            let sentences = (0..self.sentences()).map(|index| self.sentence(index)).filter(learned);
            let words = sentences.filter(|sentence| sentence.starts_with(prompt)).filter_map(|words| words.get(next));
            words.for_each(|word| count(*word));
        }
        counts.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        counts.into_iter().map(|(word, _)| word).collect()
    }

    /// Computes the number of characters.
    pub(super) fn count_characters(&mut self, vocabulary: &Vocabulary) {
        let lengths = vocabulary.lengths();
        let first = usize::from(self.begins_with_mark);
        self.characters = match self.sentences() {
            0 => vocabulary.characters(&self.words, &lengths),
            sentences => {
                (0..sentences).map(|index| vocabulary.characters(&self.sentence(index)[first..], &lengths)).sum()
            }
        };
    }

    /// Tokenizes a text and adds new words to `vocabulary`. A line is a sentence; empty lines are skipped. With
    /// `end_of_sentence` each line ends with a mark, and each sentence also begins with one, so that its first word is learned.
    ///
    /// # Errors
    /// If a sentence has a single word, or memory is too short.
    pub(super) fn read(
        text: &str,
        unit: Granularity,
        end_of_sentence: bool,
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, TokenizeError> {
        let begins_with_mark = end_of_sentence && unit == Granularity::Sentences;
        let tokenizer = vocabulary.tokenizer();
        let busy = activity::begin(Activity::Tokenizing, text.len() as u64);
        let mut collector = TokenCollector { text, words: Vec::new(), vocabulary, memory_error: None, busy };
        let mut ends = Vec::new();
        let mut spacing = Spacing::default();
        for (number, line) in text.lines().enumerate() {
            let start = collector.words.len();
            // a line of spaces has characters, but is no sentence
            if unit == Granularity::Text || !line.trim().is_empty() {
                if begins_with_mark {
                    collector.push(END_OF_SENTENCE);
                }
                tokenizer.split(line, &mut spacing, |word| collector.push(word));
            }
            if unit == Granularity::Sentences || end_of_sentence {
                spacing = Spacing::default(); // each line has its own quotations
            }
            let is_empty = collector.words.len() == start;
            if end_of_sentence && (!is_empty || (unit == Granularity::Text && tokenizer.keeps_line_ends())) {
                collector.push(END_OF_SENTENCE);
            } else if unit == Granularity::Text && tokenizer.keeps_line_ends() {
                collector.push("\n");
            }
            if let Some(memory_error) = collector.memory_error {
                return Err(TokenizeError::Memory(memory_error));
            }
            match (unit, collector.words.len() - start) {
                (Granularity::Text, _) | (Granularity::Sentences, 0) => {}
                (Granularity::Sentences, 1) => {
                    return Err(TokenizeError::OneWord(OneWordSentence {
                        line: number + 1,
                        word: line.trim().to_owned(),
                    }));
                }
                (Granularity::Sentences, _) => {
                    let bytes = (text.len() + 2 * size_of_val(ends.as_slice())) as u64;
                    ends.try_reserve(1).map_err(|_| TokenizeError::Memory(InsufficientMemory::new(bytes)))?;
                    ends.push(collector.words.len());
                }
            }
        }
        Ok(Self { words: collector.words, ends, begins_with_mark, ..Self::default() })
    }

    /// The memory in bytes that [`split_off`](Self::split_off) needs for a share.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of a length
    pub(super) fn bytes_of_share(&self, share: f64) -> u64 {
        (size_of_val(self.words.as_slice()) as f64 * share) as u64
    }

    /// Removes about `share` of the text from its end and returns it; splits between two sentences if the text has any.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of a length
    pub(super) fn split_off(&mut self, share: f64) -> Self {
        if self.ends.is_empty() {
            let remaining = self.words.len() - (self.words.len() as f64 * share).round() as usize;
            return Self { words: self.words.split_off(remaining), ..Self::default() };
        }
        let remaining = self.ends.len() - (self.ends.len() as f64 * share).round() as usize;
        let start = if remaining == 0 { 0 } else { self.ends[remaining - 1] };
        let ends = self.ends.split_off(remaining).into_iter().map(|end| end - start).collect();
        Self { words: self.words.split_off(start), ends, begins_with_mark: self.begins_with_mark, ..Self::default() }
    }

    /// Replaces each id by `new_ids[id]`, and counts those that become `unknown`.
    pub(super) fn rename(&mut self, new_ids: &[u32], unknown: Option<u32>) {
        self.words.iter_mut().for_each(|id| *id = new_ids[*id as usize]);
        self.unknown = self.words.iter().filter(|id| Some(**id) == unknown).count();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sentences;
    use super::*;

    #[test]
    fn observed_next_words_are_those_that_are_learned() {
        let (text, vocabulary) = sentences("a b c\na b d e\na b c\nb a");
        let words = |prompt: &str, predict| -> Vec<String> {
            let observed_next_words = text.observed_next_words(&vocabulary.encode(prompt).unwrap(), predict);
            observed_next_words.into_iter().map(|id| vocabulary.word(id).to_owned()).collect()
        };
        assert_eq!(words("a b", Predict::Every), ["c", "d"], "the most frequent first");
        assert_eq!(words("a b", Predict::Last), ["c"], "d is not a last word");
        assert_eq!(words("a", Predict::Every), ["b"]);
        assert!(words("a", Predict::Last).is_empty() && words("c", Predict::Every).is_empty());

        let running = Text { ends: Vec::new(), ..text };
        let observed_next_words = running.observed_next_words(&vocabulary.encode("b").unwrap(), Predict::Every);
        let observed_next_words: Vec<_> = observed_next_words.into_iter().map(|id| vocabulary.word(id)).collect();
        assert_eq!(observed_next_words, ["c", "d", "a"], "anywhere in a running text");
    }
}
