//! The handle to a training thread.

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::worker::Worker;
use super::{Learner, Pace, Snapshot};

/// What a trainer can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// Take one step, then wait.
    StepOnce,
    /// Go on until so many steps are taken in all, then wait.
    RunTo(u64),
    /// Go faster by one step of the pace.
    Faster,
    /// Go slower by one step of the pace.
    Slower,
    /// Full speed, or back to the pace before.
    ToggleFullSpeed,
    /// Start anew with the weights of the next seed.
    Restart,
    /// Answer this prompt in every snapshot from now on.
    Ask(String),
    /// End the thread.
    Stop,
}

/// A training thread. Dropping it stops the thread.
#[derive(Debug)]
pub struct Trainer {
    commands: Sender<Command>,
    published: Arc<Published>,
    thread: Option<JoinHandle<()>>,
}

/// The latest snapshot, and a bell for those who wait for one.
#[derive(Debug)]
pub(super) struct Published {
    latest: Mutex<Arc<Snapshot>>,
    changed: Condvar,
}

impl Published {
    fn lock(&self) -> MutexGuard<'_, Arc<Snapshot>> {
        // whoever panicked while holding it had only an Arc to replace: it is whole
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn replace(&self, snapshot: Snapshot) {
        *self.lock() = Arc::new(snapshot);
        self.changed.notify_all();
    }
}

/// How long a trainer may take to finish the step it is in, when told to stop.
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);

impl Trainer {
    /// Starts a thread that trains `learner`, at once (`running`) or when told to.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(learner: impl Learner, pace: Pace, running: bool) -> std::io::Result<Self> {
        let (commands, inbox) = mpsc::channel();
        let mut worker = Worker::new(learner, inbox, pace, running);
        let published =
            Arc::new(Published { latest: Mutex::new(Arc::new(worker.snapshot())), changed: Condvar::new() });
        let out = Arc::clone(&published);
        let thread = thread::Builder::new().name("trainer".to_owned()).spawn(move || worker.run(&out))?;
        Ok(Self { commands, published, thread: Some(thread) })
    }

    /// Tells the trainer something; it listens between two steps. After the thread has ended nothing happens.
    pub fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    /// The run as it was a moment ago. The same `Arc` as before if nothing has happened since.
    #[must_use]
    pub fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.published.lock())
    }

    /// Waits for a snapshot other than `seen`, at most for `timeout`; returns the latest one in any case.
    #[must_use]
    pub fn next(&self, seen: &Arc<Snapshot>, timeout: Duration) -> Arc<Snapshot> {
        let deadline = Instant::now() + timeout;
        let mut latest = self.published.lock();
        while Arc::ptr_eq(&latest, seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let wait = self.published.changed.wait_timeout(latest, left);
            latest = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        Arc::clone(&latest)
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
