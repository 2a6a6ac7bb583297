//! Characters of several code points, which terminals make wider or narrower than they are.
//!
//! A terminal that draws each code point by itself (a Thai letter and its vowel sign, a hand and its colour, the two letters of a
//! flag) leaves pieces of the character in the cells behind it. Nobody can ask it how wide the character has become; but whatever
//! it may have covered can be sent again: when such a character comes, what is behind it, and when it goes, all of it.

#![allow(clippy::disallowed_methods)] // of single clusters

use std::collections::HashSet;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Position;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The characters of several code points in the last frame.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    /// Where each one stood.
    shown: HashSet<(Position, String)>,
}

impl Clusters {
    /// Marks what has to be sent though it seems to be there.
    pub fn send_again(&mut self, buffer: &mut Buffer) {
        let area = buffer.area;
        let several = |symbol: &str| symbol.chars().nth(1).is_some();
        let places = area.positions().zip(&buffer.content);
        let now: HashSet<_> = places
            .filter(|(_, cell)| several(cell.symbol()))
            .map(|(place, cell)| (place, cell.symbol().to_owned()))
            .collect();
        let mut mark = |place: Position, columns: std::ops::Range<usize>| {
            for column in columns {
                let x = usize::from(place.x) + column;
                // a cluster that has more room than it seems to need keeps it: nothing draws over it
                if let Some(cell) = u16::try_from(x).ok().and_then(|x| buffer.cell_mut((x, place.y)))
                    && !matches!(cell.diff_option, CellDiffOption::ForcedWidth(_))
                {
                    cell.set_diff_option(CellDiffOption::AlwaysUpdate);
                }
            }
        };
        for (place, symbol) in self.shown.difference(&now) {
            mark(*place, 0..widest(symbol));
        }
        for (place, symbol) in now.difference(&self.shown) {
            mark(*place, symbol.width()..widest(symbol));
        }
        self.shown = now;
    }
}

/// How many columns a terminal may take that draws every code point by itself.
fn widest(symbol: &str) -> usize {
    symbol.chars().map(|c| c.width().unwrap_or(0).max(1)).sum::<usize>().max(symbol.width())
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    /// Which columns of a line are sent again after the frame before.
    fn sent_again(clusters: &mut Clusters, line: &str) -> Vec<u16> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, line, ratatui::style::Style::new());
        clusters.send_again(&mut buffer);
        (0..12).filter(|x| buffer[(*x, 0)].diff_option == CellDiffOption::AlwaysUpdate).collect()
    }

    #[test]
    fn what_a_character_of_several_code_points_may_have_covered_is_sent_again_when_it_comes_and_goes() {
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
