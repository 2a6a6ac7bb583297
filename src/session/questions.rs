//! The queue in which questions of viewers wait for the responder.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::answers::Answers;
use super::notifier::Notifier;
use super::published::lock;
use super::question::{Question, QuestionLength, Schedule};

/// The unanswered question of one viewer to a run, and the last answers to the viewer.
#[derive(Debug)]
pub(super) struct Slot {
    question: Mutex<Option<Question>>,
    answers: Mutex<Option<Answers>>,
    /// Whether a question of this slot is being answered; the next one waits until it has been.
    is_busy: AtomicBool,
    notifier: Arc<Notifier>,
}

impl Slot {
    /// Creates an empty slot; `notifier` is notified of answers.
    pub fn new(notifier: Arc<Notifier>) -> Self {
        Self { question: Mutex::default(), answers: Mutex::default(), is_busy: AtomicBool::default(), notifier }
    }

    /// Takes the latest answers; `None` if there are none since the last call.
    pub fn take_answers(&self) -> Option<Answers> {
        lock(&self.answers).take()
    }

    /// When its question may be answered; `None` if it has no question of this length, or is busy.
    fn due(&self, length: QuestionLength, schedule: Schedule) -> Option<Instant> {
        let question = lock(&self.question);
        let question = question.as_ref().filter(|question| question.length() == length)?;
        (!self.is_busy.load(Ordering::Relaxed)).then(|| question.due(schedule))
    }
}

/// The queue of questions to a run: at most one per viewer, the oldest first. Several threads may take questions from it.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: Mutex<Waiting>,
    /// Notified when a question is added or finished, and when the queue is closed.
    changed: Condvar,
}

/// The waiting questions, and what is known of the answers to come.
#[derive(Debug, Default)]
struct Waiting {
    /// Slots with a question, the oldest question first.
    slots: VecDeque<Arc<Slot>>,
    /// Processor time of the last answer within a budget, by length: the estimate for the next one.
    last_costs: BTreeMap<QuestionLength, Duration>,
    is_closed: bool,
}

impl Waiting {
    /// The earliest time at which a question of this length may be answered; `None` if none of this length waits.
    fn first_due(&self, length: QuestionLength, schedule: Schedule) -> Option<Instant> {
        self.slots.iter().filter_map(|slot| slot.due(length, schedule)).min()
    }

    /// Removes the oldest question of this length that may be answered now, and marks its slot as busy. Drops the questions of viewers
    /// that are gone.
    fn take(&mut self, length: QuestionLength, schedule: Schedule) -> Option<(Arc<Slot>, Question)> {
        self.slots.retain(|slot| Arc::strong_count(slot) > 1); // the viewer has the other reference
        let is_due = |slot: &Arc<Slot>| slot.due(length, schedule).is_some_and(|due| due <= schedule.now);
        let slot = self.slots.iter().position(is_due).and_then(|index| self.slots.remove(index))?;
        let question = lock(&slot.question).take()?;
        slot.is_busy.store(true, Ordering::Relaxed);
        Some((slot, question))
    }
}

impl Questions {
    /// Adds a question. One that replaces an unanswered question of the same viewer takes over its place in the queue, its turn, its
    /// urgency and, unless it has its own, its text to continue.
    pub fn ask(&self, slot: &Arc<Slot>, mut question: Question) {
        let mut waiting = lock(&self.waiting);
        let mut last = lock(&slot.question);
        if let Some(last) = last.take() {
            question.generate = question.generate.or(last.generate);
            question.is_urgent |= last.is_urgent;
            question.turn = last.turn;
        }
        question.reserve_turn(waiting.last_costs.get(&question.length()).copied().unwrap_or_default());
        *last = Some(question);
        drop(last);
        if !waiting.slots.iter().any(|other| Arc::ptr_eq(other, slot)) {
            waiting.slots.push_back(Arc::clone(slot));
        }
        drop(waiting);
        self.changed.notify_all();
    }

    /// Waits for a question of this length that may be answered, and removes it; `None` once the queue is closed. The slot takes no other
    /// question until [`finish`](Self::finish).
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

    /// Stores the answers to a question, which have taken `cost` of processor time, for the viewer and notifies it. Settles the budget.
    pub fn finish(&self, slot: &Slot, question: &Question, answers: Answers, cost: Duration) {
        *lock(&slot.answers) = Some(answers);
        question.settle(cost);
        let mut waiting = lock(&self.waiting); // so that a thread in `next` either sees the changes or is notified
        if question.budget.is_some() {
            waiting.last_costs.insert(question.length(), cost);
        }
        slot.is_busy.store(false, Ordering::Relaxed);
        drop(waiting);
        self.changed.notify_all();
        slot.notifier.notify();
    }

    /// Closes the queue: [`next`](Self::next) returns `None` from then on.
    pub fn close(&self) {
        lock(&self.waiting).is_closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::{GenerateRequest, TraceTarget};
    use crate::model::Sampling;
    use crate::session::Budget;

    fn question(number: u64, is_urgent: bool) -> Question {
        let trace_target = TraceTarget::default();
        Question {
            number,
            attempt: 1,
            moment: None,
            prompt: None,
            trace_target,
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

    /// Answers without content to the question with this number.
    fn no_answers(number: u64) -> Answers {
        Answers::empty(number, Duration::ZERO)
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
    fn question_viewer_gone_is_dropped() {
        let (questions, [gone, there]) = (Questions::default(), [slot(), slot()]);
        questions.ask(&gone, question(1, true));
        questions.ask(&there, question(2, true));
        drop(gone);
        let now = Instant::now();
        let (_, next) = questions.next(QuestionLength::Short, || schedule(now, now)).unwrap();
        assert_eq!((next.number, lock(&questions.waiting).slots.len()), (2, 0));
    }

    #[test]
    fn questions_several_are_answered_in_order_urgent_ones_first() {
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
    fn question_with_budget_waits_only_while_the_run_trains() {
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
            ask(); // at every key of a viewer who types
        }
        let due = lock(&questions.waiting).first_due(QuestionLength::Short, schedule(now, now)).unwrap();
        assert!(due < now + Duration::from_secs(1), "{:?}", due - now);
    }

    #[test]
    fn question_long_delays_only_long_ones_and_those_of_its_viewer() {
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
