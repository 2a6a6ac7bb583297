//! The rate of arrivals.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::person::Person;

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

#[cfg(test)]
mod tests {
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
}
