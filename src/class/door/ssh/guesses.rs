//! How often passwords were wrong, and how long answers wait for that.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::network::Source;

/// Wrong passwords of a source that cost nobody else anything: a class behind one address mistypes, too.
const FREE: f64 = 10.0;
/// After how long one of them is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// What each one more costs, and all together at most.
const COST: Duration = Duration::from_millis(100);
const MOST_COST: Duration = Duration::from_secs(2);
/// More are not counted: an attack is forgotten in minutes.
const MOST_COUNTED: f64 = 60.0;
/// Sources that are remembered; beyond them the oldest is forgotten.
const MOST_SOURCES: usize = 4096;

/// Wrong passwords of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    of: HashMap<Source, (f64, Instant)>,
}

impl Guesses {
    fn count(&self, source: Source, now: Instant) -> f64 {
        self.of.get(&source).map_or(0.0, |(count, last)| {
            (count - now.saturating_duration_since(*last).as_secs_f64() / FORGOTTEN.as_secs_f64()).max(0.0)
        })
    }

    /// How long any answer to a password waits, be it right or wrong: who did not wait for a refusal would know from the silence that it is
    /// one, and guess as fast as it can connect.
    pub fn delay(&self, source: Source, now: Instant) -> Duration {
        COST.mul_f64((self.count(source, now) - FREE).max(0.0)).min(MOST_COST)
    }

    /// One more.
    pub fn add(&mut self, source: Source, now: Instant) {
        let count = (self.count(source, now) + 1.0).min(MOST_COUNTED);
        if self.of.len() >= MOST_SOURCES && !self.of.contains_key(&source) {
            let oldest = self.of.iter().min_by_key(|(_, (_, last))| *last).map(|(source, _)| *source);
            oldest.map(|source| self.of.remove(&source));
        }
        self.of.insert(source, (count, now));
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn wrong_passwords_slow_their_source_down_and_nobody_else() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        let source = |number: u32| Source::of(IpAddr::from(number.to_be_bytes()));
        for _ in 0..10 {
            assert_eq!(guesses.delay(source(1), start), Duration::ZERO);
            guesses.add(source(1), start);
        }
        for _ in 0..1000 {
            guesses.add(source(1), start);
        }
        assert_eq!(guesses.delay(source(1), start), MOST_COST, "never more, whoever guesses however much");
        assert_eq!(guesses.delay(source(2), start), Duration::ZERO);
        assert_eq!(guesses.delay(source(1), start + Duration::from_mins(10)), Duration::ZERO);
        for number in 0..10_000 {
            guesses.add(source(number), start + Duration::from_secs(1));
        }
        assert!(guesses.of.len() <= MOST_SOURCES);
    }
}
