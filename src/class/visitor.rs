//! Who comes, and with what terminal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name;
use crate::dashboard::terminal::Questions;
use crate::dashboard::{Glyphs, Keymap, Language, Preferences, Theme};

/// Variables of a visitor's environment that say what the terminal is like.
pub const VARIABLES: [&str; 8] =
    ["TERM", "COLORTERM", "NO_COLOR", "COLORFGBG", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"];
/// A value of more bytes is none.
const LONGEST_VALUE: usize = 256;
/// No screen has more columns and rows; each cell takes memory and time.
const LARGEST: (u16, u16) = (500, 200);

/// How somebody has shown who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credential {
    /// Not at all: a name is what somebody calls themselves.
    #[default]
    Nothing,
    /// With the password of the class.
    Password,
    /// The same, as the answer to a question of the server.
    KeyboardInteractive,
    /// With the private key of this fingerprint.
    Key(String),
    /// As a process of the account with this number.
    Account(u32),
}

impl Credential {
    /// As a log has it.
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

    /// What tells one from another, as a log has it.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Nothing | Self::Password | Self::KeyboardInteractive => String::new(),
            Self::Key(fingerprint) => fingerprint.clone(),
            Self::Account(number) => number.to_string(),
        }
    }
}

/// Somebody at a door.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Safe to be shown.
    pub name: String,
    /// The address, or the way in.
    pub from: String,
    /// How they have shown who they are.
    pub credential: Credential,
    /// What their terminal is like.
    pub terminal: TerminalKind,
    /// Columns and rows.
    pub size: (u16, u16),
}

/// What a terminal says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TerminalKind {
    variables: BTreeMap<String, String>,
}

impl TerminalKind {
    /// That of this process.
    #[must_use]
    pub fn own() -> Self {
        let mut own = Self::default();
        for variable in VARIABLES {
            own.set(variable, &std::env::var(variable).unwrap_or_default());
        }
        own
    }

    /// Takes over a variable, if it is one that matters and its value one that can be.
    pub fn set(&mut self, variable: &str, value: &str) {
        if VARIABLES.contains(&variable) && !value.is_empty() && value.len() <= LONGEST_VALUE {
            self.variables.insert(variable.to_owned(), value.to_owned());
        }
    }

    /// Forgets what a variable said.
    pub fn remove(&mut self, variable: &str) {
        self.variables.remove(variable);
    }

    fn get(&self, variable: &str) -> Option<String> {
        self.variables.get(variable).cloned()
    }

    /// As the variable TERM has it.
    #[must_use]
    pub fn name(&self) -> String {
        self.get("TERM").unwrap_or_default()
    }

    fn locale(&self) -> String {
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|variable| self.get(variable)).unwrap_or_default()
    }

    /// How things look on it.
    #[must_use]
    pub fn theme(&self) -> Theme {
        Theme::of(&|variable| self.get(variable))
    }

    /// What it is asked.
    #[must_use]
    pub fn questions(&self) -> Questions {
        self.theme().questions(&|variable| self.get(variable))
    }

    /// The language of its locale, if it has the characters for it.
    #[must_use]
    pub fn language(&self) -> Language {
        if self.theme().glyphs == Glyphs::NothingElse { Language::English } else { Language::of_locale(&self.locale()) }
    }
}

impl Visitor {
    /// Somebody with this name, of which nothing is believed.
    #[must_use]
    pub fn new(name: &str, from: &str, terminal: TerminalKind, size: (u16, u16)) -> Self {
        let name = name::name(name).unwrap_or_else(|| name::NAMELESS.to_owned());
        Self { name, from: from.to_owned(), credential: Credential::default(), terminal, size: clamped(size) }
    }

    /// The same, who has shown so who they are.
    #[must_use]
    pub fn admitted_by(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    /// How a class is shown on their terminal.
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

/// A size that can be drawn.
#[must_use]
pub fn clamped((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns.clamp(1, LARGEST.0), rows.clamp(1, LARGEST.1))
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
    fn a_terminal_far_away_looks_as_it_says_of_itself() {
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
                Glyphs::NothingElse,
                Language::English,
            ),
            (&[("TERM", "xterm"), ("LC_ALL", "zh_CN.GBK")], Colours::Sixteen, Glyphs::NothingElse, Language::English),
            (&[("TERM", "vt220")], Colours::None, Glyphs::NothingElse, Language::English),
            (&[("TERM", "vt220"), ("LANG", "zh_CN.utf8")], Colours::None, Glyphs::Unicode, Language::Chinese),
            (&[("TERM", "linux"), ("LANG", "C.UTF-8")], Colours::Sixteen, Glyphs::Console, Language::English),
        ] {
            let kind = kind(variables);
            let theme = kind.theme();
            assert_eq!((theme.colours, theme.glyphs, kind.language()), (colours, glyphs, language), "{variables:?}");
        }
    }

    #[test]
    fn of_a_stranger_nothing_else_is_taken_over() {
        let kind = kind(&[("LD_PRELOAD", "x"), ("PATH", "x"), ("TERM", &"x".repeat(257)), ("LANG", "")]);
        assert_eq!(kind, TerminalKind::default());
        let visitor = Visitor::new("\x1b]0;x\x07", "", kind, (0, 10_000));
        assert_eq!((visitor.size, visitor.name.as_str()), ((1, 200), "]0;x"));
    }
}
