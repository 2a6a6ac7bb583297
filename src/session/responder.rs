//! The responder: answers questions of viewers outside the training thread, from the weights that it publishes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::answers::{Answers, Refused};
use super::panics::guarded;
use super::published::{Published, PublishedModel, lock};
use super::question::{Question, QuestionLength, Schedule};
use super::questions::Questions;
use super::{Pinned, RunState, thread_time};
use crate::learning::{Answer, GenerateRequest};

/// Answers that are not urgent take at most one part in this many of the time: training uses the same cores.
const BACKGROUND_SHARE: u32 = 100;

/// Answers questions of this length until the queue is closed. A question whose answer panics, or that was asked of an earlier attempt, gets
/// [empty](Answers::empty) answers.
pub(super) fn respond(published: &Published, questions: &Questions, length: QuestionLength) {
    let mut background_due = Instant::now();
    loop {
        let is_training = || published.latest().state == RunState::Running;
        let schedule = || Schedule { now: Instant::now(), background_due, is_training: is_training() };
        let Some((slot, question)) = questions.next(length, schedule) else { return };
        let (start, time) = (Instant::now(), thread_time());
        let answers = guarded(|| Ok(answer(published, &question))).ok().flatten();
        let (took, cost) = (start.elapsed(), thread_time().saturating_sub(time));
        // the viewer of a run that has restarted asks again by itself
        let answers = answers.map(|answers| Answers { took, ..answers });
        let answers = answers.unwrap_or_else(|| Answers::empty(question.number, took));
        questions.finish(&slot, &question, answers, cost);
        if !question.is_urgent {
            background_due = Instant::now() + took * BACKGROUND_SHARE;
        }
    }
}

/// Answers a question with the weights of its keyframe, or with the latest ones. `None` if the run has restarted since, or publishes no
/// model.
fn answer(published: &Published, question: &Question) -> Option<Answers> {
    let is_of_attempt = |model: &&PublishedModel| model.attempt == question.attempt;
    let shared = Arc::clone(&published.model().as_ref().filter(is_of_attempt)?.predictor);
    // a long answer does not lock the predictor that short ones use
    let duplicate =
        (question.length() == QuestionLength::Long).then(|| Arc::new(Mutex::new(lock(&shared).duplicate())));
    let predictor = duplicate.unwrap_or(shared);
    let mut predictor = lock(&predictor);
    let (models, step) = {
        let published_model = published.model();
        let model = published_model.as_ref().filter(is_of_attempt)?;
        let latest = (model.step, &model.weights);
        let (step, weights) = question.moment.as_ref().map_or(latest, |moment| (moment.step, &*moment.weights));
        predictor.set_weights(weights);
        (published.models(), step)
    };
    let refused = |prompt: &String, error| Box::new(Refused { prompt: prompt.clone(), error });
    let ask = |prompt: &String| {
        guarded(|| predictor.ask_and_trace(prompt, question.trace_target))
            .map(Arc::new)
            .map_err(|error| refused(prompt, error))
    };
    let answer = question.prompt.as_ref().map(ask);
    let vocabulary = &published.latest().run.vocabulary;
    let pinned = |(prompt, expected): &(String, Arc<[String]>)| {
        let is_same = |answer: &&Arc<Answer>| answer.prompt == *prompt;
        let asked = answer.as_ref().and_then(|answer| answer.as_ref().ok()).filter(is_same).cloned();
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
    Some(Answers { shown, models, answer, pinned, continuation, ..Answers::empty(question.number, Duration::ZERO) })
}
