//! Who comes, and with what terminal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name;
use crate::dashboard::{Glyphs, Keymap, Language, Preferences, Theme};

/// Variables of a visitor's environment that say what the terminal is like.
pub const VARIABLES: [&str; 7] = ["TERM", "COLORTERM", "NO_COLOR", "COLORFGBG", "LANG", "LC_ALL", "LC_MESSAGES"];
/// A value of more bytes is none.
const LONGEST_VALUE: usize = 256;
/// No screen has more columns and rows; each cell takes memory and time.
const LARGEST: (u16, u16) = (500, 200);

/// Somebody at a door.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Safe to be shown.
    pub name: String,
    /// The address, or the way in.
    pub from: String,
    /// How they have shown who they are, if they had to.
    pub login: String,
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

    /// How things look on it. Where the locale names another encoding than UTF-8, with characters of a keyboard only.
    #[must_use]
    pub fn theme(&self) -> Theme {
        let theme = Theme::of(&|variable| self.get(variable));
        let locale = self.locale().to_ascii_lowercase();
        let encoding = locale.split('.').nth(1).and_then(|encoding| encoding.split('@').next());
        let is_unicode = encoding.is_none_or(|encoding| matches!(encoding, "utf-8" | "utf8"));
        if is_unicode { theme } else { Theme { glyphs: Glyphs::Ascii, ..theme } }
    }

    /// The language of its locale.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::of_locale(&self.locale())
    }
}

impl Visitor {
    /// Somebody with this name, of which nothing is believed.
    #[must_use]
    pub fn new(name: &str, from: &str, terminal: TerminalKind, size: (u16, u16)) -> Self {
        let name = name::name(name).unwrap_or_else(|| "?".to_owned());
        Self { name, from: from.to_owned(), login: String::new(), terminal, size: clamped(size) }
    }

    /// The same, with how they have shown who they are.
    #[must_use]
    pub fn logged_in_by(self, login: String) -> Self {
        Self { login, ..self }
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
            asks_width: theme.glyphs == Glyphs::Unicode,
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
            (&[("TERM", "vt100"), ("LANG", "de_DE.ISO-8859-15@euro")], Colours::None, Glyphs::Ascii, Language::English),
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
