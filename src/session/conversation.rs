//! What is asked of the model beside its training: a prompt, pinned prompts, texts to be continued.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{Pinned, Refusal};
use crate::learning::{Answer, AskError, Continuation, GenerateRequest, Learner, RunInfo};

/// Each pinned prompt takes its time in every snapshot.
const MOST_PINNED: usize = 8;

/// What is asked, and what had no answer.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// What is asked anew for every snapshot.
    prompt: Option<String>,
    /// What is asked besides, and the words that the corpus goes on with.
    pinned: Vec<(String, Arc<[String]>)>,
    continuation: Option<(u64, Continuation)>,
    refusal: Option<Refusal>,
    refusals: u64,
}

impl Conversation {
    /// The first prompt of the run is asked, all of them are pinned.
    pub fn new(learner: &dyn Learner, run: &RunInfo) -> Self {
        let pin = |prompt: &String| Some((prompt.clone(), learner.observed_next_words(prompt).ok()?.into()));
        Self {
            prompt: run.prompts.first().cloned(),
            pinned: run.prompts.iter().take(MOST_PINNED).filter_map(pin).collect(),
            ..Self::default()
        }
    }

    /// Asks a prompt from now on, if it has an answer.
    pub fn ask(&mut self, learner: &dyn Learner, prompt: String) {
        match answer_to(learner, &prompt) {
            Ok(_) => (self.prompt, self.refusal) = (Some(prompt), None),
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Asks a prompt with a word, by its id, after it.
    pub fn append(&mut self, learner: &dyn Learner, prompt: String, word: u32) {
        match guarded(|| learner.append(&prompt, word)) {
            Ok(longer) => self.ask(learner, longer),
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Asks a prompt without its last word.
    pub fn shorten(&mut self, learner: &dyn Learner, prompt: String) {
        match guarded(|| learner.shorten(&prompt)) {
            Ok(shorter) => self.ask(learner, shorter),
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Pins a prompt, in place of the one pinned first if there are many, or lets go of it.
    pub fn toggle_pin(&mut self, learner: &dyn Learner, prompt: String) {
        let before = self.pinned.len();
        self.pinned.retain(|(pinned, _)| *pinned != prompt);
        if self.pinned.len() < before {
            return;
        }
        match guarded(|| learner.observed_next_words(&prompt)) {
            Ok(words) => {
                if self.pinned.len() == MOST_PINNED {
                    self.pinned.remove(0);
                }
                self.pinned.push((prompt, words.into()));
            }
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Continues a text, with the weights after this many steps.
    pub fn generate(&mut self, learner: &dyn Learner, request: &GenerateRequest, step: u64) {
        match guarded(|| learner.generate(request)) {
            Ok(continuation) => (self.continuation, self.refusal) = (Some((step, continuation)), None),
            Err(error) => self.refuse(Some(request.prompt.clone()), error),
        }
    }

    /// Says why there is no answer to a prompt, or no such model if there is no prompt.
    pub fn refuse(&mut self, prompt: Option<String>, error: AskError) {
        self.refusals += 1;
        self.refusal = Some(Refusal { number: self.refusals, prompt, error });
    }

    /// Forgets the last refusal.
    pub fn forgive(&mut self) {
        self.refusal = None;
    }

    /// What the model says now; a prompt that has no answer any more is not asked again.
    pub fn answer(&mut self, learner: &dyn Learner) -> Option<Answer> {
        let prompt = self.prompt.take()?;
        match answer_to(learner, &prompt) {
            Ok(answer) => {
                self.prompt = Some(prompt);
                Some(answer)
            }
            Err(error) => {
                self.refuse(Some(prompt), error);
                None
            }
        }
    }

    /// What the model, which knows these words, says now to what is pinned.
    pub fn pinned(&self, learner: &dyn Learner, vocabulary: &[String]) -> Vec<Pinned> {
        let ask = |(prompt, expected): &(String, Arc<[String]>)| {
            let answer = answer_to(learner, prompt).ok()?;
            let best = answer.trace.target as usize;
            let (word, probability) = (vocabulary.get(best)?.clone(), *answer.trace.distribution.get(best)?);
            Some(Pinned { prompt: prompt.clone(), word, probability, expected: Arc::clone(expected) })
        };
        self.pinned.iter().filter_map(ask).collect()
    }

    /// The text that was continued last was continued by another model.
    pub fn forget_continuation(&mut self) {
        self.continuation = None;
    }

    /// The text that was continued last, and after how many steps.
    pub fn continuation(&self) -> Option<&(u64, Continuation)> {
        self.continuation.as_ref()
    }

    /// What had no answer, if that is what was asked last.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }
}

fn answer_to(learner: &dyn Learner, prompt: &str) -> Result<Answer, AskError> {
    guarded(|| learner.ask(prompt))
}

/// A prompt that panics is refused; training goes on.
pub(super) fn guarded<T>(ask: impl FnOnce() -> Result<T, AskError>) -> Result<T, AskError> {
    let answer = catch_unwind(AssertUnwindSafe(ask));
    answer.unwrap_or_else(|panic| Err(AskError::Panic(message_of(panic.as_ref()))))
}

/// What somebody has panicked with.
pub(super) fn message_of(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = literal.or_else(|| panic.downcast_ref::<String>().cloned());
    message.unwrap_or_else(|| "a panic without a message".to_owned())
}
