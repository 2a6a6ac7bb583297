//! The vocabulary: words and their ids.

use std::collections::{HashMap, TryReserveError};
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::Tokenizer;
use super::marks::{END_OF_SENTENCE, UNKNOWN, is_mark};
use super::normalization::{normalized, normalized_prefix};
use super::tokenizer::Spacing;
use super::unknown_word::UnknownWord;
use crate::config::nearest;

/// Upper bound on known words that are suggested for an unknown one.
const MAX_SUGGESTIONS: usize = 3;

/// The words of a model. The id of a word is its index in the order of first appearance.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    words: Arc<Vec<String>>,
    ids: HashMap<String, u32>,
    /// Id plus 1 of each word of one byte, 0 for none; faster than the map for texts in characters.
    short: [u32; 128],
    tokenizer: Arc<Tokenizer>,
    lowercase: bool,
    /// The id that stands for words that were removed.
    unknown: Option<u32>,
}

/// A part of a text that is written out: a word, or what separates words.
enum Piece {
    Word(u32),
    Space,
    LineEnd,
}

impl Vocabulary {
    /// Creates an empty vocabulary.
    pub(super) fn new(tokenizer: Tokenizer, lowercase: bool) -> Self {
        let tokenizer = Arc::new(tokenizer);
        Self { words: Arc::default(), ids: HashMap::new(), short: [0; 128], tokenizer, lowercase, unknown: None }
    }

    /// Whether [`UNKNOWN`] is a word, as in texts prepared by others.
    pub(super) fn marks_unknown(&self) -> bool {
        self.id(UNKNOWN).is_some()
    }

    /// The id of [`END_OF_SENTENCE`], if it is a word.
    #[must_use]
    pub fn end_of_sentence(&self) -> Option<u32> {
        self.id(END_OF_SENTENCE)
    }

    /// The id of the line end, if it is a word.
    pub(super) fn line_end(&self) -> Option<u32> {
        self.id("\n")
    }

    /// The id of `word`, which is added if it is new.
    ///
    /// # Errors
    /// The number of bytes that could not be allocated.
    pub(super) fn try_add(&mut self, word: &str) -> Result<u32, usize> {
        if let Some(id) = self.id(word) {
            return Ok(id);
        }
        // a text of 2³² different words would need more than 4 GiB; the last id then stands for all further ones
        let id = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let all = Arc::make_mut(&mut self.words);
        let bytes_of = |bytes: usize| move |_: TryReserveError| bytes;
        let of_list = (all.capacity() + 1) * size_of::<String>();
        all.try_reserve(1).map_err(bytes_of(of_list))?;
        let owned = || {
            let mut owned = String::new();
            owned.try_reserve_exact(word.len()).map(|()| owned.push_str(word)).map_err(bytes_of(word.len()))?;
            Ok::<String, usize>(owned)
        };
        if let [byte] = word.as_bytes() {
            all.push(owned()?);
            self.short[usize::from(*byte)] = id + 1;
        } else {
            let of_table = (self.ids.capacity() + 1) * size_of::<(String, u32)>();
            self.ids.try_reserve(1).map_err(bytes_of(of_table))?;
            let (word, key) = (owned()?, owned()?);
            all.push(word);
            self.ids.insert(key, id);
        }
        Ok(id)
    }

    /// As [`try_add`](Self::try_add), panics without memory.
    #[cfg(test)]
    pub(super) fn add(&mut self, word: &str) -> u32 {
        self.try_add(word).unwrap()
    }

    /// The memory of the words in bytes: each is in the list and in the map.
    pub(super) fn bytes(&self) -> u64 {
        let letters: usize = self.words.iter().map(String::len).sum();
        (2 * letters + self.words.len() * (size_of::<String>() + 2 * size_of::<(String, u32)>())) as u64
    }

    /// Returns the id of a word, `None` for an unknown one.
    fn id(&self, word: &str) -> Option<u32> {
        match word.as_bytes() {
            [byte] => self.short[usize::from(*byte)].checked_sub(1),
            _ => self.ids.get(word).copied(),
        }
    }

    /// Removes the words whose flag in `is_retained`, by id, is false; the others follow [`UNKNOWN`], which becomes word 0, in
    /// their order. Removed and new words are [`UNKNOWN`] from now on. Returns the new id of each old word.
    ///
    /// # Errors
    /// The number of bytes that could not be allocated.
    pub(super) fn retain(&mut self, is_retained: &[bool]) -> Result<Vec<u32>, usize> {
        let words = std::mem::take(&mut self.words);
        (self.ids, self.short) = (HashMap::new(), [0; 128]);
        let unknown = self.try_add(UNKNOWN)?;
        self.unknown = Some(unknown);
        words
            .iter()
            .zip(is_retained)
            .map(|(word, is_retained)| if *is_retained { self.try_add(word) } else { Ok(unknown) })
            .collect()
    }

    /// The tokenizer, shared.
    pub(super) fn tokenizer(&self) -> Arc<Tokenizer> {
        Arc::clone(&self.tokenizer)
    }

    /// All words by id.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// All words by id, shared.
    #[must_use]
    pub fn shared_words(&self) -> Arc<Vec<String>> {
        Arc::clone(&self.words)
    }

    /// The word with an id.
    ///
    /// # Panics
    /// If no word has this id.
    #[must_use]
    pub fn word(&self, id: u32) -> &str {
        &self.words[id as usize]
    }

    /// The id of the word that stands for unknown ones, if the vocabulary has one.
    #[must_use]
    pub fn unknown(&self) -> Option<u32> {
        self.unknown
    }

    /// The number of characters (grapheme clusters) of a text, with the spaces and line ends between words; `lengths` are the
    /// characters of each word by id.
    pub(super) fn characters(&self, ids: &[u32], lengths: &[usize]) -> usize {
        let mut characters = 0;
        self.spell(ids, |piece| {
            characters += if let Piece::Word(id) = piece { lengths[id as usize] } else { 1 };
        });
        characters
    }

    /// The number of characters (grapheme clusters) of each word by id.
    pub(super) fn lengths(&self) -> Vec<usize> {
        self.words.iter().map(|word| word.graphemes(true).count()).collect()
    }

    /// The ids of the words in a text; empty for a text without words. A line break is white space, unless it is a word of the
    /// vocabulary.
    ///
    /// # Errors
    /// The first unknown word, unless there is a word for unknown ones.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, UnknownWord> {
        // a prompt in characters may end within a word
        let is_of_letters = self.tokenizer.splits_characters();
        let text = if is_of_letters { normalized_prefix } else { normalized }(text, self.lowercase);
        let (mut words, mut spacing) = (Vec::new(), Spacing::default());
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 && self.tokenizer.keeps_line_ends() {
                words.push(if self.id("\n").is_some() { "\n" } else { " " });
            }
            self.tokenizer.split(line, &mut spacing, |word| words.push(word));
        }
        words.into_iter().map(|word| self.id(word).or(self.unknown).ok_or_else(|| self.unknown_word(word))).collect()
    }

    /// Words as a text, with spaces where the corpus has them.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut text = String::new();
        self.spell(ids, |piece| {
            text.push_str(match piece {
                Piece::Word(id) => self.word(id),
                Piece::Space => " ",
                Piece::LineEnd => "\n",
            });
        });
        text
    }

    /// Calls `piece` with each word of a text, and with each space and line end between words, in order.
    fn spell(&self, ids: &[u32], mut piece: impl FnMut(Piece)) {
        let mut before: Option<&str> = None;
        let mut spacing = Spacing::default();
        for &id in ids {
            // an unknown word is spaced like a known one
            let word = if Some(id) == self.unknown { "unknown" } else { self.word(id) };
            if word == END_OF_SENTENCE {
                piece(Piece::LineEnd);
                (before, spacing) = (None, Spacing::default());
                continue;
            }
            if let Some(before) = before.filter(|_| self.tokenizer.restores_spaces()) {
                if self.tokenizer.drops_spaces() || spacing.is_space_between(before, word) {
                    piece(Piece::Space);
                }
                spacing.advance_past(before);
            }
            piece(Piece::Word(id));
            before = Some(word);
        }
    }

    /// Makes the error about an unknown word. Known words that differ only in case are suggested first.
    fn unknown_word(&self, word: &str) -> UnknownWord {
        let known = || self.words.iter().map(String::as_str).filter(|word| !is_mark(word));
        // a word in other case is nearer than any other
        let folded = word.to_lowercase();
        let same = known().filter(|known| known.to_lowercase() == folded);
        let alike = nearest(word, known().filter(|known| known.to_lowercase() != folded), MAX_SUGGESTIONS);
        UnknownWord {
            word: word.to_owned(),
            nearest: same.chain(alike).take(MAX_SUGGESTIONS).map(str::to_owned).collect(),
            known: known().take(MAX_SUGGESTIONS).map(str::to_owned).collect(),
            count: known().count(),
            split: self.split(word),
        }
    }

    /// Splits a text without spaces into known words, the longest match first; `None` if a part is unknown.
    fn split(&self, text: &str) -> Option<String> {
        let mut rest = text;
        let mut found = Vec::new();
        while !rest.is_empty() {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let end = ends.rev().find(|end| self.id(&rest[..*end]).is_some())?;
            found.push(&rest[..end]);
            rest = &rest[end..];
        }
        Some(found.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: &[&str]) -> Vocabulary {
        let mut vocabulary = Vocabulary::new(Tokenizer::Words, false);
        words.iter().for_each(|word| {
            vocabulary.add(word);
        });
        vocabulary
    }

    #[test]
    fn encode_gives_ids_in_order_of_first_appearance() {
        let vocabulary = vocabulary(&["我", "爱", "我", "爸爸", "x"]);
        assert_eq!(vocabulary.encode(" 爸爸  爱\t我 x"), Ok(vec![2, 1, 0, 3]));
        assert_eq!(vocabulary.encode("  "), Ok(vec![]));
    }

    #[test]
    fn encode_unknown_word_suggests_nearest() {
        let unknown = vocabulary(&["hate", "like", "love", "father"]).encode("hate lover").unwrap_err();
        assert_eq!(unknown.word, "lover");
        assert_eq!(unknown.nearest[0], "love");
        assert_eq!(unknown.nearest.len(), MAX_SUGGESTIONS);
    }

    #[test]
    fn encode_unknown_word_without_similar_ones_suggests_some() {
        let unknown = vocabulary(&["我", "喜欢", "玩具", "爱"]).encode("狗").unwrap_err();
        assert_eq!(unknown.to_string(), "not in the vocabulary: `狗`; 4 are known, such as 我 喜欢 玩具");
    }

    #[test]
    fn encode_words_without_spaces_suggests_spaces() {
        let vocabulary = vocabulary(&["我", "喜", "喜欢", "玩具"]);
        assert_eq!(vocabulary.encode("我喜欢").unwrap_err().split.as_deref(), Some("我 喜欢"));
        assert_eq!(vocabulary.encode("我喜欢你").unwrap_err().split, None);
    }

    #[test]
    fn retain_makes_other_and_new_words_unknown() {
        let mut vocabulary = vocabulary(&["the", "a", "cat"]);
        assert_eq!(vocabulary.retain(&[true, false, true]).unwrap(), [1, 0, 2]);
        assert_eq!(vocabulary.words(), ["<unk>", "the", "cat"]);
        assert_eq!(vocabulary.encode("a cat of the"), Ok(vec![0, 2, 0, 1]));
    }

    #[test]
    fn decode_restores_spaces_and_line_ends() {
        let vocabulary = vocabulary(&["the", "cat", END_OF_SENTENCE]);
        assert_eq!(vocabulary.decode(&[0, 1, 2, 0]), "the cat\nthe");
    }

    #[test]
    fn encode_unknown_word_suggests_other_case_first_and_no_marks() {
        let mut vocabulary = vocabulary(&["Then", "than", "the", END_OF_SENTENCE]);
        vocabulary.add(UNKNOWN);
        assert_eq!(vocabulary.encode("THE").unwrap_err().nearest[0], "the");
        assert_eq!(vocabulary.encode("<eo>").unwrap_err().nearest, Vec::<String>::new());
    }
}
