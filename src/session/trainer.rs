//! The handle to a training thread.

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::published::Published;
use super::worker::{NumberedCommand, Worker};
use super::{CheckpointSender, Command, Keyframe, Pace, Rise, SaveStatus, Snapshot};
use crate::learning::{Learner, Record};

/// A training thread. Dropping it stops the thread.
#[derive(Debug)]
pub struct Trainer {
    orders: Sender<NumberedCommand>,
    sent: Mutex<u64>,
    published: Arc<Published>,
    thread: Option<JoinHandle<()>>,
}

/// What there was of a run before it goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct ResumeState {
    /// What the steps told that the learner has taken.
    pub record: Record,
    /// What its learning rate was multiplied by.
    pub rate_factor: f64,
    /// Its weights at earlier moments.
    pub keyframes: Vec<Keyframe>,
}

/// How a training thread begins.
#[derive(Debug)]
pub struct TrainerOptions {
    /// How fast it goes.
    pub pace: Pace,
    /// How it comes to that pace, if it does not have it at once.
    pub rise: Option<Rise>,
    /// Whether it goes on at once, or when told to.
    pub running: bool,
    /// What there was before, of a run that goes on.
    pub before: Option<ResumeState>,
    /// Where the run is kept that is only to be seen again: nothing is trained, unless it is begun anew.
    pub shown: Option<SaveStatus>,
    /// What it hands over what stays on disk to.
    pub checkpoint_sender: Option<CheckpointSender>,
    /// Bytes for keyframes.
    pub keyframes: usize,
}

impl TrainerOptions {
    /// A run that has no past and leaves nothing.
    #[must_use]
    pub fn new(pace: Pace, running: bool) -> Self {
        Self { pace, rise: None, running, before: None, shown: None, checkpoint_sender: None, keyframes: 0 }
    }
}

/// How long a trainer may take to finish the step it is in, when told to stop.
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);

impl Trainer {
    /// Starts a thread that trains `learner`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(learner: Box<dyn Learner>, outset: TrainerOptions) -> std::io::Result<Self> {
        let (orders, inbox) = mpsc::channel();
        let mut worker = Worker::new(learner, inbox, outset);
        let published = Arc::new(Published::new(worker.snapshot()));
        let out = Arc::clone(&published);
        let thread = thread::Builder::new().name("trainer".to_owned()).spawn(move || worker.run(&out))?;
        Ok(Self { orders, sent: Mutex::new(0), published, thread: Some(thread) })
    }

    /// Tells the trainer something; it listens between two steps. After the thread has ended nothing happens. Returns the
    /// command's number, for [`reply`](Self::reply).
    pub fn send(&self, command: Command) -> u64 {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        *sent += 1;
        let _ = self.orders.send((*sent, command)); // under the lock: the numbers arrive in their order
        *sent
    }

    /// What stops the thread as dropping this does, for somebody who may outlive it. Does not wait for the thread.
    #[must_use = "nothing is stopped until it is called"]
    pub fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let orders = self.orders.clone();
        // nobody waits for an answer to the last command
        move || drop(orders.send((u64::MAX, Command::Stop)))
    }

    /// Waits, at most for `timeout`, for a snapshot in which the command with this number has been obeyed; returns the
    /// latest one in any case.
    #[must_use]
    pub fn reply(&self, number: u64, timeout: Duration) -> Arc<Snapshot> {
        let deadline = Instant::now() + timeout;
        let mut snapshot = self.latest();
        while snapshot.last_command < number {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            snapshot = self.next(&snapshot, left);
        }
        snapshot
    }

    /// The run as it was a moment ago. The same `Arc` as before if nothing has happened since.
    #[must_use]
    pub fn latest(&self) -> Arc<Snapshot> {
        self.published.latest()
    }

    /// Waits for a snapshot other than `seen`, at most for `timeout`; returns the latest one in any case.
    #[must_use]
    pub fn next(&self, seen: &Arc<Snapshot>, timeout: Duration) -> Arc<Snapshot> {
        self.published.next(seen, timeout)
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        self.send(Command::Stop);
        let deadline = Instant::now() + LONGEST_FAREWELL;
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
