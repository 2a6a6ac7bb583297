//! Areas of a panel that is drawn side by side for several runs.

use ratatui::layout::{Constraint, Layout, Rect};

/// Least columns and rows of a tile.
const MIN_TILE: (u16, u16) = (28, 8);

/// Splits `area` into a tile for each run, with the number of columns that makes the tiles largest; grids without gaps are preferred. `gap`
/// columns separate tiles. `None` if the tiles would be smaller than [`MIN_TILE`].
#[must_use]
pub fn tiles(area: Rect, runs: usize, gap: u16) -> Option<Vec<Rect>> {
    let shape = |columns: usize| (columns, runs.div_ceil(columns));
    let size = |(columns, rows): (usize, usize)| (usize::from(area.width) / columns, usize::from(area.height) / rows);
    // in percent of the least size
    let room = |shape: &(usize, usize)| {
        let (width, height) = size(*shape);
        (100 * width / usize::from(MIN_TILE.0)).min(100 * height / usize::from(MIN_TILE.1))
    };
    // tiles of equal size are preferred
    let is_even = |(columns, _): &(usize, usize)| runs.is_multiple_of(*columns);
    let fits = |best: &(usize, usize)| room(best) >= 100;
    let even = (1..=runs).map(shape).filter(is_even).max_by_key(room).filter(fits);
    let (columns, rows) = even.or_else(|| (1..=runs).map(shape).max_by_key(room).filter(fits))?;
    let lines = Layout::vertical(vec![Constraint::Fill(1); rows]).split(area);
    let split_line = |(row, line): (usize, &Rect)| {
        let count = columns.min(runs - row * columns);
        Layout::horizontal(vec![Constraint::Fill(1); count]).spacing(gap).split(*line).to_vec()
    };
    Some(lines.iter().enumerate().flat_map(split_line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_share_area_evenly() {
        let sizes = |width, height, runs| {
            let tiles = tiles(Rect::new(1, 2, width, height), runs, 0)?;
            assert_eq!(tiles.len(), runs);
            for (at, tile) in tiles.iter().enumerate() {
                assert!(tiles[at + 1..].iter().all(|other| !tile.intersects(*other)));
            }
            Some(tiles.iter().map(|tile| (tile.width, tile.height)).collect::<Vec<_>>())
        };
        assert_eq!(sizes(80, 20, 2).unwrap(), [(40, 20); 2]);
        assert_eq!(sizes(80, 20, 4).unwrap(), [(40, 10); 4]);
        assert_eq!(sizes(120, 36, 3).unwrap(), [(120, 12); 3]);
        assert_eq!(sizes(200, 12, 4).unwrap(), [(50, 12); 4]);
        assert_eq!(sizes(40, 10, 2), None);
        assert_eq!(sizes(60, 20, 3).unwrap(), [(30, 10), (30, 10), (60, 10)]);
    }
}
