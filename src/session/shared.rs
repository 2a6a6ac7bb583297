//! What the training thread, viewers and controls of a run share.

use std::fmt;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use super::published::{Published, lock};
use super::questions::Questions;
use super::{Control, Lane};
use crate::learning::PromptReader;

/// A message to the training thread.
#[derive(Debug)]
pub(super) enum Message {
    /// A control with its 1-based number.
    Control(u64, Control),
    /// A viewer has connected.
    ViewerJoined,
}

/// What the training thread, viewers and controls of a run share.
pub(super) struct Shared {
    pub published: Published,
    /// The questions of viewers to the run.
    pub questions: Questions,
    /// Reads prompts.
    pub reader: Arc<dyn PromptReader>,
    /// Its handle to the lockstep of several runs.
    pub lane: Option<Lane>,
    messages: Sender<Message>,
    /// Number of controls sent.
    sent: Mutex<u64>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("sent", &self.sent()).finish_non_exhaustive()
    }
}

impl Shared {
    pub fn new(
        published: Published,
        reader: Arc<dyn PromptReader>,
        lane: Option<Lane>,
        messages: Sender<Message>,
    ) -> Self {
        Self { published, questions: Questions::default(), reader, lane, messages, sent: Mutex::default() }
    }

    /// Sends a control to the training thread; returns its 1-based number.
    pub fn send(&self, control: Control) -> u64 {
        let mut sent = lock(&self.sent);
        *sent += 1;
        // under the lock, so that the numbers arrive in order; has no effect if the thread has ended
        let _ = self.messages.send(Message::Control(*sent, control));
        *sent
    }

    /// The number of controls sent.
    pub fn sent(&self) -> u64 {
        *lock(&self.sent)
    }

    /// Notifies the training thread that a viewer has connected.
    pub fn notify_of_viewer(&self) {
        let _ = self.messages.send(Message::ViewerJoined); // has no effect if the thread has ended
    }
}
