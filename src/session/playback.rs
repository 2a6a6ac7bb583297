//! Replay of a run's keyframes.

use std::fmt;
use std::time::{Duration, Instant};

use super::{Keyframe, Keyframes};

/// Duration of a whole replay at normal speed in seconds …
const REPLAY_SECONDS: f64 = 20.0;
/// … with at least this many keyframes per second.
const MIN_PER_SECOND: f64 = 2.0;
/// Upper bound on keyframes per second; more are not visible.
const MAX_PER_SECOND: f64 = 10.0;

/// Replay speed: a power of two from 1/64 to 64, by its exponent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplaySpeed(i32);

impl ReplaySpeed {
    /// Largest exponent; the smallest is its negative.
    const MAX_EXPONENT: i32 = 6;

    /// Twice this speed, at most 64.
    #[must_use]
    pub fn faster(self) -> Self {
        Self((self.0 + 1).min(Self::MAX_EXPONENT))
    }

    /// Half this speed, at least 1/64.
    #[must_use]
    pub fn slower(self) -> Self {
        Self((self.0 - 1).max(-Self::MAX_EXPONENT))
    }

    /// The replay of this many keyframes at this speed.
    fn cadence(self, keyframes: usize) -> Cadence {
        let per_second = (keyframes as f64 / REPLAY_SECONDS).max(MIN_PER_SECOND) * 2_f64.powi(self.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most all keyframes
        let stride = (per_second / MAX_PER_SECOND).round().max(1.0) as usize;
        Cadence { stride, duration: Duration::from_secs_f64(stride as f64 / per_second) }
    }
}

/// Which keyframes are shown, and for how long.
struct Cadence {
    /// Every `stride`-th keyframe is shown.
    stride: usize,
    /// How long each of them is shown.
    duration: Duration,
}

impl fmt::Display for ReplaySpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let factor = 1_u32 << self.0.unsigned_abs();
        if self.0 < 0 { write!(f, "÷{factor}") } else { write!(f, "×{factor}") }
    }
}

/// The moment of a run that a viewer sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Playback {
    /// The step of the keyframe that is shown; `None` in the present.
    pub shown: Option<u64>,
    /// Whether the replay is playing.
    pub is_playing: bool,
    /// The replay speed.
    pub speed: ReplaySpeed,
}

/// The state of a viewer's replay.
#[derive(Clone, Debug, Default)]
pub(super) struct Player {
    /// The keyframe that is shown; `None` in the present. It stays available even if the collection drops it.
    shown: Option<Keyframe>,
    /// When the next keyframe is due; `None` unless playing.
    next: Option<Instant>,
    speed: ReplaySpeed,
}

impl Player {
    pub fn is_playing(&self) -> bool {
        self.next.is_some()
    }

    pub fn speed(&self) -> ReplaySpeed {
        self.speed
    }

    /// The keyframe that is shown; `None` in the present.
    pub fn shown(&self) -> Option<&Keyframe> {
        self.shown.as_ref()
    }

    /// The step of the keyframe that is shown.
    fn step(&self) -> Option<u64> {
        self.shown.as_ref().map(|frame| frame.step)
    }

    /// Moves by this many keyframes and stops playing. The present comes after the last keyframe before the step `present`.
    pub fn travel(&mut self, keyframes: &Keyframes, by: i64, present: u64) {
        self.next = None;
        self.move_by(keyframes, by, present);
    }

    fn move_by(&mut self, keyframes: &Keyframes, by: i64, present: u64) {
        let frames = &keyframes.frames()[..keyframes.frames().partition_point(|frame| frame.step < present)];
        let shown = self.step().and_then(|step| keyframes.index_at(step)).unwrap_or(frames.len());
        let target = i64::try_from(shown).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.shown = usize::try_from(target).ok().and_then(|target| frames.get(target)).cloned();
        if self.shown.is_none() {
            self.next = None; // the end is reached
        }
    }

    /// Shows the last keyframe at or before this step, or else the first one, and stops playing.
    pub fn show(&mut self, keyframes: &Keyframes, step: u64) {
        let frame = keyframes.index_at(step).and_then(|index| keyframes.frames().get(index));
        (self.shown, self.next) = (frame.cloned(), None);
    }

    /// Returns to the present and stops playing.
    pub fn show_present(&mut self) {
        (self.shown, self.next) = (None, None);
    }

    /// Stops playing, or starts playing from the keyframe that is shown (in the present from the first one). Has no effect without
    /// keyframes.
    pub fn toggle(&mut self, keyframes: &Keyframes, now: Instant) {
        if self.next.take().is_some() || keyframes.frames().is_empty() {
            return;
        }
        if self.shown.is_none() {
            self.shown = keyframes.frames().first().cloned();
        }
        self.next = Some(now + self.speed.cadence(keyframes.frames().len()).duration);
    }

    /// Advances to the keyframe that is due, or to the present after the last one before the step `present`; returns whether one was due.
    pub fn play(&mut self, keyframes: &Keyframes, now: Instant, present: u64) -> bool {
        let Some(next) = self.next.filter(|next| now >= *next) else { return false };
        let Cadence { stride, duration } = self.speed.cadence(keyframes.frames().len());
        // a viewer that updates less often skips keyframes, and the replay takes no longer
        let missed = (now - next).as_nanos() / duration.as_nanos().max(1);
        let missed = u32::try_from(missed).unwrap_or(u32::MAX);
        self.next = Some(next + duration.saturating_mul(missed.saturating_add(1)));
        let strides = usize::try_from(missed).unwrap_or(usize::MAX).saturating_add(1);
        self.move_by(keyframes, i64::try_from(stride.saturating_mul(strides)).unwrap_or(i64::MAX), present);
        true
    }

    /// Sets the speed to `change` of the current one. While playing, the next keyframe is due no later than at the new speed.
    pub fn set_speed(&mut self, keyframes: &Keyframes, change: impl FnOnce(ReplaySpeed) -> ReplaySpeed, now: Instant) {
        self.speed = change(self.speed);
        let duration = self.speed.cadence(keyframes.frames().len()).duration;
        self.next = self.next.map(|next| next.min(now + duration));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keyframes of steps 0, 1, 2 …, whose only weight is the step.
    fn keyframes(count: u64) -> Keyframes {
        let mut keyframes = Keyframes::new(1 << 20);
        (0..count).for_each(|step| keyframes.take(step, |weights| weights.push(step as f32)));
        keyframes
    }

    /// Time until the next keyframe is due.
    fn wait(player: &Player, now: Instant) -> Option<Duration> {
        player.next.map(|next| next.saturating_duration_since(now))
    }

    /// Plays from the start to the present, each time `late` after a keyframe is due; returns the duration in seconds, and the steps that
    /// are shown.
    fn played(player: &mut Player, keyframes: &Keyframes, late: Duration) -> (f64, Vec<u64>) {
        let start = Instant::now();
        let mut now = start;
        player.toggle(keyframes, now);
        let mut seen = vec![player.step().unwrap()];
        while let Some(due) = wait(player, now) {
            now += due + late;
            assert!(player.play(keyframes, now, u64::MAX));
            seen.extend(player.step());
        }
        ((now - start).as_secs_f64(), seen)
    }

    #[test]
    fn replay_of_any_length_takes_twenty_seconds_unless_keyframes_are_few() {
        for count in [100, 1000, 4000] {
            let (mut player, keyframes) = (Player::default(), keyframes(count));
            let (seconds, seen) = played(&mut player, &keyframes, Duration::ZERO);
            assert!((19.0..21.0).contains(&seconds), "{count} keyframes in {seconds} s");
            assert!(seen.is_sorted_by(|a, b| a < b) && seen[0] == 0 && seen.len() <= 201);
            assert_eq!((player.step(), player.is_playing()), (None, false));
            let (seconds, _) = played(&mut player, &keyframes, Duration::from_millis(350));
            assert!((19.0..21.5).contains(&seconds), "{count} keyframes in {seconds} s with rare updates");
        }
        let few = played(&mut Player::default(), &keyframes(4), Duration::ZERO).1;
        assert_eq!(few, [0, 1, 2, 3], "few keyframes are all shown");
    }

    #[test]
    fn replay_at_twice_the_speed_takes_half_the_time() {
        for count in [10, 1000] {
            let keyframes = keyframes(count);
            let seconds = |change: fn(ReplaySpeed) -> ReplaySpeed| {
                let mut player = Player::default();
                player.set_speed(&keyframes, change, Instant::now());
                played(&mut player, &keyframes, Duration::ZERO).0
            };
            let [normal, fast, slow] = [|speed| speed, ReplaySpeed::faster, ReplaySpeed::slower].map(seconds);
            assert!((slow / normal - 2.0).abs() < 0.1 && (normal / fast - 2.0).abs() < 0.1, "{slow} {normal} {fast}");
        }
    }

    #[test]
    fn replay_speed_changed_while_playing_applies_at_once() {
        let (mut player, keyframes, now) = (Player::default(), keyframes(10), Instant::now());
        (0..6).for_each(|_| player.set_speed(&keyframes, ReplaySpeed::slower, now));
        assert_eq!(player.speed.slower().to_string(), "÷64", "the lowest speed");
        player.toggle(&keyframes, now);
        let slow = wait(&player, now).unwrap();
        (0..6).for_each(|_| player.set_speed(&keyframes, ReplaySpeed::faster, now));
        assert!(wait(&player, now).unwrap() < slow / 32);
        assert_eq!(player.speed.to_string(), "×1");
    }

    #[test]
    fn travel_while_playing_stops_and_playing_resumes_from_there() {
        let (mut player, keyframes, now) = (Player::default(), keyframes(10), Instant::now());
        player.toggle(&keyframes, now);
        player.travel(&keyframes, 4, 10);
        assert_eq!((player.step(), wait(&player, now)), (Some(4), None));
        assert_eq!(*player.shown().unwrap().weights, [4.0]);
        player.toggle(&keyframes, now);
        assert_eq!((player.step(), player.is_playing()), (Some(4), true));
        player.travel(&keyframes, 100, 10);
        assert_eq!(player.shown(), None, "the present comes after the last keyframe");
        player.travel(&keyframes, -1, 10);
        assert_eq!(player.step(), Some(9));
        player.show_present();
        player.travel(&keyframes, -1, 9);
        assert_eq!(player.step(), Some(8), "the keyframe of the present step is skipped");
        player.show(&keyframes, 3);
        assert_eq!(player.step(), Some(3));
    }

    #[test]
    fn keyframe_shown_and_dropped_stays_available() {
        let mut keyframes = Keyframes::new(8 * size_of::<f32>());
        (0..8).for_each(|step| keyframes.take(step, |weights| weights.push(step as f32)));
        let mut player = Player::default();
        player.show(&keyframes, 3);
        keyframes.take(8, |weights| weights.push(8.0));
        assert!(keyframes.frames().iter().all(|frame| frame.step % 2 == 0));
        assert_eq!(*player.shown().unwrap().weights, [3.0]);
        player.travel(&keyframes, 1, 8);
        assert_eq!(player.step(), Some(4));
    }

    #[test]
    fn replay_without_keyframes_stays_in_the_present() {
        let (mut player, keyframes) = (Player::default(), Keyframes::new(0));
        player.toggle(&keyframes, Instant::now());
        player.travel(&keyframes, -1, 1);
        assert_eq!((player.shown(), player.is_playing()), (None, false));
    }
}
