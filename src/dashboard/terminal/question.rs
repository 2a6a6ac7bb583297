//! What a terminal is asked when a session begins: how wide it draws characters of ambiguous width, whether it reads UTF-8, and what
//! colour its background has.

use std::time::Duration;

use crate::dashboard::theme::{Ambiguous, Background};

/// How long an answer may take.
pub(super) const LONGEST_ANSWER: Duration = Duration::from_secs(2);

/// What a terminal is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// How wide characters of ambiguous width are, and whether it reads UTF-8.
    pub width: bool,
    /// What colour its background has.
    pub background: bool,
}

/// What it has answered; what it was not asked, or has said nothing of, is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// How wide characters of ambiguous width are.
    pub width: Option<Ambiguous>,
    /// Whether it shows the bytes of UTF-8 as characters of their own.
    pub is_not_utf_8: bool,
    /// What it writes on.
    pub background: Option<Background>,
}

impl Questions {
    /// Whether anything is asked.
    #[must_use]
    pub fn are_asked(self) -> bool {
        self.width || self.background
    }

    /// What is sent. The place of the cursor is asked last: it is answered by every terminal, and so tells that no other answer will come.
    #[must_use]
    pub fn text(self) -> String {
        let background = if self.background { "\x1b]11;?\x1b\\" } else { "" };
        let (width, cleared) =
            if self.width { (format!("\x1b[H{LETTERS}→"), "\x1b[H\x1b[K") } else { (String::new(), "") };
        format!("{background}{width}\x1b[6n{cleared}")
    }

    /// What the place of the cursor behind the letters and the arrow says, counted from 1.
    pub(super) fn of_cursor(self, row: u32, column: u32) -> Answers {
        let letters = LETTERS.chars().map(|_| 1).sum::<u32>();
        let width =
            self.width.then_some(if (row, column) == (1, letters + 3) { Ambiguous::Wide } else { Ambiguous::Narrow });
        Answers { width, is_not_utf_8: self.width && row == 1 && column > 2 * letters, background: None }
    }
}

/// Letters of two bytes that are narrow everywhere: more columns than letters are bytes that were taken for letters.
const LETTERS: &str = "żżż";

/// What the answer to the question for the colour of the background says, such as `11;rgb:ffff/ffff/ffff`.
pub(super) fn background_of(text: &str) -> Option<Background> {
    let (_, colour) = text.strip_prefix("11;rgb")?.split_once(':')?;
    let part = |digits: &str| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1).filter(|most| *most > 0)?;
        Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most))
    };
    let parts: Vec<f64> = colour.split('/').take(3).map(part).collect::<Option<_>>()?;
    let [red, green, blue] = parts[..] else { return None };
    // the weights of ITU-R BT.709; as seen, the middle between black and white is at about half of the encoded value
    let is_light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5;
    Some(if is_light { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_cursor_says_how_wide_an_arrow_is_and_whether_letters_are_bytes() {
        let asked = Questions { width: true, background: false };
        let answers = |column| asked.of_cursor(1, column);
        assert_eq!((answers(5).width, answers(5).is_not_utf_8), (Some(Ambiguous::Narrow), false));
        assert_eq!((answers(6).width, answers(6).is_not_utf_8), (Some(Ambiguous::Wide), false));
        assert!(
            [8, 9, 10].into_iter().all(|column| answers(column).is_not_utf_8),
            "Latin-1, with and without control characters"
        );
        assert_eq!(asked.of_cursor(7, 6).width, Some(Ambiguous::Narrow), "an answer to somebody else");
        assert_eq!(Questions { width: false, background: true }.of_cursor(1, 6), Answers::default());
    }

    #[test]
    fn the_background_is_light_or_dark_by_its_colour() {
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
            assert_eq!(background_of(text), expected, "{text}");
        }
    }
}
