//! Visitors and their terminals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name;
use crate::dashboard::terminal::Questions;
use crate::dashboard::{Glyphs, Keymap, Language, Preferences, Theme};

/// The variables of a visitor's environment that describe the terminal.
pub const VARIABLES: [&str; 8] =
    ["TERM", "COLORTERM", "NO_COLOR", "COLORFGBG", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"];
/// The maximum length of a value, in bytes; longer ones are ignored.
const MAX_VALUE: usize = 256;
/// The maximum columns and rows of a screen.
const MAX_SIZE: (u16, u16) = (500, 200);

/// How a visitor has authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credential {
    /// Not at all.
    #[default]
    Nothing,
    /// With the password of the class.
    Password,
    /// With the password, by the method keyboard-interactive.
    KeyboardInteractive,
    /// With the private key of this fingerprint.
    Key(String),
    /// By the account of the client process, with this uid.
    Account(u32),
}

impl Credential {
    /// The name of the method in the log.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Password => "password",
            Self::KeyboardInteractive => "keyboard-interactive",
            Self::Key(_) => "publickey",
            Self::Account(_) => "account",
        }
    }

    /// The fingerprint or the uid in the log; empty for other methods.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Nothing | Self::Password | Self::KeyboardInteractive => String::new(),
            Self::Key(fingerprint) => fingerprint.clone(),
            Self::Account(number) => number.to_string(),
        }
    }
}

/// A client that wants to join.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The name, safe to show.
    pub name: String,
    /// The address, or the name of the door.
    pub from: String,
    /// How they have authenticated.
    pub credential: Credential,
    /// The variables that describe their terminal.
    pub terminal: TerminalKind,
    /// Columns and rows.
    pub size: (u16, u16),
}

/// The environment variables that describe a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TerminalKind {
    variables: BTreeMap<String, String>,
}

impl TerminalKind {
    /// The variables of this process.
    #[must_use]
    pub fn own() -> Self {
        let mut own = Self::default();
        for variable in VARIABLES {
            own.set(variable, &std::env::var(variable).unwrap_or_default());
        }
        own
    }

    /// Sets a variable of [`VARIABLES`] to a value of 1 to 256 bytes; others are ignored.
    pub fn set(&mut self, variable: &str, value: &str) {
        if VARIABLES.contains(&variable) && !value.is_empty() && value.len() <= MAX_VALUE {
            self.variables.insert(variable.to_owned(), value.to_owned());
        }
    }

    /// Removes a variable.
    pub fn remove(&mut self, variable: &str) {
        self.variables.remove(variable);
    }

    /// The value of a variable.
    fn get(&self, variable: &str) -> Option<String> {
        self.variables.get(variable).cloned()
    }

    /// The value of `TERM`.
    #[must_use]
    pub fn name(&self) -> String {
        self.get("TERM").unwrap_or_default()
    }

    /// The locale of messages; empty if it is not set.
    fn locale(&self) -> String {
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|variable| self.get(variable)).unwrap_or_default()
    }

    /// The theme for it.
    #[must_use]
    pub fn theme(&self) -> Theme {
        Theme::detect(&|variable| self.get(variable))
    }

    /// The questions to ask it.
    #[must_use]
    pub fn questions(&self) -> Questions {
        self.theme().questions(&|variable| self.get(variable))
    }

    /// The language of its locale; English if it can show ASCII only.
    #[must_use]
    pub fn language(&self) -> Language {
        if self.theme().glyphs == Glyphs::AsciiOnly { Language::English } else { Language::from_locale(&self.locale()) }
    }
}

impl Visitor {
    /// A visitor who has not authenticated; the name is cleaned, the size clamped.
    #[must_use]
    pub fn new(name: &str, from: &str, terminal: TerminalKind, size: (u16, u16)) -> Self {
        let name = name::name(name).unwrap_or_else(|| name::DEFAULT_NAME.to_owned());
        Self { name, from: from.to_owned(), credential: Credential::default(), terminal, size: clamped(size) }
    }

    /// The visitor with this credential.
    #[must_use]
    pub fn admitted_by(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    /// The preferences of their dashboard.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        let theme = self.terminal.theme();
        Preferences {
            theme,
            language: self.terminal.language(),
            keymap: Keymap::default(),
            frames_per_second: 10,
            warning: None,
            is_waiting: false,
            questions: self.terminal.questions(),
        }
    }
}

/// A size limited to 1 × 1 to 500 × 200.
#[must_use]
pub fn clamped((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns.clamp(1, MAX_SIZE.0), rows.clamp(1, MAX_SIZE.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::Colours;

    fn kind(variables: &[(&str, &str)]) -> TerminalKind {
        let mut kind = TerminalKind::default();
        variables.iter().for_each(|(variable, value)| kind.set(variable, value));
        kind
    }

    #[test]
    fn theme_and_language_follow_variables() {
        for (variables, colours, glyphs, language) in [
            (
                &[("TERM", "xterm-256color"), ("LANG", "zh_CN.UTF-8")][..],
                Colours::Indexed,
                Glyphs::Unicode,
                Language::Chinese,
            ),
            (&[("TERM", "xterm"), ("COLORTERM", "truecolor")], Colours::True, Glyphs::Unicode, Language::English),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Colours::None, Glyphs::Unicode, Language::English),
            (
                &[("TERM", "vt100"), ("LANG", "de_DE.ISO-8859-15@euro")],
                Colours::None,
                Glyphs::AsciiOnly,
                Language::English,
            ),
            (&[("TERM", "xterm"), ("LC_ALL", "zh_CN.GBK")], Colours::Sixteen, Glyphs::AsciiOnly, Language::English),
            (&[("TERM", "vt220")], Colours::None, Glyphs::AsciiOnly, Language::English),
            (&[("TERM", "vt220"), ("LANG", "zh_CN.utf8")], Colours::None, Glyphs::Unicode, Language::Chinese),
            (&[("TERM", "linux"), ("LANG", "C.UTF-8")], Colours::Sixteen, Glyphs::Console, Language::English),
        ] {
            let kind = kind(variables);
            let theme = kind.theme();
            assert_eq!((theme.colours, theme.glyphs, kind.language()), (colours, glyphs, language), "{variables:?}");
        }
    }

    #[test]
    fn set_unknown_variable_or_long_value_is_ignored() {
        let kind = kind(&[("LD_PRELOAD", "x"), ("PATH", "x"), ("TERM", &"x".repeat(257)), ("LANG", "")]);
        assert_eq!(kind, TerminalKind::default());
        let visitor = Visitor::new("\x1b]0;x\x07", "", kind, (0, 10_000));
        assert_eq!((visitor.size, visitor.name.as_str()), ((1, 200), "]0;x"));
    }
}
