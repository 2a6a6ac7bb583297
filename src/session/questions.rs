//! Questions of viewers, and the queue in which they wait for the responder.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::notifier::Notifier;
use super::published::lock;
use super::responder::Answers;
use super::{Budget, Keyframe};
use crate::learning::{GenerateRequest, TraceTarget};

/// A question with more words than this is long.
const MAX_SHORT_WORDS: usize = 100;

/// Whether a question takes little time or much. Each length is answered in a thread of its own, so that a long question delays only
/// other long ones.
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
    pub loss_of: TraceTarget,
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
    /// When the budget allows an answer; set by [`Questions::ask`].
    pub turn: Option<Turn>,
}

/// Processor time that a [`Budget`] has reserved for an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// When the answer may begin.
    start: Instant,
    reserved: Duration,
}

impl Question {
    /// Its length by the number of words to read and to generate.
    pub fn length(&self) -> QuestionLength {
        let generated = self.generate.as_ref().map_or(0, |request| request.words);
        if self.words + generated > MAX_SHORT_WORDS { QuestionLength::Long } else { QuestionLength::Short }
    }

    /// When it may be answered.
    fn due(&self, schedule: Schedule) -> Instant {
        match self.turn {
            _ if !self.is_urgent => schedule.background_due,
            Some(turn) if schedule.is_training => turn.start,
            _ => schedule.now,
        }
    }

    /// Corrects the budget by the processor time that the answer has taken.
    fn settle(&self, cost: Duration) {
        if let Some(budget) = &self.budget {
            let reserved = self.turn.map_or(Duration::ZERO, |turn| turn.reserved);
            budget.correct(reserved, cost, Instant::now());
        }
    }
}

/// The last question of one viewer to a run, and its last answers.
#[derive(Debug)]
pub(super) struct Slot {
    question: Mutex<Option<Question>>,
    answers: Mutex<Option<Answers>>,
    /// Whether a question of this slot is being answered: there is one at a time.
    is_busy: AtomicBool,
    notifier: Arc<Notifier>,
}

impl Slot {
    /// Creates an empty slot; `notifier` is notified of answers.
    pub fn new(notifier: Arc<Notifier>) -> Self {
        Self { question: Mutex::default(), answers: Mutex::default(), is_busy: AtomicBool::default(), notifier }
    }

    /// The answers since the last call, if any.
    pub fn take_answers(&self) -> Option<Answers> {
        lock(&self.answers).take()
    }

    /// When its question may be answered; `None` if it has none of this length, or is busy.
    fn due(&self, length: QuestionLength, schedule: Schedule) -> Option<Instant> {
        let question = lock(&self.question);
        let question = question.as_ref().filter(|question| question.length() == length)?;
        (!self.is_busy.load(Ordering::Relaxed)).then(|| question.due(schedule))
    }
}

/// When questions are answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// The current time.
    pub now: Instant,
    /// Questions that are not urgent are answered from then on.
    pub background_due: Instant,
    /// Whether the run is training, so that answers are limited by budgets.
    pub is_training: bool,
}

/// The queue of questions to a run: at most one of each viewer, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    slots: VecDeque<Arc<Slot>>,
    /// Processor time of the last answer within a budget, by length; as much is reserved for the next one.
    last_costs: BTreeMap<QuestionLength, Duration>,
    is_closed: bool,
}

impl Waiting {
    /// When the first question of this length may be answered.
    fn first_due(&self, length: QuestionLength, schedule: Schedule) -> Option<Instant> {
        self.slots.iter().filter_map(|slot| slot.due(length, schedule)).min()
    }

    /// Removes the next question of this length that may be answered now; its slot is busy from then on.
    fn take(&mut self, length: QuestionLength, schedule: Schedule) -> Option<(Arc<Slot>, Question)> {
        self.slots.retain(|slot| Arc::strong_count(slot) > 1); // the viewer may be gone
        let is_due = |slot: &Arc<Slot>| slot.due(length, schedule).is_some_and(|due| due <= schedule.now);
        let slot = self.slots.iter().position(is_due).and_then(|index| self.slots.remove(index))?;
        let question = lock(&slot.question).take()?;
        slot.is_busy.store(true, Ordering::Relaxed);
        Some((slot, question))
    }
}

impl Questions {
    /// Adds a question, which replaces an unanswered one of the same viewer but keeps its place, turn, urgency and text to continue.
    pub fn ask(&self, slot: &Arc<Slot>, mut question: Question) {
        let mut waiting = lock(&self.waiting);
        let mut last = lock(&slot.question);
        if let Some(last) = last.take() {
            question.generate = question.generate.or(last.generate);
            question.is_urgent |= last.is_urgent;
            question.turn = last.turn;
        }
        if question.is_urgent && question.turn.is_none() {
            let reserved = waiting.last_costs.get(&question.length()).copied().unwrap_or_default();
            let reserve = |budget: &Arc<Budget>| Turn { start: budget.reserve(reserved, Instant::now()), reserved };
            question.turn = question.budget.as_ref().map(reserve);
        }
        *last = Some(question);
        drop(last);
        if !waiting.slots.iter().any(|other| Arc::ptr_eq(other, slot)) {
            waiting.slots.push_back(Arc::clone(slot));
        }
        drop(waiting);
        self.changed.notify_all();
    }

    /// Waits for a question of this length that may be answered; `None` once the queue is closed. [`finish`](Self::finish) must follow.
    pub fn next(&self, length: QuestionLength, schedule: impl Fn() -> Schedule) -> Option<(Arc<Slot>, Question)> {
        let mut waiting = lock(&self.waiting);
        loop {
            if waiting.is_closed {
                return None;
            }
            let schedule = schedule();
            if let Some(next) = waiting.take(length, schedule) {
                return Some(next);
            }
            waiting = match waiting.first_due(length, schedule) {
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(due) => {
                    let left = due.saturating_duration_since(schedule.now);
                    self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Gives the viewer the answers to its question, which have taken `cost` of processor time.
    pub fn finish(&self, slot: &Slot, question: &Question, answers: Answers, cost: Duration) {
        *lock(&slot.answers) = Some(answers);
        question.settle(cost);
        let mut waiting = lock(&self.waiting); // a thread in `next` has seen all of the changes, or will be notified
        if question.budget.is_some() {
            waiting.last_costs.insert(question.length(), cost);
        }
        slot.is_busy.store(false, Ordering::Relaxed);
        drop(waiting);
        self.changed.notify_all();
        slot.notifier.notify();
    }

    /// Closes the queue: nothing is answered any more.
    pub fn close(&self) {
        lock(&self.waiting).is_closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sampling;

    fn question(number: u64, is_urgent: bool) -> Question {
        let loss_of = TraceTarget::default();
        Question {
            number,
            attempt: 1,
            moment: None,
            prompt: None,
            loss_of,
            pinned: Vec::new(),
            generate: None,
            words: 1,
            is_urgent,
            budget: None,
            turn: None,
        }
    }

    /// The schedule of a training run at this moment, with background questions due at `background_due`.
    fn schedule(now: Instant, background_due: Instant) -> Schedule {
        Schedule { now, background_due, is_training: true }
    }

    fn slot() -> Arc<Slot> {
        Arc::new(Slot::new(Arc::default()))
    }

    /// Answers without anything in them.
    fn no_answers(number: u64) -> Answers {
        Answers::none(number, Duration::ZERO)
    }

    #[test]
    fn question_replaced_keeps_urgency_and_text_to_continue() {
        let (questions, slot, now) = (Questions::default(), slot(), Instant::now());
        let request = GenerateRequest { prompt: "a".into(), words: 1, sampling: Sampling::default(), sample: 1 };
        questions.ask(&slot, Question { generate: Some(request.clone()), ..question(1, true) });
        questions.ask(&slot, question(2, false));
        let (_, next) = questions.next(QuestionLength::Short, || schedule(now, now)).unwrap();
        assert_eq!((next.number, next.generate, next.is_urgent), (2, Some(request), true));
        questions.close();
        assert!(questions.next(QuestionLength::Short, || schedule(now, now)).is_none(), "the queue is closed");
    }

    #[test]
    fn question_of_gone_viewer_is_dropped() {
        let (questions, [gone, there]) = (Questions::default(), [slot(), slot()]);
        questions.ask(&gone, question(1, true));
        questions.ask(&there, question(2, true));
        drop(gone);
        let now = Instant::now();
        let (_, next) = questions.next(QuestionLength::Short, || schedule(now, now)).unwrap();
        assert_eq!((next.number, lock(&questions.waiting).slots.len()), (2, 0));
    }

    #[test]
    fn questions_are_answered_in_order_urgent_ones_first() {
        let (questions, now) = (Questions::default(), Instant::now());
        let slots = [slot(), slot(), slot(), slot()];
        for (at, is_urgent) in [(0, false), (1, true), (2, false), (3, true), (1, true)] {
            questions.ask(&slots[at], question(at as u64, is_urgent));
        }
        let in_an_hour = now + Duration::from_hours(1);
        let order = [in_an_hour, in_an_hour, now, now]
            .map(|due| questions.next(QuestionLength::Short, || schedule(now, due)).unwrap().1.number);
        assert_eq!(order, [1, 3, 0, 2]);
    }

    #[test]
    fn question_with_budget_waits_while_the_run_trains() {
        let (questions, [limited, unlimited], now) = (Questions::default(), [slot(), slot()], Instant::now());
        let budget = Arc::new(Budget::default());
        let _ = budget.reserve(Duration::from_hours(1), now);
        questions.ask(&limited, Question { budget: Some(Arc::clone(&budget)), ..question(1, true) });
        questions.ask(&unlimited, question(2, true));
        let take = |is_training| {
            let schedule = Schedule { is_training, ..schedule(now, now) };
            lock(&questions.waiting).take(QuestionLength::Short, schedule).map(|(_, question)| question.number)
        };
        assert_eq!(take(true), Some(2), "a viewer without a budget does not wait");
        assert_eq!(take(true), None);
        assert_eq!(take(false), Some(1), "budgets are for training runs");
    }

    #[test]
    fn question_replaced_keeps_its_turn() {
        let (questions, slot, now) = (Questions::default(), slot(), Instant::now());
        let budget = Arc::new(Budget::default());
        let _ = budget.reserve(Duration::from_millis(10), now);
        let ask = || questions.ask(&slot, Question { budget: Some(Arc::clone(&budget)), ..question(1, true) });
        ask();
        for _ in 0..1000 {
            let _ = budget.reserve(Duration::from_millis(10), now);
            ask(); // the viewer goes on typing
        }
        let due = lock(&questions.waiting).first_due(QuestionLength::Short, schedule(now, now)).unwrap();
        assert!(due < now + Duration::from_secs(1), "{:?}", due - now);
    }

    #[test]
    fn long_question_delays_no_short_one_and_each_viewer_has_one_answer_at_a_time() {
        let (questions, [one, other]) = (Questions::default(), [slot(), slot()]);
        questions.ask(&one, Question { words: 1000, ..question(1, true) });
        questions.ask(&other, question(2, true));
        let now = Instant::now();
        let take = |length| lock(&questions.waiting).take(length, schedule(now, now));
        let number = |length| take(length).map(|(_, question)| question.number);
        let (answered, short) = take(QuestionLength::Short).unwrap();
        assert_eq!((short.number, number(QuestionLength::Short), number(QuestionLength::Long)), (2, None, Some(1)));
        questions.ask(&one, question(3, true));
        questions.ask(&other, question(4, true));
        questions.finish(&answered, &short, no_answers(2), Duration::ZERO);
        let next = [(); 2].map(|()| number(QuestionLength::Short));
        assert_eq!(next, [Some(4), None], "a viewer that waits for a long answer has no second one");
        questions.finish(&one, &short, no_answers(1), Duration::ZERO);
        assert_eq!(number(QuestionLength::Short), Some(3));
    }
}
