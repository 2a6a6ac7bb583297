//! A key, pressed or written.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with or without Ctrl. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    control: bool,
}

/// Keys that are not written as characters: their name, and an alias.
const NAMED: [(KeyCode, &str, &str); 16] = [
    (KeyCode::Char(' '), "space", " "),
    (KeyCode::Left, "←", "Left"),
    (KeyCode::Right, "→", "Right"),
    (KeyCode::Up, "↑", "Up"),
    (KeyCode::Down, "↓", "Down"),
    (KeyCode::Enter, "Enter", "Return"),
    (KeyCode::Esc, "Esc", "Escape"),
    (KeyCode::Tab, "Tab", "Tab"),
    (KeyCode::BackTab, "Shift-Tab", "BackTab"),
    (KeyCode::Backspace, "Backspace", "Backspace"),
    (KeyCode::Delete, "Delete", "Del"),
    (KeyCode::Insert, "Insert", "Ins"),
    (KeyCode::Home, "Home", "Home"),
    (KeyCode::End, "End", "End"),
    (KeyCode::PageUp, "PageUp", "PgUp"),
    (KeyCode::PageDown, "PageDown", "PgDn"),
];

impl Key {
    /// A key without Ctrl.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, control: false }
    }

    /// A letter with Ctrl.
    #[must_use]
    pub const fn control(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), control: true }
    }

    /// The key of an event. Shift is ignored: only some terminals report it, and the character already tells.
    pub(super) fn from_event(event: &KeyEvent) -> Self {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if control => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, control }
    }

    /// The ASCII key for a full-width or Chinese punctuation mark of an input method; other keys are returned as they are.
    pub(super) fn half_width(self) -> Self {
        let code = match self.code {
            KeyCode::Char(c @ '！'..='～') => char::from_u32(u32::from(c) - 0xfee0).map_or(self.code, KeyCode::Char),
            KeyCode::Char('。') => KeyCode::Char('.'),
            KeyCode::Char('、') => KeyCode::Char('/'),
            KeyCode::Char('《' | '〈') => KeyCode::Char('<'),
            KeyCode::Char('》' | '〉') => KeyCode::Char('>'),
            KeyCode::Char('【' | '「') => KeyCode::Char('['),
            KeyCode::Char('】' | '」') => KeyCode::Char(']'),
            KeyCode::Char('\u{3000}') => KeyCode::Char(' '),
            KeyCode::Char('—') => KeyCode::Char('_'),
            code => code,
        };
        Self { code, ..self }
    }

    /// Whether it is a character without Ctrl.
    pub(super) fn is_text(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && !self.control
    }

    /// Parses a character, a name (in either case), `F1` to `F12`, or `Ctrl-` and one of these; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let after = |prefix: &str| {
            text.get(..prefix.len())
                .filter(|start| start.eq_ignore_ascii_case(prefix))
                .map(|start| &text[start.len()..])
        };
        if let Some(rest) = after("ctrl-").filter(|rest| !rest.is_empty()) {
            let key = Self::parse(rest).filter(|key| !key.control)?;
            let code = match key.code {
                KeyCode::Char(c) => KeyCode::Char(c.to_ascii_lowercase()),
                code => code,
            };
            return Some(Self { code, control: true });
        }
        let mut characters = text.chars();
        if let (Some(c), None) = (characters.next(), characters.next())
            && !c.is_control()
            && NAMED.iter().all(|(_, name, _)| *name != text)
        {
            return Some(Self::plain(KeyCode::Char(c)));
        }
        let has_name = |(_, name, other): &&(KeyCode, &str, &str)| {
            [name, other].iter().any(|name| name.eq_ignore_ascii_case(text))
        };
        let named = NAMED.iter().find(has_name).map(|(code, ..)| *code);
        let function = || after("F")?.parse().ok().filter(|number| (1..=12).contains(number)).map(KeyCode::F);
        named.or_else(function).map(Self::plain)
    }

    /// Lists the names of keys that are not characters, for error messages.
    pub(super) fn names() -> String {
        NAMED.iter().map(|(_, name, other)| if name.is_ascii() { *name } else { *other }).collect::<Vec<_>>().join(", ")
            + ", F1 to F12"
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("Ctrl-")?;
        }
        match (NAMED.iter().find(|(code, ..)| *code == self.code), self.code) {
            (Some((_, name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) if self.control => write!(f, "{}", c.to_ascii_uppercase()),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(number)) => write!(f, "F{number}"),
            (None, code) => write!(f, "{code:?}"),
        }
    }
}

/// A character without Ctrl.
pub(super) const fn c(c: char) -> Key {
    Key::plain(KeyCode::Char(c))
}

/// Another key without Ctrl.
pub(super) const fn k(code: KeyCode) -> Key {
    Key::plain(code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn key_parse_accepts_names_and_aliases() {
        for (texts, key) in [
            (&["q"][..], Key::plain(KeyCode::Char('q'))),
            (&["Q"], Key::plain(KeyCode::Char('Q'))),
            (&["Ctrl-W", "ctrl-w"], Key::control('w')),
            (&["space", "SPACE", " "], Key::plain(KeyCode::Char(' '))),
            (&["F10", "f10"], Key::plain(KeyCode::F(10))),
            (&["f"], Key::plain(KeyCode::Char('f'))), // a letter, not a function key
            (&["left", "←"], Key::plain(KeyCode::Left)),
            (&["-"], Key::plain(KeyCode::Char('-'))),
            (&["shift-tab", "backtab"], Key::plain(KeyCode::BackTab)),
        ] {
            assert!(texts.iter().all(|text| Key::parse(text) == Some(key)), "{texts:?}");
        }
        for text in ["", "qq", "F0", "F13", "Alt-x", "Ctrl-", "Ctrl-Ctrl-a", "\n"] {
            assert_eq!(Key::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn key_displayed_text_parses_as_same_key(text in "\\PC{0,8}|(Ctrl-)?([a-z]|F[0-9]{1,2}|PgUp|Esc)") {
            if let Some(key) = Key::parse(&text) {
                prop_assert_eq!(Key::parse(&key.to_string()), Some(key));
            }
        }
    }
}
