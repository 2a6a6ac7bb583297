//! Sentences as values: chosen where something happens, written in a language where they are read.

use std::fmt;
use std::sync::Arc;

use super::{Language, Localized};

/// A sentence, or a composition of sentences, of any room.
///
/// `Display` and `Debug` are English: logs and tests show that.
#[derive(Clone)]
pub struct Message(Arc<dyn Localized + Send + Sync>);

impl Message {
    /// Wraps a localized value.
    pub fn new(value: impl Localized + Send + Sync + 'static) -> Self {
        Self(Arc::new(value))
    }

    /// Puts the place of a fault before the message: `place: message`.
    #[must_use]
    pub fn at(self, place: impl Localized + Send + Sync + 'static) -> Self {
        Self::new(Composed { first: Self::new(place), separator: Separator::Colon, second: self })
    }

    /// Appends a second message: `message; second`.
    #[must_use]
    pub fn and(self, second: impl Into<Self>) -> Self {
        Self::new(Composed { first: self, separator: Separator::Semicolon, second: second.into() })
    }

    /// Appends an indented line that says what to do about it.
    #[must_use]
    pub fn with_help(self, help: impl Into<Self>) -> Self {
        Self::new(Composed { first: self, separator: Separator::IndentedLine, second: help.into() })
    }

    /// Appends another message on the next line.
    #[must_use]
    pub fn then(self, next: impl Into<Self>) -> Self {
        Self::new(Composed { first: self, separator: Separator::Line, second: next.into() })
    }
}

impl Localized for Message {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_in(language, f)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_in(Language::English, f)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl std::error::Error for Message {}

/// Messages are equal if they say the same in every language.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        Language::ALL.iter().all(|language| self.text_in(*language) == other.text_in(*language))
    }
}

impl Eq for Message {}

impl From<std::io::Error> for Message {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

/// An error that wraps a [`Message`] is written as that message; errors of the system are shown as they are, in English.
impl Localized for std::io::Error {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get_ref().and_then(|inner| inner.downcast_ref::<Message>()) {
            Some(message) => message.fmt_in(language, f),
            None => fmt::Display::fmt(self, f),
        }
    }
}

/// Separator of two messages.
#[derive(Clone, Copy)]
enum Separator {
    Colon,
    Semicolon,
    Line,
    IndentedLine,
}

struct Composed {
    first: Message,
    separator: Separator,
    second: Message,
}

impl Localized for Composed {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt_in(language, f)?;
        f.write_str(match self.separator {
            Separator::Colon => language.pick(": ", "："),
            Separator::Semicolon => language.pick("; ", "；"),
            Separator::Line => "\n",
            Separator::IndentedLine => "\n  ",
        })?;
        self.second.fmt_in(language, f)
    }
}
