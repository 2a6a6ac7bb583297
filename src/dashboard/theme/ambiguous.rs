//! Characters that some terminals of East Asia draw two columns wide (Unicode Standard Annex 11: "ambiguous"): arrows, lines, quotation
//! marks, Greek and Cyrillic letters.
//!
//! Panels draw as if each of them took one column. Where a terminal takes two, a drawn frame gets room for them: lines, blocks and
//! dots become signs of a keyboard, so that they stay in their columns, and any other such character moves what is behind it to the
//! right, into the next gap of its panel. So nothing covers anything, and borders stay where they are. The same is done for clusters on
//! whose width terminals disagree ([`Columns`]).

#![allow(clippy::disallowed_methods)] // of single clusters

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Glyphs;
use crate::columns::Columns;

/// How many columns the terminal takes for a character of ambiguous width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ambiguous {
    /// One.
    #[default]
    Narrow,
    /// Two, as in terminals that follow old East Asian character sets.
    Wide,
}

impl Ambiguous {
    /// Gives what is drawn with `glyphs` the room that it takes.
    pub(crate) fn make_room(self, buffer: &mut Buffer, glyphs: Glyphs) {
        let is_plain = |cell: &Cell| cell.symbol().len() < SHORTEST_IN_DISPUTE;
        // nearly every frame is one in which nothing has to be moved
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
                row.iter_mut().for_each(in_one_column);
            }
        }
    }

    /// How many columns more than it seems `text` takes where it is drawn with `glyphs`.
    pub(crate) fn columns_more(self, text: &str, glyphs: Glyphs) -> usize {
        let is_wider = |c: &char| is_wider(*c, glyphs);
        if self == Self::Narrow { 0 } else { text.chars().filter(is_wider).count() }
    }

    /// How many columns more than it is drawn in a cell may take.
    fn columns_missing(self, cell: &Cell, glyphs: Glyphs) -> u16 {
        let symbol = cell.symbol();
        let is_ambiguous = self == Self::Wide && symbol.chars().any(|c| is_wider(c, glyphs));
        match symbol.len() {
            _ if is_ambiguous => 1,
            ..SHORTEST_IN_DISPUTE => 0,
            _ => u16::try_from(symbol.columns().saturating_sub(columns_of(cell))).unwrap_or(0),
        }
    }

    /// Moves what is behind a wider character to the right, up to the next gap; what finds none is cut off at the end.
    fn spread(self, cells: &mut [Cell], glyphs: Glyphs) {
        if !cells.iter().any(|cell| self.columns_missing(cell, glyphs) > 0) {
            return;
        }
        let mut spread = Vec::with_capacity(cells.len());
        let (mut missing, mut column) = (0, 0);
        while let Some(cell) = cells.get(column).filter(|_| spread.len() < cells.len()) {
            // what a wide character covers goes with it
            let next = (column + columns_of(cell)).min(cells.len());
            let goes_on = || cells.get(next).is_none_or(|next| next.symbol() == cell.symbol());
            let more = self.columns_missing(cell, glyphs);
            if missing > 0 && matches!(cell.symbol(), " " | LINE) && goes_on() {
                missing -= 1;
            } else if more > 0 {
                let whole = u16::try_from(next - column).unwrap_or(1) + more;
                let mut wider = cell.clone();
                wider.set_diff_option(NonZeroU16::new(whole).map_or(CellDiffOption::None, CellDiffOption::ForcedWidth));
                let mut covered = cell.clone();
                covered.set_symbol(" ");
                spread.push(wider);
                spread.extend(std::iter::repeat_n(covered, usize::from(whole) - 1));
                missing += usize::from(more);
            } else {
                spread.extend_from_slice(&cells[column..next]);
            }
            column = next;
        }
        // a character that has only a part of its room is left out
        let (mut at, end) = (0, cells.len());
        while at < end {
            let wide = columns_of(&spread[at]);
            if at + wide > end {
                for cell in &mut spread[at..end] {
                    cell.set_symbol(" ").set_diff_option(CellDiffOption::None);
                }
            }
            at += wide;
        }
        spread.truncate(end);
        cells.clone_from_slice(&spread);
    }
}

/// The columns that a cell covers as it is.
fn columns_of(cell: &Cell) -> usize {
    match cell.diff_option {
        CellDiffOption::ForcedWidth(columns) => columns.get().into(),
        _ => cell.symbol().width().max(1),
    }
}

/// Puts what a joiner joins into one cell: some terminals (tmux) put it there, and others draw both side by side.
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

const JOINER: char = '\u{200d}';

/// What has fewer bytes has no more than one letter of a script on whose signs terminals disagree.
const SHORTEST_IN_DISPUTE: usize = 6;

/// A vertical line, or a corner.
fn is_border(symbol: &str) -> bool {
    symbol != LINE && symbol.starts_with(|c| matches!(c, '\u{2500}'..='\u{257f}'))
}

/// A horizontal line, on which titles stand.
const LINE: &str = "─";

/// Whether `c` takes a column more than it seems, and has no other sign in its place.
fn is_wider(c: char, glyphs: Glyphs) -> bool {
    c.width() == Some(1)
        && c.width_cjk() == Some(2)
        && !is_drawing(c)
        && glyphs.substitute_for(c).is_none_or(|sign| sign == c)
}

/// Lines, blocks, and signs that mark a place.
fn is_drawing(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{25ff}')
}

/// Puts a sign that takes one column in the place of one that marks a place.
fn in_one_column(cell: &mut Cell) {
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

    /// A line as a terminal shows it that takes two columns.
    fn shown(line: &str) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 24, 1));
        buffer.set_string(0, 0, line, Style::new());
        Ambiguous::Wide.make_room(&mut buffer, Glyphs::Unicode);
        let (mut text, mut column) = (String::new(), 0);
        while let Some(cell) = buffer.content.get(column) {
            text += cell.symbol();
            let wide = cell.symbol().width_cjk().max(1);
            if cell.symbol().width() < wide {
                assert_eq!(cell.diff_option, CellDiffOption::ForcedWidth(NonZeroU16::new(2).unwrap()), "{line}");
            }
            column += wide;
        }
        assert_eq!(column, 24, "every column is covered once: {text}");
        text.trim_end().to_owned()
    }

    #[test]
    fn a_wider_character_takes_the_room_of_the_next_gap() {
        assert_eq!(shown("我 → 爱    100 %"), "我 → 爱   100 %");
        assert_eq!(shown("“说” → “好”   1"), "“说” → “好” 1", "of a gap one column is left");
        assert_eq!(shown("привет"), "привет");
    }

    #[test]
    fn signs_on_whose_width_terminals_disagree_get_the_wider_place() {
        let cells = |line: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
            buffer.set_string(0, 0, line, Style::new());
            Ambiguous::Narrow.make_room(&mut buffer, Glyphs::Unicode);
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
    fn lines_blocks_and_dots_stay_in_their_columns() {
        assert_eq!(shown("│ → │ ████▌ ⡀ ◆ │"), "| →| ####+ ⡀ + |");
        assert_eq!(shown("┌ 1 Loss → ─────┐"), "+ 1 Loss → ----+");
    }

    #[test]
    fn what_finds_no_room_is_cut_off_before_the_border() {
        assert_eq!(shown("│→→→│ 1"), "|→ | 1");
        assert_eq!(shown("│→中│ 1"), "|→ | 1");
    }

    #[test]
    fn nothing_changes_where_no_terminal_takes_two() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 9, 1));
        buffer.set_string(0, 0, "│ → 爱 ◆", Style::new());
        let before = buffer.clone();
        Ambiguous::Narrow.make_room(&mut buffer, Glyphs::Unicode);
        assert_eq!(buffer, before);
    }

    proptest! {
        #[test]
        fn every_line_fits(line in "[ a│─→中“α█⡀\u{1f600}]{0,30}") {
            shown(&line);
        }
    }
}
