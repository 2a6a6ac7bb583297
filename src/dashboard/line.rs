//! The line being typed: editing, history of prompts, completion.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::completion::Completion;

/// A line being typed, with a history of prompts.
#[derive(Clone, Debug, Default)]
pub struct Line {
    input: Input,
    /// History, oldest first.
    asked: Vec<String>,
    /// Index in the history of the recalled prompt; its length if none is recalled.
    recalled: usize,
    /// The typed text that a recalled prompt has replaced.
    draft: String,
    completion: Option<Completion>,
}

/// Most characters that are taken from one paste.
const LONGEST_PASTE: usize = 2000;
/// Bytes of a line from which typed characters are ignored.
const LONGEST_LINE: usize = 16_000;
/// Largest number of prompts in the history; older ones are dropped.
const MAX_RECALLED: usize = 200;

impl Line {
    /// An empty line with `prompts` as its history; the first one is recalled first.
    pub(super) fn new(prompts: &[String]) -> Self {
        let mut asked: Vec<String> = Vec::new();
        for prompt in prompts.iter().rev() {
            asked.retain(|listed| listed != prompt);
            asked.push(prompt.clone());
        }
        Self { input: Input::default(), recalled: asked.len(), asked, draft: String::new(), completion: None }
    }

    /// The typed text and the cursor.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The candidates of the active completion, and the index of the one in the line; `None` without a completion.
    #[must_use]
    pub fn candidates(&self) -> Option<(&[String], usize)> {
        self.completion.as_ref().map(Completion::candidates)
    }

    /// Replaces the text; the cursor moves to its end.
    pub(super) fn put(&mut self, text: &str) {
        self.input = Input::new(text.to_owned());
    }

    /// Handles an editing key or a character and ends the completion. Characters are ignored in a full line.
    pub(super) fn edit(&mut self, key: KeyEvent) {
        self.leave_completion();
        let is_full = self.input.value().len() >= LONGEST_LINE;
        if !(is_full && matches!(key.code, KeyCode::Char(_)) && !key.modifiers.contains(KeyModifiers::CONTROL)) {
            self.input.handle_event(&Event::Key(key));
        }
    }

    /// Inserts pasted text at the cursor and ends the completion. Control characters become spaces; what exceeds [`LONGEST_PASTE`] or
    /// the room in the line is dropped.
    pub(super) fn paste(&mut self, text: &str) {
        self.leave_completion();
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        let room = LONGEST_LINE.saturating_sub(self.input.value().len()) / 4; // a character has at most four bytes
        for c in text.take(LONGEST_PASTE.min(room)) {
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// Ends the completion; the word in the line stays.
    pub(super) fn leave_completion(&mut self) {
        self.completion = None;
    }

    /// Empties the line, appends its text to the history, and returns it; trimmed unless spaces are words. `None` if it is empty.
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

    /// Recalls the previous prompt of the history.
    pub(super) fn earlier(&mut self) {
        self.recall(self.recalled.saturating_sub(1));
    }

    /// Recalls the next prompt of the history; after the last one the typed text.
    pub(super) fn later(&mut self) {
        self.recall((self.recalled + 1).min(self.asked.len()));
    }

    /// Shows the prompt at an index of the history, or the typed text at its end; the typed text is remembered first.
    fn recall(&mut self, index: usize) {
        if self.recalled == self.asked.len() {
            self.draft = self.input.value().to_owned();
        }
        self.recalled = index;
        let text = self.asked.get(index).unwrap_or(&self.draft);
        self.input = Input::new(text.clone());
    }

    /// Deletes back to the white space before the word at the cursor; words are separated by white space in Chinese, too.
    pub(super) fn delete_word(&mut self) {
        for is_part in [char::is_whitespace, |c: char| !c.is_whitespace()] {
            while self.input.value().chars().take(self.input.cursor()).last().is_some_and(is_part) {
                self.input.handle(InputRequest::DeletePrevChar);
            }
        }
    }

    /// Completes the word at the cursor; if a completion is active, inserts its next candidate.
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
