//! What one viewer asks: a prompt, pinned prompts, and what had no answer.

use std::sync::Arc;

use super::Refusal;
use super::panics::guarded;
use crate::learning::{AskError, PromptReader, TraceTarget};

/// Each pinned prompt takes its time whenever the weights have changed.
const MOST_PINNED: usize = 8;

/// What is asked, and what had no answer.
#[derive(Clone, Debug, Default)]
pub(super) struct PromptState {
    /// What is asked anew whenever the weights have changed.
    pub prompt: Option<String>,
    /// How many words there are in all that is asked.
    pub words: usize,
    /// Whose loss is traced back.
    pub loss_of: TraceTarget,
    /// What is asked besides, and the words that the corpus goes on with.
    pub pinned: Vec<(String, Arc<[String]>)>,
    refusal: Option<Refusal>,
    refusals: u64,
}

impl PromptState {
    /// The first of these prompts is asked, all of them are pinned.
    pub fn new(reader: &dyn PromptReader, prompts: &[String]) -> Self {
        let pin = |prompt: &String| Some((prompt.clone(), reader.observed_next_words(prompt).ok()?.into()));
        let mut prompt_state = Self {
            prompt: prompts.first().cloned(),
            pinned: prompts.iter().take(MOST_PINNED).filter_map(pin).collect(),
            ..Self::default()
        };
        prompt_state.count(reader);
        prompt_state
    }

    fn count(&mut self, reader: &dyn PromptReader) {
        let prompts = self.prompt.iter().chain(self.pinned.iter().map(|(prompt, _)| prompt));
        self.words = prompts.map(|prompt| guarded(|| reader.read(prompt)).map_or(0, |ids| ids.len())).sum();
    }

    /// Asks a prompt from now on, if it can be read.
    pub fn ask(&mut self, reader: &dyn PromptReader, prompt: String) {
        match guarded(|| reader.read(&prompt)) {
            Ok(_) => {
                (self.prompt, self.refusal) = (Some(prompt), None);
                self.count(reader);
            }
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Asks a prompt with a word, by its id, after it.
    pub fn append(&mut self, reader: &dyn PromptReader, prompt: String, word: u32) {
        match guarded(|| reader.append(&prompt, word)) {
            Ok(longer) => self.ask(reader, longer),
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Asks a prompt without its last word.
    pub fn shorten(&mut self, reader: &dyn PromptReader, prompt: String) {
        match guarded(|| reader.shorten(&prompt)) {
            Ok(shorter) => self.ask(reader, shorter),
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Pins a prompt, in place of the one pinned first if there are many, or lets go of it.
    pub fn toggle_pin(&mut self, reader: &dyn PromptReader, prompt: String) {
        let before = self.pinned.len();
        self.pinned.retain(|(pinned, _)| *pinned != prompt);
        if self.pinned.len() < before {
            return self.count(reader);
        }
        match guarded(|| reader.observed_next_words(&prompt)) {
            Ok(words) => {
                if self.pinned.len() == MOST_PINNED {
                    self.pinned.remove(0);
                }
                self.pinned.push((prompt, words.into()));
                self.count(reader);
            }
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Does not ask a prompt again that the model had no answer to.
    pub fn give_up(&mut self, prompt: String, error: AskError) {
        self.prompt.take_if(|asked| *asked == prompt);
        self.refuse(Some(prompt), error);
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

    /// What had no answer, if that is what was asked last.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }
}
