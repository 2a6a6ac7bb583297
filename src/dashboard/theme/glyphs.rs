//! Which characters a terminal's font has.
//!
//! Panels draw as if it had all of them. Where it has not, what they have drawn is replaced cell by cell, so that no panel has to
//! know. Words of a corpus and Chinese words of the interface stay as they are, unless the terminal has nothing but a keyboard's characters.

use ratatui::buffer::Buffer;
use unicode_normalization::UnicodeNormalization;

use super::colours::{Environment, is_without_colours};

/// The characters to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// All of them.
    #[default]
    Unicode,
    /// Those of a Linux console: lines and full blocks, but neither braille nor parts of blocks nor mathematics.
    Console,
    /// Letters, digits and what else is on a keyboard.
    Ascii,
    /// The same, and nothing else for words of a corpus either: the terminal does not read UTF-8.
    NothingElse,
}

impl Glyphs {
    /// Those of a terminal, by what its environment says (`TERM`, and the encoding of the locale).
    pub(super) fn of(environment: Environment<'_>) -> Self {
        let locale = Self::locale(environment).map(|(_, locale)| locale.to_ascii_lowercase()).unwrap_or_default();
        let encoding = locale.split('.').nth(1).and_then(|encoding| encoding.split('@').next());
        let term = environment("TERM").unwrap_or_default();
        match encoding {
            Some("utf-8" | "utf8") | None if term == "linux" => Self::Console,
            Some("utf-8" | "utf8") => Self::Unicode,
            Some(_) => Self::NothingElse,
            None if is_without_colours(&term) => Self::NothingElse,
            None if matches!(locale.as_str(), "c" | "posix") => Self::Ascii,
            None => Self::Unicode,
        }
    }

    /// The variable that says the locale of characters, in the order of POSIX, and what it says.
    pub(super) fn locale(environment: Environment<'_>) -> Option<(&'static str, String)> {
        let set = |name| Some((name, environment(name).filter(|value| !value.is_empty())?));
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set)
    }

    /// Replaces what the font has not.
    pub(crate) fn substitute(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            let mut characters = cell.symbol().chars();
            if let (Some(c), None) = (characters.next(), characters.next())
                && let Some(there_is) = self.substitute_for(c)
            {
                cell.set_char(there_is);
            }
            if self == Self::NothingElse && !cell.symbol().is_ascii() {
                // a letter without its accents, or at least that there is something
                let letter = cell.symbol().nfd().next().filter(char::is_ascii);
                cell.set_char(letter.unwrap_or('?'));
            }
        }
    }

    /// What is drawn in the place of `c`, if it is not drawn as it is.
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
            (Self::Console, Some(there_is)) => Some(there_is),
            _ => in_ascii(c),
        }
    }
}

/// The character of a keyboard most like `c`, if the interface itself draws that.
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

/// Something as high as the dots of a braille character: bits 0, 1, 3, 4 are the upper half.
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
    fn curves_keep_their_height_and_bars_their_length() {
        let ascii = |text: &str| -> String { text.chars().map(|c| in_ascii(c).unwrap_or(c)).collect() };
        assert_eq!(ascii("⠁⡀⣿⠀"), "'.: ");
        assert_eq!(ascii("███▌"), "###+");
        assert_eq!(ascii("c = f·c₋₁ + i·g"), "c = f*c-1 + i*g");
        assert_eq!(ascii("我 爱 café"), "我 爱 café", "words of a corpus stay");
    }

    #[test]
    fn a_terminal_without_utf_8_is_sent_none() {
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, "我 café → ▌ 👩\u{200d}🏫e", ratatui::style::Style::new());
        Glyphs::NothingElse.substitute(&mut buffer);
        let shown: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(shown.trim_end(), "?  cafe > + ? e");
    }

    #[test]
    fn a_console_keeps_the_lines_it_has() {
        let console =
            |text: &str| -> String { text.chars().map(|c| Glyphs::Console.substitute_for(c).unwrap_or(c)).collect() };
        assert_eq!(console("┌─┐ █▋▎ ⡀ ‖∂‖ →"), "┌─┐ ██▌ . |d| →");
    }
}
