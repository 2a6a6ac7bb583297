//! How many columns of a terminal a text takes.
//!
//! What is drawn is laid out cell by cell, one grapheme cluster in each, so that the width of a text is the sum of its clusters'. The width
//! that `unicode-width` gives for a whole text is another one where letters of neighbouring clusters could be joined (Arabic lam and alef).
//!
//! On the signs of Brahmic scripts terminals disagree: the C library, and with it tmux, gives a column to every spacing vowel sign and to
//! a consonant below another one, where `unicode-width` gives none. Such a cluster gets the wider place: a gap where a terminal draws it
//! narrower, and never a letter that is drawn over.

#![allow(clippy::disallowed_methods)] // of single clusters

use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A text that is drawn in a terminal.
pub trait Columns {
    /// How many columns it takes; where terminals disagree, the most that one takes.
    fn columns(&self) -> usize;
}

impl Columns for str {
    fn columns(&self) -> usize {
        let of_cluster = |cluster: &str| cluster.width() + disputed_columns(cluster);
        if self.is_ascii() { self.width() } else { self.graphemes(true).map(of_cluster).sum() }
    }
}

/// How many columns more than `unicode-width` says some terminals take for a cluster.
#[must_use]
pub fn disputed_columns(cluster: &str) -> usize {
    if cluster.len() < 6 || !cluster.chars().any(is_brahmic_sign) {
        return 0; // two letters of such a script have six bytes
    }
    let one_by_one: usize = cluster.chars().map(columns_by_itself).sum();
    one_by_one.saturating_sub(cluster.width())
}

/// A spacing vowel sign, or the sign that puts the next consonant below this one.
fn is_brahmic_sign(c: char) -> bool {
    const VIRAMA: u8 = 9; // its canonical combining class
    !c.is_ascii() && (c.general_category() == GeneralCategory::SpacingMark || canonical_combining_class(c) == VIRAMA)
}

/// The columns of a character for the C library, which looks at no other one beside it.
fn columns_by_itself(c: char) -> usize {
    match c.general_category() {
        GeneralCategory::SpacingMark => 1,
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::Format => 0,
        _ => c.width().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_its_clusters() {
        assert_eq!(["", "abc", "我 爱", "cafe\u{301}"].map(Columns::columns), [0, 3, 5, 4]);
        assert_eq!("لا".width(), 1, "joined, as a whole text");
        assert_eq!("لا".columns(), 2, "drawn in two cells");
        assert_eq!("الأولاد نعم".columns(), 11);
    }

    #[test]
    fn where_terminals_disagree_the_wider_place_is_taken() {
        // the width of glibc 2.36 is the second number
        for (word, wide) in [("আমার", 4), ("সোনার", 5), ("বাংলা", 5), ("ක්‍රියා", 4), ("தமிழ்நாடு", 6)]
        {
            assert!(word.columns() >= wide, "{word}: {}", word.columns());
        }
        assert_eq!("ប្រជា".columns(), 4);
        assert_eq!(disputed_columns("👩\u{200d}🏫"), 0, "an emoji is one thing on every terminal that knows it");
        for word in ["हिन्दी", "ไทย", "한국어", "שלום", "עִבְרִית"] {
            assert_eq!(word.columns(), word.width(), "{word}");
        }
    }
}
