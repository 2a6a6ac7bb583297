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
                let cut = |part| jieba.cut(part, true).into_iter().map(|token| token.word).collect();
                let words = chinese_and_other(line)
                    .flat_map(|(part, is_chinese)| if is_chinese { cut(part) } else { vec![part] });
                let (mut at, mut last) = (0, 0..0); // the last word is told when it is known to end
                for word in words {
                    let here = at..at + word.len();
                    at = here.end;
                    if word.trim().is_empty() {
                        continue;
                    }
                    let (before, is_apart) = (&line[last.clone()], last.end < here.start);
                    match (before.is_empty(), is_space_between(before, word)) {
                        (true, _) => last = here,
                        // of what a space would come between there is one word
                        (false, true) if !is_apart => last.end = here.end,
                        (false, is_expected) => {
                            found(before);
                            // spaces that nobody would expect are words
                            if is_apart && !is_expected {
                                found(" ");
                            }
                            last = here;
                        }
                    }
                }
                if !last.is_empty() {
                    found(&line[last]);
                }
            }
        }
    }

    /// Whether a space stands between two words of a text though it is no word.
    pub(super) fn is_space_between(&self, before: &str, after: &str) -> bool {
        match self {
            Self::Words => true,
            Self::Characters => false,
            #[cfg(feature = "jieba")]
            Self::Jieba(_) => is_space_between(before, after),
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

/// Parts of a line, and whether jieba is to cut them: words of scripts that it does not know stay whole.
#[cfg(feature = "jieba")]
fn chinese_and_other(line: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut bounds = line.split_word_bound_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = bounds.next()?;
        let is_other = |part: &str| part.chars().any(|c| c.is_alphabetic() && !c.is_ascii() && !is_without_spaces(c));
        if is_other(first) {
            return Some((first, false));
        }
        let mut end = start + first.len();
        while let Some((_, part)) = bounds.next_if(|(_, part)| !is_other(part)) {
            end += part.len();
        }
        Some((&line[start..end], true))
    })
}

/// Whether two words that follow each other are written with a space between them.
#[cfg(feature = "jieba")]
fn is_space_between(before: &str, after: &str) -> bool {
    let is_of_a_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_without_spaces(c));
    is_of_a_word(before.chars().next_back()) && is_of_a_word(after.chars().next())
}

/// Letters of Chinese and Japanese, which are written without spaces.
#[cfg(feature = "jieba")]
fn is_without_spaces(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::super::Vocabulary;
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
    }

    #[cfg(feature = "jieba")]
    #[test]
    fn words_of_other_scripts_stay_whole_and_a_space_is_a_word_where_nobody_would_expect_one() {
        let tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
        assert_eq!(cut(&tokenizer, "今天LSTM学习"), ["今天", "LSTM", "学习"]);
        assert_eq!(cut(&tokenizer, "今天 LSTM 学习"), ["今天", " ", "LSTM", " ", "学习"]);
        assert_eq!(
            cut(&tokenizer, "Снег идёт в Москве，我们看雪"),
            ["Снег", "идёт", "в", "Москве", "，", "我们", "看雪"]
        );
        assert_eq!(cut(&tokenizer, "naïve café au lait"), ["naïve", "café", "au", "lait"]);
        assert_eq!(cut(&tokenizer, "한국어 공부"), ["한국어", "공부"]);
        assert_eq!(cut(&tokenizer, "Hello, world!"), ["Hello", ",", " ", "world", "!"]);
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(line in "\\PC{0,60}") {
            prop_assert_eq!(cut(&Tokenizer::Characters, &line).concat(), line.clone());
            let without_spaces: String = line.split_whitespace().collect();
            prop_assert_eq!(cut(&Tokenizer::Words, &line).concat(), without_spaces.clone());
            #[cfg(feature = "jieba")]
            {
                let words = JIEBA.with(|jieba| cut(jieba, &line));
                let squeezed: String = words.concat().split_whitespace().collect();
                prop_assert_eq!(squeezed, without_spaces);
                let mut vocabulary = Vocabulary::new(Tokenizer::new(config::Tokenizer::Jieba).unwrap(), false);
                let ids: Vec<u32> = words.iter().map(|word| vocabulary.add(word)).collect();
                let one_space_each = line.split_whitespace().collect::<Vec<_>>().join(" ");
                prop_assert_eq!(vocabulary.decode(&ids), one_space_each, "every space is put back where it stood");
            }
        }
    }

    #[cfg(feature = "jieba")]
    thread_local! {
        static JIEBA: Tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
    }
}
