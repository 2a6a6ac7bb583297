//! Which key does what: the one table from which dispatch, footer and help are made.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::training::RunState;

/// What a key press asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Pause or resume training.
    TogglePause,
    /// One step, then wait.
    StepOnce,
    /// More steps per second.
    Faster,
    /// Fewer steps per second.
    Slower,
    /// Full speed, or back.
    ToggleFullSpeed,
    /// New weights.
    Restart,
    /// Type a prompt.
    Prompt,
    /// Ask what was typed.
    Ask,
    /// Complete the word that is being typed.
    Complete,
    /// Delete the word before the cursor.
    DeleteWord,
    /// An earlier prompt.
    Earlier,
    /// A later prompt.
    Later,
    /// Leave prompt or help.
    Back,
    /// All keys.
    Help,
    /// End the program.
    Quit,
}

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Letters are commands.
    Panels,
    /// Letters are text.
    Prompt,
}

/// One row of the table: the keys (the first one is shown), where they act, what they do.
#[derive(Debug)]
pub struct Binding {
    keys: &'static [(KeyCode, KeyModifiers)],
    /// How the keys are written.
    pub name: &'static str,
    focus: Option<Focus>,
    /// What they do.
    pub action: Action,
}

const fn plain(c: char) -> (KeyCode, KeyModifiers) {
    (KeyCode::Char(c), KeyModifiers::NONE)
}

const fn key(code: KeyCode) -> (KeyCode, KeyModifiers) {
    (code, KeyModifiers::NONE)
}

const CTRL_C: (KeyCode, KeyModifiers) = (KeyCode::Char('c'), KeyModifiers::CONTROL);

const fn in_panels(name: &'static str, keys: &'static [(KeyCode, KeyModifiers)], action: Action) -> Binding {
    Binding { keys, name, focus: Some(Focus::Panels), action }
}

const fn in_prompt(name: &'static str, keys: &'static [(KeyCode, KeyModifiers)], action: Action) -> Binding {
    Binding { keys, name, focus: Some(Focus::Prompt), action }
}

/// The table, in the order in which the footer has room for its rows.
const BINDINGS: &[Binding] = &[
    in_panels("q", &[plain('q')], Action::Quit),
    in_panels("?", &[plain('?')], Action::Help),
    in_panels("space", &[plain(' ')], Action::TogglePause),
    in_panels("i /", &[plain('i'), plain('/')], Action::Prompt),
    in_panels("s", &[plain('s')], Action::StepOnce),
    in_panels("r", &[plain('r')], Action::Restart),
    in_panels("-", &[plain('-'), plain('_')], Action::Slower),
    in_panels("+", &[plain('+'), plain('=')], Action::Faster),
    in_panels("f", &[plain('f')], Action::ToggleFullSpeed),
    in_prompt("Enter", &[key(KeyCode::Enter)], Action::Ask),
    Binding { keys: &[key(KeyCode::Esc)], name: "Esc", focus: None, action: Action::Back },
    in_prompt("Tab", &[key(KeyCode::Tab)], Action::Complete),
    in_prompt("Up", &[key(KeyCode::Up)], Action::Earlier),
    in_prompt("Down", &[key(KeyCode::Down)], Action::Later),
    in_prompt("Ctrl-W", &[(KeyCode::Char('w'), KeyModifiers::CONTROL)], Action::DeleteWord),
    Binding { keys: &[CTRL_C], name: "Ctrl-C", focus: None, action: Action::Quit },
];

/// What a key press asks for where it was typed; `None` if the key is text or means nothing.
#[must_use]
pub fn action(event: &KeyEvent, focus: Focus) -> Option<Action> {
    // terminals tell Shift with characters or do not; the character says it already
    let modifiers = event.modifiers - KeyModifiers::SHIFT;
    let pressed = (event.code, modifiers);
    bindings(focus).find(|binding| binding.keys.contains(&pressed)).map(|binding| binding.action)
}

/// The rows that act where the focus is.
pub fn bindings(focus: Focus) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.focus.is_none_or(|of| of == focus))
}

impl Action {
    /// Whether it does anything while training is in this state.
    #[must_use]
    pub fn acts(self, state: &RunState) -> bool {
        match self {
            Self::TogglePause | Self::StepOnce => matches!(state, RunState::Running | RunState::Paused),
            _ => true,
        }
    }
}

/// All rows.
#[must_use]
pub fn all() -> &'static [Binding] {
    BINDINGS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings_in_one_place() {
        for focus in [Focus::Panels, Focus::Prompt] {
            let keys: Vec<_> = bindings(focus).flat_map(|binding| binding.keys).collect();
            for (index, key) in keys.iter().enumerate() {
                assert!(!keys[index + 1..].contains(key), "{key:?} in {focus:?}");
            }
        }
    }

    #[test]
    fn no_letter_is_a_command_in_the_prompt() {
        for c in ' '..='~' {
            let typed = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            assert_eq!(action(&typed, Focus::Prompt), None, "{c}");
        }
    }

    #[test]
    fn a_shifted_character_means_the_same_however_the_terminal_tells_it() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            assert_eq!(action(&KeyEvent::new(KeyCode::Char('?'), modifiers), Focus::Panels), Some(Action::Help));
            assert_eq!(action(&KeyEvent::new(KeyCode::Char('+'), modifiers), Focus::Panels), Some(Action::Faster));
        }
    }
}
