//! A text as the ids of its words.

use super::Vocabulary;
use super::marks::END_OF_SENTENCE;
use super::tokenizer::Spacing;
use crate::activity::{self, Activity, ActivityGuard};
use crate::config::{Granularity, Predict};
use crate::memory::{InsufficientMemory, check_available};

/// A text as word ids, all in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub(super) words: Vec<u32>,
    /// Where in `words` each sentence ends; none in a running text.
    pub(super) ends: Vec<usize>,
    /// Whether each sentence begins with the mark that ends it, so that its first word is learned, too.
    pub(super) begins_with_mark: bool,
    /// Characters of the text, the spaces between words included.
    pub(super) characters: usize,
    /// How many of the words became unknown.
    pub(super) unknown: usize,
}

/// A line of the corpus from which nothing can be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OneWordSentence {
    pub line: usize,
    pub word: String,
}

/// Why there are no words of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenizeError {
    OneWord(OneWordSentence),
    Memory(InsufficientMemory),
}

/// The ids of a text's words while it is cut: they take memory only where there is some.
struct TokenCollector<'t, 'v> {
    text: &'t str,
    words: Vec<u32>,
    vocabulary: &'v mut Vocabulary,
    /// Nothing is taken any more.
    memory_error: Option<InsufficientMemory>,
    busy: ActivityGuard,
}

/// More memory than this is not asked for before it is looked whether there is so much.
const CHECKED_ALLOCATION: usize = 16 << 20;
/// After so many words it is told how far the text is.
const REPORT_INTERVAL: usize = 1 << 20;

impl TokenCollector<'_, '_> {
    /// A word of the text, or a mark.
    fn push(&mut self, word: &str) {
        if self.memory_error.is_none()
            && let Err(bytes) = self.try_push(word)
        {
            // as much again for what is left, as it took so far
            let at = self.place(word).max(1) as u64;
            let (length, so_far) = (self.text.len() as u64, (self.words.len() * size_of::<u32>() + bytes) as u64);
            let needed =
                length + u64::try_from(u128::from(so_far) * u128::from(length) / u128::from(at)).unwrap_or(u64::MAX);
            self.memory_error = Some(InsufficientMemory::new(needed));
        }
    }

    /// Where in the text a word stands that is a part of it.
    fn place(&self, word: &str) -> usize {
        let at = word.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        if at < self.text.len() { at } else { self.text.len() }
    }

    /// Fails if so many bytes cannot be had.
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
    /// All words, one after the other.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// How many sentences there are; none in a running text.
    #[must_use]
    pub fn sentences(&self) -> usize {
        self.ends.len()
    }

    /// Whether each sentence begins with the mark that ends it.
    #[must_use]
    pub fn begins_with_mark(&self) -> bool {
        self.begins_with_mark
    }

    /// How many words the longest sentence has.
    #[must_use]
    pub fn longest_sentence(&self) -> usize {
        (0..self.sentences()).map(|index| self.sentence(index).len()).max().unwrap_or(0)
    }

    /// The words of a sentence, counted from 0.
    ///
    /// # Panics
    /// If there is no such sentence.
    #[must_use]
    pub fn sentence(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.words[start..self.ends[index]]
    }

    /// How many characters a word has on average, the space after it included where spaces separate words. `None` where a word
    /// became unknown: a model that need not tell rare words apart does not spell them.
    #[must_use]
    pub fn characters_per_word(&self) -> Option<f64> {
        (self.unknown == 0).then(|| self.characters as f64 / self.learned() as f64)
    }

    /// The share of the words that became unknown.
    #[must_use]
    pub fn unknown_share(&self) -> f64 {
        self.unknown as f64 / self.learned().max(1) as f64
    }

    /// Words but for the marks with which sentences begin.
    fn learned(&self) -> usize {
        self.words.len() - if self.begins_with_mark { self.sentences() } else { 0 }
    }

    /// The words that come after `prompt` in it, the most frequent first: where the words stand one after the other in a running
    /// text, or begin a sentence. With [`Predict::Last`] only last words of sentences count, as only those are learned.
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

    /// Counts the characters of the text.
    pub(super) fn count_characters(&mut self, vocabulary: &Vocabulary) {
        let of_words = vocabulary.lengths();
        let first = usize::from(self.begins_with_mark);
        self.characters = match self.sentences() {
            0 => vocabulary.characters(&self.words, &of_words),
            sentences => {
                (0..sentences).map(|index| vocabulary.characters(&self.sentence(index)[first..], &of_words)).sum()
            }
        };
    }

    /// Reads a text; new words are added to `vocabulary`. Empty lines are no sentences. Where sentences have an end, they begin
    /// with it, too: from nothing before it no first word can be learned.
    pub(super) fn read(
        text: &str,
        unit: Granularity,
        end_of_sentence: bool,
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, TokenizeError> {
        let begins_with_mark = end_of_sentence && unit == Granularity::Sentences;
        let tokenizer = vocabulary.tokenizer();
        let busy = activity::begin(Activity::Tokenizing, text.len() as u64);
        let mut cut = TokenCollector { text, words: Vec::new(), vocabulary, memory_error: None, busy };
        let mut ends = Vec::new();
        let mut spacing = Spacing::default();
        for (number, line) in text.lines().enumerate() {
            let start = cut.words.len();
            // a line of spaces has characters, but says nothing
            if unit == Granularity::Text || !line.trim().is_empty() {
                if begins_with_mark {
                    cut.push(END_OF_SENTENCE);
                }
                tokenizer.cut(line, &mut spacing, |word| cut.push(word));
            }
            if unit == Granularity::Sentences || end_of_sentence {
                spacing = Spacing::default(); // what follows is read by itself
            }
            let is_empty = cut.words.len() == start;
            if end_of_sentence && (!is_empty || (unit == Granularity::Text && tokenizer.keeps_line_ends())) {
                cut.push(END_OF_SENTENCE);
            } else if unit == Granularity::Text && tokenizer.keeps_line_ends() {
                cut.push("\n");
            }
            if let Some(memory_error) = cut.memory_error {
                return Err(TokenizeError::Memory(memory_error));
            }
            match (unit, cut.words.len() - start) {
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
                    ends.push(cut.words.len());
                }
            }
        }
        Ok(Self { words: cut.words, ends, begins_with_mark, ..Self::default() })
    }

    /// Bytes that the last part takes, about `share` of the whole, when it is cut off.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of a length
    pub(super) fn bytes_of_share(&self, share: f64) -> u64 {
        (size_of_val(self.words.as_slice()) as f64 * share) as u64
    }

    /// Cuts off the last part, about `share` of the whole, between two sentences if there are any.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of a length
    pub(super) fn split_off(&mut self, share: f64) -> Self {
        if self.ends.is_empty() {
            let kept = self.words.len() - (self.words.len() as f64 * share).round() as usize;
            return Self { words: self.words.split_off(kept), ..Self::default() };
        }
        let kept = self.ends.len() - (self.ends.len() as f64 * share).round() as usize;
        let start = if kept == 0 { 0 } else { self.ends[kept - 1] };
        let ends = self.ends.split_off(kept).into_iter().map(|end| end - start).collect();
        Self { words: self.words.split_off(start), ends, begins_with_mark: self.begins_with_mark, ..Self::default() }
    }

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
    fn what_follows_a_prompt_is_known_where_it_is_learned() {
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
