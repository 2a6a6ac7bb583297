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
    let start: String = text.chars().take(16 * LONGEST_NAME).collect();
    let mut name = String::new();
    for cluster in safe(&start).graphemes(true) {
        if name.width() + cluster.width() > LONGEST_NAME {
            break;
        }
        name += cluster;
    }
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A question in the same way, of at most 200 columns: its last words, which the next one follows.
#[must_use]
pub fn prompt(text: &str) -> String {
    let most = 16 * LONGEST_PROMPT;
    let start = text.char_indices().rev().nth(most).map_or(0, |(at, _)| at);
    let mut last = Vec::new();
    let (mut columns, safe) = (0, safe(&text[start..]));
    for cluster in safe.graphemes(true).rev() {
        columns += cluster.width();
        if columns > LONGEST_PROMPT - 1 {
            last.push("…");
            break;
        }
        last.push(cluster);
    }
    last.into_iter().rev().collect()
}

/// A question, word for word, but without anything that could act on a terminal of somebody else.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.graphemes(true).filter(is_harmless).collect()
}

fn is_harmless(cluster: &&str) -> bool {
    printable(cluster) == **cluster && cluster.chars().count() <= 8
}

/// A name for a file: letters and digits of any script, and `_` for everything else.
#[must_use]
pub fn of_file(name: &str) -> String {
    name.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '_' }).collect()
}

/// Words of what can be seen, a space apart.
fn safe(text: &str) -> String {
    let composed: String = text.nfc().collect();
    let words: Vec<String> = composed
        .split_whitespace()
        .map(|word| word.graphemes(true).filter(is_harmless).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    words.join(" ")
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

    #[test]
    fn of_a_long_question_the_last_words_are_kept() {
        assert_eq!(prompt(" 我  爱 "), "我 爱");
        let long = prompt(&("长".repeat(5000) + " 我 爱"));
        assert!(long.starts_with("…长") && long.ends_with("长 我 爱"), "{long}");
        assert!((199..=200).contains(&long.width()), "{}", long.width());
        let asked = "长  ".repeat(5000);
        assert_eq!(harmless(&asked), asked, "what others are asked is the same, word for word");
        assert_eq!(harmless("我\u{1b}[2J \u{202e}爱"), "我[2J 爱");
    }

    proptest! {
        #[test]
        fn no_text_does_anything_to_a_terminal(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|.{0,80}") {
            for shown in [name(&text).unwrap_or_default(), prompt(&text)] {
                prop_assert_eq!(printable(&shown), shown.as_str());
                prop_assert!(shown.width() <= LONGEST_PROMPT && !shown.chars().any(char::is_control));
            }
            prop_assert!(!harmless(&text).chars().any(char::is_control));
        }
    }
}
