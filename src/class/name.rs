//! Names and other texts of strangers.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::printable;

/// Columns of a name that are shown.
const LONGEST_NAME: usize = 32;
/// Columns of a question that are shown.
const LONGEST_PROMPT: usize = 200;

/// A name without anything that could act on a terminal or cannot be seen, of at most 32 columns; `None` if nothing is left.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    Some(shown(text, LONGEST_NAME)).filter(|name| !name.is_empty())
}

/// A question in the same way, of at most 200 columns.
#[must_use]
pub fn prompt(text: &str) -> String {
    shown(text, LONGEST_PROMPT)
}

/// A name for a file: letters and digits of any script, and `_` for everything else.
#[must_use]
pub fn of_file(name: &str) -> String {
    name.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '_' }).collect()
}

fn shown(text: &str, columns: usize) -> String {
    let composed: String = text.chars().take(16 * columns).nfc().collect();
    let safe = |cluster: &&str| printable(cluster) == **cluster && cluster.chars().count() <= 8;
    let words: Vec<String> = composed
        .split_whitespace()
        .map(|word| word.graphemes(true).filter(safe).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let mut shown = String::new();
    for cluster in words.join(" ").graphemes(true) {
        if shown.width() + cluster.width() > columns {
            break;
        }
        shown += cluster;
    }
    shown.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_what_can_be_seen_of_them() {
        for (text, expected) in [
            ("anna", Some("anna")),
            ("  Anna\t Karénina ", Some("Anna Karénina")),
            ("王小明", Some("王小明")),
            ("\x1b[31mred\x07", Some("[31mred")),
            ("\u{202e}evil\u{200b}", Some("evil")),
            ("\r\n", None),
            ("", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(name(&"长".repeat(40)).unwrap().width(), 32);
    }

    proptest! {
        #[test]
        fn no_text_does_anything_to_a_terminal(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|.{0,80}") {
            for shown in [name(&text).unwrap_or_default(), prompt(&text)] {
                prop_assert_eq!(printable(&shown), shown.as_str());
                prop_assert!(shown.width() <= LONGEST_PROMPT && !shown.chars().any(char::is_control));
            }
        }
    }
}
