//! Wrong passwords, and the delay of answers that follows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::network::Source;

/// The number of wrong passwords of a source without a delay: a class behind one address mistypes, too.
const FREE_GUESSES: f64 = 10.0;
/// After how long one wrong password is no longer counted.
const EXPIRY: Duration = Duration::from_secs(10);
/// The delay that each further one adds.
const DELAY_STEP: Duration = Duration::from_millis(100);
/// The maximum delay.
const MAX_DELAY: Duration = Duration::from_secs(2);
/// The maximum count, so that an attack expires in minutes.
const MAX_COUNT: f64 = 60.0;
/// The maximum number of sources; beyond it the oldest is dropped.
const MAX_SOURCES: usize = 4096;

/// The recent wrong passwords of each source.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    counts: HashMap<Source, (f64, Instant)>,
}

impl Guesses {
    /// The number of wrong passwords of a source that have not expired.
    fn count(&self, source: Source, now: Instant) -> f64 {
        self.counts.get(&source).map_or(0.0, |(count, last)| {
            (count - now.saturating_duration_since(*last).as_secs_f64() / EXPIRY.as_secs_f64()).max(0.0)
        })
    }

    /// The delay of the answer to any password of this source, right or wrong: otherwise a missing answer would mean a wrong one, and guessing
    /// would not be slowed down.
    pub fn delay(&self, source: Source, now: Instant) -> Duration {
        DELAY_STEP.mul_f64((self.count(source, now) - FREE_GUESSES).max(0.0)).min(MAX_DELAY)
    }

    /// Adds a wrong password.
    pub fn add(&mut self, source: Source, now: Instant) {
        let count = (self.count(source, now) + 1.0).min(MAX_COUNT);
        if self.counts.len() >= MAX_SOURCES && !self.counts.contains_key(&source) {
            let oldest = self.counts.iter().min_by_key(|(_, (_, last))| *last).map(|(source, _)| *source);
            oldest.map(|source| self.counts.remove(&source));
        }
        self.counts.insert(source, (count, now));
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn wrong_passwords_delay_their_source_only() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        let source = |number: u32| Source::from_address(IpAddr::from(number.to_be_bytes()));
        for _ in 0..10 {
            assert_eq!(guesses.delay(source(1), start), Duration::ZERO);
            guesses.add(source(1), start);
        }
        for _ in 0..1000 {
            guesses.add(source(1), start);
        }
        assert_eq!(guesses.delay(source(1), start), MAX_DELAY, "the delay is bounded");
        assert_eq!(guesses.delay(source(2), start), Duration::ZERO);
        assert_eq!(guesses.delay(source(1), start + Duration::from_mins(10)), Duration::ZERO);
        for number in 0..10_000 {
            guesses.add(source(number), start + Duration::from_secs(1));
        }
        assert!(guesses.counts.len() <= MAX_SOURCES);
    }
}
