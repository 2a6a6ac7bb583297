//! How the training thread handles messages.

use std::sync::Arc;
use std::time::Instant;

use super::{Flow, Worker};
use crate::config::RunSettings;
use crate::learning::{AskError, AttemptSettings, StepError};
use crate::session::panics::guarded;
use crate::session::published::lock;
use crate::session::shared::Message;
use crate::session::{Cause, Control, Failure, Pace, RunState, SaveReason};

/// Upper bound on the factor of the learning rate; the lower bound is its reciprocal.
const MAX_RATE_FACTOR: f64 = 1024.0;

impl Worker {
    pub(super) fn handle_message(&mut self, message: Message) -> Flow {
        self.news = true;
        self.next_snapshot = Instant::now(); // whoever controls the run wants to see the effect, whoever looks the run
        let control = match message {
            Message::ViewerJoined => return Flow::Continue,
            Message::Control(number, control) => {
                self.last_control = number;
                control
            }
        };
        match control {
            Control::Stop => {
                self.save(SaveReason::REQUESTED);
                return Flow::Stop;
            }
            Control::Save => self.save(SaveReason::REQUESTED),
            Control::Pause if self.state == RunState::Running => self.state = RunState::Paused,
            Control::PauseAt(step) if self.state == RunState::Running => {
                self.until = step.min(self.run.steps);
                if self.record.step >= self.until && !self.learner.is_validating() {
                    self.state = RunState::Paused;
                }
            }
            Control::Resume => self.go_until(self.run.steps),
            Control::RunTo(step) => self.go_until(step.min(self.run.steps).max(self.record.step)),
            Control::StepOnce if matches!(self.state, RunState::Running | RunState::Paused) => {
                self.until = self.record.step + 1;
                self.state = RunState::Running;
                let now = Instant::now();
                self.step_began = Some(now);
                self.work(now); // at once, whatever the pace
                self.count_time(Instant::now());
            }
            Control::Faster => self.set_pace(self.metronome.pace().faster()),
            Control::Slower => self.set_pace(self.metronome.pace().slower()),
            Control::ToggleFullSpeed if self.metronome.pace() == Pace::Full => self.set_pace(self.pace_before_full),
            Control::ToggleFullSpeed => self.set_pace(Pace::Full),
            Control::Restart => self.restart(self.learner.seed().wrapping_add(1) & u64::MAX >> 1), // at most 2⁶³−1
            Control::Repeat => self.restart(self.learner.seed()),
            Control::Rebuild { settings, seed } => self.rebuild(&settings, seed),
            Control::Retune(settings) => self.retune(&settings),
            Control::ScaleLearningRate(factor) => {
                self.rate_factor = (self.rate_factor * factor).clamp(1.0 / MAX_RATE_FACTOR, MAX_RATE_FACTOR);
                self.learner.scale_learning_rate(self.rate_factor);
            }
            Control::UsualLearningRate => {
                self.rate_factor = 1.0;
                self.learner.scale_learning_rate(self.rate_factor);
            }
            Control::KeepInStep(is_in_step) => self.is_in_step = is_in_step,
            Control::Pause | Control::PauseAt(_) | Control::StepOnce => {}
        }
        Flow::Continue
    }

    /// Trains until this step, unless training has ended or the step is reached.
    fn go_until(&mut self, step: u64) {
        if matches!(self.state, RunState::Running | RunState::Paused)
            && (self.record.step < step || self.learner.is_validating())
        {
            self.until = step;
            self.state = RunState::Running;
            self.metronome.skip_pause(Instant::now());
            self.step_rate.restart();
        }
    }

    /// Sets the pace; the previous one is restored by [`Control::ToggleFullSpeed`].
    fn set_pace(&mut self, pace: Pace) {
        if self.metronome.pace() != Pace::Full {
            self.pace_before_full = self.metronome.pace();
        }
        self.metronome.set_pace(pace);
        self.step_rate.restart();
    }

    /// Saves the attempt and starts the next one with weights from this seed.
    fn restart(&mut self, seed: u64) {
        self.save(SaveReason::REQUESTED); // the end of the attempt is not lost
        let over = self.settings();
        let restarted = self.learner.restart(seed);
        self.begin_next_attempt(over, restarted);
    }

    /// Saves the attempt and starts the next one with another model; rejects invalid settings.
    fn rebuild(&mut self, settings: &RunSettings, seed: u64) {
        match guarded(|| self.learner.rebuilt(settings, seed).map_err(AskError::Model)) {
            Ok(mut learner) => {
                self.save(SaveReason::REQUESTED);
                let over = self.settings();
                learner.scale_learning_rate(self.rate_factor);
                self.run = Arc::new(learner.info());
                self.learner = learner;
                self.refused_model = None;
                self.begin_next_attempt(over, Ok(()));
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Publishes why settings are rejected.
    fn refuse(&mut self, error: AskError) {
        let refused = self.refused_model.as_ref().map_or(0, |(number, _)| *number);
        self.refused_model = Some((refused + 1, error));
    }

    /// Changes the training settings and keeps the weights; rejects settings that need new ones.
    fn retune(&mut self, settings: &RunSettings) {
        match guarded(|| self.learner.retune(settings).map_err(AskError::Model)) {
            Ok(()) => {
                self.refused_model = None;
                let was_to_the_end = self.until == self.run.steps;
                self.run = Arc::new(self.learner.info());
                if was_to_the_end || self.until > self.run.steps {
                    self.until = self.run.steps;
                }
                let is_done = self.record.step >= self.run.steps && !self.learner.is_validating();
                match self.state {
                    RunState::Finished if !is_done => self.state = RunState::Paused,
                    RunState::Running | RunState::Paused if is_done => self.state = RunState::Finished,
                    _ => {}
                }
            }
            Err(error) => self.refuse(error),
        }
    }

    /// The settings that identify this attempt.
    fn settings(&self) -> AttemptSettings {
        AttemptSettings::new(self.attempt, &self.run, self.learner.seed())
    }

    /// Starts the next attempt; of the record only what it is compared with stays.
    fn begin_next_attempt(&mut self, over: AttemptSettings, restarted: Result<(), StepError>) {
        self.record = std::mem::take(&mut self.record).restarted(over);
        self.step_began = None;
        self.shown = None;
        self.attempt += 1;
        lock(&self.keyframes).clear();
        self.take_keyframe();
        if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
            checkpoint_sender.begin_next_attempt(&self.run.model, self.learner.seed());
        }
        self.until = self.run.steps;
        self.metronome.skip_pause(Instant::now());
        self.metronome.restart();
        let paused = self.state == RunState::Paused;
        self.state = match restarted {
            Ok(()) if paused => RunState::Paused, // to go on step by step
            Ok(()) => RunState::Running,
            Err(error) => RunState::Failed(Failure { step: 1, cause: Cause::Step(error) }),
        };
        self.step_rate.restart();
    }
}
