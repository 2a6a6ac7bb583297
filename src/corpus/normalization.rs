//! Normalization of a text before it is tokenized.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Normalizes a text: Unicode composed form (NFC), LF as the only line end, no byte order marks, and lower case with
/// `lowercase`. Borrows the text if nothing changes.
pub(super) fn normalized(text: &str, lowercase: bool) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains(BYTE_ORDER_MARK) {
        text = text.replace(BYTE_ORDER_MARK, "").into();
    }
    if text.contains('\r') {
        text = with_line_feeds(&text).into();
    }
    if !text.is_ascii() && !is_nfc(&text) {
        text = text.nfc().collect::<String>().into();
    }
    if lowercase { lowercased(&text).into() } else { text }
}

/// As [`normalized`], for a text that may continue in the middle of a word: a final Σ becomes σ, not ς.
pub(super) fn normalized_prefix(text: &str, lowercase: bool) -> Cow<'_, str> {
    if !lowercase || !text.ends_with('Σ') {
        return normalized(text, lowercase);
    }
    let longer = normalized(&format!("{text}α"), lowercase).into_owned();
    longer.strip_suffix('α').map(str::to_owned).unwrap_or(longer).into()
}

/// The text in lower case, with İ as i: Unicode makes it i with a combining dot, which no text in lower case has.
fn lowercased(text: &str) -> String {
    let small = text.to_lowercase();
    if small.contains("i\u{307}") { small.replace("i\u{307}", "i") } else { small }
}

/// The text with LF in place of CR LF and CR.
fn with_line_feeds(text: &str) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut parts = text.split('\r');
    changed.push_str(parts.next().unwrap_or_default());
    for part in parts {
        changed.push('\n');
        changed.push_str(part.strip_prefix('\n').unwrap_or(part));
    }
    changed
}

/// Whether [`normalized`] makes a copy.
pub(super) fn is_copied_by_normalization(text: &str, lowercase: bool) -> bool {
    lowercase || text.contains([BYTE_ORDER_MARK, '\r']) || !text.is_ascii() && !is_nfc(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_prefix_final_sigma_is_not_word_final() {
        assert_eq!(normalized_prefix("ΟΔΟΣ ΣΕΙΣ", true), "οδος σεισ");
        assert_eq!(normalized_prefix("ΣΕΙΣ", false), "ΣΕΙΣ");
        assert_eq!(normalized_prefix("Σ", true), "σ");
    }

    #[test]
    fn normalized_unifies_line_ends_and_removes_byte_order_marks() {
        assert_eq!(normalized("\u{feff}a\rb\r\nc\n\r\n\u{feff}d", false), "a\nb\nc\n\nd");
        assert_eq!(normalized("Cafe\u{301}", false), "Caf\u{e9}");
        assert_eq!(normalized("ÄB", true), "äb");
        assert_eq!(normalized("İstanbul I\u{307}stanbul istanbul", true), "istanbul istanbul istanbul");
        assert_eq!(normalized("ΟΔΟΣ οδος", true), "οδος οδος");
        assert!(
            matches!(normalized("中文 text\n", false), Cow::Borrowed(_)),
            "nothing is copied that is right already"
        );
    }
}
