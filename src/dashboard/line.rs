//! The line that is being typed: editing, earlier prompts, completion.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::completion::Completion;

/// What a viewer types, and what they typed before.
#[derive(Clone, Debug, Default)]
pub struct Line {
    input: Input,
    /// Prompts that can be had back, oldest first.
    asked: Vec<String>,
    /// Which of them is in the line; `asked.len()` is none of them.
    recalled: usize,
    /// What had been typed before an earlier prompt took its place.
    draft: String,
    completion: Option<Completion>,
}

/// Characters; what is longer was not meant as a prompt.
const LONGEST_PASTE: usize = 2000;
/// Bytes of a line; more are not taken in.
const LONGEST_LINE: usize = 16_000;
/// Prompts that can be had back; the oldest ones go.
const MAX_RECALLED: usize = 200;

impl Line {
    /// An empty line that has `prompts` to recall, the first one first.
    pub(super) fn new(prompts: &[String]) -> Self {
        // in the order of the configuration when going up: the last one asked is the last in the list
        let mut asked: Vec<String> = Vec::new();
        for prompt in prompts.iter().rev() {
            asked.retain(|listed| listed != prompt);
            asked.push(prompt.clone());
        }
        Self { input: Input::default(), recalled: asked.len(), asked, draft: String::new(), completion: None }
    }

    /// What is typed, and where the cursor is.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Words that complete what is typed, and which one of them stands in the line.
    #[must_use]
    pub fn candidates(&self) -> Option<(&[String], usize)> {
        self.completion.as_ref().map(Completion::candidates)
    }

    /// Puts a text into the line in place of what is there.
    pub(super) fn put(&mut self, text: &str) {
        self.input = Input::new(text.to_owned());
    }

    /// Takes in a key that is no command.
    pub(super) fn edit(&mut self, key: KeyEvent) {
        self.leave_completion();
        let is_full = self.input.value().len() >= LONGEST_LINE;
        if !(is_full && matches!(key.code, KeyCode::Char(_)) && !key.modifiers.contains(KeyModifiers::CONTROL)) {
            self.input.handle_event(&Event::Key(key));
        }
    }

    /// Takes in a text of any number of lines as one line.
    pub(super) fn paste(&mut self, text: &str) {
        self.leave_completion();
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        let room = LONGEST_LINE.saturating_sub(self.input.value().len()) / 4; // of bytes a character has at most four
        for c in text.take(LONGEST_PASTE.min(room)) {
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// The word that stands in the line is the one that was wanted.
    pub(super) fn leave_completion(&mut self) {
        self.completion = None;
    }

    /// The prompt, which leaves the line and can be had back; an empty one is none. Spaces at its ends are left out where
    /// they say nothing.
    pub(super) fn take(&mut self, spaces_are_words: bool) -> Option<String> {
        let typed = self.input.value();
        let prompt = if spaces_are_words { typed } else { typed.trim() }.to_owned();
        if prompt.is_empty() {
            return None;
        }
        self.input.reset();
        self.asked.retain(|earlier| *earlier != prompt);
        self.asked.push(prompt.clone());
        self.asked.drain(..self.asked.len().saturating_sub(MAX_RECALLED));
        self.recalled = self.asked.len();
        Some(prompt)
    }

    /// An earlier prompt.
    pub(super) fn earlier(&mut self) {
        self.recall(self.recalled.saturating_sub(1));
    }

    /// A later prompt; after the last one what had been typed.
    pub(super) fn later(&mut self) {
        self.recall((self.recalled + 1).min(self.asked.len()));
    }

    fn recall(&mut self, index: usize) {
        if self.recalled == self.asked.len() {
            self.draft = self.input.value().to_owned();
        }
        self.recalled = index;
        let text = self.asked.get(index).unwrap_or(&self.draft);
        self.input = Input::new(text.clone());
    }

    /// Back to the white space before it: that is what a word is here, also in Chinese.
    pub(super) fn delete_word(&mut self) {
        for is_part in [char::is_whitespace, |c: char| !c.is_whitespace()] {
            while self.input.value().chars().take(self.input.cursor()).last().is_some_and(is_part) {
                self.input.handle(InputRequest::DeletePrevChar);
            }
        }
    }

    /// Completes the word at the cursor; after that puts the next word that fits in its place.
    pub(super) fn complete(&mut self, vocabulary: &[String]) {
        let completion = match self.completion.take() {
            Some(completion) => Some(completion.next()),
            None => Completion::new(self.input.value(), self.input.cursor(), vocabulary),
        };
        if let Some(completion) = completion {
            let (text, cursor) = completion.applied();
            self.input = Input::new(text).with_cursor(cursor);
            self.completion = Some(completion);
        }
    }
}
