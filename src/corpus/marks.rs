//! Words of a vocabulary that are no words of a text.

/// Stands for every word that is not in the vocabulary, if the configuration or the text has such a word.
pub const UNKNOWN: &str = "<unk>";
/// Follows the last word of a line, if the configuration asks for it.
pub const END_OF_SENTENCE: &str = "<eos>";

/// All marks.
pub(super) const MARKS: [&str; 2] = [END_OF_SENTENCE, UNKNOWN];

/// Whether `word` is a mark.
pub(super) fn is_mark(word: &str) -> bool {
    MARKS.contains(&word)
}
