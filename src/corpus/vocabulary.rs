//! Words and their ids.

use std::collections::HashMap;
use std::fmt;

use super::words;
use crate::config::nearest;

/// How many known words are named beside an unknown one.
const NAMED: usize = 3;

/// The words a model knows; a word's id is its place in the order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<String>,
    ids: HashMap<String, u32>,
}

/// A word the model has never seen, and what could have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The word as asked.
    pub word: String,
    /// The known words most like it; none if none is like it at all.
    pub nearest: Vec<String>,
    /// Some words that are known.
    pub known: Vec<String>,
    /// The word cut into known words, if that is possible: Chinese is often typed without spaces.
    pub cut: Option<String>,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not in the vocabulary: `{}`", self.word)?;
        match &self.cut {
            Some(cut) => write!(f, "; with spaces it is: {cut}"),
            None if self.nearest.is_empty() => {
                write!(f, "; known words: {}", self.known.join(" "))
            }
            None => write!(f, "; nearest known: {}", self.nearest.join(" ")),
        }
    }
}

impl std::error::Error for UnknownWord {}

impl Vocabulary {
    /// The id of `word`, which is added if it is new.
    pub(super) fn add(&mut self, word: &str) -> u32 {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        // a text of 2³² different words would need more than 4 GiB; the last id then stands for all further ones
        let id = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(word.to_owned());
        self.ids.insert(word.to_owned(), id);
        id
    }

    /// All words, by id.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The word with this id.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn word(&self, id: u32) -> &str {
        &self.words[id as usize]
    }

    /// The ids of the words of `text`; none for a text of white space.
    ///
    /// # Errors
    /// The first word that is not known.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, UnknownWord> {
        words(text).map(|word| self.ids.get(word.as_ref()).copied().ok_or_else(|| self.unknown(&word))).collect()
    }

    fn unknown(&self, word: &str) -> UnknownWord {
        let nearest = nearest(word, self.words.iter().map(String::as_str), NAMED);
        UnknownWord {
            word: word.to_owned(),
            nearest: nearest.into_iter().map(str::to_owned).collect(),
            known: self.words.iter().take(NAMED).cloned().collect(),
            cut: self.cut(word),
        }
    }

    /// Cuts a text without spaces into known words, the longest that fits at each place.
    fn cut(&self, text: &str) -> Option<String> {
        let mut rest = text;
        let mut found = Vec::new();
        while !rest.is_empty() {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let end = ends.rev().find(|end| self.ids.contains_key(&rest[..*end]))?;
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
        let mut vocabulary = Vocabulary::default();
        words.iter().for_each(|word| {
            vocabulary.add(word);
        });
        vocabulary
    }

    #[test]
    fn a_text_becomes_ids_in_order_of_first_appearance() {
        let vocabulary = vocabulary(&["我", "爱", "我", "爸爸"]);
        assert_eq!(vocabulary.encode(" 爸爸  爱\t我 "), Ok(vec![2, 1, 0]));
        assert_eq!(vocabulary.encode("  "), Ok(vec![]));
    }

    #[test]
    fn an_unknown_word_is_named_with_the_nearest_known_ones() {
        let unknown = vocabulary(&["hate", "like", "love", "father"]).encode("hate lover").unwrap_err();
        assert_eq!(unknown.word, "lover");
        assert_eq!(unknown.nearest[0], "love");
        assert_eq!(unknown.nearest.len(), NAMED);
    }

    #[test]
    fn where_no_known_word_is_alike_some_known_ones_are_named() {
        let unknown = vocabulary(&["我", "喜欢", "玩具", "爱"]).encode("狗").unwrap_err();
        assert_eq!(unknown.to_string(), "not in the vocabulary: `狗`; known words: 我 喜欢 玩具");
    }

    #[test]
    fn words_typed_without_spaces_are_shown_with_spaces() {
        let vocabulary = vocabulary(&["我", "喜", "喜欢", "玩具"]);
        assert_eq!(vocabulary.encode("我喜欢").unwrap_err().cut.as_deref(), Some("我 喜欢"));
        assert_eq!(vocabulary.encode("我喜欢你").unwrap_err().cut, None);
    }
}
