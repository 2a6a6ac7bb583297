//! Line → words, in three ways.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use super::marks::MARKS;
use crate::config;

/// Cuts a line into words.
pub enum Tokenizer {
    /// At white space.
    Words,
    /// Into extended grapheme clusters (Unicode Standard Annex 29).
    Characters,
    /// Into words and punctuation marks (Unicode Standard Annex 29).
    Prose,
    /// Into Chinese words.
    #[cfg(feature = "jieba")]
    Jieba(Box<jieba_rs::Jieba>),
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words => "Words",
            Self::Characters => "Characters",
            Self::Prose => "Prose",
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
            config::Tokenizer::Prose => Some(Self::Prose),
            #[cfg(feature = "jieba")]
            config::Tokenizer::Jieba => Some(Self::Jieba(Box::default())),
            #[cfg(not(feature = "jieba"))]
            config::Tokenizer::Jieba => None,
        }
    }

    /// Shows every word of a line to `found`, in order; `spacing` is that of the text before it.
    pub(super) fn cut<'t>(&self, line: &'t str, spacing: &mut Spacing, mut found: impl FnMut(&'t str)) {
        match self {
            Self::Words => line.split_whitespace().for_each(found),
            Self::Characters if line.is_ascii() => (0..line.len()).for_each(|at| found(&line[at..=at])),
            Self::Characters => line.graphemes(true).for_each(found),
            Self::Prose => {
                let cut = |part: &'t str| part.split_word_bounds().collect();
                find_words(line, split_at_marks(line).flat_map(|part| part.cut_by(cut)), spacing, found);
            }
            #[cfg(feature = "jieba")]
            Self::Jieba(jieba) => {
                let cut = |part| jieba.cut(part, true).into_iter().map(|token| token.word).collect();
                let cut_chinese = |part| {
                    let parts = split_chinese(part);
                    parts.flat_map(|(part, is_chinese)| if is_chinese { cut(part) } else { vec![part] }).collect()
                };
                find_words(line, split_at_marks(line).flat_map(|part| part.cut_by(cut_chinese)), spacing, found);
            }
        }
    }

    /// Whether it puts spaces back where they stood, by the words on both sides.
    pub(super) fn restores_spaces(&self) -> bool {
        !matches!(self, Self::Characters)
    }

    /// Whether white space between words is left out of the words.
    pub(super) fn drops_spaces(&self) -> bool {
        matches!(self, Self::Words)
    }

    /// Whether its words are single characters.
    pub(super) fn splits_characters(&self) -> bool {
        matches!(self, Self::Characters)
    }

    /// Whether the end of a line is a word like others in a running text.
    pub(super) fn keeps_line_ends(&self) -> bool {
        matches!(self, Self::Characters)
    }
}

/// A part of a line.
enum Part<'t> {
    /// A mark, such as that of an unknown word, which prepared corpora have (that of the Penn Treebank).
    Mark(&'t str),
    /// What stands between marks.
    Text(&'t str),
}

impl<'t> Part<'t> {
    fn cut_by(self, cut: impl Fn(&'t str) -> Vec<&'t str>) -> Vec<&'t str> {
        match self {
            Self::Mark(mark) => vec![mark],
            Self::Text(text) => cut(text),
        }
    }
}

/// The parts of a line, in order.
fn split_at_marks(line: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let begins = |mark: &&str| rest.starts_with(*mark);
        if let Some(mark) = MARKS.iter().find(|mark| begins(mark)) {
            let (mark, after) = rest.split_at(mark.len());
            rest = after;
            return Some(Part::Mark(mark));
        }
        let end = MARKS.iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after;
        (!text.is_empty()).then_some(Part::Text(text))
    })
}

/// Shows `found` the words among `parts`, which together are the line. A space that stands where nobody would expect one is a word;
/// parts between which one would be expected, but is none, are one word: so every space can be put back where it stood.
fn find_words<'t>(
    line: &'t str,
    parts: impl Iterator<Item = &'t str>,
    spacing: &mut Spacing,
    mut found: impl FnMut(&'t str),
) {
    let (mut at, mut last) = (0, 0..0); // the last word is shown when it is known to end
    for part in parts.flat_map(|part| part.split_inclusive(char::is_whitespace)) {
        // Unicode has spaces that are parts of words, and what is written above a letter may be so above a space
        let start = at + part.len() - part.trim_start().len();
        at += part.len();
        let part = part.trim();
        let here = start..start + part.len();
        if part.is_empty() {
            continue;
        }
        if last.is_empty() {
            last = here;
            continue;
        }
        let word = &line[last.clone()];
        let (is_apart, is_expected) = (last.end < here.start, spacing.is_space_between(word, part));
        if is_expected && !is_apart {
            last.end = here.end;
            continue;
        }
        found(word);
        spacing.advance_past(word);
        if is_apart && !is_expected {
            found(" ");
        }
        last = here;
    }
    if !last.is_empty() {
        let word = &line[last];
        found(word);
        spacing.advance_past(word);
    }
}

/// Where in a line spaces are expected between words and punctuation marks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spacing {
    /// Whether a quotation has begun that has not ended: the same mark begins and ends it.
    is_quoting: bool,
}

impl Spacing {
    /// Goes on behind a word.
    pub fn advance_past(&mut self, word: &str) {
        self.is_quoting ^= word.matches(QUOTE).count() % 2 == 1;
    }

    /// Whether a space is expected behind `before`, to which it has not gone on yet.
    pub fn is_space_between(mut self, before: &str, after: &str) -> bool {
        self.advance_past(before);
        // a mark stands in the place of a word
        let before = if MARKS.iter().any(|mark| before.ends_with(mark)) { "a" } else { before };
        let after = if MARKS.iter().any(|mark| after.starts_with(mark)) { "a" } else { after };
        let (Some(before), Some(after)) = (before.chars().next_back(), after.chars().next()) else { return false };
        let begins_or_goes_on = |c: char, is_before: bool| match c {
            QUOTE => self.is_quoting == is_before,
            '(' | '[' | '{' | '“' | '‘' | '«' | '¿' | '¡' => true,
            _ => false,
        };
        let ends = |c: char, is_after: bool| match c {
            QUOTE => self.is_quoting == is_after,
            '.' | ',' | '!' | '?' | ';' | ':' | ')' | ']' | '}' | '”' | '’' | '»' | '…' | '%' => true,
            _ => false,
        };
        let is_letter = |c: char| c.is_alphanumeric() && !is_without_spaces(c);
        (is_letter(before) || ends(before, false)) && (is_letter(after) || begins_or_goes_on(after, false))
    }
}

/// The mark that both begins and ends a quotation.
const QUOTE: char = '"';

/// Parts of a line, and whether jieba is to cut them: words of scripts that it does not know stay whole.
#[cfg(feature = "jieba")]
fn split_chinese(line: &str) -> impl Iterator<Item = (&str, bool)> {
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

/// Letters of Chinese and Japanese, which are written without spaces.
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
        tokenizer.cut(line, &mut Spacing::default(), |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn a_character_is_what_a_reader_sees() {
        assert_eq!(cut(&Tokenizer::Characters, "ab c"), ["a", "b", " ", "c"]);
        assert_eq!(cut(&Tokenizer::Characters, "春 眠。"), ["春", " ", "眠", "。"]);
        assert_eq!(cut(&Tokenizer::Characters, "e\u{301}🇨🇳👩‍🏫"), ["e\u{301}", "🇨🇳", "👩‍🏫"]);
    }

    #[test]
    fn in_prose_punctuation_marks_are_words_and_spaces_are_where_one_expects_them() {
        let said = "\"Don't go,\" said Tom (the baker): \"it is 3.5 km.\"";
        let words = [
            "\"", "Don't", "go", ",", "\"", "said", "Tom", "(", "the", "baker", ")", ":", "\"", "it", "is", "3.5",
            "km", ".", "\"",
        ];
        assert_eq!(cut(&Tokenizer::Prose, said), words);
        assert_eq!(cut(&Tokenizer::Prose, "well-known – or  not"), ["well", "-", "known", " ", "–", " ", "or", "not"]);
        assert_eq!(cut(&Tokenizer::Prose, "我喜欢，玩具"), ["我", "喜", "欢", "，", "玩", "具"]);
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
        assert_eq!(cut(&tokenizer, "Hello, world!"), ["Hello", ",", "world", "!"]);
    }

    #[test]
    fn marks_of_prepared_corpora_are_words() {
        let words = ["the", "<unk>", "of", "<unk>", ",", "n't"];
        assert_eq!(cut(&Tokenizer::Prose, "the <unk> of <unk>, n't"), words);
        #[cfg(feature = "jieba")]
        assert_eq!(JIEBA.with(|jieba| cut(jieba, "我喜欢<unk>。")), ["我", "喜欢", "<unk>", "。"]);
        assert_eq!(cut(&Tokenizer::Prose, "a <unk b"), ["a", " ", "<", "unk", "b"]);
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(line in "\\PC{0,60}") {
            prop_assert_eq!(cut(&Tokenizer::Characters, &line).concat(), line.clone());
            let without_spaces: String = line.split_whitespace().collect();
            prop_assert_eq!(cut(&Tokenizer::Words, &line).concat(), without_spaces.clone());
            let one_space_each = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let read_again = |words: Vec<String>| {
                let mut vocabulary = Vocabulary::new(Tokenizer::Prose, false);
                let ids: Vec<u32> = words.iter().map(|word| vocabulary.add(word)).collect();
                vocabulary.decode(&ids)
            };
            prop_assert_eq!(&read_again(cut(&Tokenizer::Prose, &line)), &one_space_each, "every space is put back where it stood");
            #[cfg(feature = "jieba")]
            prop_assert_eq!(read_again(JIEBA.with(|jieba| cut(jieba, &line))), one_space_each);
        }

        #[test]
        fn no_space_is_lost_among_letters_and_marks(line in "([ab\"'.,()是 -]|<unk>){0,20}") {
            let mut vocabulary = Vocabulary::new(Tokenizer::Prose, false);
            let ids: Vec<u32> = cut(&Tokenizer::Prose, &line).iter().map(|word| vocabulary.add(word)).collect();
            prop_assert_eq!(vocabulary.decode(&ids), line.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    #[cfg(feature = "jieba")]
    thread_local! {
        static JIEBA: Tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
    }
}
