//! Characters of several code points, whose width differs between terminals.
//!
//! A terminal that draws each code point by itself (a Thai letter and its vowel sign, a hand and its colour, the two letters of a
//! flag) leaves pieces of the character in the cells behind it. The actual width cannot be queried, but all cells that it may have
//! covered can be sent again: those behind it when such a character appears, and all of them when it disappears.

#![allow(clippy::disallowed_methods)] // widths of single clusters

use std::collections::HashSet;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Position;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The characters of several code points in the last frame.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    /// Positions and characters.
    shown: HashSet<(Position, String)>,
}

impl Clusters {
    /// Marks cells of the new frame that have to be sent again although they seem unchanged.
    pub fn mark_covered(&mut self, buffer: &mut Buffer) {
        let area = buffer.area;
        let is_cluster = |symbol: &str| symbol.chars().nth(1).is_some();
        let places = area.positions().zip(&buffer.content);
        let current: HashSet<_> = places
            .filter(|(_, cell)| is_cluster(cell.symbol()))
            .map(|(place, cell)| (place, cell.symbol().to_owned()))
            .collect();
        let mut mark = |place: Position, columns: std::ops::Range<usize>| {
            for column in columns {
                let x = usize::from(place.x) + column;
                // cells of a cluster with a forced width are never drawn over
                if let Some(cell) = u16::try_from(x).ok().and_then(|x| buffer.cell_mut((x, place.y)))
                    && !matches!(cell.diff_option, CellDiffOption::ForcedWidth(_))
                {
                    cell.set_diff_option(CellDiffOption::AlwaysUpdate);
                }
            }
        };
        for (place, symbol) in self.shown.difference(&current) {
            mark(*place, 0..widest(symbol));
        }
        for (place, symbol) in current.difference(&self.shown) {
            mark(*place, symbol.width()..widest(symbol));
        }
        self.shown = current;
    }
}

/// Number of columns on a terminal that draws every code point by itself.
fn widest(symbol: &str) -> usize {
    symbol.chars().map(|c| c.width().unwrap_or(0).max(1)).sum::<usize>().max(symbol.width())
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    /// The columns of a line that are sent again after the previous frame.
    fn sent_again(clusters: &mut Clusters, line: &str) -> Vec<u16> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, line, ratatui::style::Style::new());
        clusters.mark_covered(&mut buffer);
        (0..12).filter(|x| buffer[(*x, 0)].diff_option == CellDiffOption::AlwaysUpdate).collect()
    }

    #[test]
    fn clusters_appearing_or_disappearing_mark_covered_cells() {
        let mut clusters = Clusters::default();
        assert_eq!(sent_again(&mut clusters, "ab 中"), Vec::<u16>::new());
        assert_eq!(sent_again(&mut clusters, "a👍🏽b"), [3, 4], "a hand and its colour may be four columns");
        assert_eq!(sent_again(&mut clusters, "a👍🏽b"), Vec::<u16>::new());
        assert_eq!(sent_again(&mut clusters, "abcdefg"), [1, 2, 3, 4]);
        assert_eq!(sent_again(&mut clusters, "น้ำ"), [2], "letter, tone and vowel");
        assert_eq!(sent_again(&mut clusters, ""), [0, 1, 2]);
        assert_eq!(sent_again(&mut clusters, "           🇨🇳"), Vec::<u16>::new(), "at the edge it does not fit");
    }
}
