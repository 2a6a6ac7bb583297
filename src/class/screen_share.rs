//! The cells of all screens of a class, shared among its members.

use std::sync::{Arc, Mutex, PoisonError};

/// Every member can have a screen of this size, even beyond the limit on cells.
const GUARANTEED_SCREEN: (u16, u16) = (80, 24);
/// The limit on cells is a screen of this size for each member.
const MEMBER_SCREEN: (u16, u16) = (200, 60);
/// The minimum of the limit on cells: some 100 MB.
const MIN_CELLS: usize = 1 << 20;

/// The cells of all screens of a class: each takes some 100 bytes, and time in each frame.
#[derive(Debug)]
pub(super) struct Cells {
    max: usize,
    taken: Mutex<usize>,
}

impl Cells {
    pub fn new(members: usize) -> Arc<Self> {
        let max = MIN_CELLS.max(members * cells_of(MEMBER_SCREEN));
        Arc::new(Self { max, taken: Mutex::default() })
    }
}

/// The cells of one screen; dropping it releases them.
#[derive(Debug)]
pub(super) struct ScreenShare {
    cells: Arc<Cells>,
    taken: usize,
}

impl ScreenShare {
    pub fn new(cells: &Arc<Cells>) -> Self {
        Self { cells: Arc::clone(cells), taken: 0 }
    }

    /// Takes up to this many cells, as far as the limit allows; returns how many the screen has now.
    fn take(&mut self, wanted: usize) -> usize {
        let mut all = self.cells.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let others = *all - self.taken;
        let room = self.cells.max.saturating_sub(others).max(cells_of(GUARANTEED_SCREEN));
        // a cut screen grows in large steps only, as it is redrawn each time
        let has_little = self.taken < cells_of(GUARANTEED_SCREEN) || room < self.taken;
        let is_worth_it = has_little || room >= wanted || room / 5 >= self.taken / 4;
        let taken = if is_worth_it { room } else { self.taken }.min(wanted);
        *all = others + taken;
        drop(all);
        self.taken = taken;
        taken
    }

    /// The size of the part of a screen that can be drawn: all of it if the limit on cells allows.
    pub fn fit(&mut self, (columns, rows): (u16, u16)) -> (u16, u16) {
        let wanted = cells_of((columns, rows));
        let taken = self.take(wanted);
        if taken >= wanted {
            return (columns, rows);
        }
        // both sides shrink, but not below the guaranteed screen
        let scale = (taken as f64 / wanted as f64).sqrt();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a part of a u16
        let scaled = (f64::from(columns) * scale) as u16;
        let least_rows = usize::from(rows.min(GUARANTEED_SCREEN.1));
        let shown_columns = usize::from(scaled.max(columns.min(GUARANTEED_SCREEN.0)));
        let shown_rows = (taken / shown_columns).max(least_rows);
        let shown_columns = shown_columns.min(taken / shown_rows);
        let limited = |number: usize, max: u16| u16::try_from(number).unwrap_or(max).clamp(1, max);
        (limited(shown_columns, columns), limited(shown_rows, rows))
    }
}

impl Drop for ScreenShare {
    fn drop(&mut self) {
        *self.cells.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.taken;
    }
}

fn cells_of((columns, rows): (u16, u16)) -> usize {
    usize::from(columns) * usize::from(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn screen_beyond_limit_is_cut_to_guaranteed_size() {
        let cells = Arc::new(Cells { max: 30_000, taken: Mutex::default() });
        let mut screens = [(); 3].map(|()| ScreenShare::new(&cells));
        assert_eq!(screens[0].fit((200, 100)), (200, 100));
        let (columns, rows) = screens[1].fit((200, 100));
        assert_eq!((columns, rows), (141, 70));
        assert_eq!(screens[2].fit((200, 100)), (80, 24));
        assert_eq!(screens[2].fit((40, 12)), (40, 12));
        let [first, mut second, third] = screens;
        drop(first);
        assert_eq!(second.fit((200, 100)), (200, 100), "it grows when there is room again");
        drop((second, third));
        assert_eq!(*cells.taken.lock().unwrap(), 0);
    }

    proptest! {
        #[test]
        fn screens_fit_terminals_and_limit(
            sizes in prop::collection::vec((0usize..6, 1u16..=500, 1u16..=200), 1..60),
        ) {
            let cells = Arc::new(Cells { max: 100_000, taken: Mutex::default() });
            let mut screens: Vec<_> = (0..6).map(|_| ScreenShare::new(&cells)).collect();
            for (number, columns, rows) in sizes {
                let (shown_columns, shown_rows) = screens[number].fit((columns, rows));
                prop_assert!((1..=columns).contains(&shown_columns) && (1..=rows).contains(&shown_rows));
                prop_assert!(cells_of((shown_columns, shown_rows)) <= screens[number].taken);
                prop_assert!(*cells.taken.lock().unwrap() <= 100_000 + 6 * cells_of(GUARANTEED_SCREEN));
                let least = cells_of((columns.min(80), rows.min(24)));
                let lost = usize::from(shown_columns.max(shown_rows)); // less than a column or a row
                prop_assert!(cells_of((shown_columns, shown_rows)) + lost > least, "{shown_columns}×{shown_rows}");
            }
        }
    }
}
