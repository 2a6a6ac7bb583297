//! Characters of ambiguous width (Unicode Standard Annex 11), which some East Asian terminals draw two columns wide: arrows, lines,
//! quotation marks, Greek and Cyrillic letters.
//!
//! Panels draw as if each of them took one column. For a terminal that takes two, the drawn frame is adapted: lines, blocks and dots are
//! replaced by ASCII characters, so that they stay in their columns, and any other such character shifts what follows to the right, into
//! the next gap of its panel. Nothing is covered, and borders do not move. The same is done for clusters on whose width terminals
//! disagree ([`Columns`]).

#![allow(clippy::disallowed_methods)] // widths of single clusters

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Glyphs;
use crate::columns::Columns;

/// Width of characters of ambiguous width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ambiguous {
    /// One column.
    #[default]
    Narrow,
    /// Two columns, as in terminals that follow old East Asian character sets.
    Wide,
}

impl Ambiguous {
    /// Adapts a frame drawn with `glyphs` to the widths of the terminal.
    pub(crate) fn adapt(self, buffer: &mut Buffer, glyphs: Glyphs) {
        let is_plain = |cell: &Cell| cell.symbol().len() < SHORTEST_DISPUTED;
        // most frames need no change
        if buffer.content.is_empty() || self == Self::Narrow && buffer.content.iter().all(is_plain) {
            return;
        }
        let width = usize::from(buffer.area.width);
        for row in buffer.content.chunks_mut(width) {
            join(row);
            for part in row.split_mut(|cell| is_border(cell.symbol())) {
                self.spread(part, glyphs);
            }
            if self == Self::Wide {
                row.iter_mut().for_each(replace_drawing);
            }
        }
    }

    /// Number of columns that `text`, drawn with `glyphs`, takes beyond its standard width.
    pub(crate) fn extra_columns(self, text: &str, glyphs: Glyphs) -> usize {
        let is_wider = |c: &char| is_wider(*c, glyphs);
        if self == Self::Narrow { 0 } else { text.chars().filter(is_wider).count() }
    }

    /// Number of columns that a cell may take beyond those it is drawn in.
    fn missing_columns(self, cell: &Cell, glyphs: Glyphs) -> u16 {
        let symbol = cell.symbol();
        let is_ambiguous = self == Self::Wide && symbol.chars().any(|c| is_wider(c, glyphs));
        match symbol.len() {
            _ if is_ambiguous => 1,
            ..SHORTEST_DISPUTED => 0,
            _ => u16::try_from(symbol.columns().saturating_sub(columns_of(cell))).unwrap_or(0),
        }
    }

    /// Shifts what follows a wider character to the right, into the next gap; without one, the end is cut off.
    fn spread(self, cells: &mut [Cell], glyphs: Glyphs) {
        if !cells.iter().any(|cell| self.missing_columns(cell, glyphs) > 0) {
            return;
        }
        let mut spread = Vec::with_capacity(cells.len());
        let (mut missing, mut column) = (0, 0);
        while let Some(cell) = cells.get(column).filter(|_| spread.len() < cells.len()) {
            // a wide character moves together with the cells that it covers
            let next = (column + columns_of(cell)).min(cells.len());
            let has_room = || cells.get(next).is_none_or(|next| next.symbol() == cell.symbol());
            let more = self.missing_columns(cell, glyphs);
            if missing > 0 && matches!(cell.symbol(), " " | LINE) && has_room() {
                missing -= 1;
            } else if more > 0 {
                let width = u16::try_from(next - column).unwrap_or(1) + more;
                let mut wider = cell.clone();
                wider.set_diff_option(NonZeroU16::new(width).map_or(CellDiffOption::None, CellDiffOption::ForcedWidth));
                let mut covered = cell.clone();
                covered.set_symbol(" ");
                spread.push(wider);
                spread.extend(std::iter::repeat_n(covered, usize::from(width) - 1));
                missing += usize::from(more);
            } else {
                spread.extend_from_slice(&cells[column..next]);
            }
            column = next;
        }
        // a character that fits only in part is left out
        let (mut start, end) = (0, cells.len());
        while start < end {
            let width = columns_of(&spread[start]);
            if start + width > end {
                for cell in &mut spread[start..end] {
                    cell.set_symbol(" ").set_diff_option(CellDiffOption::None);
                }
            }
            start += width;
        }
        spread.truncate(end);
        cells.clone_from_slice(&spread);
    }
}

/// Number of columns that a cell covers as it is drawn.
fn columns_of(cell: &Cell) -> usize {
    match cell.diff_option {
        CellDiffOption::ForcedWidth(columns) => columns.get().into(),
        _ => cell.symbol().width().max(1),
    }
}

/// Merges cells connected by a zero-width joiner: some terminals (tmux) draw them as one, others side by side.
fn join(row: &mut [Cell]) {
    for column in 1..row.len() {
        let (before, after) = row.split_at_mut(column);
        let (first, second) = (&mut before[column - 1], &mut after[0]);
        if first.symbol().ends_with(JOINER) && second.symbol() != " " {
            let columns = first.symbol().width().max(1) + second.symbol().width().max(1);
            let joined = format!("{}{}", first.symbol(), second.symbol());
            let columns = u16::try_from(columns).ok().and_then(NonZeroU16::new);
            first.set_symbol(&joined);
            first.set_diff_option(columns.map_or(CellDiffOption::None, CellDiffOption::ForcedWidth));
            second.set_symbol(" ");
        }
    }
}

/// Zero-width joiner.
const JOINER: char = '\u{200d}';

/// Fewest bytes of a symbol whose width may differ between terminals: it has at least two letters of a complex script.
const SHORTEST_DISPUTED: usize = 6;

/// Whether a symbol is a line other than a horizontal one, or a corner.
fn is_border(symbol: &str) -> bool {
    symbol != LINE && symbol.starts_with(|c| matches!(c, '\u{2500}'..='\u{257f}'))
}

/// The horizontal line of borders with titles.
const LINE: &str = "─";

/// Whether `c` may take two columns and is not replaced by another character.
fn is_wider(c: char, glyphs: Glyphs) -> bool {
    c.width() == Some(1)
        && c.width_cjk() == Some(2)
        && !is_drawing(c)
        && glyphs.substitute_for(c).is_none_or(|substitute| substitute == c)
}

/// Whether `c` is a line, a block or a geometric shape.
fn is_drawing(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{25ff}')
}

/// Replaces a line, block or shape of ambiguous width by an ASCII character.
fn replace_drawing(cell: &mut Cell) {
    let mut characters = cell.symbol().chars();
    let (Some(c), None) = (characters.next(), characters.next()) else { return };
    if is_drawing(c) && c.width_cjk() == Some(2) {
        cell.set_char(Glyphs::Ascii.substitute_for(c).unwrap_or('*'));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    /// A line as shown on a terminal with wide ambiguous characters.
    fn shown(line: &str) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 24, 1));
        buffer.set_string(0, 0, line, Style::new());
        Ambiguous::Wide.adapt(&mut buffer, Glyphs::Unicode);
        let (mut text, mut column) = (String::new(), 0);
        while let Some(cell) = buffer.content.get(column) {
            text += cell.symbol();
            let width = cell.symbol().width_cjk().max(1);
            if cell.symbol().width() < width {
                assert_eq!(cell.diff_option, CellDiffOption::ForcedWidth(NonZeroU16::new(2).unwrap()), "{line}");
            }
            column += width;
        }
        assert_eq!(column, 24, "every column is covered once: {text}");
        text.trim_end().to_owned()
    }

    #[test]
    fn wide_character_takes_room_of_next_gap() {
        assert_eq!(shown("我 → 爱    100 %"), "我 → 爱   100 %");
        assert_eq!(shown("“说” → “好”   1"), "“说” → “好” 1", "of a gap one column is left");
        assert_eq!(shown("привет"), "привет");
    }

    #[test]
    fn disputed_cluster_takes_wider_width() {
        let cells = |line: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
            buffer.set_string(0, 0, line, Style::new());
            Ambiguous::Narrow.adapt(&mut buffer, Glyphs::Unicode);
            buffer.content.iter().map(|cell| cell.symbol().to_owned()).collect::<Vec<_>>()
        };
        let shown = cells("│আমার  9 │");
        assert_eq!(shown[..9], ["│", "আ", "মা", " ", "র", " ", "9", " ", "│"], "of a gap one column is left");
        assert_eq!(
            cells("ක්\u{200d}රියා 1")[..5],
            ["ක්\u{200d}රි", " ", "යා", " ", " "].map(str::to_owned),
            "joined in one cell"
        );
    }

    #[test]
    fn wide_lines_and_blocks_become_ascii() {
        assert_eq!(shown("│ → │ ████▌ ⡀ ◆ │"), "| →| ####+ ⡀ + |");
        assert_eq!(shown("┌ 1 Loss → ─────┐"), "+ 1 Loss → ----+");
    }

    #[test]
    fn wide_text_without_gap_is_cut_before_border() {
        assert_eq!(shown("│→→→│ 1"), "|→ | 1");
        assert_eq!(shown("│→中│ 1"), "|→ | 1");
    }

    #[test]
    fn narrow_frame_is_unchanged() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 9, 1));
        buffer.set_string(0, 0, "│ → 爱 ◆", Style::new());
        let before = buffer.clone();
        Ambiguous::Narrow.adapt(&mut buffer, Glyphs::Unicode);
        assert_eq!(buffer, before);
    }

    proptest! {
        #[test]
        fn wide_line_always_fits(line in "[ a│─→中“α█⡀\u{1f600}]{0,30}") {
            shown(&line);
        }
    }
}
