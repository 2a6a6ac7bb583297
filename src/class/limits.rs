//! Limits on members, sessions, arrivals and screens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::person::Person;

/// The limits of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of members besides teachers.
    pub members: usize,
    /// The maximum number of sessions of one person.
    pub sessions_each: usize,
}

impl Limits {
    /// The default maximum number of members.
    pub const MEMBERS: usize = 64;
    /// The default maximum number of sessions of one person.
    pub const SESSIONS_EACH: usize = 3;

    /// This many members, with the default number of sessions each.
    #[must_use]
    pub fn of_members(members: usize) -> Self {
        Self { members, sessions_each: Self::SESSIONS_EACH }
    }
}

/// A rate of arrivals: a burst, then one after each interval.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: u32,
    interval: Duration,
}

/// The rate of one person.
const PERSON_RATE: Rate = Rate { burst: 10, interval: Duration::from_millis(200) };
/// The rate of all persons together, as anyone can use many names.
const CLASS_RATE: Rate = Rate { burst: 256, interval: Duration::from_millis(20) };
/// The maximum number of persons that are tracked.
const MAX_PERSONS: usize = 1024;

impl Rate {
    /// How long an arrival at `now` waits. `used` is the time up to which earlier arrivals have used the rate; it is advanced.
    fn wait(self, used: &mut Instant, now: Instant) -> Duration {
        *used = (*used).max(now) + self.interval;
        used.saturating_duration_since(now + self.interval * self.burst)
    }
}

/// The arrivals of the recent past.
#[derive(Debug)]
pub(super) struct Arrivals {
    all: Instant,
    persons: HashMap<Person, Instant>,
}

impl Arrivals {
    pub fn new(now: Instant) -> Self {
        Self { all: now, persons: HashMap::new() }
    }

    /// Adds an arrival of this person; returns how long its session must wait. A waiting session counts as a member, which limits how many
    /// wait.
    pub fn add(&mut self, person: &Person, now: Instant) -> Duration {
        if self.persons.len() >= MAX_PERSONS && !self.persons.contains_key(person) {
            self.persons.retain(|_, used| *used > now);
            if self.persons.len() >= MAX_PERSONS {
                let oldest = self.persons.iter().min_by_key(|(_, used)| **used).map(|(person, _)| person.clone());
                oldest.map(|oldest| self.persons.remove(&oldest));
            }
        }
        let own = PERSON_RATE.wait(self.persons.entry(person.clone()).or_insert(now), now);
        own.max(CLASS_RATE.wait(&mut self.all, now))
    }
}

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
    fn frequent_arrivals_of_person_wait_and_others_do_not() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        let (anna, ben) = (Person::Named("anna".to_owned()), Person::Account(1001));
        for _ in 0..PERSON_RATE.burst {
            assert_eq!(arrivals.add(&anna, start), Duration::ZERO);
        }
        assert_eq!(arrivals.add(&anna, start), PERSON_RATE.interval);
        assert_eq!(arrivals.add(&anna, start), 2 * PERSON_RATE.interval);
        assert_eq!(arrivals.add(&ben, start), Duration::ZERO);
        assert_eq!(arrivals.add(&anna, start + Duration::from_mins(1)), Duration::ZERO);
    }

    #[test]
    fn arrivals_under_many_names_wait_and_few_names_are_kept() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        let waits: Vec<_> = (0..5000).map(|number| arrivals.add(&Person::Named(format!("{number}")), start)).collect();
        let at_once = waits.iter().filter(|wait| wait.is_zero()).count();
        assert_eq!(at_once, CLASS_RATE.burst as usize);
        assert!(arrivals.persons.len() <= MAX_PERSONS, "{}", arrivals.persons.len());
    }

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
