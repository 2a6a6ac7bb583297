//! Handling of messages in the training thread.

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
    /// Carries out a control. A control that does not apply in the current state has no effect. The next snapshot is published at once.
    pub(super) fn handle_message(&mut self, message: Message) -> Flow {
        self.has_news = true;
        self.next_snapshot = Instant::now(); // a control shows its effect at once, and a new viewer the run
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
                self.step_start = Some(now);
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
                self.learner.set_learning_rate_factor(self.rate_factor);
            }
            Control::UsualLearningRate => {
                self.rate_factor = 1.0;
                self.learner.set_learning_rate_factor(self.rate_factor);
            }
            Control::KeepInStep(is_in_step) => self.is_in_step = is_in_step,
            Control::Pause | Control::PauseAt(_) | Control::StepOnce => {}
        }
        Flow::Continue
    }

    /// Trains until this step, unless training has ended, or the step is reached and no validation is unfinished.
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

    /// Sends a checkpoint of the attempt and starts the next one with weights from this seed.
    fn restart(&mut self, seed: u64) {
        self.save(SaveReason::REQUESTED); // so that the end of the attempt is not lost
        let ended = self.settings();
        let restarted = self.learner.restart(seed);
        self.start_next_attempt(ended, restarted);
    }

    /// Sends a checkpoint of the attempt and starts the next one with another model; rejects invalid settings.
    fn rebuild(&mut self, settings: &RunSettings, seed: u64) {
        match guarded(|| self.learner.rebuilt(settings, seed).map_err(AskError::Model)) {
            Ok(mut learner) => {
                self.save(SaveReason::REQUESTED);
                let ended = self.settings();
                learner.set_learning_rate_factor(self.rate_factor);
                self.run = Arc::new(learner.info());
                self.learner = learner;
                self.refused_model = None;
                self.start_next_attempt(ended, Ok(()));
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Publishes why settings are rejected, under the next number.
    fn refuse(&mut self, error: AskError) {
        let refused = self.refused_model.as_ref().map_or(0, |(number, _)| *number);
        self.refused_model = Some((refused + 1, error));
    }

    /// Changes the training settings without new weights; rejects settings that need new ones. Training ends or can continue if the number
    /// of steps has changed.
    fn retune(&mut self, settings: &RunSettings) {
        match guarded(|| self.learner.retune(settings).map_err(AskError::Model)) {
            Ok(()) => {
                self.refused_model = None;
                let is_until_end = self.until == self.run.steps;
                self.run = Arc::new(self.learner.info());
                if is_until_end || self.until > self.run.steps {
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

    /// Starts the next attempt, whose record has only the curves of the ended one and of those before. A paused run stays paused; a run
    /// whose weights could not be drawn has failed.
    fn start_next_attempt(&mut self, ended: AttemptSettings, restarted: Result<(), StepError>) {
        self.record = std::mem::take(&mut self.record).restarted(ended);
        self.step_start = None;
        self.replayed_status = None;
        self.attempt += 1;
        lock(&self.keyframes).clear();
        self.take_keyframe();
        if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
            checkpoint_sender.begin_next_attempt(&self.run.model, self.learner.seed());
        }
        self.until = self.run.steps;
        self.metronome.skip_pause(Instant::now());
        self.metronome.restart();
        let is_paused = self.state == RunState::Paused;
        self.state = match restarted {
            Ok(()) if is_paused => RunState::Paused,
            Ok(()) => RunState::Running,
            Err(error) => RunState::Failed(Failure { step: 1, cause: Cause::Step(error) }),
        };
        self.step_rate.restart();
    }
}
