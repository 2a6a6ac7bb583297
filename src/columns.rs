//! The number of terminal columns of a text.
//!
//! Text is drawn cell by cell, one grapheme cluster per cell, so its width is the sum of the widths of its clusters. The
//! `unicode-width` of a whole text differs where letters of neighbouring clusters could be joined (Arabic lam and alef).
//!
//! Terminals disagree on signs of Brahmic scripts: the C library, and with it tmux, counts a column for each spacing vowel sign
//! and for a consonant below another one, `unicode-width` none. Such a cluster gets the larger width: the result is a gap on
//! some terminals, but no overlap on any.

#![allow(clippy::disallowed_methods)] // of single clusters

use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width of a text in a terminal.
pub trait Columns {
    /// The number of columns; where terminals disagree, the largest.
    fn columns(&self) -> usize;
}

impl Columns for str {
    fn columns(&self) -> usize {
        let cluster_width = |cluster: &str| cluster.width() + disputed_columns(cluster);
        if self.is_ascii() { self.width() } else { self.graphemes(true).map(cluster_width).sum() }
    }
}

/// The columns that some terminals take for a grapheme cluster in addition to its `unicode-width`.
#[must_use]
pub fn disputed_columns(cluster: &str) -> usize {
    if cluster.len() < 6 || !cluster.chars().any(is_brahmic_sign) {
        return 0; // two letters of a Brahmic script have six bytes
    }
    let one_by_one: usize = cluster.chars().map(columns_by_itself).sum();
    one_by_one.saturating_sub(cluster.width())
}

/// Whether a character is a spacing vowel sign, or a virama, which joins consonants.
fn is_brahmic_sign(c: char) -> bool {
    const VIRAMA: u8 = 9; // its canonical combining class
    !c.is_ascii() && (c.general_category() == GeneralCategory::SpacingMark || canonical_combining_class(c) == VIRAMA)
}

/// The columns of a character in the C library, which ignores its neighbours.
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
    fn columns_are_the_sum_of_clusters() {
        assert_eq!(["", "abc", "我 爱", "cafe\u{301}"].map(Columns::columns), [0, 3, 5, 4]);
        assert_eq!("لا".width(), 1, "joined, as a whole text");
        assert_eq!("لا".columns(), 2, "drawn in two cells");
        assert_eq!("الأولاد نعم".columns(), 11);
    }

    #[test]
    fn columns_brahmic_signs_take_the_larger_width() {
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
