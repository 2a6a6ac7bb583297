//! Copies of a run on their way to the disk: one is being written, others wait.

use std::collections::VecDeque;

use super::Checkpoint;

/// Why a copy is to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaveReason {
    /// Its validation is the best so far.
    pub is_best: bool,
    /// Somebody has asked for it, or it is the last one of a run.
    pub is_requested: bool,
}

/// A copy, and why it is to be written.
#[derive(Debug)]
pub(super) struct Copy {
    pub checkpoint: Box<Checkpoint>,
    pub reason: SaveReason,
}

impl Copy {
    /// Whether a later copy of the same attempt, with this occasion, is as good.
    fn gives_way_to(&self, attempt: u32, later: SaveReason) -> bool {
        let SaveReason { is_best, is_requested } = self.reason;
        self.checkpoint.attempt == attempt && (later.is_best || !is_best) && (later.is_requested || !is_requested)
    }
}

/// However slow the disk is, no more checkpoints than this number wait: the oldest ones, of attempts long over, are let go.
const MOST_WAITING: usize = 4;

/// The copies. Memory of those that were written is used again.
#[derive(Debug, Default)]
pub(super) struct PendingCheckpoints {
    waiting: VecDeque<Copy>,
    #[allow(clippy::vec_box)] // boxed, as they go through the channels
    spare: Vec<Box<Checkpoint>>,
    is_writing: bool,
}

impl PendingCheckpoints {
    /// Memory for a later copy; if there is one that it takes the place of, that one.
    pub fn room_for(&mut self, attempt: u32, reason: SaveReason) -> Box<Checkpoint> {
        let replaced = self.waiting.iter().position(|copy| copy.gives_way_to(attempt, reason));
        let replaced = replaced.and_then(|at| self.waiting.remove(at)).map(|copy| copy.checkpoint);
        replaced.or_else(|| self.spare.pop()).unwrap_or_default()
    }

    /// Whether there is no such memory yet.
    pub fn needs_memory(&self, attempt: u32, reason: SaveReason) -> bool {
        self.spare.is_empty() && !self.waiting.iter().any(|copy| copy.gives_way_to(attempt, reason))
    }

    /// One more that waits.
    pub fn push(&mut self, copy: Copy) {
        // it may be as good as more than one
        self.waiting.retain(|earlier| !earlier.gives_way_to(copy.checkpoint.attempt, copy.reason));
        self.waiting.push_back(copy);
        if self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
        }
    }

    /// The next one to be written, if none is.
    pub fn next(&mut self) -> Option<Copy> {
        if self.is_writing {
            return None;
        }
        let next = self.waiting.pop_front();
        self.is_writing = next.is_some();
        next
    }

    /// The one that was written comes back.
    pub fn written(&mut self, mut checkpoint: Box<Checkpoint>) {
        self.is_writing = false;
        checkpoint.keyframes.clear(); // their memory may be wanted for later ones
        if self.spare.is_empty() {
            self.spare.push(checkpoint);
        }
    }

    /// Nobody writes any more.
    pub fn give_up(&mut self) {
        self.waiting.clear();
        self.is_writing = false;
    }

    /// Whether one is being written or waits.
    pub fn is_busy(&self) -> bool {
        self.is_writing || !self.waiting.is_empty()
    }

    /// All that wait, to be written one after the other.
    pub fn drain(&mut self) -> impl Iterator<Item = Copy> {
        self.waiting.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: SaveReason = SaveReason { is_best: false, is_requested: false };
    const BEST: SaveReason = SaveReason { is_best: true, is_requested: false };
    const WANTED: SaveReason = SaveReason { is_best: false, is_requested: true };

    fn add(copies: &mut PendingCheckpoints, attempt: u32, step: u64, reason: SaveReason) {
        let mut checkpoint = copies.room_for(attempt, reason);
        checkpoint.attempt = attempt;
        checkpoint.record.step = step;
        copies.push(Copy { checkpoint, reason });
    }

    fn steps(copies: &mut PendingCheckpoints) -> Vec<u64> {
        copies.drain().map(|copy| copy.checkpoint.record.step).collect()
    }

    #[test]
    fn one_is_written_at_a_time_and_its_memory_is_used_again() {
        let mut copies = PendingCheckpoints::default();
        add(&mut copies, 1, 10, PLAIN);
        let first = copies.next().unwrap();
        add(&mut copies, 1, 20, PLAIN);
        assert!(copies.next().is_none() && copies.is_busy());
        copies.written(first.checkpoint);
        assert_eq!(copies.next().unwrap().checkpoint.record.step, 20);
        assert_eq!(copies.room_for(1, PLAIN).record.step, 10, "what was there before is overwritten");
    }

    #[test]
    fn one_that_waits_gives_way_to_a_later_one_that_is_as_good() {
        let waiting = |occasions: &[SaveReason]| {
            let mut copies = PendingCheckpoints::default();
            occasions.iter().zip(1..).for_each(|(reason, step)| add(&mut copies, 1, step, *reason));
            steps(&mut copies)
        };
        assert_eq!(waiting(&[PLAIN, PLAIN, PLAIN]), [3]);
        assert_eq!(waiting(&[BEST, PLAIN, PLAIN]), [1, 3], "the best is written, and the latest");
        assert_eq!(waiting(&[BEST, PLAIN, BEST]), [3]);
        assert_eq!(waiting(&[WANTED, PLAIN, BEST]), [1, 3]);
        assert_eq!(waiting(&[BEST, WANTED, PLAIN, SaveReason { is_best: true, is_requested: true }]), [4]);
    }

    #[test]
    fn those_of_an_attempt_before_are_written_and_there_never_are_many() {
        let mut copies = PendingCheckpoints::default();
        for attempt in 1..=3 {
            add(&mut copies, attempt, u64::from(attempt), WANTED);
        }
        assert_eq!(steps(&mut copies), [1, 2, 3]);
        for attempt in 1..=9 {
            add(&mut copies, attempt, u64::from(attempt), WANTED);
        }
        assert_eq!(steps(&mut copies), [6, 7, 8, 9]);
    }
}
