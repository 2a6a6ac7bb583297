//! A text as it is cut into words.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A text in Unicode's composed form (NFC), so that é is é however it was typed, with `\n` at the end of each line, as Python
/// reads it, and without byte order marks, which nobody sees; in small letters if asked for.
pub(super) fn prepared(text: &str, lowercase: bool) -> Cow<'_, str> {
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
    if lowercase { text.to_lowercase().into() } else { text }
}

/// The text with LF in the place of CR LF and of CR alone.
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

/// Whether [`prepared`] makes a copy.
pub(super) fn is_changed(text: &str, lowercase: bool) -> bool {
    lowercase || text.contains([BYTE_ORDER_MARK, '\r']) || !text.is_ascii() && !is_nfc(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_alike_and_what_nobody_sees_is_not_there() {
        assert_eq!(prepared("\u{feff}a\rb\r\nc\n\r\n\u{feff}d", false), "a\nb\nc\n\nd");
        assert_eq!(prepared("Cafe\u{301}", false), "Caf\u{e9}");
        assert_eq!(prepared("ÄB", true), "äb");
        assert!(matches!(prepared("中文 text\n", false), Cow::Borrowed(_)), "nothing is copied that is right already");
    }
}
