//! The prompts of one viewer, and the last refusal.

use std::sync::Arc;

use super::Refusal;
use super::panics::guarded;
use crate::learning::{AskError, PromptReader, TraceTarget};

/// Upper bound on pinned prompts, which are answered whenever the weights change.
const MAX_PINNED: usize = 8;

/// The prompts of one viewer, and the last refusal.
#[derive(Clone, Debug, Default)]
pub(super) struct PromptState {
    /// The prompt, which is asked again whenever the weights change.
    pub prompt: Option<String>,
    /// The number of words in all prompts.
    pub words: usize,
    /// The loss whose gradient is traced.
    pub trace_target: TraceTarget,
    /// Pinned prompts, each with the words that follow it in the training text.
    pub pinned: Vec<(String, Arc<[String]>)>,
    refusal: Option<Refusal>,
    /// Number of refusals so far.
    refusals: u64,
}

impl PromptState {
    /// Creates a state that asks the first of these prompts and pins those of the first [`MAX_PINNED`] that can be read.
    pub fn new(reader: &dyn PromptReader, prompts: &[String]) -> Self {
        let pin = |prompt: &String| Some((prompt.clone(), reader.observed_next_words(prompt).ok()?.into()));
        let mut prompt_state = Self {
            prompt: prompts.first().cloned(),
            pinned: prompts.iter().take(MAX_PINNED).filter_map(pin).collect(),
            ..Self::default()
        };
        prompt_state.count_words(reader);
        prompt_state
    }

    /// Counts the words of all prompts; a prompt that cannot be read counts as none.
    fn count_words(&mut self, reader: &dyn PromptReader) {
        let prompts = self.prompt.iter().chain(self.pinned.iter().map(|(prompt, _)| prompt));
        self.words = prompts.map(|prompt| guarded(|| reader.read(prompt)).map_or(0, |ids| ids.len())).sum();
    }

    /// Sets the prompt; refuses one that cannot be read.
    pub fn ask(&mut self, reader: &dyn PromptReader, prompt: String) {
        match guarded(|| reader.read(&prompt)) {
            Ok(_) => {
                (self.prompt, self.refusal) = (Some(prompt), None);
                self.count_words(reader);
            }
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Sets the prompt to this one followed by the word with this id.
    pub fn append(&mut self, reader: &dyn PromptReader, prompt: String, word: u32) {
        match guarded(|| reader.append(&prompt, word)) {
            Ok(longer) => self.ask(reader, longer),
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Sets the prompt to this one without its last word.
    pub fn shorten(&mut self, reader: &dyn PromptReader, prompt: String) {
        match guarded(|| reader.shorten(&prompt)) {
            Ok(shorter) => self.ask(reader, shorter),
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Pins a prompt, replacing the oldest one if there are [`MAX_PINNED`], or unpins it.
    pub fn toggle_pin(&mut self, reader: &dyn PromptReader, prompt: String) {
        let before = self.pinned.len();
        self.pinned.retain(|(pinned, _)| *pinned != prompt);
        if self.pinned.len() < before {
            return self.count_words(reader);
        }
        match guarded(|| reader.observed_next_words(&prompt)) {
            Ok(words) => {
                if self.pinned.len() == MAX_PINNED {
                    self.pinned.remove(0);
                }
                self.pinned.push((prompt, words.into()));
                self.count_words(reader);
            }
            Err(error) => self.refuse(Some(prompt), error),
        }
    }

    /// Refuses a prompt that has no answer; it is asked no more.
    pub fn drop_prompt(&mut self, prompt: String, error: AskError) {
        self.prompt.take_if(|asked| *asked == prompt);
        self.refuse(Some(prompt), error);
    }

    /// Sets the refusal of a prompt, or of a model if `prompt` is `None`.
    pub fn refuse(&mut self, prompt: Option<String>, error: AskError) {
        self.refusals += 1;
        self.refusal = Some(Refusal { number: self.refusals, prompt, error });
    }

    /// Clears the refusal.
    pub fn clear_refusal(&mut self) {
        self.refusal = None;
    }

    /// The last refusal; `None` if it has been cleared.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }
}
