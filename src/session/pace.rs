//! The speed of training.

use std::fmt;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// Training steps per second, or as many as the machine can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At most this many steps per second.
    PerSecond(NonZeroU32),
    /// As fast as possible.
    Full,
}

/// Steps per second of the paces of [`Pace::faster`] and [`Pace::slower`]; higher ones are not visible.
const LEVELS: [u32; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

impl From<u32> for Pace {
    /// Converts steps per second as in the configuration, where 0 is full speed.
    fn from(steps_per_second: u32) -> Self {
        NonZeroU32::new(steps_per_second).map_or(Self::Full, Self::PerSecond)
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerSecond(steps) => write!(f, "{steps}/s"),
            Self::Full => write!(f, "full speed"),
        }
    }
}

impl Pace {
    /// The next faster pace of 1, 2, 5, 10 … 10,000 steps per second; full speed after the last one.
    #[must_use]
    pub fn faster(self) -> Self {
        match self {
            Self::PerSecond(steps) => {
                LEVELS.into_iter().find(|level| *level > steps.get()).map_or(Self::Full, Self::from)
            }
            Self::Full => Self::Full,
        }
    }

    /// The next slower pace of 1, 2, 5, 10 … 10,000 steps per second, which is 10,000 after full speed; at least 1.
    #[must_use]
    pub fn slower(self) -> Self {
        let steps = match self {
            Self::PerSecond(steps) => steps.get(),
            Self::Full => u32::MAX,
        };
        LEVELS.into_iter().rev().find(|level| *level < steps).map_or(Self::from(1), Self::from)
    }
}

/// A pace that rises from one number of steps per second to another within half a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rise {
    /// Steps per second at the first step.
    pub from: u32,
    /// Steps per second after half a minute.
    pub to: u32,
}

impl Rise {
    /// Duration of the rise.
    const SECONDS: f64 = 30.0;

    /// Steps per second after this many steps. They grow by the same factor each second, which is the same amount each step.
    fn steps_per_second(self, steps: u64) -> f64 {
        let (from, to) = (f64::from(self.from), f64::from(self.to));
        let growth = (to / from).ln() / Self::SECONDS;
        (from + growth * steps as f64).min(to)
    }

    /// The pace after this many steps, in whole steps per second.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between two u32
    fn pace_after(self, steps: u64) -> Pace {
        Pace::from(self.steps_per_second(steps).round() as u32)
    }
}

/// Upper bound on the delay that is caught up, so that training does not race after the process was stopped.
const MAX_DEBT: Duration = Duration::from_millis(100);

/// Decides when the next step is due, by the pace.
#[derive(Clone, Debug)]
pub(super) struct Metronome {
    pace: Pace,
    /// The rise that the pace follows, and the number of steps since its start; `None` once a pace has been set.
    rise: Option<(Rise, u64)>,
    /// When the last step was due.
    last: Option<Instant>,
}

impl Metronome {
    /// Creates a metronome of constant pace.
    pub fn new(pace: Pace) -> Self {
        Self { pace, rise: None, last: None }
    }

    /// Creates a metronome whose pace rises.
    pub fn rising(rise: Rise) -> Self {
        Self { pace: rise.pace_after(0), rise: Some((rise, 0)), last: None }
    }

    /// Starts the rise again, if the pace still follows one.
    pub fn restart(&mut self) {
        if let Some((rise, steps)) = &mut self.rise {
            *steps = 0;
            self.pace = rise.pace_after(0);
        }
    }

    /// The current pace.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Sets a constant pace. The next step is due one new beat after the last one: setting the pace takes no step.
    pub fn set_pace(&mut self, pace: Pace) {
        self.rise = None;
        self.pace = pace;
    }

    /// Drops the steps that were due during a pause that ends `now`, except the last one.
    pub fn skip_pause(&mut self, now: Instant) {
        let latest = now.checked_sub(self.beat()).unwrap_or(now);
        self.last = self.last.map(|last| last.max(latest));
    }

    /// The time between two steps; zero at full speed.
    fn beat(&self) -> Duration {
        if let Some((rise, steps)) = self.rise {
            return Duration::from_secs_f64(1.0 / rise.steps_per_second(steps));
        }
        match self.pace {
            Pace::PerSecond(steps) => Duration::from_secs(1) / steps.get(),
            Pace::Full => Duration::ZERO,
        }
    }

    /// Returns how long to wait for the next step. `None` if it is due: it must be taken, and the one after it is due a beat later.
    pub fn wait(&mut self, now: Instant) -> Option<Duration> {
        if self.pace == Pace::Full {
            self.last = Some(now);
            return None;
        }
        let due = self.last.map_or(now, |last| last + self.beat());
        if now < due {
            return Some(due - now);
        }
        self.last = Some(due.max(now.checked_sub(MAX_DEBT).unwrap_or(now)));
        if let Some((rise, steps)) = &mut self.rise {
            *steps += 1;
            self.pace = rise.pace_after(*steps);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_faster_and_slower_cover_all_levels() {
        let mut pace = Pace::from(400);
        assert_eq!(pace.slower(), Pace::from(200));
        let mut passed = Vec::new();
        while pace != Pace::Full {
            pace = pace.faster();
            passed.push(pace.to_string());
        }
        assert_eq!(passed, ["500/s", "1000/s", "2000/s", "5000/s", "10000/s", "full speed"]);
        for _ in 0..20 {
            pace = pace.slower();
        }
        assert_eq!(pace, Pace::from(1));
    }

    /// The number of steps taken in `time` by a thread that reads the clock every `tick`.
    fn steps(metronome: &mut Metronome, start: Instant, time: Duration, tick: Duration) -> u32 {
        let mut steps = 0;
        let mut now = start;
        while now < start + time {
            match metronome.wait(now) {
                Some(_) => now += tick,
                None => steps += 1,
            }
        }
        steps
    }

    #[test]
    fn metronome_late_thread_keeps_the_pace() {
        let start = Instant::now();
        let mut metronome = Metronome::new(Pace::from(400));
        // the clock is last read up to 7 ms, three beats, before the end
        let steps = steps(&mut metronome, start, Duration::from_secs(10), Duration::from_millis(7));
        assert!((3997..=4000).contains(&steps), "{steps}");
    }

    #[test]
    fn metronome_rising_is_slow_at_first_and_fast_after_half_a_minute() {
        let start = Instant::now();
        let mut metronome = Metronome::rising(Rise { from: 15, to: 400 });
        let second = Duration::from_secs(1);
        let mut taken = 0;
        let mut after = |seconds: u32, metronome: &mut Metronome| {
            let until = start + second * seconds;
            let mut now = start + second * taken;
            let mut count = 0;
            while now < until {
                match metronome.wait(now) {
                    Some(_) => now += Duration::from_micros(500),
                    None => count += 1,
                }
            }
            taken = seconds;
            count
        };
        assert!((15..=17).contains(&after(1, &mut metronome)));
        assert!((100..=140).contains(&after(6, &mut metronome)), "the first steps of the toy lesson are visible");
        after(31, &mut metronome);
        assert_eq!(metronome.pace(), Pace::from(400));
        metronome.restart();
        assert_eq!(metronome.pace(), Pace::from(15));
        metronome.set_pace(Pace::from(50));
        metronome.restart();
        assert_eq!(metronome.pace(), Pace::from(50), "a pace that was set stays");
    }

    #[test]
    fn rise_lessons_of_long_memory_end_within_a_minute() {
        for name in ["configs/recall.toml", "configs/duel.toml"] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            let config = crate::config::Config::read(&crate::config::Origin::File(path), &[]).unwrap();
            let crate::config::StartPace::Rising(from, to) = config.dashboard.pace else { panic!("{name}") };
            let rise = Rise { from, to };
            let seconds: f64 = (0..config.training.steps).map(|step| 1.0 / rise.steps_per_second(step)).sum();
            assert!(seconds < 60.0, "{name}: {seconds} s");
        }
    }

    #[test]
    fn metronome_pace_set_often_takes_no_step() {
        let start = Instant::now();
        let mut metronome = Metronome::new(Pace::from(1));
        assert_eq!(metronome.wait(start), None, "the first step is due at once");
        for millisecond in 1..1000 {
            metronome.set_pace(metronome.pace().slower());
            assert!(metronome.wait(start + Duration::from_millis(millisecond)).is_some());
        }
        metronome.set_pace(Pace::from(2));
        assert_eq!(metronome.wait(start + Duration::from_millis(500)), None, "half a second after the last one");
    }

    #[test]
    fn metronome_after_pause_or_full_speed_catches_up_nothing() {
        let start = Instant::now();
        let later = start + Duration::from_mins(1);
        let mut paused = Metronome::new(Pace::from(400));
        assert_eq!(paused.wait(start), None);
        paused.skip_pause(later);
        assert_eq!(steps(&mut paused, later, Duration::from_millis(1), Duration::from_millis(1)), 1);

        let mut slowed = Metronome::new(Pace::Full);
        assert_eq!(slowed.wait(later), None);
        slowed.set_pace(Pace::from(400));
        assert_eq!(steps(&mut slowed, later, Duration::from_millis(1), Duration::from_millis(1)), 0);
    }

    #[test]
    fn metronome_after_long_stop_catches_up_a_moment_only() {
        let start = Instant::now();
        let mut metronome = Metronome::new(Pace::from(400));
        let later = start + Duration::from_hours(1);
        let caught_up = steps(&mut metronome, later, Duration::from_millis(1), Duration::from_millis(1));
        assert!(caught_up <= 41, "{caught_up} steps at once");
    }
}
