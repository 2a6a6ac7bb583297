//! Publishing snapshots and weights from the training thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{SNAPSHOT_INTERVAL, Worker};
use crate::session::published::{Published, PublishedModel, lock};
use crate::session::{CheckpointSender, RunState, Snapshot};

/// Snapshots, which take long for a large model, take at most one part in this many of the time.
const SNAPSHOT_SHARE: u32 = 50;
/// The progress of a validation is published once it has taken this long.
const VALIDATION_SHOWN_AFTER: Duration = Duration::from_secs(1);
/// Copies of the weights for viewers take at most one part in this many of the time while the run trains.
const MODEL_SHARE: u32 = 100;

impl Worker {
    /// Publishes a snapshot, and the weights if there are viewers.
    pub(super) fn publish(&mut self, published: &Published) {
        let start = Instant::now();
        self.has_news = false; // first: after a panic below, publishing is not tried again
        self.publish_model(published);
        published.replace(self.snapshot());
        let now = Instant::now();
        self.next_snapshot = now + SNAPSHOT_INTERVAL.max((now - start) * SNAPSHOT_SHARE);
    }

    /// Publishes a copy of the weights if they have changed; withdraws it if there are no viewers. A training run skips it if a responder
    /// has locked the last copy, or if less time has passed than [`MODEL_SHARE`] demands.
    fn publish_model(&mut self, published: &Published) {
        if !published.has_viewers() {
            *published.model() = None;
            return published.reset_models();
        }
        let is_training = self.state == RunState::Running;
        let (start, current) = (Instant::now(), (self.attempt, self.record.step));
        let model = if is_training { published.try_model() } else { Some(published.model()) };
        let Some(mut model) = model else { return };
        let last = model.as_ref().map(|model| (model.attempt, model.step));
        let is_restarted = last.is_none_or(|(attempt, _)| attempt != self.attempt);
        if last == Some(current) || is_training && !is_restarted && start < self.next_model {
            return;
        }
        let new = || Arc::new(Mutex::new(self.learner.predictor()));
        let (mut weights, predictor) = match model.take() {
            Some(model) if !is_restarted => (model.weights, model.predictor),
            _ => (Vec::new(), new()),
        };
        weights.clear();
        self.learner.copy_weights(&mut weights);
        let (attempt, step) = current;
        *model = Some(PublishedModel { attempt, step, weights, predictor });
        published.count_model();
        drop(model);
        self.next_model = Instant::now() + start.elapsed() * MODEL_SHARE;
    }

    /// The current snapshot. The shapes are empty if computing them panics.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot {
            run: Arc::clone(&self.run),
            attempt: self.attempt,
            last_control: self.last_control,
            seed: self.learner.seed(),
            rate_factor: self.rate_factor,
            next_learning_rate: self.learner.learning_rate(),
            state: self.state.clone(),
            validating: self.learner.validation_progress().filter(|_| self.is_validation_shown()),
            record: self.record.clone(),
            pace: self.metronome.pace(),
            in_step: self.lane.as_ref().map(|_| self.is_in_step),
            steps_per_second: self.steps_per_second(),
            shapes: catch_unwind(AssertUnwindSafe(|| self.learner.shapes())).unwrap_or_default(),
            moments: lock(&self.keyframes).frames().len(),
            refused_model: self.refused_model.clone(),
            save_status: self
                .checkpoint_sender
                .as_ref()
                .map(CheckpointSender::status)
                .or_else(|| self.replayed_status.clone()),
        }
    }

    fn is_validation_shown(&self) -> bool {
        self.validating_since.is_some_and(|since| since.elapsed() >= VALIDATION_SHOWN_AFTER)
    }

    /// Steps per second, averaged over about a second; `None` unless the run trains, and too early after its start.
    fn steps_per_second(&mut self) -> Option<f64> {
        let is_running = self.state == RunState::Running;
        is_running.then(|| self.step_rate.per_second(self.record.step, self.learner.is_validating())).flatten()
    }
}
