//! How much of a class one person may take, and all together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::person::Person;

/// The limits of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many there may be at once, besides those who teach.
    pub members: usize,
    /// How many sessions one person may have at once.
    pub sessions_each: usize,
}

impl Limits {
    /// How many there may be at once, if nothing else is said.
    pub const MEMBERS: usize = 64;
    /// How many sessions one person may have, if nothing else is said.
    pub const SESSIONS_EACH: usize = 3;

    /// So many members, each with as many sessions as usual.
    #[must_use]
    pub fn of_members(members: usize) -> Self {
        Self { members, sessions_each: Self::SESSIONS_EACH }
    }
}

/// At which rate somebody may come: some at once, then one after each interval.
#[derive(Clone, Copy, Debug)]
struct Rate {
    at_once: u32,
    interval: Duration,
}

/// Of one person.
const OF_ONE: Rate = Rate { at_once: 10, interval: Duration::from_millis(200) };
/// Of all persons together: names are free.
const OF_ALL: Rate = Rate { at_once: 256, interval: Duration::from_millis(20) };
/// Persons who are remembered.
const MOST_PERSONS: usize = 1024;

impl Rate {
    /// How long somebody who comes `now` waits, if the ones before have used up the time until `used`, which then ends later.
    fn wait(self, used: &mut Instant, now: Instant) -> Duration {
        *used = (*used).max(now) + self.interval;
        used.saturating_duration_since(now + self.interval * self.at_once)
    }
}

/// When sessions began, as far as that decides when the next ones may.
#[derive(Debug)]
pub(super) struct Arrivals {
    all: Instant,
    of: HashMap<Person, Instant>,
}

impl Arrivals {
    pub fn new(now: Instant) -> Self {
        Self { all: now, of: HashMap::new() }
    }

    /// One more session of this person begins, after the time that is returned. Who waits has a place in the class already, so that
    /// few wait, and not for long.
    pub fn add(&mut self, person: &Person, now: Instant) -> Duration {
        if self.of.len() >= MOST_PERSONS && !self.of.contains_key(person) {
            self.of.retain(|_, used| *used > now);
            if self.of.len() >= MOST_PERSONS {
                let oldest = self.of.iter().min_by_key(|(_, used)| **used).map(|(person, _)| person.clone());
                oldest.map(|oldest| self.of.remove(&oldest));
            }
        }
        let own = OF_ONE.wait(self.of.entry(person.clone()).or_insert(now), now);
        own.max(OF_ALL.wait(&mut self.all, now))
    }
}

/// A screen of this size can be had by everybody, however many cells others have.
const LEAST_SCREEN: (u16, u16) = (80, 24);
/// For each member there may be a screen of this size.
const USUAL_SCREEN: (u16, u16) = (200, 60);
/// So many cells there may be in any class: some 100 MB.
const LEAST_CELLS: usize = 1 << 20;

/// The cells of all screens of a class together: each takes some 100 bytes, and its part of the time for a frame.
#[derive(Debug)]
pub(super) struct Cells {
    most: usize,
    taken: Mutex<usize>,
}

impl Cells {
    pub fn new(members: usize) -> Arc<Self> {
        let most = LEAST_CELLS.max(members * cells_of(USUAL_SCREEN));
        Arc::new(Self { most, taken: Mutex::default() })
    }
}

/// The cells of one screen, which are others' when this is dropped.
#[derive(Debug)]
pub(super) struct ScreenShare {
    cells: Arc<Cells>,
    taken: usize,
}

impl ScreenShare {
    pub fn new(cells: &Arc<Cells>) -> Self {
        Self { cells: Arc::clone(cells), taken: 0 }
    }

    fn take(&mut self, wanted: usize) -> usize {
        let mut all = self.cells.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let others = *all - self.taken;
        let room = self.cells.most.saturating_sub(others).max(cells_of(LEAST_SCREEN));
        // one that is cut grows by a good deal or not at all: each time it is drawn anew
        let has_little = self.taken < cells_of(LEAST_SCREEN) || room < self.taken;
        let is_worth_it = has_little || room >= wanted || room / 5 >= self.taken / 4;
        let taken = if is_worth_it { room } else { self.taken }.min(wanted);
        *all = others + taken;
        drop(all);
        self.taken = taken;
        taken
    }

    /// The part of a screen of this size that can be drawn: all of it, where others leave so many cells.
    pub fn fit(&mut self, (columns, rows): (u16, u16)) -> (u16, u16) {
        let wanted = cells_of((columns, rows));
        let taken = self.take(wanted);
        if taken >= wanted {
            return (columns, rows);
        }
        // what is missing is missing on both sides, but for what a small screen has
        let scale = (taken as f64 / wanted as f64).sqrt();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a part of a u16
        let scaled = (f64::from(columns) * scale) as u16;
        let least_rows = usize::from(rows.min(LEAST_SCREEN.1));
        let shown_columns = usize::from(scaled.max(columns.min(LEAST_SCREEN.0)));
        let shown_rows = (taken / shown_columns).max(least_rows);
        let shown_columns = shown_columns.min(taken / shown_rows);
        let limited = |number: usize, most: u16| u16::try_from(number).unwrap_or(most).clamp(1, most);
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
    fn who_comes_often_waits_and_nobody_else() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        let (anna, ben) = (Person::Named("anna".to_owned()), Person::Account(1001));
        for _ in 0..OF_ONE.at_once {
            assert_eq!(arrivals.add(&anna, start), Duration::ZERO);
        }
        assert_eq!(arrivals.add(&anna, start), OF_ONE.interval);
        assert_eq!(arrivals.add(&anna, start), 2 * OF_ONE.interval);
        assert_eq!(arrivals.add(&ben, start), Duration::ZERO);
        assert_eq!(arrivals.add(&anna, start + Duration::from_mins(1)), Duration::ZERO);
    }

    #[test]
    fn who_takes_another_name_each_time_waits_and_no_more_names_are_kept_than_necessary() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        let waits: Vec<_> = (0..5000).map(|number| arrivals.add(&Person::Named(format!("{number}")), start)).collect();
        let at_once = waits.iter().filter(|wait| wait.is_zero()).count();
        assert_eq!(at_once, OF_ALL.at_once as usize);
        assert!(arrivals.of.len() <= MOST_PERSONS, "{}", arrivals.of.len());
    }

    #[test]
    fn a_screen_gets_what_others_leave_and_never_less_than_a_small_one() {
        let cells = Arc::new(Cells { most: 30_000, taken: Mutex::default() });
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
        fn no_screen_is_larger_than_its_terminal_and_all_together_keep_the_limit(
            sizes in prop::collection::vec((0usize..6, 1u16..=500, 1u16..=200), 1..60),
        ) {
            let cells = Arc::new(Cells { most: 100_000, taken: Mutex::default() });
            let mut screens: Vec<_> = (0..6).map(|_| ScreenShare::new(&cells)).collect();
            for (number, columns, rows) in sizes {
                let (shown_columns, shown_rows) = screens[number].fit((columns, rows));
                prop_assert!((1..=columns).contains(&shown_columns) && (1..=rows).contains(&shown_rows));
                prop_assert!(cells_of((shown_columns, shown_rows)) <= screens[number].taken);
                prop_assert!(*cells.taken.lock().unwrap() <= 100_000 + 6 * cells_of(LEAST_SCREEN));
                let least = cells_of((columns.min(80), rows.min(24)));
                let lost = usize::from(shown_columns.max(shown_rows)); // less than a column or a row
                prop_assert!(cells_of((shown_columns, shown_rows)) + lost > least, "{shown_columns}×{shown_rows}");
            }
        }
    }
}
