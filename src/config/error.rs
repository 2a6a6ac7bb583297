//! Why a configuration is rejected.

use std::fmt;

use crate::language::{Language, Localized, Message};

/// A mistake in a configuration: its place, the problem, and help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// `file:line`, or the command-line option that set the value.
    pub place: String,
    /// The key and what is wrong with it.
    pub problem: Message,
    /// What would be right.
    pub help: Option<Message>,
}

impl Localized for ConfigError {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.problem.clone().at(self.place.clone());
        match &self.help {
            Some(help) => message.with_help(help.clone()).fmt_in(language, f),
            None => message.fmt_in(language, f),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_in(Language::English, f)
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Message {
    fn from(error: ConfigError) -> Self {
        Self::new(error)
    }
}
