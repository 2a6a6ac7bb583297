//! Line → words, in three ways.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use crate::config;

/// Cuts a line into words.
pub enum Tokenizer {
    /// At white space.
    Words,
    /// Into extended grapheme clusters (Unicode Standard Annex 29).
    Characters,
    /// Into Chinese words.
    #[cfg(feature = "jieba")]
    Jieba(Box<jieba_rs::Jieba>),
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words => "Words",
            Self::Characters => "Characters",
            #[cfg(feature = "jieba")]
            Self::Jieba(_) => "Jieba",
        })
    }
}

impl Tokenizer {
    /// `None` if this program was built without it.
    #[cfg_attr(feature = "jieba", allow(clippy::unnecessary_wraps))]
    pub(super) fn new(name: config::Tokenizer) -> Option<Self> {
        match name {
            config::Tokenizer::Words => Some(Self::Words),
            config::Tokenizer::Characters => Some(Self::Characters),
            #[cfg(feature = "jieba")]
            config::Tokenizer::Jieba => Some(Self::Jieba(Box::default())),
            #[cfg(not(feature = "jieba"))]
            config::Tokenizer::Jieba => None,
        }
    }

    /// Shows every word of a line to `found`, in order.
    pub(super) fn cut<'t>(&self, line: &'t str, mut found: impl FnMut(&'t str)) {
        match self {
            Self::Words => line.split_whitespace().for_each(found),
            Self::Characters if line.is_ascii() => (0..line.len()).for_each(|at| found(&line[at..=at])),
            Self::Characters => line.graphemes(true).for_each(found),
            #[cfg(feature = "jieba")]
            Self::Jieba(jieba) => {
                let words = jieba.cut(line, true).into_iter().map(|token| token.word);
                words.filter(|word| !word.trim().is_empty()).for_each(found);
            }
        }
    }

    /// Whether white space between words is left out of the words.
    pub(super) fn drops_spaces(&self) -> bool {
        matches!(self, Self::Words)
    }

    /// Whether the end of a line is a word like others in a running text.
    pub(super) fn keeps_line_ends(&self) -> bool {
        matches!(self, Self::Characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(tokenizer: &Tokenizer, line: &str) -> Vec<String> {
        let mut words = Vec::new();
        tokenizer.cut(line, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn a_character_is_what_a_reader_sees() {
        assert_eq!(cut(&Tokenizer::Characters, "ab c"), ["a", "b", " ", "c"]);
        assert_eq!(cut(&Tokenizer::Characters, "春 眠。"), ["春", " ", "眠", "。"]);
        assert_eq!(cut(&Tokenizer::Characters, "e\u{301}🇨🇳👩‍🏫"), ["e\u{301}", "🇨🇳", "👩‍🏫"]);
    }

    #[cfg(feature = "jieba")]
    #[test]
    fn chinese_without_spaces_is_cut_into_words() {
        let tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
        assert_eq!(cut(&tokenizer, "我喜欢玩具"), ["我", "喜欢", "玩具"]);
        assert_eq!(cut(&tokenizer, "今天 LSTM 学习"), ["今天", "LSTM", "学习"]);
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(line in "\\PC{0,60}") {
            prop_assert_eq!(cut(&Tokenizer::Characters, &line).concat(), line.clone());
            let without_spaces: String = line.split_whitespace().collect();
            prop_assert_eq!(cut(&Tokenizer::Words, &line).concat(), without_spaces.clone());
            #[cfg(feature = "jieba")]
            {
                let jieba = JIEBA.with(|jieba| cut(jieba, &line)).concat();
                let squeezed: String = jieba.split_whitespace().collect();
                prop_assert_eq!(squeezed, without_spaces);
            }
        }
    }

    #[cfg(feature = "jieba")]
    thread_local! {
        static JIEBA: Tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
    }
}
