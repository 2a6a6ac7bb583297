//! A question of a viewer to a run, and when it may be answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Budget, Keyframe};
use crate::learning::{GenerateRequest, TraceTarget};

/// Largest number of words, read and generated, of a short question.
const MAX_SHORT_WORDS: usize = 100;

/// Expected duration of an answer. Each length is answered in a thread of its own, so that a long question delays only other long ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum QuestionLength {
    Short,
    Long,
}

impl QuestionLength {
    pub const ALL: [Self; 2] = [Self::Short, Self::Long];
}

/// Everything that a viewer asks of a run at one moment.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// 1-based number among the questions of the viewer to this run.
    pub number: u64,
    /// The attempt of the run that is asked.
    pub attempt: u64,
    /// The keyframe whose weights answer; `None` for the latest published weights.
    pub moment: Option<Keyframe>,
    /// The prompt whose next word is predicted and traced.
    pub prompt: Option<String>,
    /// The loss whose gradient is traced.
    pub trace_target: TraceTarget,
    /// Pinned prompts, each with the words that follow it in the training text.
    pub pinned: Vec<(String, Arc<[String]>)>,
    /// A text to continue.
    pub generate: Option<GenerateRequest>,
    /// The number of words in the prompts.
    pub words: usize,
    /// Whether it is answered as soon as possible, and not only when there is time.
    pub is_urgent: bool,
    /// The budget of processor time that its answer is counted against while the run trains.
    pub budget: Option<Arc<Budget>>,
    /// The processor time reserved for its answer; `None` until [`reserve_turn`](Self::reserve_turn), and without a budget.
    pub turn: Option<Turn>,
}

/// Processor time that a [`Budget`] has reserved for an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// When the answer may begin.
    start: Instant,
    /// The reserved time, which is corrected by the time that the answer takes.
    reserved: Duration,
}

impl Question {
    /// Its length, by the number of words to read and to generate.
    pub fn length(&self) -> QuestionLength {
        let generated = self.generate.as_ref().map_or(0, |request| request.words);
        if self.words + generated > MAX_SHORT_WORDS { QuestionLength::Long } else { QuestionLength::Short }
    }

    /// Reserves `cost` in the budget if the question is urgent, has a budget and no turn yet.
    pub fn reserve_turn(&mut self, cost: Duration) {
        if self.is_urgent && self.turn.is_none() {
            let reserve = |budget: &Arc<Budget>| Turn { start: budget.reserve(cost, Instant::now()), reserved: cost };
            self.turn = self.budget.as_ref().map(reserve);
        }
    }

    /// When it may be answered: not before its turn while the run trains, and not before `background_due` if it is not urgent.
    pub fn due(&self, schedule: Schedule) -> Instant {
        match self.turn {
            _ if !self.is_urgent => schedule.background_due,
            Some(turn) if schedule.is_training => turn.start,
            _ => schedule.now,
        }
    }

    /// Replaces the reservation in its budget, if it has one, by the processor time that the answer has taken.
    pub fn settle(&self, cost: Duration) {
        if let Some(budget) = &self.budget {
            let reserved = self.turn.map_or(Duration::ZERO, |turn| turn.reserved);
            budget.correct(reserved, cost, Instant::now());
        }
    }
}

/// When the questions to a run may be answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// The current time.
    pub now: Instant,
    /// Questions that are not urgent are not answered before this time.
    pub background_due: Instant,
    /// Whether the run is training; answers are limited by budgets only then.
    pub is_training: bool,
}
