//! A rate limit, so that no member can fill the disk.

use std::time::{Duration, Instant};

/// A token bucket: a burst at once, then one more after each interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    burst: f64,
    interval: Duration,
    /// Tokens left at `last`.
    left: f64,
    last: Option<Instant>,
    /// How many were rejected since the last accepted one.
    omitted: u64,
}

impl Allowance {
    pub const fn new(burst: u32, interval: Duration) -> Self {
        Self { burst: burst as f64, interval, left: burst as f64, last: None, omitted: 0 }
    }

    /// Takes one token; returns how many requests were rejected since the last accepted one, or `None` if this one is rejected.
    pub fn take(&mut self, now: Instant) -> Option<u64> {
        let rested = self.last.replace(now).map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.left = (self.left + rested.as_secs_f64() / self.interval.as_secs_f64()).min(self.burst);
        if self.left < 1.0 {
            self.omitted += 1;
            return None;
        }
        self.left -= 1.0;
        Some(std::mem::take(&mut self.omitted))
    }

    /// How many were rejected since the last accepted one.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn take_beyond_burst_is_rejected_and_counted() {
        let (mut allowance, start) = (Allowance::new(3, Duration::from_secs(1)), Instant::now());
        let mut take_after = |seconds: u64| allowance.take(start + Duration::from_secs(seconds));
        assert_eq!([0; 5].map(&mut take_after), [Some(0), Some(0), Some(0), None, None]);
        assert_eq!([1, 1].map(&mut take_after), [Some(2), None]);
        assert_eq!([100; 4].map(take_after), [Some(1), Some(0), Some(0), None]);
        assert_eq!(allowance.omitted(), 1);
    }
}
