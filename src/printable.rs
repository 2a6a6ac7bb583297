//! Makes texts from outside safe to display.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

/// Escapes characters that could control a terminal or are invisible: control characters, line separators, noncharacters, and
/// format characters (category Cf), except where those belong to a letter or an emoji.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        let mut before = None;
        for c in cluster.chars() {
            let is_hidden = c.is_control()
                || is_line_separator(c)
                || is_noncharacter(c)
                || is_format(c) && !is_part_of(c, before, cluster);
            if is_hidden {
                shown.extend(c.escape_default());
            } else {
                shown.push(c);
            }
            before = Some(c);
        }
    }
    shown
}

/// Whether a character is an invisible format character; those that are drawn around a number are visible.
fn is_format(c: char) -> bool {
    let is_sign_of_number = matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}');
    !c.is_ascii() && !is_sign_of_number && c.general_category() == GeneralCategory::Format
}

/// Whether a character is the line or paragraph separator (Unicode Standard, 23.2).
fn is_line_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a code point is never a character (Unicode Standard, 23.7), and not allowed in XML.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a format character changes the appearance of its `cluster`: joiners in emoji and between joined letters, and the letters of
/// a flag. `before` is the character before it.
fn is_part_of(c: char, before: Option<char>, cluster: &str) -> bool {
    let is_joined = |c: char| matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}');
    match (c, before) {
        ('\u{200d}', Some(before)) => is_joined(before) || (!cluster.ends_with(c) && !before.is_ascii()),
        ('\u{200c}', Some(before)) => is_joined(before),
        ('\u{e0020}'..='\u{e007f}', Some(_)) => cluster.starts_with('\u{1f3f4}'),
        _ => false,
    }
}

/// A word for a message: printable, and cut to 40 characters with an ellipsis.
#[must_use]
pub fn shortened(word: &str) -> String {
    const MAX_CHARACTERS: usize = 40;
    match word.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", printable(&word[..end])),
        None => printable(word),
    }
}

#[cfg(test)]
mod tests {
    use super::{printable, shortened};

    #[test]
    fn shortened_long_word_ends_with_ellipsis() {
        assert_eq!(shortened("讨厌"), "讨厌");
        assert_eq!(shortened(&"厌".repeat(1000)), "厌".repeat(40) + "…");
    }

    #[test]
    fn printable_escapes_control_characters() {
        assert_eq!(printable("我 爱\u{1b}[31m\n\u{9b}2J"), "我 爱\\u{1b}[31m\\n\\u{9b}2J");
    }

    #[test]
    fn printable_escapes_invisible_characters() {
        assert_eq!(printable("so\u{ad}ft"), "so\\u{ad}ft");
        assert_eq!(printable("\u{202e}isolate\u{2066}"), "\\u{202e}isolate\\u{2066}");
        assert_eq!(printable("zero\u{200b}width\u{feff}\u{200c}"), "zero\\u{200b}width\\u{feff}\\u{200c}");
        assert_eq!(printable("a\u{fffe}\u{10ffff}"), "a\\u{fffe}\\u{10ffff}");
    }

    #[test]
    fn printable_keeps_emoji_flags_and_joined_letters() {
        let whole =
            ["👩\u{200d}🏫", "👍🏽", "🇨🇳", "✈\u{fe0f}", "می\u{200c}خواهم", "क\u{94d}\u{200d}ष", "น้ำ", "\u{601}12"];
        assert_eq!(whole.map(printable), whole);
        let england = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        assert_eq!(printable(england), england);
        assert_eq!(printable("a\u{e0061}"), "a\\u{e0061}");
    }
}
