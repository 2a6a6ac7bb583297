//! The way out of the training thread for what stays when it has ended: metrics and checkpoints.
//!
//! The [`Keeper`] belongs to the worker and never waits while training goes on; whoever writes has its [`Desk`]. At most two
//! copies of the learner exist: one that is being written and one that waits for its turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::{Keyframe, Learner, LearnerState, Record, StepReport, Summary, ValidationPoint};
use crate::config::Interval;

/// Earlier moments go with a checkpoint when so much time has passed since they last did: all of them are written each time.
const PAST_INTERVAL: Duration = Duration::from_mins(1);

/// When so many entries wait to be written, a summary goes on to the next steps.
const WAITING: usize = 256;

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

/// Something to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The run begins, or begins anew.
    Began {
        /// How often it has begun.
        attempt: u32,
        /// The model in one line.
        model: String,
        /// Of its weights and the order of the sentences.
        seed: u64,
    },
    /// Steps that follow each other.
    Steps(Summary),
    /// A validation.
    Validation(ValidationPoint, SystemTime),
    /// A checkpoint, and whether its validation is the best so far.
    Checkpoint(Box<Checkpoint>, bool),
}

/// How the keeping goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The folder.
    pub folder: String,
    /// After how many steps the last checkpoint was saved.
    pub saved: Option<u64>,
    /// Why something could not be written, until the next checkpoint is saved.
    pub problem: Option<String>,
}

/// What is kept, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// When a checkpoint is saved.
    pub checkpoint_every: Interval,
    /// How many steps a [`Summary`] is about.
    pub metrics_every: u64,
    /// How often the run had begun before; 1 for a new one.
    pub attempt: u32,
}

/// What of the worker goes into a checkpoint.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub record: &'a Record,
    pub rate_factor: f64,
    pub keyframes: &'a [Keyframe],
    /// Whether the keyframes are to be saved whenever they were saved last.
    pub with_past: bool,
}

/// The worker's side.
#[derive(Debug)]
pub struct Keeper {
    plan: Plan,
    attempt: u32,
    entries: Sender<Entry>,
    queued: Arc<AtomicUsize>,
    /// Copies that were written come back, to be used again.
    returned: Receiver<Box<Checkpoint>>,
    #[allow(clippy::vec_box)] // boxed, as they go through the channels
    spare: Vec<Box<Checkpoint>>,
    is_writing: bool,
    /// A copy that waits until the one before is written, and whether it is the best.
    waiting: Option<(Box<Checkpoint>, bool)>,
    summary: Option<Summary>,
    /// Step and attempt of the last copy, and whether it had keyframes.
    copied: Option<(u64, u32, bool)>,
    /// When the next checkpoint is due, and the next one with keyframes.
    next: Instant,
    next_with_past: Instant,
    status: Arc<Mutex<Kept>>,
}

/// The writer's side. When the keeper is gone, [`next`](Self::next) says so, after everything that it has sent.
#[derive(Debug)]
pub struct Desk {
    entries: Receiver<Entry>,
    queued: Arc<AtomicUsize>,
    written: Sender<Box<Checkpoint>>,
    status: Arc<Mutex<Kept>>,
}

/// What the desk has to tell.
#[derive(Debug)]
pub enum Arrival {
    /// Something to be written.
    Entry(Entry),
    /// Nothing for some time.
    Nothing,
    /// Nothing any more.
    End,
}

impl Desk {
    /// What arrives next, waiting for it at most so long.
    #[must_use]
    pub fn next(&self, longest: Duration) -> Arrival {
        match self.entries.recv_timeout(longest) {
            Ok(entry) => {
                self.queued.fetch_sub(1, Ordering::Relaxed);
                Arrival::Entry(entry)
            }
            Err(RecvTimeoutError::Timeout) => Arrival::Nothing,
            Err(RecvTimeoutError::Disconnected) => Arrival::End,
        }
    }

    /// Gives a copy back that has been written, or could not be.
    pub fn give_back(&self, checkpoint: Box<Checkpoint>) {
        let _ = self.written.send(checkpoint); // the keeper may be gone
    }

    /// Tells how the keeping goes.
    pub fn tell(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// How the keeping goes.
    #[must_use]
    pub fn status(&self) -> Kept {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Keeper {
    /// A keeper, and the desk where what it keeps arrives. `folder` is told.
    #[must_use]
    pub fn new(plan: Plan, folder: &str) -> (Self, Desk) {
        let (entries, inbox) = mpsc::channel();
        let (written, returned) = mpsc::channel();
        let status = Arc::new(Mutex::new(Kept { folder: folder.to_owned(), ..Kept::default() }));
        let queued = Arc::default();
        let desk = Desk { entries: inbox, queued: Arc::clone(&queued), written, status: Arc::clone(&status) };
        let keeper = Self {
            plan,
            attempt: plan.attempt,
            entries,
            queued,
            returned,
            spare: Vec::new(),
            is_writing: false,
            waiting: None,
            summary: None,
            copied: None,
            next: Instant::now(),
            next_with_past: Instant::now() + PAST_INTERVAL,
            status,
        };
        (keeper, desk)
    }

    /// How the keeping goes.
    pub(super) fn status(&self) -> Kept {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a copy is being written.
    pub(super) fn is_busy(&mut self) -> bool {
        while let Ok(checkpoint) = self.returned.try_recv() {
            self.came_back(checkpoint);
        }
        self.is_writing
    }

    /// The run begins.
    pub(super) fn begin(&mut self, model: &str, seed: u64) {
        self.summary = None;
        self.rest();
        self.send(Entry::Began { attempt: self.attempt, model: model.to_owned(), seed });
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
        if step.is_multiple_of(self.plan.metrics_every.max(1)) {
            self.hand_over_summary();
        }
    }

    /// What a validation told.
    pub(super) fn validation(&mut self, point: ValidationPoint) {
        self.hand_over_summary();
        self.send(Entry::Validation(point, SystemTime::now()));
    }

    /// Whether a checkpoint is due, after a step.
    pub(super) fn is_due(&self, step: u64, now: Instant) -> bool {
        match self.plan.checkpoint_every {
            Interval::Steps(0) => false,
            Interval::Steps(every) => step.is_multiple_of(every),
            Interval::Time(_) => now >= self.next,
        }
    }

    /// Copies the run and hands the copy over, at once or when the one before is written. One that waits gives way to a later
    /// one, but the best only to a better one.
    pub(super) fn save(&mut self, learner: &mut dyn Learner, moment: Moment<'_>, is_best: bool) {
        let Moment { record, rate_factor, keyframes, with_past } = moment;
        self.rest();
        let is_busy = self.is_busy();
        let known = self.copied.filter(|(step, attempt, _)| (*step, *attempt) == (record.step, self.attempt));
        let is_known = known.is_some_and(|(_, _, had_keyframes)| had_keyframes || !with_past);
        if with_past && matches!(self.waiting, Some((_, true))) {
            self.send_waiting(); // what is asked for, or the last one, is written besides the best
        }
        if !is_best && (is_known || matches!(self.waiting, Some((_, true)))) {
            return;
        }
        let waiting = self.waiting.take().map(|(checkpoint, _)| checkpoint);
        let mut checkpoint = waiting.or_else(|| self.spare.pop()).unwrap_or_default();
        // those of a copy that has waited are not left out because there is a later one
        let with_past = with_past || !checkpoint.keyframes.is_empty() || Instant::now() >= self.next_with_past;
        learner.save(&mut checkpoint.learner);
        checkpoint.record.clone_from(record);
        (checkpoint.attempt, checkpoint.rate_factor) = (self.attempt, rate_factor);
        checkpoint.keyframes.clear();
        if with_past {
            checkpoint.keyframes.extend_from_slice(keyframes);
            self.next_with_past = Instant::now() + PAST_INTERVAL;
        }
        self.copied = Some((record.step, self.attempt, with_past));
        self.hand_over_summary();
        self.waiting = Some((checkpoint, is_best));
        if !is_busy {
            self.send_waiting();
        }
    }

    /// Counts the time to the next checkpoint from now.
    fn rest(&mut self) {
        if let Interval::Time(every) = self.plan.checkpoint_every {
            self.next = Instant::now() + every;
        }
    }

    fn came_back(&mut self, mut checkpoint: Box<Checkpoint>) {
        self.is_writing = false;
        checkpoint.keyframes.clear(); // their memory may be wanted for later ones
        self.spare.push(checkpoint);
        self.send_waiting();
    }

    fn send_waiting(&mut self) {
        if let Some((checkpoint, is_best)) = self.waiting.take() {
            self.is_writing = true;
            self.send(Entry::Checkpoint(checkpoint, is_best));
        }
    }

    fn hand_over_summary(&mut self) {
        if self.queued.load(Ordering::Relaxed) >= WAITING {
            return;
        }
        if let Some(mut summary) = self.summary.take() {
            summary.time = SystemTime::now();
            self.send(Entry::Steps(summary));
        }
    }

    fn send(&mut self, entry: Entry) {
        self.queued.fetch_add(1, Ordering::Relaxed);
        // without a writer nothing is kept; the status says why there is none
        if self.entries.send(entry).is_err() {
            self.is_writing = false;
        }
    }
}

impl Drop for Keeper {
    /// The last steps are told, too, and what waits is written.
    fn drop(&mut self) {
        self.queued.store(0, Ordering::Relaxed);
        self.hand_over_summary();
        self.send_waiting();
    }
}
