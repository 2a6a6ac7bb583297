//! Queries to the terminal at the start of a session: the width of characters of ambiguous width, whether it reads UTF-8, and the colour of
//! its background.

use std::time::Duration;

use crate::dashboard::theme::{Ambiguous, Background};

/// Longest time for an answer.
pub(super) const LONGEST_ANSWER: Duration = Duration::from_secs(2);

/// The queries that the terminal is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Query the width of characters of ambiguous width, and whether the terminal reads UTF-8.
    pub width: bool,
    /// Query the colour of the background.
    pub background: bool,
}

/// The answers of the terminal; `None` for what it was not asked or has not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Width of characters of ambiguous width.
    pub width: Option<Ambiguous>,
    /// Whether the terminal shows the bytes of UTF-8 as separate characters.
    pub is_not_utf_8: bool,
    /// The background.
    pub background: Option<Background>,
}

impl Questions {
    /// Whether there is any query.
    #[must_use]
    pub fn are_asked(self) -> bool {
        self.width || self.background
    }

    /// The bytes of the queries. The cursor position is queried last: every terminal answers it, so that its answer marks the end.
    #[must_use]
    pub fn text(self) -> String {
        let background = if self.background { "\x1b]11;?\x1b\\" } else { "" };
        let (width, cleared) =
            if self.width { (format!("\x1b[H{LETTERS}→"), "\x1b[H\x1b[K") } else { (String::new(), "") };
        format!("{background}{width}\x1b[6n{cleared}")
    }

    /// Interprets the cursor position (1-based) after the letters and the arrow; the background stays `None`.
    pub(super) fn answers_at_cursor(self, row: u32, column: u32) -> Answers {
        let letters = LETTERS.chars().map(|_| 1).sum::<u32>();
        let width =
            self.width.then_some(if (row, column) == (1, letters + 3) { Ambiguous::Wide } else { Ambiguous::Narrow });
        Answers { width, is_not_utf_8: self.width && row == 1 && column > 2 * letters, background: None }
    }
}

/// Letters of two bytes that are one column wide on all terminals: more columns mean that bytes are shown as characters.
const LETTERS: &str = "żżż";

/// Parses the answer to the query for the background, such as `11;rgb:ffff/ffff/ffff`; `None` if it is something else.
pub(super) fn parse_background(text: &str) -> Option<Background> {
    let (_, colour) = text.strip_prefix("11;rgb")?.split_once(':')?;
    let part = |digits: &str| {
        let largest =
            16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1).filter(|largest| *largest > 0)?;
        Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(largest))
    };
    let parts: Vec<f64> = colour.split('/').take(3).map(part).collect::<Option<_>>()?;
    let [red, green, blue] = parts[..] else { return None };
    // weights of ITU-R BT.709; the perceived middle between black and white is near half of the encoded value
    let is_light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5;
    Some(if is_light { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_position_reveals_width_and_encoding() {
        let asked = Questions { width: true, background: false };
        let answers = |column| asked.answers_at_cursor(1, column);
        assert_eq!((answers(5).width, answers(5).is_not_utf_8), (Some(Ambiguous::Narrow), false));
        assert_eq!((answers(6).width, answers(6).is_not_utf_8), (Some(Ambiguous::Wide), false));
        assert!(
            [8, 9, 10].into_iter().all(|column| answers(column).is_not_utf_8),
            "Latin-1, with and without control characters"
        );
        assert_eq!(asked.answers_at_cursor(7, 6).width, Some(Ambiguous::Narrow), "an answer to another program");
        assert_eq!(Questions { width: false, background: true }.answers_at_cursor(1, 6), Answers::default());
    }

    #[test]
    fn background_of_colour_is_light_or_dark() {
        use Background::{Dark, Light};

        for (text, expected) in [
            ("11;rgb:ffff/ffff/ffff", Some(Light)),
            ("11;rgb:fdf6/e3e3/dddd", Some(Light)),
            ("11;rgb:0000/0000/0000", Some(Dark)),
            ("11;rgb:0000/2b2b/3636", Some(Dark)),
            ("11;rgb:ff/ff/ff", Some(Light)),
            ("11;rgba:1e1e/1e1e/2e2e/ffff", Some(Dark)),
            ("11;rgb:f/f/f", Some(Light)),
            ("11;rgb:zz/00/00", None),
            ("11;rgb:ffff", None),
            ("10;rgb:ffff/ffff/ffff", None),
            ("11;?", None),
            ("11;rgb:///", None),
        ] {
            assert_eq!(parse_background(text), expected, "{text}");
        }
    }
}
