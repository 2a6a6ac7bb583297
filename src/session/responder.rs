//! Answers to viewers, computed outside the training thread from the weights that it publishes.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::notifier::Notifier;
use super::published::{Published, PublishedModel, lock};
use super::{Budget, Keyframe, Pinned, RunState, thread_time};
use crate::language::Message;
use crate::learning::{Answer, AskError, Continuation, GenerateRequest, TraceTarget};
use crate::memory::OutOfMemory;

/// Answers that nobody has pressed a key for take at most one part in this many of the time while the run is being trained: the cores
/// are the same.
const SHARE: u32 = 100;

/// Of more words an answer may take a while: nobody else waits for it.
const MOST_SHORT: usize = 100;

/// How much there is to read and write for an answer. Questions of each length have a thread of their own, so that somebody who asks
/// something long holds up nobody but those who do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum QuestionLength {
    Short,
    Long,
}

impl QuestionLength {
    pub const ALL: [Self; 2] = [Self::Short, Self::Long];
}

/// What a viewer wants to be answered.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Counted from 1, by each viewer for itself.
    pub number: u64,
    /// Of which attempt of the run.
    pub attempt: u64,
    /// With the weights of this moment; with none, with those that there are now.
    pub moment: Option<Keyframe>,
    pub prompt: Option<String>,
    /// Whose loss is traced back.
    pub loss_of: TraceTarget,
    /// Prompts, and the words that the corpus goes on with.
    pub pinned: Vec<(String, Arc<[String]>)>,
    pub generate: Option<GenerateRequest>,
    /// How many words there are in the prompts.
    pub words: usize,
    /// Whether it is answered at once.
    pub is_urgent: bool,
    /// What answers to many viewers may take together while the run is trained.
    pub budget: Option<Arc<Budget>>,
    /// When the budget allows it to be answered, from the moment at which it was asked.
    pub turn: Option<Turn>,
}

/// A place in the order of those who share a budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    at: Instant,
    /// The processor time that was reserved for it.
    reserved: Duration,
}

impl Question {
    fn length(&self) -> QuestionLength {
        let generated = self.generate.as_ref().map_or(0, |request| request.words);
        if self.words + generated > MOST_SHORT { QuestionLength::Long } else { QuestionLength::Short }
    }

    /// When it may be answered; nothing says when if that is at once.
    fn due(&self, rules: Rules) -> Option<Instant> {
        if !self.is_urgent {
            return Some(rules.patient_until);
        }
        self.turn.filter(|_| rules.is_trained).map(|turn| turn.at)
    }

    /// Counts what answering it has cost.
    fn settle(&self, cost: Duration) {
        match (&self.budget, self.turn) {
            (Some(budget), Some(turn)) => budget.correct(turn.reserved, cost, Instant::now()),
            (Some(budget), None) => budget.correct(Duration::ZERO, cost, Instant::now()),
            (None, _) => {}
        }
    }
}

/// What the model says to a [`Question`].
#[derive(Clone, Debug)]
pub(super) struct Answers {
    /// Of the question.
    pub number: u64,
    /// The step that was asked for, if it was an earlier one.
    pub shown: Option<u64>,
    /// How many models had been published.
    pub models: u64,
    pub answer: Option<Result<Arc<Answer>, Box<Refused>>>,
    pub pinned: Vec<Pinned>,
    /// The text, and after how many steps.
    pub continuation: Option<Result<(u64, Continuation), Box<Refused>>>,
    /// How long it took.
    pub took: Duration,
}

/// A prompt that has no answer, and why.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub prompt: String,
    pub error: AskError,
}

/// The last question of one viewer, and the last answers to it.
#[derive(Debug)]
pub(super) struct Slot {
    question: Mutex<Option<Question>>,
    answers: Mutex<Option<Answers>>,
    /// Whether an answer is on its way: nobody has two.
    is_busy: AtomicBool,
    notifier: Arc<Notifier>,
}

impl Slot {
    pub fn new(notifier: Arc<Notifier>) -> Self {
        Self { question: Mutex::default(), answers: Mutex::default(), is_busy: AtomicBool::default(), notifier }
    }

    /// The answers that have come since the last call.
    pub fn take_answers(&self) -> Option<Answers> {
        lock(&self.answers).take()
    }
}

/// The viewers that wait for an answer, each with one question at most; the one who waits longest is the first.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    slots: VecDeque<Arc<Slot>>,
    /// The processor time of the last answer within a budget, by length: the next one is expected to cost as much.
    last_costs: BTreeMap<QuestionLength, Duration>,
    is_closed: bool,
}

impl Waiting {
    /// When the question of a slot may be answered, if it is of this length and no answer is on its way.
    fn due(slot: &Slot, (length, now): (QuestionLength, Instant), rules: Rules) -> Option<Instant> {
        let question = lock(&slot.question);
        let question = question.as_ref().filter(|question| question.length() == length)?;
        (!slot.is_busy.load(Ordering::Relaxed)).then(|| question.due(rules).unwrap_or(now))
    }

    /// When the first question of this length may be answered.
    fn first_due(&self, length: QuestionLength, now: Instant, rules: Rules) -> Option<Instant> {
        self.slots.iter().filter_map(|slot| Self::due(slot, (length, now), rules)).min()
    }

    /// The next question of this length that may be answered now. The viewer's next one waits for the answer to this one.
    fn take(&mut self, length: QuestionLength, now: Instant, rules: Rules) -> Option<(Arc<Slot>, Question)> {
        self.slots.retain(|slot| Arc::strong_count(slot) > 1); // whoever has left wants no answer
        let is_due = |slot: &Arc<Slot>| Self::due(slot, (length, now), rules).is_some_and(|due| due <= now);
        let slot = self.slots.iter().position(is_due).and_then(|at| self.slots.remove(at))?;
        let question = lock(&slot.question).take()?;
        slot.is_busy.store(true, Ordering::Relaxed);
        Some((slot, question))
    }
}

/// What decides when a question is answered.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// Questions that are not urgent wait until then.
    patient_until: Instant,
    /// Whether the run is being trained.
    is_trained: bool,
}

impl Questions {
    /// Puts a question in place of the one before. A text that was to be continued still is.
    pub fn ask(&self, slot: &Arc<Slot>, mut question: Question) {
        let mut waiting = lock(&self.waiting);
        let mut last = lock(&slot.question);
        if let Some(last) = last.take() {
            question.generate = question.generate.or(last.generate);
            question.is_urgent |= last.is_urgent;
            question.turn = last.turn; // a replaced question keeps its turn
        }
        if question.is_urgent && question.turn.is_none() {
            let reserved = waiting.last_costs.get(&question.length()).copied().unwrap_or_default();
            let reserve = |budget: &Arc<Budget>| Turn { at: budget.reserve(reserved, Instant::now()), reserved };
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

    /// The answer to a question has been given, for which this thread has worked so long.
    fn done(&self, slot: &Slot, question: &Question, cost: Duration) {
        question.settle(cost);
        let mut waiting = lock(&self.waiting); // whoever looks for a question sees all of it or waits for what is notified
        if question.budget.is_some() {
            waiting.last_costs.insert(question.length(), cost);
        }
        slot.is_busy.store(false, Ordering::Relaxed);
        drop(waiting);
        self.changed.notify_all();
    }

    /// Nothing is answered any more.
    pub fn close(&self) {
        lock(&self.waiting).is_closed = true;
        self.changed.notify_all();
    }

    /// Waits for a question of this length that may be answered. `None` when nothing is answered any more.
    fn next(&self, length: QuestionLength, rules: impl Fn() -> Rules) -> Option<(Arc<Slot>, Question)> {
        let mut waiting = lock(&self.waiting);
        loop {
            if waiting.is_closed {
                return None;
            }
            let (now, rules) = (Instant::now(), rules());
            if let Some(next) = waiting.take(length, now, rules) {
                return Some(next);
            }
            waiting = match waiting.first_due(length, now, rules) {
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(due) => {
                    let left = due.saturating_duration_since(now);
                    self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

/// Answers questions of this length until there are no more.
pub(super) fn respond(published: &Published, questions: &Questions, length: QuestionLength) {
    let mut patient_until = Instant::now();
    let rules =
        |patient_until| move || Rules { patient_until, is_trained: published.latest().state == RunState::Running };
    while let Some((slot, question)) = questions.next(length, rules(patient_until)) {
        let (start, cpu) = (Instant::now(), thread_time());
        let number = question.number;
        let answers = guarded(|| Ok(answer(published, &question))).ok().flatten();
        let took = start.elapsed();
        let cost = thread_time().saturating_sub(cpu);
        // of a run that has begun anew there is nothing to say: the viewer will see that, and ask again
        let nothing =
            || Answers { number, shown: None, models: 0, answer: None, pinned: Vec::new(), continuation: None, took };
        *lock(&slot.answers) = Some(Answers { took, ..answers.unwrap_or_else(nothing) });
        questions.done(&slot, &question, cost);
        slot.notifier.notify();
        if !question.is_urgent {
            patient_until = Instant::now() + took * SHARE;
        }
    }
}

/// `None` if the run has begun anew, or publishes no model.
fn answer(published: &Published, question: &Question) -> Option<Answers> {
    let is_meant = |model: &&PublishedModel| model.attempt == question.attempt;
    let shared = Arc::clone(&published.model().as_ref().filter(is_meant)?.predictor);
    let own = (question.length() == QuestionLength::Long).then(|| Arc::new(Mutex::new(lock(&shared).duplicate())));
    let predictor = own.unwrap_or(shared);
    let mut predictor = lock(&predictor);
    let (models, step) = {
        let published_model = published.model();
        let model = published_model.as_ref().filter(is_meant)?;
        let now = (model.step, &model.weights);
        let (step, weights) = question.moment.as_ref().map_or(now, |moment| (moment.step, &*moment.weights));
        predictor.set_weights(weights);
        (published.models(), step)
    };
    let refused = |prompt: &String, error| Box::new(Refused { prompt: prompt.clone(), error });
    let ask = |prompt: &String| {
        guarded(|| predictor.ask_and_trace(prompt, question.loss_of))
            .map(Arc::new)
            .map_err(|error| refused(prompt, error))
    };
    let answer = question.prompt.as_ref().map(ask);
    let vocabulary = &published.latest().run.vocabulary;
    let pinned = |(prompt, expected): &(String, Arc<[String]>)| {
        let is_asked = |answer: &&Arc<Answer>| answer.prompt == *prompt;
        let asked = answer.as_ref().and_then(|answer| answer.as_ref().ok()).filter(is_asked).cloned();
        let answer = asked.or_else(|| ask(prompt).ok())?;
        let (best, _) = *answer.ranking().first()?;
        let (word, probability) = (vocabulary.get(best)?.clone(), *answer.trace.distribution.get(best)?);
        Some(Pinned { prompt: prompt.clone(), word, probability, expected: Arc::clone(expected) })
    };
    let pinned = question.pinned.iter().filter_map(pinned).collect();
    let generate = |request: &GenerateRequest| {
        let continuation = guarded(|| predictor.generate(request)).map_err(|error| refused(&request.prompt, error))?;
        Ok((step, continuation))
    };
    let continuation = question.generate.as_ref().map(generate);
    let shown = question.moment.as_ref().map(|moment| moment.step);
    Some(Answers { number: question.number, shown, models, answer, pinned, continuation, took: Duration::ZERO })
}

/// A question that panics is refused; everybody else's are answered.
pub(super) fn guarded<T>(ask: impl FnOnce() -> Result<T, AskError>) -> Result<T, AskError> {
    let answer = catch_unwind(AssertUnwindSafe(ask));
    answer.unwrap_or_else(|panic| Err(AskError::Panic(Message::new(message_of(panic.as_ref())))))
}

/// What somebody has panicked with.
pub(super) fn message_of(panic: &(dyn Any + Send)) -> String {
    if panic.is::<OutOfMemory>() {
        return "memory ran out".to_owned();
    }
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = literal.or_else(|| panic.downcast_ref::<String>().cloned());
    message.unwrap_or_else(|| "a panic without a message".to_owned())
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

    /// Questions that are not urgent wait until then.
    fn patient(patient_until: Instant) -> impl Fn() -> Rules {
        move || Rules { patient_until, is_trained: true }
    }

    fn slot() -> Arc<Slot> {
        Arc::new(Slot::new(Arc::default()))
    }

    #[test]
    fn the_last_question_of_a_viewer_counts_and_no_text_is_forgotten() {
        let (questions, slot, now) = (Questions::default(), slot(), Instant::now());
        let request = GenerateRequest { prompt: "a".into(), words: 1, sampling: Sampling::default(), sample: 1 };
        questions.ask(&slot, Question { generate: Some(request.clone()), ..question(1, true) });
        questions.ask(&slot, question(2, false));
        let (_, next) = questions.next(QuestionLength::Short, patient(now)).unwrap();
        assert_eq!((next.number, next.generate, next.is_urgent), (2, Some(request), true));
        questions.close();
        assert!(questions.next(QuestionLength::Short, patient(now)).is_none(), "each is answered once");
    }

    #[test]
    fn who_has_left_is_answered_no_more() {
        let (questions, [gone, there]) = (Questions::default(), [slot(), slot()]);
        questions.ask(&gone, question(1, true));
        questions.ask(&there, question(2, true));
        drop(gone);
        let (_, next) = questions.next(QuestionLength::Short, patient(Instant::now())).unwrap();
        assert_eq!((next.number, lock(&questions.waiting).slots.len()), (2, 0));
    }

    #[test]
    fn who_waits_longest_is_next_but_for_those_who_have_pressed_a_key() {
        let (questions, now) = (Questions::default(), Instant::now());
        let slots = [slot(), slot(), slot(), slot()];
        for (at, is_urgent) in [(0, false), (1, true), (2, false), (3, true), (1, true)] {
            questions.ask(&slots[at], question(at as u64, is_urgent));
        }
        let in_an_hour = now + Duration::from_hours(1);
        let order = [in_an_hour, in_an_hour, now, now]
            .map(|until| questions.next(QuestionLength::Short, patient(until)).unwrap().1.number);
        assert_eq!(order, [1, 3, 0, 2]);
    }

    #[test]
    fn those_of_many_viewers_wait_for_their_share_while_the_run_is_trained() {
        let (questions, [one, own], now) = (Questions::default(), [slot(), slot()], Instant::now());
        let budget = Arc::new(Budget::default());
        let _ = budget.reserve(Duration::from_hours(1), now);
        questions.ask(&one, Question { budget: Some(Arc::clone(&budget)), ..question(1, true) });
        questions.ask(&own, question(2, true));
        let take = |is_trained| {
            let rules = Rules { patient_until: now, is_trained };
            lock(&questions.waiting).take(QuestionLength::Short, now, rules).map(|(_, question)| question.number)
        };
        assert_eq!(take(true), Some(2), "whoever has the program does not wait for a class");
        assert_eq!(take(true), None);
        assert_eq!(take(false), Some(1), "where nothing is trained nobody waits");
    }

    #[test]
    fn a_question_keeps_its_turn_whatever_frames_take_meanwhile() {
        let (questions, slot, now) = (Questions::default(), slot(), Instant::now());
        let budget = Arc::new(Budget::default());
        let _ = budget.reserve(Duration::from_millis(10), now);
        let ask = || questions.ask(&slot, Question { budget: Some(Arc::clone(&budget)), ..question(1, true) });
        ask();
        for _ in 0..1000 {
            let _ = budget.reserve(Duration::from_millis(10), now);
            ask(); // somebody types on
        }
        let rules = Rules { patient_until: now, is_trained: true };
        let due = lock(&questions.waiting).first_due(QuestionLength::Short, now, rules).unwrap();
        assert!(due < now + Duration::from_secs(1), "{:?}", due - now);
    }

    #[test]
    fn a_long_question_is_anothers_business_and_nobody_has_two_answers_at_once() {
        let (questions, [one, other]) = (Questions::default(), [slot(), slot()]);
        questions.ask(&one, Question { words: 1000, ..question(1, true) });
        questions.ask(&other, question(2, true));
        let now = Instant::now();
        let take = |length| lock(&questions.waiting).take(length, now, patient(now)());
        let number = |length| take(length).map(|(_, question)| question.number);
        let (answered, short) = take(QuestionLength::Short).unwrap();
        assert_eq!((short.number, number(QuestionLength::Short), number(QuestionLength::Long)), (2, None, Some(1)));
        questions.ask(&one, question(3, true));
        questions.ask(&other, question(4, true));
        questions.done(&answered, &short, Duration::ZERO);
        let next = [(); 2].map(|()| number(QuestionLength::Short));
        assert_eq!(next, [Some(4), None], "the one who waits for the long answer waits");
        questions.done(&one, &short, Duration::ZERO);
        assert_eq!(number(QuestionLength::Short), Some(3));
    }
}
