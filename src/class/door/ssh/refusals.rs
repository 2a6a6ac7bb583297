//! What the log is told of those who are not let in: enough to see an attack, and no more than a disk bears.

use std::time::{Duration, Instant};

use super::{Door, lock};

/// Rows that may be written at once, and after how long there may be one more.
const BURST: u32 = 50;
const ONE_MORE: Duration = Duration::from_secs(2);

/// Counts the rows of refusals.
#[derive(Debug)]
pub(super) struct Refusals {
    left: u32,
    /// When the last one was added to what is left.
    since: Instant,
    left_out: u64,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { left: BURST, since: Instant::now(), left_out: 0 }
    }
}

impl Refusals {
    /// How many were left out before this one; `None` if this one is.
    fn count(&mut self, now: Instant) -> Option<u64> {
        let periods = now.saturating_duration_since(self.since).as_secs_f64() / ONE_MORE.as_secs_f64();
        if periods >= 1.0 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most the burst
            let more = periods.min(f64::from(BURST)) as u32;
            (self.left, self.since) = ((self.left + more).min(BURST), now);
        }
        if self.left == 0 {
            self.left_out += 1;
            return None;
        }
        self.left -= 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl Door {
    /// Somebody of this name is not let in.
    pub fn refuse(&self, name: &str, from: &str, why: &str) {
        let Some(left_out) = lock(&self.refusals).count(Instant::now()) else { return };
        self.tell_left_out(left_out);
        self.class.log_refusal(name, from, why);
    }

    /// Tells the log how many refusals it was not told of.
    pub fn tell_left_out(&self, count: u64) {
        if count > 0 {
            self.class.log_refusal("", "", &format!("{count} more, in too short a time to list them"));
        }
    }

    /// The same at the end of the class.
    pub fn tell_all_left_out(&self) {
        let left_out = std::mem::take(&mut lock(&self.refusals).left_out);
        self.tell_left_out(left_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_counted_and_not_listed() {
        let (mut refusals, start) = (Refusals::default(), Instant::now());
        let listed = (0..10_000).filter(|_| refusals.count(start).is_some()).count();
        assert_eq!(listed, BURST as usize);
        assert_eq!(refusals.count(start + ONE_MORE * 3), Some(9_950));
        let an_hour = (0..3600).filter(|second| refusals.count(start + Duration::from_secs(*second)).is_some()).count();
        assert!((1700..1900).contains(&an_hour), "{an_hour}");
    }
}
