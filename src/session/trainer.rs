//! The handle to a training thread.

use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::published::{Published, lock};
use super::question::QuestionLength;
use super::responder::respond;
use super::shared::Shared;
use super::worker::Worker;
use super::{Control, PreparedRun, Snapshot};

/// Owns a training thread. Dropping it stops the thread, after its current step, and the responder threads. Waits for the training thread
/// at most two seconds, or ten if the run is saved.
#[derive(Debug)]
pub struct Trainer {
    shared: Arc<Shared>,
    /// Whether responder threads have been started.
    has_responders: Mutex<bool>,
    thread: Option<JoinHandle<()>>,
    /// Whether the run is saved to disk.
    is_saved: bool,
}

/// Upper bound on the wait for the end of the thread when a trainer is dropped.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// Upper bound for a run that is saved, whose steps since the last checkpoint would be lost.
const MAX_WAIT_SAVED: Duration = Duration::from_secs(10);

impl Trainer {
    /// Starts a training thread.
    ///
    /// # Errors
    /// If the thread cannot be created.
    pub fn spawn(run: PreparedRun) -> io::Result<Self> {
        let (messages, inbox) = mpsc::channel();
        let (reader, lane, is_saved) = (run.learner.reader(), run.lane.clone(), run.checkpoint_sender.is_some());
        let mut worker = Worker::new(run, inbox);
        let published = Published::new(worker.snapshot(), worker.keyframes());
        let shared = Arc::new(Shared::new(published, reader, lane, messages));
        let out = Arc::clone(&shared);
        let thread = thread::Builder::new().name("trainer".to_owned()).spawn(move || worker.run(&out.published))?;
        Ok(Self { shared, has_responders: Mutex::new(false), thread: Some(thread), is_saved })
    }

    /// Sends a control, which is handled between two steps. Has no effect if the thread has ended. Returns the control's number for
    /// [`reply`](Self::reply).
    pub fn send(&self, control: Control) -> u64 {
        self.shared.send(control)
    }

    /// What controls of the run need.
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What viewers of the run need; starts the responder threads unless they have been started.
    pub(super) fn start_responders(&self) -> io::Result<&Arc<Shared>> {
        let mut has_responders = lock(&self.has_responders);
        if !*has_responders {
            for length in QuestionLength::ALL {
                let shared = Arc::clone(&self.shared);
                let work = move || respond(&shared.published, &shared.questions, length);
                thread::Builder::new().name("responder".to_owned()).spawn(work)?;
            }
            *has_responders = true;
        }
        Ok(&self.shared)
    }

    /// Waits up to `timeout` for a snapshot in which the control with this number has been handled; returns the latest snapshot in
    /// any case.
    #[must_use]
    pub fn reply(&self, number: u64, timeout: Duration) -> Arc<Snapshot> {
        let deadline = Instant::now() + timeout;
        let mut snapshot = self.latest();
        while snapshot.last_control < number {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            snapshot = self.next(&snapshot, left);
        }
        snapshot
    }

    /// The latest snapshot. The same `Arc` as before if nothing has changed.
    #[must_use]
    pub fn latest(&self) -> Arc<Snapshot> {
        self.shared.published.latest()
    }

    /// Waits up to `timeout` for a snapshot newer than `seen`; returns the latest snapshot in any case.
    #[must_use]
    pub fn next(&self, seen: &Arc<Snapshot>, timeout: Duration) -> Arc<Snapshot> {
        self.shared.published.next(seen, timeout)
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        self.send(Control::Stop);
        self.shared.questions.close();
        let deadline = Instant::now() + if self.is_saved { MAX_WAIT_SAVED } else { MAX_WAIT };
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
