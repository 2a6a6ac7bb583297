//! Tokenizers: line → words.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use super::marks::MARKS;
use crate::config;

/// Splits lines into words.
pub enum Tokenizer {
    /// At white space.
    Words,
    /// Into extended grapheme clusters (Unicode Standard Annex 29).
    Characters,
    /// Into words and punctuation marks (Unicode Standard Annex 29).
    Prose,
    /// Into Chinese words; other scripts at word boundaries.
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
    /// Creates a tokenizer; `None` for jieba if this program was built without it.
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

    /// Splits a line into words and calls `found` with each, in order. `spacing` is the state after the text before the line.
    pub(super) fn split<'t>(&self, line: &'t str, spacing: &mut Spacing, mut found: impl FnMut(&'t str)) {
        match self {
            Self::Words => line.split_whitespace().for_each(found),
            Self::Characters if line.is_ascii() => (0..line.len()).for_each(|at| found(&line[at..=at])),
            Self::Characters => line.graphemes(true).for_each(found),
            Self::Prose => {
                let split = |part: &'t str| part.split_word_bounds().collect();
                find_words(line, split_at_marks(line).flat_map(|part| part.split_by(split)), spacing, found);
            }
            #[cfg(feature = "jieba")]
            Self::Jieba(jieba) => {
                let split = |part| jieba.cut(part, true).into_iter().map(|token| token.word).collect();
                let split_mixed = |part| {
                    let parts = split_chinese(part);
                    parts.flat_map(|(part, is_chinese)| if is_chinese { split(part) } else { vec![part] }).collect()
                };
                find_words(line, split_at_marks(line).flat_map(|part| part.split_by(split_mixed)), spacing, found);
            }
        }
    }

    /// Whether spaces between words are not words, and are restored by the rules of [`Spacing`] or by
    /// [`drops_spaces`](Self::drops_spaces).
    pub(super) fn restores_spaces(&self) -> bool {
        !matches!(self, Self::Characters)
    }

    /// Whether words are separated by any white space, which is dropped.
    pub(super) fn drops_spaces(&self) -> bool {
        matches!(self, Self::Words)
    }

    /// Whether each character is a word.
    pub(super) fn splits_characters(&self) -> bool {
        matches!(self, Self::Characters)
    }

    /// Whether line ends in a running text are words.
    pub(super) fn keeps_line_ends(&self) -> bool {
        matches!(self, Self::Characters)
    }
}

/// A part of a line.
enum Part<'t> {
    /// A mark, such as `<unk>` in prepared corpora (Penn Treebank).
    Mark(&'t str),
    /// Text between marks.
    Text(&'t str),
}

impl<'t> Part<'t> {
    /// The part as words: a mark as it is, text split by `split`.
    fn split_by(self, split: impl Fn(&'t str) -> Vec<&'t str>) -> Vec<&'t str> {
        match self {
            Self::Mark(mark) => vec![mark],
            Self::Text(text) => split(text),
        }
    }
}

/// Splits a line into marks and the text between them.
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

/// Calls `found` with the words of a line, given its `parts` in order. A space is not a word where [`Spacing`] expects one; an
/// unexpected space is a word, and parts without an expected space between them form one word. So every space can be restored.
fn find_words<'t>(
    line: &'t str,
    parts: impl Iterator<Item = &'t str>,
    spacing: &mut Spacing,
    mut found: impl FnMut(&'t str),
) {
    let (mut at, mut last) = (0, 0..0); // a word is reported when its end is known
    for part in parts.flat_map(|part| part.split_inclusive(char::is_whitespace)) {
        // some Unicode spaces are inside of words, and a combining mark may stand on a space
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

/// Rules for spaces between words and punctuation marks, with their state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spacing {
    /// Whether a quotation is open: `"` both begins and ends one.
    is_quoting: bool,
}

impl Spacing {
    /// Updates the state by a word.
    pub fn advance_past(&mut self, word: &str) {
        self.is_quoting ^= word.matches(QUOTE).count() % 2 == 1;
    }

    /// Whether a space is expected between `before` and `after`; the state is that in front of `before`.
    pub fn is_space_between(mut self, before: &str, after: &str) -> bool {
        self.advance_past(before);
        // a mark replaces a word
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

/// Splits a line into parts, each with whether jieba tokenizes it. Words of other scripts than Chinese, Japanese and ASCII are
/// parts of their own.
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

/// Whether a character is Chinese or Japanese, which are written without spaces.
fn is_without_spaces(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::super::Vocabulary;
    use super::*;
    use proptest::prelude::*;

    fn words_of(tokenizer: &Tokenizer, line: &str) -> Vec<String> {
        let mut words = Vec::new();
        tokenizer.split(line, &mut Spacing::default(), |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn characters_are_grapheme_clusters() {
        assert_eq!(words_of(&Tokenizer::Characters, "ab c"), ["a", "b", " ", "c"]);
        assert_eq!(words_of(&Tokenizer::Characters, "春 眠。"), ["春", " ", "眠", "。"]);
        assert_eq!(words_of(&Tokenizer::Characters, "e\u{301}🇨🇳👩‍🏫"), ["e\u{301}", "🇨🇳", "👩‍🏫"]);
    }

    #[test]
    fn prose_splits_off_punctuation_and_drops_expected_spaces() {
        let said = "\"Don't go,\" said Tom (the baker): \"it is 3.5 km.\"";
        let words = [
            "\"", "Don't", "go", ",", "\"", "said", "Tom", "(", "the", "baker", ")", ":", "\"", "it", "is", "3.5",
            "km", ".", "\"",
        ];
        assert_eq!(words_of(&Tokenizer::Prose, said), words);
        assert_eq!(
            words_of(&Tokenizer::Prose, "well-known – or  not"),
            ["well", "-", "known", " ", "–", " ", "or", "not"]
        );
        assert_eq!(words_of(&Tokenizer::Prose, "我喜欢，玩具"), ["我", "喜", "欢", "，", "玩", "具"]);
    }

    #[cfg(feature = "jieba")]
    #[test]
    fn jieba_splits_chinese_into_words() {
        let tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
        assert_eq!(words_of(&tokenizer, "我喜欢玩具"), ["我", "喜欢", "玩具"]);
    }

    #[cfg(feature = "jieba")]
    #[test]
    fn jieba_keeps_words_of_other_scripts_and_unexpected_spaces() {
        let tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
        assert_eq!(words_of(&tokenizer, "今天LSTM学习"), ["今天", "LSTM", "学习"]);
        assert_eq!(words_of(&tokenizer, "今天 LSTM 学习"), ["今天", " ", "LSTM", " ", "学习"]);
        assert_eq!(
            words_of(&tokenizer, "Снег идёт в Москве，我们看雪"),
            ["Снег", "идёт", "в", "Москве", "，", "我们", "看雪"]
        );
        assert_eq!(words_of(&tokenizer, "naïve café au lait"), ["naïve", "café", "au", "lait"]);
        assert_eq!(words_of(&tokenizer, "한국어 공부"), ["한국어", "공부"]);
        assert_eq!(words_of(&tokenizer, "Hello, world!"), ["Hello", ",", "world", "!"]);
    }

    #[test]
    fn marks_in_text_are_words() {
        let words = ["the", "<unk>", "of", "<unk>", ",", "n't"];
        assert_eq!(words_of(&Tokenizer::Prose, "the <unk> of <unk>, n't"), words);
        #[cfg(feature = "jieba")]
        assert_eq!(JIEBA.with(|jieba| words_of(jieba, "我喜欢<unk>。")), ["我", "喜欢", "<unk>", "。"]);
        assert_eq!(words_of(&Tokenizer::Prose, "a <unk b"), ["a", " ", "<", "unk", "b"]);
    }

    proptest! {
        #[test]
        fn tokenizers_lose_only_white_space(line in "\\PC{0,60}") {
            prop_assert_eq!(words_of(&Tokenizer::Characters, &line).concat(), line.clone());
            let without_spaces: String = line.split_whitespace().collect();
            prop_assert_eq!(words_of(&Tokenizer::Words, &line).concat(), without_spaces.clone());
            let one_space_each = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let read_again = |words: Vec<String>| {
                let mut vocabulary = Vocabulary::new(Tokenizer::Prose, false);
                let ids: Vec<u32> = words.iter().map(|word| vocabulary.add(word)).collect();
                vocabulary.decode(&ids)
            };
            prop_assert_eq!(&read_again(words_of(&Tokenizer::Prose, &line)), &one_space_each, "every space is put back where it stood");
            #[cfg(feature = "jieba")]
            prop_assert_eq!(read_again(JIEBA.with(|jieba| words_of(jieba, &line))), one_space_each);
        }

        #[test]
        fn prose_restores_spaces_between_letters_and_marks(line in "([ab\"'.,()是 -]|<unk>){0,20}") {
            let mut vocabulary = Vocabulary::new(Tokenizer::Prose, false);
            let ids: Vec<u32> = words_of(&Tokenizer::Prose, &line).iter().map(|word| vocabulary.add(word)).collect();
            prop_assert_eq!(vocabulary.decode(&ids), line.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    #[cfg(feature = "jieba")]
    thread_local! {
        static JIEBA: Tokenizer = Tokenizer::new(config::Tokenizer::Jieba).unwrap();
    }
}
