//! What the dashboard says, in English and in Chinese: sentences as values, by what they are about. Titles of panels and texts of actions
//! stand with those. Terms of the field are those of its literature.

pub(crate) mod class;
pub(crate) mod editor;
pub(crate) mod keys;
pub(crate) mod model;
mod notice;
pub(crate) mod prompt;
pub(crate) mod run;
pub(crate) mod screen;

use super::model_editor::Choice;
use crate::language::{Language, Localized, Message};
use crate::learning::{AskError, UnknownWord};

impl Language {
    /// A message that is still text.
    #[must_use]
    pub fn message(self, message: &str) -> String {
        self.say(Message::from(message))
    }

    pub(crate) fn choice(self, choice: Choice) -> &'static str {
        match choice {
            Choice::Network => self.pick("network", "网络"),
            Choice::Setting(key) => self.text(key.label()),
            Choice::Seed => self.pick("seed", "种子"),
        }
    }

    /// Why a prompt has no answer; an unknown word is shortened, so that there is room for what could have been meant.
    pub(crate) fn refusal(self, error: &AskError) -> String {
        const MAX_WORD: usize = 20;
        let AskError::Unknown(unknown) = error else { return error.text_in(self) };
        let mut word: String = unknown.word.chars().take(MAX_WORD).collect();
        if word.len() < unknown.word.len() {
            word.push('…');
        }
        UnknownWord { word, ..unknown.clone() }.text_in(self)
    }
}
