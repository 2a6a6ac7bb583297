//! The run seen again: which of its moments is shown, and how that goes on.

use std::fmt;
use std::time::{Duration, Instant};

use super::{Keyframe, Keyframes};

/// How long it takes until a run has been shown from start to end, at the speed it has at first …
const WHOLE_RUN: f64 = 20.0;
/// … however few moments there are, this many a second.
const LEAST_PER_SECOND: f64 = 2.0;
/// Nobody sees more of them in a second.
const MOST_PER_SECOND: f64 = 10.0;

/// How fast a run is shown again: 1, or a power of two, up to 64 times as fast or as slowly.
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

    /// Of this many moments every which one is shown, and for how long.
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

/// What whoever watches a run sees of its playback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Playback {
    /// How many moments of the run can be seen again.
    pub moments: usize,
    /// After how many steps the model was as it answers; nothing if it answers as it is now.
    pub shown: Option<u64>,
    /// Whether one moment after the other is shown.
    pub is_playing: bool,
    /// How fast.
    pub speed: ReplaySpeed,
}

/// The moments of a run, and the one that is shown.
#[derive(Debug)]
pub(super) struct Player {
    keyframes: Keyframes,
    /// The moment that is shown, which stays even if there is no more room for it among the others.
    shown: Option<Keyframe>,
    /// When the next moment is due, while one after the other is shown.
    next: Option<Instant>,
    speed: ReplaySpeed,
}

impl Player {
    pub fn new(keyframes: Keyframes) -> Self {
        Self { keyframes, shown: None, next: None, speed: ReplaySpeed::default() }
    }

    pub fn status(&self) -> Playback {
        let moments = self.keyframes.frames().len();
        Playback { moments, shown: self.step(), is_playing: self.next.is_some(), speed: self.speed }
    }

    pub fn frames(&self) -> &[Keyframe] {
        self.keyframes.frames()
    }

    /// Another step has been taken.
    pub fn take(&mut self, step: u64, copy: impl FnOnce(&mut Vec<f32>)) {
        self.keyframes.take(step, copy);
    }

    /// The run begins anew.
    pub fn clear(&mut self) {
        self.keyframes.clear();
        self.show(None);
    }

    /// The weights that are shown; none if it is those that there are now.
    pub fn weights(&self) -> Option<&[f32]> {
        self.shown.as_ref().map(|frame| frame.weights.as_slice())
    }

    fn step(&self) -> Option<u64> {
        self.shown.as_ref().map(|frame| frame.step)
    }

    /// Shows what is this many moments later, or earlier, and stays there; after the last one before `now` comes the present.
    pub fn travel(&mut self, by: i64, now: u64) {
        self.next = None;
        self.move_by(by, now);
    }

    fn move_by(&mut self, by: i64, now: u64) {
        let frames = &self.frames()[..self.frames().partition_point(|frame| frame.step < now)];
        let at = self.step().and_then(|step| self.keyframes.at(step)).unwrap_or(frames.len());
        let to = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(by).max(0);
        self.shown = usize::try_from(to).ok().and_then(|to| frames.get(to)).cloned();
        if self.shown.is_none() {
            self.next = None; // the end is reached
        }
    }

    /// Shows the model as it was after this many steps, or at the last moment before; or as it is now.
    pub fn show(&mut self, step: Option<u64>) {
        let frame = step.and_then(|step| self.frames().get(self.keyframes.at(step)?));
        (self.shown, self.next) = (frame.cloned(), None);
    }

    /// Shows one moment after the other from the one that is shown, from the first one if it is the present; or stops.
    pub fn toggle(&mut self, now: Instant) {
        if self.next.take().is_some() || self.frames().is_empty() {
            return;
        }
        if self.shown.is_none() {
            self.shown = self.frames().first().cloned();
        }
        self.next = Some(now + self.speed.beat(self.frames().len()).1);
    }

    /// Shows the next moment of the steps until now if it is due, and says whether it was.
    pub fn play(&mut self, now: Instant, step: u64) -> bool {
        let is_due = self.next.is_some_and(|next| now >= next);
        if is_due {
            let (stride, beat) = self.speed.beat(self.frames().len());
            self.next = Some(now + beat);
            self.move_by(i64::try_from(stride).unwrap_or(i64::MAX), step);
        }
        is_due
    }

    /// How long it is until the next moment is due.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        self.next.map(|next| next.saturating_duration_since(now))
    }

    /// Changes the speed, from the moment that is shown on.
    pub fn set_speed(&mut self, change: impl FnOnce(ReplaySpeed) -> ReplaySpeed, now: Instant) {
        self.speed = change(self.speed);
        let beat = self.speed.beat(self.frames().len()).1;
        self.next = self.next.map(|next| next.min(now + beat));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(moments: u64) -> Player {
        let mut keyframes = Keyframes::new(1 << 20);
        (0..moments).for_each(|step| keyframes.take(step, |weights| weights.push(step as f32)));
        Player::new(keyframes)
    }

    /// Plays from the start to the present: how long that takes, and which steps are shown.
    fn played(player: &mut Player) -> (f64, Vec<u64>) {
        let start = Instant::now();
        let mut now = start;
        player.toggle(now);
        let mut seen = vec![player.step().unwrap()];
        while let Some(wait) = player.wait(now) {
            now += wait;
            assert!(player.play(now, u64::MAX));
            seen.extend(player.step());
        }
        ((now - start).as_secs_f64(), seen)
    }

    #[test]
    fn a_run_is_shown_in_twenty_seconds_from_its_first_moment_to_the_present() {
        for moments in [100, 1000, 4000] {
            let mut player = player(moments);
            let (seconds, seen) = played(&mut player);
            assert!((19.0..21.0).contains(&seconds), "{moments} moments in {seconds} s");
            assert!(seen.is_sorted_by(|a, b| a < b) && seen[0] == 0 && seen.len() <= 201);
            assert_eq!(player.status(), Playback { moments: moments as usize, ..Playback::default() });
        }
        assert_eq!(played(&mut player(4)).1, [0, 1, 2, 3], "of few moments none is left out");
    }

    #[test]
    fn twice_the_speed_is_half_the_time() {
        for moments in [10, 1000] {
            let mut fast = player(moments);
            fast.set_speed(ReplaySpeed::faster, Instant::now());
            let mut slow = player(moments);
            slow.set_speed(ReplaySpeed::slower, Instant::now());
            let [normal, fast, slow] = [&mut player(moments), &mut fast, &mut slow].map(|player| played(player).0);
            assert!((slow / normal - 2.0).abs() < 0.1 && (normal / fast - 2.0).abs() < 0.1, "{slow} {normal} {fast}");
        }
    }

    #[test]
    fn a_speed_changed_on_the_way_is_felt_at_once() {
        let (mut player, now) = (player(10), Instant::now());
        (0..6).for_each(|_| player.set_speed(ReplaySpeed::slower, now));
        assert_eq!(player.speed.slower().to_string(), "÷64", "not slower than that");
        player.toggle(now);
        let slow = player.wait(now).unwrap();
        (0..6).for_each(|_| player.set_speed(ReplaySpeed::faster, now));
        assert!(player.wait(now).unwrap() < slow / 32);
        assert_eq!(player.speed.to_string(), "×1");
    }

    #[test]
    fn travelling_stops_the_replay_and_playing_goes_on_from_there() {
        let (mut player, now) = (player(10), Instant::now());
        player.toggle(now);
        player.travel(4, 10);
        assert_eq!((player.step(), player.wait(now), player.weights()), (Some(4), None, Some(&[4.0][..])));
        player.toggle(now);
        assert_eq!((player.step(), player.wait(now).is_some()), (Some(4), true));
        player.travel(100, 10);
        assert_eq!((player.status().shown, player.weights()), (None, None), "after the last moment comes the present");
        player.travel(-1, 10);
        assert_eq!(player.step(), Some(9));
        player.show(None);
        player.travel(-1, 9);
        assert_eq!(player.step(), Some(8), "what is there now is no earlier moment");
        player.show(Some(3));
        assert_eq!(player.step(), Some(3));
    }

    #[test]
    fn a_moment_that_is_shown_stays_what_it_is_when_there_is_no_more_room_for_it() {
        let mut player = Player::new(Keyframes::new(8 * size_of::<f32>()));
        (0..8).for_each(|step| player.take(step, |weights| weights.push(step as f32)));
        player.show(Some(3));
        player.take(8, |weights| weights.push(8.0));
        assert!(player.frames().iter().all(|frame| frame.step % 2 == 0));
        assert_eq!((player.step(), player.weights()), (Some(3), Some(&[3.0][..])));
        player.travel(1, 8);
        assert_eq!(player.step(), Some(4));
    }

    #[test]
    fn without_moments_there_is_nothing_to_play() {
        let mut player = Player::new(Keyframes::new(0));
        player.toggle(Instant::now());
        player.travel(-1, 1);
        assert_eq!(player.status(), Playback::default());
    }
}
