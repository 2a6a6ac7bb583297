//! The texts of the dashboard, in English and in Chinese: sentences as values, in a file for each subject. Titles of panels and labels of
//! actions are declared with the panels and actions. Technical terms follow the literature.

pub(crate) mod class;
pub(crate) mod editor;
pub(crate) mod keys;
pub(crate) mod model;
mod notice;
pub(crate) mod prompt;
pub(crate) mod run;
pub(crate) mod scaling;
pub(crate) mod screen;

use super::model_editor::Choice;
use crate::language::{Language, Localized};
use crate::learning::{AskError, UnknownWord};

impl Language {
    /// The name of a row of the model editor.
    pub(crate) fn choice(self, choice: Choice) -> &'static str {
        match choice {
            Choice::Network => self.pick("network", "网络"),
            Choice::Setting(key) => self.text(key.label()),
            Choice::Seed => self.pick("seed", "种子"),
        }
    }

    /// Why a prompt has no answer. An unknown word is truncated to leave room for similar words.
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
