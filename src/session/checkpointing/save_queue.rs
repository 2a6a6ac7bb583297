//! Where what is to be written arrives.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::{Checkpoint, SaveStatus, Summary};
use crate::learning::ValidationPoint;

/// Something to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum SaveEvent {
    /// The run begins, or begins anew.
    Began {
        /// How often it has begun.
        attempt: u32,
        /// The model in one line.
        model: String,
        /// Of its weights and the order of the sentences.
        seed: u64,
    },
    /// The run goes on, after this many steps.
    Resumed(u64),
    /// This step could not be taken, and why.
    Failed(u64, String),
    /// Steps that follow each other.
    Steps(Summary),
    /// A validation.
    Validation(ValidationPoint, SystemTime),
    /// A checkpoint, and whether its validation is the best so far.
    Checkpoint(Box<Checkpoint>, bool),
}

/// The writer's side. When the keeper is gone, [`next`](Self::next) says so, after everything that it has sent.
#[derive(Debug)]
pub struct SaveQueue {
    pub(super) entries: Receiver<SaveEvent>,
    pub(super) queued: Arc<AtomicUsize>,
    pub(super) written: Sender<(Box<Checkpoint>, bool)>,
    pub(super) status: Arc<Mutex<SaveStatus>>,
}

/// What the desk has to tell.
#[derive(Debug)]
pub enum Received {
    /// Something to be written.
    SaveEvent(SaveEvent),
    /// Nothing for some time.
    Nothing,
    /// Nothing any more.
    End,
}

impl SaveQueue {
    /// What arrives next, waiting for it at most so long.
    #[must_use]
    pub fn next(&self, longest: Duration) -> Received {
        match self.entries.recv_timeout(longest) {
            Ok(entry) => {
                self.queued.fetch_sub(1, Ordering::Relaxed);
                Received::SaveEvent(entry)
            }
            Err(RecvTimeoutError::Timeout) => Received::Nothing,
            Err(RecvTimeoutError::Disconnected) => Received::End,
        }
    }

    /// Gives a copy back, and says whether it is on the disk.
    pub fn give_back(&self, checkpoint: Box<Checkpoint>, is_saved: bool) {
        let _ = self.written.send((checkpoint, is_saved)); // the keeper may be gone
    }

    /// Tells how the keeping goes.
    pub fn tell(&self, change: impl FnOnce(&mut SaveStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// How the keeping goes.
    #[must_use]
    pub fn status(&self) -> SaveStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
