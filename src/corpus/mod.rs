//! Text → words → vocabulary → batches.

mod batch;
mod vocabulary;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::config::{Config, ConfigError, CorpusFile, line_of};

pub use batch::Batch;
pub use vocabulary::{UnknownWord, Vocabulary};

/// Sentences as word ids, all in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    vocabulary: Vocabulary,
    words: Vec<u32>,
    /// Where in `words` each sentence ends.
    ends: Vec<usize>,
}

/// A line of the corpus from which nothing can be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OneWordSentence<'a> {
    line: usize,
    word: &'a str,
}

impl Corpus {
    /// Reads the corpus of a configuration.
    ///
    /// # Errors
    /// When the file cannot be read, is not UTF-8, has no sentence or has a sentence of a single word.
    pub fn load(config: &Config) -> Result<Self, ConfigError> {
        let (name, bytes) = match config.corpus_file() {
            CorpusFile::BuiltIn(text) => ("the built-in corpus".to_owned(), Cow::from(text.as_bytes())),
            CorpusFile::Path(path) => {
                let name = path.display().to_string();
                let bytes = std::fs::read(&path).map_err(|error| {
                    let help = "expected a text with one sentence a line; a path in a file is relative to that file";
                    config.refuse("corpus.path", format!("{name} cannot be read: {error}"), help)
                })?;
                (name, Cow::from(bytes))
            }
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let at = error.valid_up_to();
            let line = line_of(&bytes, at);
            let older = match bytes.as_ref() {
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "expected UTF-8; `iconv -f UTF-16 -t UTF-8` converts this text",
                _ => "expected UTF-8; `iconv -f GB18030 -t UTF-8` converts older Chinese texts",
            };
            let problem = format!("{name} is not UTF-8: byte {at}, in line {line}, is 0x{:02x}", bytes[at]);
            config.refuse("corpus.path", problem, older)
        })?;
        let corpus = Self::from_text(text).map_err(|OneWordSentence { line, word }| {
            config.refuse(
                "corpus.path",
                format!("line {line} of {name} has one word, `{word}`: nothing comes before it to predict it from"),
                "expected sentences of at least two words, separated by spaces",
            )
        })?;
        if corpus.sentences() == 0 {
            let help = "expected at least one sentence of two words, one sentence a line";
            return Err(config.refuse("corpus.path", format!("{name} has no words"), help));
        }
        Ok(corpus)
    }

    /// One sentence a line; empty lines do not count.
    fn from_text(text: &str) -> Result<Self, OneWordSentence<'_>> {
        let mut corpus = Self::default();
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let start = corpus.words.len();
            for word in words(line) {
                corpus.words.push(corpus.vocabulary.add(&word));
            }
            match corpus.words.len() - start {
                0 => {}
                1 => return Err(OneWordSentence { line: number + 1, word: line.trim() }),
                _ => corpus.ends.push(corpus.words.len()),
            }
        }
        Ok(corpus)
    }

    /// The words that occur, in order of first appearance.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// How many sentences there are.
    #[must_use]
    pub fn sentences(&self) -> usize {
        self.ends.len()
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
}

/// The words of a text: what stands between white space, in Unicode's composed form (NFC), so that é is é however it was
/// typed.
fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let normal = |word| if is_nfc(word) { Cow::from(word) } else { Cow::from(word.nfc().collect::<String>()) };
    text.split_whitespace().map(normal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOY: &str = include_str!("../../corpora/toy.txt");

    #[test]
    fn the_toy_corpus_is_three_sentences_of_seven_words() {
        let corpus = Corpus::from_text(TOY).unwrap();
        assert_eq!(corpus.vocabulary().words(), ["我", "喜欢", "玩具", "爱", "爸爸", "讨厌", "挨打"]);
        let sentences: Vec<_> = (0..corpus.sentences()).map(|index| corpus.sentence(index)).collect();
        assert_eq!(sentences, [[0, 1, 2], [0, 3, 4], [0, 5, 6]]);
    }

    #[test]
    fn byte_order_mark_empty_lines_and_windows_line_ends_are_no_words() {
        let corpus = Corpus::from_text("\u{feff}a b\r\n\r\n   \nb a\r\n").unwrap();
        assert_eq!(corpus.vocabulary().words(), ["a", "b"]);
        assert_eq!(corpus.sentences(), 2);
    }

    #[test]
    fn the_same_letter_typed_in_two_ways_is_one_word() {
        let corpus = Corpus::from_text("caf\u{e9} noir\ncafe\u{301} noir").unwrap();
        assert_eq!(corpus.vocabulary().words(), ["café", "noir"]);
    }

    #[test]
    fn a_sentence_of_one_word_is_named() {
        assert_eq!(Corpus::from_text("a b\n\n 苹果 \n"), Err(OneWordSentence { line: 3, word: "苹果" }));
    }

    proptest! {
        #[test]
        fn every_sentence_reads_back_as_its_words(text in "\\PC{0,40}(\n\\PC{0,40}){0,4}") {
            if let Ok(corpus) = Corpus::from_text(&text) {
                let read: Vec<Vec<&str>> = (0..corpus.sentences())
                    .map(|index| corpus.sentence(index).iter().map(|&id| corpus.vocabulary().word(id)).collect())
                    .collect();
                let expected: Vec<Vec<String>> = text
                    .trim_start_matches('\u{feff}')
                    .lines()
                    .map(|line| words(line).map(Cow::into_owned).collect())
                    .filter(|words: &Vec<String>| !words.is_empty())
                    .collect();
                prop_assert_eq!(read, expected);
            }
        }
    }
}
