//! The queue between the training thread and the writer.

use std::collections::VecDeque;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Artifact, Checkpoint, SaveEvent, SaveProblem, SaveReason, SaveStatus};
use crate::session::published::lock;

/// Upper bound on waiting checkpoints, reached only if the disk is slow and the run is restarted many times; the oldest one is dropped
/// then.
const MAX_WAITING: usize = 4;

/// The writer's end of the queue.
#[derive(Debug)]
pub struct SaveQueue {
    shared: Arc<SharedQueue>,
}

impl SaveQueue {
    pub(super) fn new(shared: Arc<SharedQueue>) -> Self {
        Self { shared }
    }

    /// Removes the next event, waiting up to `timeout` for one.
    ///
    /// # Errors
    /// `Timeout` if there is none; `Disconnected` if there will be none, since the sender is gone and the queue is empty.
    pub fn next(&self, timeout: Duration) -> Result<SaveEvent, RecvTimeoutError> {
        let must_wait = |state: &mut State| state.events.is_empty() && state.has_sender();
        let waited = self.shared.added.wait_timeout_while(self.shared.state(), timeout, must_wait);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.events.pop_front() {
            Some(event) => {
                state.is_writing |= matches!(event, SaveEvent::Checkpoint(..));
                Ok(event)
            }
            None if state.has_sender() => Err(RecvTimeoutError::Timeout),
            None => Err(RecvTimeoutError::Disconnected),
        }
    }

    /// Reports whether the last checkpoint from [`next`](Self::next) is on disk, and returns it so that its memory is used for the next one.
    pub fn finish(&self, mut checkpoint: Box<Checkpoint>, is_saved: bool) {
        let mut state = self.shared.state();
        if is_saved && checkpoint.attempt == state.attempt {
            state.status.saved = Some(checkpoint.record.step);
        }
        state.has_failed |= !is_saved;
        state.has_news = true;
        state.is_writing = false;
        checkpoint.keyframes.clear(); // the weights in them may be reused for later keyframes
        state.spare.get_or_insert(checkpoint);
    }

    /// Changes the persistence status.
    pub fn update_status(&self, change: impl FnOnce(&mut SaveStatus)) {
        change(&mut self.shared.state().status);
    }

    /// The current persistence status.
    #[must_use]
    pub fn status(&self) -> SaveStatus {
        self.shared.state().status.clone()
    }
}

impl Drop for SaveQueue {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.closed_by.get_or_insert(End::Writer);
        state.events.clear();
        (state.is_writing, state.has_news) = (false, true);
        state.status.problems.entry(Artifact::Checkpoint).or_insert(SaveProblem::WriterEnded);
    }
}

/// The queue itself.
#[derive(Debug)]
pub(super) struct SharedQueue {
    state: Mutex<State>,
    /// Notified when an event is added or the sender is gone.
    added: Condvar,
}

impl SharedQueue {
    pub fn new(status: SaveStatus) -> Self {
        let state = State {
            events: VecDeque::new(),
            is_writing: false,
            spare: None,
            status,
            attempt: 0,
            has_news: false,
            has_failed: false,
            closed_by: None,
        };
        Self { state: Mutex::new(state), added: Condvar::new() }
    }

    /// Locks the state. It is locked for moments only: neither side holds it while it copies or writes.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Adds an event; discards it if there is no writer. A checkpoint replaces those that wait and are not better.
    pub fn send(&self, event: SaveEvent) {
        let mut state = self.state();
        if state.closed_by == Some(End::Writer) {
            return;
        }
        if let SaveEvent::Checkpoint(checkpoint, reason) = &event {
            while state.take_replaced(checkpoint.attempt, *reason).is_some() {}
            if state.waiting().count() == MAX_WAITING {
                let oldest = state.waiting().next();
                oldest.and_then(|index| state.events.remove(index));
            }
        }
        state.events.push_back(event);
        self.added.notify_one();
    }

    /// Closes the sender's end: the writer takes what is queued, and then ends.
    pub fn close(&self) {
        self.state().closed_by.get_or_insert(End::Sender);
        self.added.notify_one();
    }
}

/// The state that both ends of the queue share.
#[derive(Debug)]
pub(super) struct State {
    events: VecDeque<SaveEvent>,
    /// Whether the writer has taken a checkpoint that it has not finished.
    is_writing: bool,
    /// A finished checkpoint, whose memory the next copy uses.
    spare: Option<Box<Checkpoint>>,
    pub status: SaveStatus,
    /// The current attempt; checkpoints of earlier ones do not count as saved.
    pub attempt: u32,
    /// Whether the writer has finished a checkpoint, or has ended, since the training thread last checked.
    pub has_news: bool,
    /// Whether a checkpoint could not be written since the training thread last checked.
    pub has_failed: bool,
    /// The end that was dropped first.
    closed_by: Option<End>,
}

/// An end of the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Sender,
    Writer,
}

impl State {
    fn has_sender(&self) -> bool {
        self.closed_by != Some(End::Sender)
    }

    /// Whether a checkpoint is being written or waits.
    pub fn is_busy(&self) -> bool {
        self.is_writing || self.waiting().next().is_some()
    }

    /// The number of events in the queue.
    pub fn queued(&self) -> usize {
        self.events.len()
    }

    /// Takes memory for a copy: that of a waiting checkpoint that the copy replaces, or that of a finished one, if there is either.
    pub fn take_memory(&mut self, attempt: u32, reason: SaveReason) -> Option<Box<Checkpoint>> {
        self.take_replaced(attempt, reason).or_else(|| self.spare.take())
    }

    /// Removes the first waiting checkpoint of this attempt that a later one with this reason replaces. The one that the writer takes
    /// next stays, so that the first checkpoint of a run is always written.
    fn take_replaced(&mut self, attempt: u32, later: SaveReason) -> Option<Box<Checkpoint>> {
        let replaceable = self.waiting().skip(usize::from(!self.is_writing)).find(|index| match &self.events[*index] {
            SaveEvent::Checkpoint(checkpoint, reason) => checkpoint.attempt == attempt && later.includes(*reason),
            _ => false,
        });
        match self.events.remove(replaceable?) {
            Some(SaveEvent::Checkpoint(checkpoint, _)) => Some(checkpoint),
            _ => None,
        }
    }

    /// Indices of the waiting checkpoints in the queue, the oldest first.
    fn waiting(&self) -> impl Iterator<Item = usize> {
        let indexed = self.events.iter().enumerate();
        indexed.filter(|(_, event)| matches!(event, SaveEvent::Checkpoint(..))).map(|(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: SaveReason = SaveReason { is_best: false, is_requested: false };
    const BEST: SaveReason = SaveReason { is_best: true, is_requested: false };

    /// A queue whose writer is writing a checkpoint.
    fn busy_queue() -> SharedQueue {
        let queue = SharedQueue::new(SaveStatus::default());
        queue.state().is_writing = true;
        queue
    }

    fn add(queue: &SharedQueue, attempt: u32, step: u64, reason: SaveReason) {
        let mut checkpoint = queue.state().take_memory(attempt, reason).unwrap_or_default();
        checkpoint.attempt = attempt;
        checkpoint.record.step = step;
        queue.send(SaveEvent::Checkpoint(checkpoint, reason));
    }

    /// Steps of the waiting checkpoints.
    fn steps(queue: &SharedQueue) -> Vec<u64> {
        let step = |event: &SaveEvent| match event {
            SaveEvent::Checkpoint(checkpoint, _) => Some(checkpoint.record.step),
            _ => None,
        };
        queue.state().events.iter().filter_map(step).collect()
    }

    #[test]
    fn queue_finished_checkpoint_gives_its_memory_to_the_next() {
        let shared = Arc::new(SharedQueue::new(SaveStatus::default()));
        let writer = SaveQueue::new(Arc::clone(&shared));
        add(&shared, 1, 10, PLAIN);
        let Ok(SaveEvent::Checkpoint(first, _)) = writer.next(Duration::ZERO) else { panic!("it was sent") };
        add(&shared, 1, 20, PLAIN);
        assert!(shared.state().spare.is_none() && shared.state().is_busy());
        writer.finish(first, true);
        let memory = shared.state().take_memory(2, PLAIN).unwrap();
        assert_eq!(memory.record.step, 10, "the old contents are overwritten later");
        assert_eq!(steps(&shared), [20]);
    }

    #[test]
    fn queue_later_checkpoint_replaces_waiting_one_that_is_not_better() {
        let waiting = |reasons: &[SaveReason]| {
            let queue = busy_queue();
            reasons.iter().zip(1..).for_each(|(reason, step)| add(&queue, 1, step, *reason));
            steps(&queue)
        };
        let requested = SaveReason::REQUESTED;
        assert_eq!(waiting(&[PLAIN, PLAIN, PLAIN]), [3]);
        assert_eq!(waiting(&[BEST, PLAIN, PLAIN]), [1, 3], "the best one and the latest one");
        assert_eq!(waiting(&[BEST, PLAIN, BEST]), [3]);
        assert_eq!(waiting(&[requested, PLAIN, BEST]), [1, 3]);
        assert_eq!(waiting(&[BEST, requested, PLAIN, SaveReason { is_best: true, is_requested: true }]), [4]);
    }

    #[test]
    fn queue_idle_writer_next_checkpoint_is_not_replaced() {
        let queue = SharedQueue::new(SaveStatus::default());
        (0..4).for_each(|step| add(&queue, 1, step, PLAIN));
        assert_eq!(steps(&queue), [0, 3]);
    }

    #[test]
    fn queue_many_attempts_keeps_the_latest_of_each_up_to_the_bound() {
        let steps_after = |attempts: u32| {
            let queue = busy_queue();
            (1..=attempts).for_each(|attempt| add(&queue, attempt, attempt.into(), SaveReason::REQUESTED));
            steps(&queue)
        };
        assert_eq!(steps_after(3), [1, 2, 3]);
        assert_eq!(steps_after(9), [6, 7, 8, 9]);
    }
}
