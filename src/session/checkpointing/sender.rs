//! The training thread's end of the queue to the writer.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::queue::SharedQueue;
use super::{Artifact, SaveEvent, SavePolicy, SaveProblem, SaveQueue, SaveReason, SaveStatus, StepSummary};
use crate::config::Interval;
use crate::learning::{Learner, Record, StepReport, ValidationPoint};
use crate::memory::can_allocate;
use crate::session::{Failure, Keyframe};

/// Shortest time between two checkpoints with keyframes, since all keyframes are written each time.
const KEYFRAMES_INTERVAL: Duration = Duration::from_mins(1);

/// While this many events wait to be written, a summary is not sent but covers more steps.
const MAX_EVENTS: usize = 256;

/// The training thread's end of the queue to the writer. Never waits for the disk. Dropping it sends what is left; the writer ends
/// when that is written.
#[derive(Debug)]
pub struct CheckpointSender {
    /// Its attempt is the current one.
    policy: SavePolicy,
    queue: Arc<SharedQueue>,
    /// The steps that are not sent yet.
    summary: Option<StepSummary>,
    /// The state of the run at the last copy; `None` before the first one, and after one that could not be written.
    last_copy: Option<LastCopy>,
    next_checkpoint: Instant,
    next_keyframes: Instant,
}

/// The state of a run from which a checkpoint is copied.
pub(in crate::session) struct CheckpointInputs<'a> {
    pub learner: &'a mut dyn Learner,
    pub record: &'a Record,
    pub rate_factor: f64,
    pub keyframes: &'a [Keyframe],
    /// Estimated size of a copy in bytes.
    pub bytes: usize,
}

/// What was copied last: another copy is made only if one of the values differs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct LastCopy {
    attempt: u32,
    step: u64,
    /// The step of the last validation.
    validated: Option<u64>,
    is_validating: bool,
    rate_factor: f64,
    has_keyframes: bool,
}

impl CheckpointSender {
    /// Creates the two ends of a queue for a run that is saved in `folder`, which is only shown.
    #[must_use]
    pub fn new(policy: SavePolicy, folder: &str) -> (Self, SaveQueue) {
        let status = SaveStatus { folder: folder.to_owned(), ..SaveStatus::default() };
        let queue = Arc::new(SharedQueue::new(status));
        let now = Instant::now();
        let checkpoint_sender = Self {
            policy,
            queue: Arc::clone(&queue),
            summary: None,
            last_copy: None,
            next_checkpoint: now,
            next_keyframes: now, // the keyframes on disk of a resumed run may be of steps that are taken again
        };
        (checkpoint_sender, SaveQueue::new(queue))
    }

    /// The current persistence status.
    pub(in crate::session) fn status(&self) -> SaveStatus {
        self.queue.state().status.clone()
    }

    /// Whether a checkpoint is being written or waits.
    pub(in crate::session) fn is_busy(&self) -> bool {
        self.queue.state().is_busy()
    }

    /// Whether the writer has finished a checkpoint, or has ended, since the last call.
    pub(in crate::session) fn take_news(&self) -> bool {
        std::mem::take(&mut self.queue.state().has_news)
    }

    /// Reports that the attempt starts from new weights.
    pub(in crate::session) fn begin(&mut self, model: &str, seed: u64) {
        self.restart_interval();
        self.set_saved(None);
        self.queue.send(SaveEvent::Began { attempt: self.policy.attempt, model: model.to_owned(), seed });
    }

    /// Reports that the next attempt starts.
    pub(in crate::session) fn begin_next_attempt(&mut self, model: &str, seed: u64) {
        self.send_summary();
        self.policy.attempt += 1;
        self.begin(model, seed);
    }

    /// Reports that the run continues from this state, which is on disk.
    pub(in crate::session) fn resume(&mut self, learner: &dyn Learner, record: &Record, rate_factor: f64) {
        self.restart_interval();
        self.last_copy = Some(LastCopy { has_keyframes: true, ..self.state_of(learner, record, rate_factor) });
        self.set_saved(Some(record.step));
        self.queue.send(SaveEvent::Resumed(record.step));
    }

    /// Reports that training has failed.
    pub(in crate::session) fn fail(&mut self, failure: Failure) {
        self.send_summary();
        self.queue.send(SaveEvent::Failed(failure));
    }

    /// Adds a step to the metrics, which are sent every `metrics_every` steps.
    pub(in crate::session) fn step(&mut self, step: u64, report: StepReport) {
        match &mut self.summary {
            Some(summary) => summary.add(step, report),
            none => *none = Some(StepSummary::new(step, report)),
        }
        let is_complete = step.is_multiple_of(self.policy.metrics_every.max(1));
        if is_complete && self.queue.state().queued() < MAX_EVENTS {
            self.send_summary();
        }
    }

    /// Adds a validation to the metrics.
    pub(in crate::session) fn validation(&mut self, point: ValidationPoint) {
        self.send_summary();
        self.queue.send(SaveEvent::Validation(point, SystemTime::now()));
    }

    /// Whether a checkpoint is due after this step.
    pub(in crate::session) fn is_due(&self, step: u64, now: Instant) -> bool {
        match self.policy.checkpoint_every {
            Interval::Steps(0) => false,
            Interval::Steps(every) => step.is_multiple_of(every),
            Interval::Time(_) => now >= self.next_checkpoint,
        }
    }

    /// Copies the run and sends the copy, unless nothing has changed since the last one. The copy has the keyframes if it is
    /// requested, or if no copy has had them for a minute. Without memory for a copy nothing is sent and the status has a problem.
    pub(in crate::session) fn save(&mut self, inputs: CheckpointInputs<'_>, reason: SaveReason) {
        self.restart_interval();
        if std::mem::take(&mut self.queue.state().has_failed) {
            self.last_copy = None; // it is copied again even if nothing has changed
        }
        let CheckpointInputs { learner, record, rate_factor, keyframes, bytes } = inputs;
        let state = self.state_of(learner, record, rate_factor);
        let is_copied = self.last_copy.is_some_and(|last| {
            LastCopy { has_keyframes: false, ..last } == state && (last.has_keyframes || !reason.is_requested)
        });
        if is_copied && !reason.is_best {
            return;
        }
        let memory = self.queue.state().take_memory(state.attempt, reason);
        let Some(mut checkpoint) = memory.or_else(|| can_allocate(bytes).then(Box::default)) else {
            let problem = SaveProblem::NoMemory { step: record.step };
            self.queue.state().status.problems.insert(Artifact::Copy, problem);
            return;
        };
        let now = Instant::now();
        // a copy that replaces one with keyframes has them, too
        let has_keyframes = reason.is_requested || !checkpoint.keyframes.is_empty() || now >= self.next_keyframes;
        learner.save(&mut checkpoint.learner);
        checkpoint.record.clone_from(record);
        (checkpoint.attempt, checkpoint.rate_factor) = (state.attempt, rate_factor);
        checkpoint.keyframes.clear();
        if has_keyframes {
            checkpoint.keyframes.extend_from_slice(keyframes);
            self.next_keyframes = now + KEYFRAMES_INTERVAL;
        }
        self.last_copy = Some(LastCopy { has_keyframes, ..state });
        self.queue.state().status.problems.remove(&Artifact::Copy);
        self.send_summary();
        self.queue.send(SaveEvent::Checkpoint(checkpoint, reason));
    }

    /// The values by which a change since the last copy is noticed; without keyframes.
    fn state_of(&self, learner: &dyn Learner, record: &Record, rate_factor: f64) -> LastCopy {
        LastCopy {
            attempt: self.policy.attempt,
            step: record.step,
            validated: record.validations.last().map(|point| point.step),
            is_validating: learner.is_validating(),
            rate_factor,
            has_keyframes: false,
        }
    }

    /// Starts the interval to the next checkpoint, if that is a time.
    fn restart_interval(&mut self) {
        if let Interval::Time(every) = self.policy.checkpoint_every {
            self.next_checkpoint = Instant::now() + every;
        }
    }

    /// Sets the step that is on disk of the current attempt.
    fn set_saved(&self, step: Option<u64>) {
        let mut state = self.queue.state();
        (state.attempt, state.status.saved) = (self.policy.attempt, step);
    }

    fn send_summary(&mut self) {
        if let Some(mut summary) = self.summary.take() {
            summary.time = SystemTime::now();
            self.queue.send(SaveEvent::Steps(summary));
        }
    }
}

impl Drop for CheckpointSender {
    fn drop(&mut self) {
        self.send_summary();
        self.queue.close();
    }
}
