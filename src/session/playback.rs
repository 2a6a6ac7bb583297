//! Replay of a run's keyframes.

use std::fmt;
use std::time::{Duration, Instant};

use super::{Keyframe, Keyframes};

/// Duration of a whole replay at normal speed …
const WHOLE_RUN: f64 = 20.0;
/// … with at least this many keyframes per second.
const LEAST_PER_SECOND: f64 = 2.0;
/// Upper bound of keyframes per second; more are not visible.
const MOST_PER_SECOND: f64 = 10.0;

/// Replay speed: a power of two from 1/64 to 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplaySpeed(i32);

impl ReplaySpeed {
    const MOST: i32 = 6;

    /// Twice as fast.
    #[must_use]
    pub fn faster(self) -> Self {
        Self((self.0 + 1).min(Self::MOST))
    }

    /// Half as fast.
    #[must_use]
    pub fn slower(self) -> Self {
        Self((self.0 - 1).max(-Self::MOST))
    }

    /// For this many keyframes: the stride, and how long each is shown.
    fn beat(self, moments: usize) -> (usize, Duration) {
        let per_second = (moments as f64 / WHOLE_RUN).max(LEAST_PER_SECOND) * 2_f64.powi(self.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most all moments
        let stride = (per_second / MOST_PER_SECOND).round().max(1.0) as usize;
        (stride, Duration::from_secs_f64(stride as f64 / per_second))
    }
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
    /// The keyframe that is shown; it stays available even if the collection drops it.
    shown: Option<Keyframe>,
    /// When the next keyframe is due while playing.
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

    fn step(&self) -> Option<u64> {
        self.shown.as_ref().map(|frame| frame.step)
    }

    /// Moves by this many keyframes and stops playing; after the last one before `now` comes the present.
    pub fn travel(&mut self, keyframes: &Keyframes, by: i64, now: u64) {
        self.next = None;
        self.move_by(keyframes, by, now);
    }

    fn move_by(&mut self, keyframes: &Keyframes, by: i64, now: u64) {
        let frames = &keyframes.frames()[..keyframes.frames().partition_point(|frame| frame.step < now)];
        let at = self.step().and_then(|step| keyframes.at(step)).unwrap_or(frames.len());
        let to = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.shown = usize::try_from(to).ok().and_then(|to| frames.get(to)).cloned();
        if self.shown.is_none() {
            self.next = None; // the end is reached
        }
    }

    /// Shows the last keyframe at or before this step.
    pub fn show(&mut self, keyframes: &Keyframes, step: u64) {
        let frame = keyframes.at(step).and_then(|at| keyframes.frames().get(at));
        (self.shown, self.next) = (frame.cloned(), None);
    }

    /// Returns to the present.
    pub fn show_present(&mut self) {
        (self.shown, self.next) = (None, None);
    }

    /// Starts playing from the keyframe that is shown (from the first one in the present), or stops.
    pub fn toggle(&mut self, keyframes: &Keyframes, now: Instant) {
        if self.next.take().is_some() || keyframes.frames().is_empty() {
            return;
        }
        if self.shown.is_none() {
            self.shown = keyframes.frames().first().cloned();
        }
        self.next = Some(now + self.speed.beat(keyframes.frames().len()).1);
    }

    /// Advances to the keyframe up to `step` that is due; returns whether it has changed.
    pub fn play(&mut self, keyframes: &Keyframes, now: Instant, step: u64) -> bool {
        let Some(next) = self.next.filter(|next| now >= *next) else { return false };
        let (stride, beat) = self.speed.beat(keyframes.frames().len());
        // whoever looks more seldom than that misses moments, and not the time
        let missed = (now - next).as_nanos() / beat.as_nanos().max(1);
        let missed = u32::try_from(missed).unwrap_or(u32::MAX);
        self.next = Some(next + beat.saturating_mul(missed.saturating_add(1)));
        let strides = usize::try_from(missed).unwrap_or(usize::MAX).saturating_add(1);
        self.move_by(keyframes, i64::try_from(stride.saturating_mul(strides)).unwrap_or(i64::MAX), step);
        true
    }

    /// Changes the speed from the current keyframe on.
    pub fn set_speed(&mut self, keyframes: &Keyframes, change: impl FnOnce(ReplaySpeed) -> ReplaySpeed, now: Instant) {
        self.speed = change(self.speed);
        let beat = self.speed.beat(keyframes.frames().len()).1;
        self.next = self.next.map(|next| next.min(now + beat));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyframes(moments: u64) -> Keyframes {
        let mut keyframes = Keyframes::new(1 << 20);
        (0..moments).for_each(|step| keyframes.take(step, |weights| weights.push(step as f32)));
        keyframes
    }

    /// Time until the next keyframe is due.
    fn wait(player: &Player, now: Instant) -> Option<Duration> {
        player.next.map(|next| next.saturating_duration_since(now))
    }

    /// Plays from the start to the present, looking as soon as `late` after a moment is due: how long that takes, and which steps
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
    fn a_run_is_shown_in_twenty_seconds_from_its_first_moment_to_the_present() {
        for moments in [100, 1000, 4000] {
            let (mut player, keyframes) = (Player::default(), keyframes(moments));
            let (seconds, seen) = played(&mut player, &keyframes, Duration::ZERO);
            assert!((19.0..21.0).contains(&seconds), "{moments} moments in {seconds} s");
            assert!(seen.is_sorted_by(|a, b| a < b) && seen[0] == 0 && seen.len() <= 201);
            assert_eq!((player.step(), player.is_playing()), (None, false));
            let (seconds, _) = played(&mut player, &keyframes, Duration::from_millis(350));
            assert!((19.0..21.5).contains(&seconds), "{moments} moments in {seconds} s by who looks seldom");
        }
        let few = played(&mut Player::default(), &keyframes(4), Duration::ZERO).1;
        assert_eq!(few, [0, 1, 2, 3], "of few moments none is left out");
    }

    #[test]
    fn twice_the_speed_is_half_the_time() {
        for moments in [10, 1000] {
            let keyframes = keyframes(moments);
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
    fn a_speed_changed_on_the_way_is_felt_at_once() {
        let (mut player, keyframes, now) = (Player::default(), keyframes(10), Instant::now());
        (0..6).for_each(|_| player.set_speed(&keyframes, ReplaySpeed::slower, now));
        assert_eq!(player.speed.slower().to_string(), "÷64", "not slower than that");
        player.toggle(&keyframes, now);
        let slow = wait(&player, now).unwrap();
        (0..6).for_each(|_| player.set_speed(&keyframes, ReplaySpeed::faster, now));
        assert!(wait(&player, now).unwrap() < slow / 32);
        assert_eq!(player.speed.to_string(), "×1");
    }

    #[test]
    fn travelling_stops_the_replay_and_playing_goes_on_from_there() {
        let (mut player, keyframes, now) = (Player::default(), keyframes(10), Instant::now());
        player.toggle(&keyframes, now);
        player.travel(&keyframes, 4, 10);
        assert_eq!((player.step(), wait(&player, now)), (Some(4), None));
        assert_eq!(*player.shown().unwrap().weights, [4.0]);
        player.toggle(&keyframes, now);
        assert_eq!((player.step(), player.is_playing()), (Some(4), true));
        player.travel(&keyframes, 100, 10);
        assert_eq!(player.shown(), None, "after the last moment comes the present");
        player.travel(&keyframes, -1, 10);
        assert_eq!(player.step(), Some(9));
        player.show_present();
        player.travel(&keyframes, -1, 9);
        assert_eq!(player.step(), Some(8), "what is there now is no earlier moment");
        player.show(&keyframes, 3);
        assert_eq!(player.step(), Some(3));
    }

    #[test]
    fn a_moment_that_is_shown_stays_what_it_is_when_there_is_no_more_room_for_it() {
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
    fn without_moments_there_is_nothing_to_play() {
        let (mut player, keyframes) = (Player::default(), Keyframes::new(0));
        player.toggle(&keyframes, Instant::now());
        player.travel(&keyframes, -1, 1);
        assert_eq!((player.shown(), player.is_playing()), (None, false));
    }
}
