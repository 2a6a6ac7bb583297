//! The way out of the training thread for what stays when it has ended: metrics and checkpoints.
//!
//! The [`CheckpointSender`] belongs to the worker and never waits while training goes on; whoever writes has its [`SaveQueue`]. Besides the copy
//! of the learner that is being written there is one that waits for its turn, and more only while the disk does not keep up.

mod pending_checkpoints;
mod save_queue;
mod summary;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use pending_checkpoints::{Copy, PendingCheckpoints};

pub use pending_checkpoints::SaveReason;
pub use save_queue::{Received, SaveEvent, SaveQueue};
pub use summary::Summary;

use super::Keyframe;
use crate::config::Interval;
use crate::learning::{Learner, LearnerState, Record, StepReport, ValidationPoint};
use crate::memory::can_take;

/// The shortest time between two checkpoints with keyframes: all keyframes are written each time.
const KEYFRAMES_INTERVAL: Duration = Duration::from_mins(1);

/// When this many entries wait to be written, a summary goes on to the next steps.
const MOST_ENTRIES: usize = 256;

/// Everything by which a run goes on as if it had never stopped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// How often the run had begun: 1, and one more after each restart.
    pub attempt: u32,
    /// The learner.
    pub learner: LearnerState,
    /// What its steps and validations told.
    pub record: Record,
    /// What the learning rate is multiplied by, besides its schedule.
    pub rate_factor: f64,
    /// The weights at earlier moments; of checkpoints that follow each other closely not all have them.
    pub keyframes: Vec<Keyframe>,
}

/// How the keeping goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveStatus {
    /// The folder.
    pub folder: String,
    /// After how many steps the last checkpoint was saved.
    pub saved: Option<u64>,
    /// What could not be written, and why, until it is.
    pub problems: BTreeMap<Artifact, String>,
}

impl SaveStatus {
    /// The gravest problem.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problems.values().next().map(String::as_str)
    }
}

/// What is kept of a run, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Artifact {
    /// The last checkpoint.
    Checkpoint,
    /// The copy of the run of which the next one is to be made.
    Copy,
    /// What else there is in the folder beside it: links, earlier checkpoints.
    Folder,
    /// The weights at earlier moments.
    Keyframes,
    /// Metrics that are not written yet.
    Metrics,
    /// Metrics that never will be.
    LostMetrics,
    /// Metrics for `TensorBoard`.
    TensorBoard,
    /// Links to the last and the best checkpoint, which not every file system can have.
    Links,
}

impl Artifact {
    /// Whether something is lost without it; links say nothing that the checkpoints do not.
    #[must_use]
    pub fn is_needed(self) -> bool {
        self != Self::Links
    }
}

/// What is kept, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePolicy {
    /// When a checkpoint is saved.
    pub checkpoint_every: Interval,
    /// How many steps a [`Summary`] is about.
    pub metrics_every: u64,
    /// How often the run had begun before; 1 for a new one.
    pub attempt: u32,
}

/// What of the worker goes into a checkpoint.
#[derive(Clone, Copy)]
pub(super) struct CheckpointInputs<'a> {
    pub record: &'a Record,
    pub rate_factor: f64,
    pub keyframes: &'a [Keyframe],
    /// What a copy takes that has no memory yet.
    pub bytes: usize,
}

/// What tells two moments of a run apart.
#[derive(Clone, Copy, Debug, PartialEq)]
struct CheckpointKey {
    attempt: u32,
    step: u64,
    validated: Option<u64>,
    is_validating: bool,
    rate_factor: f64,
}

/// The worker's side.
#[derive(Debug)]
pub struct CheckpointSender {
    plan: SavePolicy,
    attempt: u32,
    entries: Sender<SaveEvent>,
    queued: Arc<AtomicUsize>,
    /// Copies that were written, or could not be, come back.
    returned: Receiver<(Box<Checkpoint>, bool)>,
    copies: PendingCheckpoints,
    summary: Option<Summary>,
    /// The moment of the last copy, unless that could not be written, and whether it had keyframes.
    copied: Option<(CheckpointKey, bool)>,
    next: Instant,
    next_keyframes: Instant,
    status: Arc<Mutex<SaveStatus>>,
}

impl CheckpointSender {
    /// A keeper, and the desk where what it keeps arrives. `folder` is told.
    #[must_use]
    pub fn new(plan: SavePolicy, folder: &str) -> (Self, SaveQueue) {
        let (entries, inbox) = mpsc::channel();
        let (written, returned) = mpsc::channel();
        let status = Arc::new(Mutex::new(SaveStatus { folder: folder.to_owned(), ..SaveStatus::default() }));
        let queued = Arc::default();
        let save_queue =
            SaveQueue { entries: inbox, queued: Arc::clone(&queued), written, status: Arc::clone(&status) };
        let now = Instant::now();
        let checkpoint_sender = Self {
            plan,
            attempt: plan.attempt,
            entries,
            queued,
            returned,
            copies: PendingCheckpoints::default(),
            summary: None,
            copied: None,
            next: now,
            next_keyframes: now, // of a run that goes on those on disk may be of steps that were not
            status,
        };
        (checkpoint_sender, save_queue)
    }

    /// How the keeping goes.
    pub(super) fn status(&self) -> SaveStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes back what was written and hands over what waits. Returns whether there is something to tell. Costs next to nothing
    /// when nothing has happened.
    pub(super) fn go_on(&mut self) -> bool {
        let mut has_news = false;
        loop {
            match self.returned.try_recv() {
                Ok((checkpoint, is_saved)) => {
                    self.copies.written(checkpoint);
                    if !is_saved {
                        self.copied = None; // it is no reason not to try again
                    }
                    has_news = true;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    if self.copies.is_busy() {
                        self.nobody_writes();
                    }
                    return has_news;
                }
            }
        }
        if has_news {
            self.send_next();
        }
        has_news
    }

    /// Whether a copy is being written or waits.
    pub(super) fn is_busy(&self) -> bool {
        self.copies.is_busy()
    }

    /// The run begins.
    pub(super) fn begin(&mut self, model: &str, seed: u64) {
        self.count_from_now();
        self.status.lock().unwrap_or_else(PoisonError::into_inner).saved = None;
        self.send(SaveEvent::Began { attempt: self.attempt, model: model.to_owned(), seed });
    }

    /// The run goes on from what is on the disk.
    pub(super) fn resume(&mut self, learner: &dyn Learner, record: &Record, rate_factor: f64) {
        self.count_from_now();
        self.copied = Some((self.place(learner, record, rate_factor), true));
        self.status.lock().unwrap_or_else(PoisonError::into_inner).saved = Some(record.step);
        self.send(SaveEvent::Resumed(record.step));
    }

    fn place(&self, learner: &dyn Learner, record: &Record, rate_factor: f64) -> CheckpointKey {
        let validated = record.validations.last().map(|point| point.step);
        let (attempt, step, is_validating) = (self.attempt, record.step, learner.is_validating());
        CheckpointKey { attempt, step, validated, is_validating, rate_factor }
    }

    /// A step could not be taken.
    pub(super) fn failed(&mut self, step: u64, cause: String) {
        self.hand_over_summary();
        self.send(SaveEvent::Failed(step, cause));
    }

    /// The run begins anew.
    pub(super) fn begin_anew(&mut self, model: &str, seed: u64) {
        self.hand_over_summary();
        self.attempt += 1;
        self.begin(model, seed);
    }

    /// What a step told.
    pub(super) fn step(&mut self, step: u64, report: StepReport) {
        match &mut self.summary {
            Some(summary) => summary.add(step, report),
            none => *none = Some(Summary::of(step, report)),
        }
        if step.is_multiple_of(self.plan.metrics_every.max(1)) && self.queued.load(Ordering::Relaxed) < MOST_ENTRIES {
            self.hand_over_summary();
        }
    }

    /// What a validation told.
    pub(super) fn validation(&mut self, point: ValidationPoint) {
        self.hand_over_summary();
        self.send(SaveEvent::Validation(point, SystemTime::now()));
    }

    /// Whether a checkpoint is due, after a step.
    pub(super) fn is_due(&self, step: u64, now: Instant) -> bool {
        match self.plan.checkpoint_every {
            Interval::Steps(0) => false,
            Interval::Steps(every) => step.is_multiple_of(every),
            Interval::Time(_) => now >= self.next,
        }
    }

    /// Copies the run and hands the copy over, at once or when the one before is written; unless nothing has happened since the
    /// last one. Earlier moments go with it if it is wanted, or if they have not for some time.
    pub(super) fn save(&mut self, learner: &mut dyn Learner, moment: CheckpointInputs<'_>, reason: SaveReason) {
        let CheckpointInputs { record, rate_factor, keyframes, bytes } = moment;
        self.count_from_now();
        self.go_on();
        let (attempt, place) = (self.attempt, self.place(learner, record, rate_factor));
        let is_known =
            self.copied.is_some_and(|(last, had_keyframes)| last == place && (had_keyframes || !reason.is_requested));
        if is_known && !reason.is_best {
            return;
        }
        if self.copies.needs_memory(attempt, reason) && !can_take(bytes) {
            let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
            let problem = format!("step {} is not saved: there is no memory for a copy of the weights", record.step);
            status.problems.insert(Artifact::Copy, problem);
            return;
        }
        let mut checkpoint = self.copies.room_for(attempt, reason);
        let now = Instant::now();
        // those of a copy that has waited are not left out because there is a later one
        let has_keyframes = reason.is_requested || !checkpoint.keyframes.is_empty() || now >= self.next_keyframes;
        learner.save(&mut checkpoint.learner);
        checkpoint.record.clone_from(record);
        (checkpoint.attempt, checkpoint.rate_factor) = (attempt, rate_factor);
        checkpoint.keyframes.clear();
        if has_keyframes {
            checkpoint.keyframes.extend_from_slice(keyframes);
            self.next_keyframes = now + KEYFRAMES_INTERVAL;
        }
        self.copied = Some((place, has_keyframes));
        self.status.lock().unwrap_or_else(PoisonError::into_inner).problems.remove(&Artifact::Copy);
        self.hand_over_summary();
        self.copies.push(Copy { checkpoint, reason });
        self.send_next();
    }

    /// Counts the time to the next checkpoint from now.
    fn count_from_now(&mut self) {
        if let Interval::Time(every) = self.plan.checkpoint_every {
            self.next = Instant::now() + every;
        }
    }

    fn send_next(&mut self) {
        if let Some(Copy { checkpoint, reason }) = self.copies.next() {
            self.send(SaveEvent::Checkpoint(checkpoint, reason.is_best));
        }
    }

    fn hand_over_summary(&mut self) {
        if let Some(mut summary) = self.summary.take() {
            summary.time = SystemTime::now();
            self.send(SaveEvent::Steps(summary));
        }
    }

    fn send(&mut self, entry: SaveEvent) {
        self.queued.fetch_add(1, Ordering::Relaxed);
        if self.entries.send(entry).is_err() {
            self.nobody_writes();
        }
    }

    fn nobody_writes(&mut self) {
        self.copies.give_up();
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let why = "the thread that writes has ended: this is a fault of the program";
        status.problems.entry(Artifact::Checkpoint).or_insert_with(|| why.to_owned());
    }
}

impl Drop for CheckpointSender {
    /// The last steps are told, too, and what waits is written.
    fn drop(&mut self) {
        self.hand_over_summary();
        let waiting: Vec<Copy> = self.copies.drain().collect();
        for Copy { checkpoint, reason } in waiting {
            self.send(SaveEvent::Checkpoint(checkpoint, reason.is_best));
        }
    }
}

#[cfg(test)]
mod tests;
