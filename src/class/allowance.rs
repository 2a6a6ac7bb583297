//! How much of something may be done, so that nobody fills a disk.

use std::time::{Duration, Instant};

/// So many at once, and one more after each interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    most: f64,
    interval: Duration,
    left: f64,
    last: Option<Instant>,
    /// How many were too many since the last one that was not.
    omitted: u64,
}

impl Allowance {
    pub const fn new(most: u32, interval: Duration) -> Self {
        Self { most: most as f64, interval, left: most as f64, last: None, omitted: 0 }
    }

    /// Whether one more may be done now, and then how many were omitted before it.
    pub fn take(&mut self, now: Instant) -> Option<u64> {
        let rested = self.last.replace(now).map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.left = (self.left + rested.as_secs_f64() / self.interval.as_secs_f64()).min(self.most);
        if self.left < 1.0 {
            self.omitted += 1;
            return None;
        }
        self.left -= 1.0;
        Some(std::mem::take(&mut self.omitted))
    }

    /// How many have been omitted that nobody has heard of.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_counted_and_told_with_the_next() {
        let (mut allowance, start) = (Allowance::new(3, Duration::from_secs(1)), Instant::now());
        let mut at = |seconds: u64| allowance.take(start + Duration::from_secs(seconds));
        assert_eq!([0; 5].map(&mut at), [Some(0), Some(0), Some(0), None, None]);
        assert_eq!([1, 1].map(&mut at), [Some(2), None]);
        assert_eq!([100; 4].map(at), [Some(1), Some(0), Some(0), None]);
        assert_eq!(allowance.omitted(), 1);
    }
}
