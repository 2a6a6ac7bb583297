//! Which characters a terminal's font has.
//!
//! Panels draw as if it had all of them. Where it has not, what they have drawn is replaced cell by cell, so that no panel has to
//! know. Words of a corpus and Chinese words of the interface stay as they are.

use ratatui::buffer::Buffer;

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
}

impl Glyphs {
    /// Replaces what the font has not.
    pub(crate) fn substitute(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            let mut characters = cell.symbol().chars();
            let (Some(c), None) = (characters.next(), characters.next()) else { continue };
            if let Some(there_is) = self.substitute_for(c) {
                cell.set_char(there_is);
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
    fn a_console_keeps_the_lines_it_has() {
        let console =
            |text: &str| -> String { text.chars().map(|c| Glyphs::Console.substitute_for(c).unwrap_or(c)).collect() };
        assert_eq!(console("┌─┐ █▋▎ ⡀ ‖∂‖ →"), "┌─┐ ██▌ . |d| →");
    }
}
