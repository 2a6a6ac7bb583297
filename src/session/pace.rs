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

/// Steps per second of the paces between which [`Pace::faster`] and [`Pace::slower`] move; faster ones are not visible.
const LADDER: [u32; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

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
    /// The next faster pace of 1, 2, 5, 10 … 10,000, then full speed.
    #[must_use]
    pub fn faster(self) -> Self {
        match self {
            Self::PerSecond(now) => LADDER.into_iter().find(|step| *step > now.get()).map_or(Self::Full, Self::from),
            Self::Full => Self::Full,
        }
    }

    /// The next slower pace, at least one step per second.
    #[must_use]
    pub fn slower(self) -> Self {
        let now = match self {
            Self::PerSecond(now) => now.get(),
            Self::Full => u32::MAX,
        };
        LADDER.into_iter().rev().find(|step| *step < now).map_or(Self::from(1), Self::from)
    }
}

/// A pace that rises from one number of steps per second to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rise {
    /// Steps per second at the first step.
    pub from: u32,
    /// Steps per second after half a minute.
    pub to: u32,
}

impl Rise {
    /// How long it takes.
    const SECONDS: f64 = 30.0;

    /// The pace after this many steps. It grows by the same factor in each second: that is the same number in each step.
    fn after(self, steps: u64) -> f64 {
        let (from, to) = (f64::from(self.from), f64::from(self.to));
        let growth = (to / from).ln() / Self::SECONDS;
        (from + growth * steps as f64).min(to)
    }

    /// The same in whole steps.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between two u32
    fn pace_after(self, steps: u64) -> Pace {
        Pace::from(self.after(steps).round() as u32)
    }
}

/// How much of a delay is caught up: after a longer one (the process was stopped) training does not race.
const LONGEST_DEBT: Duration = Duration::from_millis(100);

/// When the next step is due.
#[derive(Clone, Debug)]
pub(super) struct Metronome {
    pace: Pace,
    /// What the pace follows until somebody says otherwise, and how many steps it has done so.
    rise: Option<(Rise, u64)>,
    /// When the last step was due.
    last: Option<Instant>,
}

impl Metronome {
    pub fn new(pace: Pace) -> Self {
        Self { pace, rise: None, last: None }
    }

    /// One whose pace rises.
    pub fn rising(rise: Rise) -> Self {
        Self { pace: rise.pace_after(0), rise: Some((rise, 0)), last: None }
    }

    /// Whatever is learned is learned anew: a pace that rises does so again.
    pub fn restart(&mut self) {
        if let Some((rise, steps)) = &mut self.rise {
            *steps = 0;
            self.pace = rise.pace_after(0);
        }
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The next step is due one new beat after the last one: changing the pace is no beat, however often it is done.
    pub fn set_pace(&mut self, pace: Pace) {
        self.rise = None;
        self.pace = pace;
    }

    /// The time until now was a rest: none of it is caught up.
    pub fn rest(&mut self, now: Instant) {
        let rested = now.checked_sub(self.beat()).unwrap_or(now);
        self.last = self.last.map(|last| last.max(rested));
    }

    fn beat(&self) -> Duration {
        if let Some((rise, steps)) = self.rise {
            return Duration::from_secs_f64(1.0 / rise.after(steps));
        }
        match self.pace {
            Pace::PerSecond(steps) => Duration::from_secs(1) / steps.get(),
            Pace::Full => Duration::ZERO,
        }
    }

    /// How long to wait for the next step; `None` once it is due, and then the one after it is due a beat later.
    pub fn wait(&mut self, now: Instant) -> Option<Duration> {
        if self.pace == Pace::Full {
            self.last = Some(now);
            return None;
        }
        let due = self.last.map_or(now, |last| last + self.beat());
        if now < due {
            return Some(due - now);
        }
        self.last = Some(due.max(now.checked_sub(LONGEST_DEBT).unwrap_or(now)));
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
    fn the_ladder_leads_from_one_step_per_second_to_full_speed_and_back() {
        let mut pace = Pace::from(400);
        assert_eq!(pace.slower(), Pace::from(200));
        let mut climbed = Vec::new();
        while pace != Pace::Full {
            pace = pace.faster();
            climbed.push(pace.to_string());
        }
        assert_eq!(climbed, ["500/s", "1000/s", "2000/s", "5000/s", "10000/s", "full speed"]);
        for _ in 0..20 {
            pace = pace.slower();
        }
        assert_eq!(pace, Pace::from(1));
    }

    /// Steps taken in `time`, looking at the clock every `tick`.
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
    fn the_pace_is_kept_when_the_thread_wakes_up_late() {
        let start = Instant::now();
        let mut metronome = Metronome::new(Pace::from(400));
        // the last look at the clock is up to 7 ms, three beats, before the end
        let steps = steps(&mut metronome, start, Duration::from_secs(10), Duration::from_millis(7));
        assert!((3997..=4000).contains(&steps), "{steps}");
    }

    #[test]
    fn a_pace_that_rises_shows_the_first_steps_and_is_fast_after_half_a_minute() {
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
        assert!(
            (100..=140).contains(&after(6, &mut metronome)),
            "what happens in the toy lesson's first steps can be seen"
        );
        after(31, &mut metronome);
        assert_eq!(metronome.pace(), Pace::from(400));
        metronome.restart();
        assert_eq!(metronome.pace(), Pace::from(15));
        metronome.set_pace(Pace::from(50));
        metronome.restart();
        assert_eq!(metronome.pace(), Pace::from(50), "what somebody has chosen stays");
    }

    #[test]
    fn the_lesson_of_long_memory_is_over_within_a_minute_at_its_pace() {
        for name in ["configs/recall.toml", "configs/duel.toml"] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            let config = crate::config::Config::read(&crate::config::Origin::File(path), &[]).unwrap();
            let crate::config::StartPace::Rising(from, to) = config.dashboard.pace else { panic!("{name}") };
            let rise = Rise { from, to };
            let seconds: f64 = (0..config.training.steps).map(|step| 1.0 / rise.after(step)).sum();
            assert!(seconds < 60.0, "{name}: {seconds} s");
        }
    }

    #[test]
    fn changing_the_pace_is_no_reason_for_a_step() {
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
    fn after_a_rest_or_full_speed_nothing_is_caught_up() {
        let start = Instant::now();
        let later = start + Duration::from_mins(1);
        let mut rested = Metronome::new(Pace::from(400));
        assert_eq!(rested.wait(start), None);
        rested.rest(later);
        assert_eq!(steps(&mut rested, later, Duration::from_millis(1), Duration::from_millis(1)), 1);

        let mut slowed = Metronome::new(Pace::Full);
        assert_eq!(slowed.wait(later), None);
        slowed.set_pace(Pace::from(400));
        assert_eq!(steps(&mut slowed, later, Duration::from_millis(1), Duration::from_millis(1)), 0);
    }

    #[test]
    fn after_a_long_stop_training_does_not_race() {
        let start = Instant::now();
        let mut metronome = Metronome::new(Pace::from(400));
        let later = start + Duration::from_hours(1);
        let caught_up = steps(&mut metronome, later, Duration::from_millis(1), Duration::from_millis(1));
        assert!(caught_up <= 41, "{caught_up} steps at once");
    }
}
