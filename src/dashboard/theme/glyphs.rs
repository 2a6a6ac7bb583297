//! Characters that a terminal's font can show.
//!
//! Panels draw as if all characters were available; missing ones are replaced cell by cell in the drawn frame. Words of a corpus and Chinese
//! texts of the interface are left unchanged, except on a terminal that does not read UTF-8.

use ratatui::buffer::Buffer;
use unicode_normalization::UnicodeNormalization;

use super::colours::{Environment, is_without_colours};

/// The set of characters to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// All characters.
    #[default]
    Unicode,
    /// Those of a Linux console: lines and full blocks, but neither braille nor partial blocks nor mathematical symbols.
    Console,
    /// ASCII, except for words of a corpus and Chinese texts.
    Ascii,
    /// ASCII only, also for words of a corpus: the terminal does not read UTF-8.
    AsciiOnly,
}

impl Glyphs {
    /// Detects the characters from the environment: `TERM`, and the encoding of the locale.
    pub(super) fn detect(environment: Environment<'_>) -> Self {
        let locale = Self::locale(environment).map(|(_, locale)| locale.to_ascii_lowercase()).unwrap_or_default();
        let encoding = locale.split('.').nth(1).and_then(|encoding| encoding.split('@').next());
        let term = environment("TERM").unwrap_or_default();
        match encoding {
            Some("utf-8" | "utf8") | None if term == "linux" => Self::Console,
            Some("utf-8" | "utf8") => Self::Unicode,
            Some(_) => Self::AsciiOnly,
            None if is_without_colours(&term) => Self::AsciiOnly,
            None if matches!(locale.as_str(), "c" | "posix") => Self::Ascii,
            None => Self::Unicode,
        }
    }

    /// The variable that sets the locale of characters (in the order of POSIX) and its value; `None` if none is set.
    pub(super) fn locale(environment: Environment<'_>) -> Option<(&'static str, String)> {
        let variable = |name| Some((name, environment(name).filter(|value| !value.is_empty())?));
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable)
    }

    /// Replaces missing characters in a drawn frame.
    pub(crate) fn substitute(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            let mut characters = cell.symbol().chars();
            if let (Some(c), None) = (characters.next(), characters.next())
                && let Some(substitute) = self.substitute_for(c)
            {
                cell.set_char(substitute);
            }
            if self == Self::AsciiOnly && !cell.symbol().is_ascii() {
                // the base letter without its accents, or a question mark
                let letter = cell.symbol().nfd().next().filter(char::is_ascii);
                cell.set_char(letter.unwrap_or('?'));
            }
        }
    }

    /// The character that is drawn in place of `c`: on a console `c` itself if its font has it. `None` if `c` is not replaced.
    pub(super) fn substitute_for(self, c: char) -> Option<char> {
        let on_console = match c {
            _ if c.is_ascii() => return None,
            '─' | '│' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '█' | '▄' | '▌' | '→' | '←' | '↑'
            | '↓' | '·' | '×' | '÷' => Some(c),
            '▉' | '▊' | '▋' | '▅' | '▆' | '▇' => Some('█'),
            '▍' | '▎' => Some('▌'),
            '▂' | '▃' => Some('▄'),
            _ => None,
        };
        match (self, on_console) {
            (Self::Unicode, _) => None,
            (Self::Console, Some(available)) => Some(available),
            _ => in_ascii(c),
        }
    }
}

/// The ASCII character most like `c`; `None` if `c` is not drawn by the interface itself.
fn in_ascii(c: char) -> Option<char> {
    Some(match c {
        '─' | '−' | '₋' => '-',
        '│' | '‖' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '▌' | '▍' | '◆' => '+',
        '█' | '▉' | '▊' | '▋' | '▆' | '▇' => '#',
        '▄' | '▅' => '=',
        '▂' | '▃' | '▁' | '␣' => '_',
        '▎' | '▏' => '.',
        '→' => '>',
        '←' => '<',
        '↑' => '^',
        '↓' | '✓' => 'v',
        '✗' | '×' => 'x',
        '÷' | '⏎' => '/',
        '·' => '*',
        '…' | '≈' => '~',
        '′' => '\'',
        '∂' => 'd',
        '₁' => '1',
        '₂' => '2',
        'ᵀ' => 'T',
        '\u{2800}'..='\u{28FF}' => braille(c as u32 - 0x2800),
        _ => return None,
    })
}

/// An ASCII character of the same height as a braille character; bits 0, 1, 3 and 4 are its upper half.
fn braille(dots: u32) -> char {
    const UPPER: u32 = 0b0001_1011;
    match (dots & UPPER, dots & !UPPER) {
        (0, 0) => ' ',
        (_, 0) => '\'',
        (0, _) => '.',
        _ => ':',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_substitutes_keep_height_and_length() {
        let ascii = |text: &str| -> String { text.chars().map(|c| in_ascii(c).unwrap_or(c)).collect() };
        assert_eq!(ascii("⠁⡀⣿⠀"), "'.: ");
        assert_eq!(ascii("███▌"), "###+");
        assert_eq!(ascii("c = f·c₋₁ + i·g"), "c = f*c-1 + i*g");
        assert_eq!(ascii("我 爱 café"), "我 爱 café", "words of a corpus stay");
    }

    #[test]
    fn ascii_only_frame_is_ascii() {
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, "我 café → ▌ 👩\u{200d}🏫e", ratatui::style::Style::new());
        Glyphs::AsciiOnly.substitute(&mut buffer);
        let shown: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(shown.trim_end(), "?  cafe > + ? e");
    }

    #[test]
    fn console_keeps_available_lines() {
        let console =
            |text: &str| -> String { text.chars().map(|c| Glyphs::Console.substitute_for(c).unwrap_or(c)).collect() };
        assert_eq!(console("┌─┐ █▋▎ ⡀ ‖∂‖ →"), "┌─┐ ██▌ . |d| →");
    }
}
