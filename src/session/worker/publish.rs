//! Publishing snapshots and weights from the training thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{SNAPSHOT_INTERVAL, Worker};
use crate::session::published::{Published, PublishedModel, lock};
use crate::session::{CheckpointSender, RunState, Snapshot};

/// Making a snapshot of a large model takes time, too; of all time at most one part in this many.
const SNAPSHOT_SHARE: u32 = 50;
/// A validation that is over sooner is not worth a word.
const MOMENT: Duration = Duration::from_secs(1);
/// Copying the weights for those who look takes at most one part in this many of the time in which the run is trained.
const MODEL_SHARE: u32 = 100;

impl Worker {
    pub(super) fn publish(&mut self, published: &Published) {
        let start = Instant::now();
        self.news = false; // whatever panics below does so once
        self.publish_model(published);
        published.replace(self.snapshot());
        let now = Instant::now();
        self.next_snapshot = now + SNAPSHOT_INTERVAL.max((now - start) * SNAPSHOT_SHARE);
    }

    /// Publishes a copy of the weights if there are viewers. Does not wait for a responder that is busy.
    fn publish_model(&mut self, published: &Published) {
        if !published.has_viewers() {
            *published.model() = None;
            return published.count_model(false);
        }
        let is_training = self.state == RunState::Running;
        let (start, now) = (Instant::now(), (self.attempt, self.record.step));
        let model = if is_training { published.model_at_once() } else { Some(published.model()) };
        let Some(mut model) = model else { return };
        let before = model.as_ref().map(|model| (model.attempt, model.step));
        let is_begun_anew = before.is_none_or(|(attempt, _)| attempt != self.attempt);
        if before == Some(now) || is_training && !is_begun_anew && start < self.next_model {
            return;
        }
        let new = || Arc::new(Mutex::new(self.learner.predictor()));
        let (mut weights, predictor) = match model.take() {
            Some(model) if !is_begun_anew => (model.weights, model.predictor),
            _ => (Vec::new(), new()),
        };
        weights.clear();
        self.learner.copy_weights(&mut weights);
        let (attempt, step) = now;
        *model = Some(PublishedModel { attempt, step, weights, predictor });
        published.count_model(true);
        drop(model);
        self.next_model = Instant::now() + start.elapsed() * MODEL_SHARE;
    }

    /// The current snapshot.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot {
            run: Arc::clone(&self.run),
            attempt: self.attempt,
            last_control: self.last_control,
            seed: self.learner.seed(),
            rate_factor: self.rate_factor,
            next_learning_rate: self.learner.learning_rate(),
            state: self.state.clone(),
            validating: self.learner.validation_progress().filter(|_| self.has_validated_for_a_moment()),
            record: self.record.clone(),
            pace: self.metronome.pace(),
            in_step: self.lane.as_ref().map(|_| self.is_in_step),
            steps_per_second: self.steps_per_second(),
            shapes: catch_unwind(AssertUnwindSafe(|| self.learner.shapes())).unwrap_or_default(),
            moments: lock(&self.keyframes).frames().len(),
            refused_model: self.refused_model.clone(),
            kept: self.checkpoint_sender.as_ref().map(CheckpointSender::status).or_else(|| self.shown.clone()),
        }
    }

    fn has_validated_for_a_moment(&self) -> bool {
        self.validating_since.is_some_and(|since| since.elapsed() >= MOMENT)
    }

    fn steps_per_second(&mut self) -> Option<f64> {
        let is_running = self.state == RunState::Running;
        is_running.then(|| self.step_rate.per_second(self.record.step, self.learner.is_validating())).flatten()
    }
}
