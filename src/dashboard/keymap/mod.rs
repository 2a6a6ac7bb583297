//! One table: which key does what, where. Dispatch, footer, help and the documentation's table all come from it; a configuration may
//! give an action other keys.

mod key;

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};

use super::action::{Action, Direction, Topic};
use super::layout::Panel;
use crate::config::nearest;

pub use key::Key;

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// To a panel: letters are commands.
    Panel(Panel),
    /// To the line that is being typed: letters are text.
    Typing,
    /// To the table of keys.
    Help,
    /// To another model that is thought of.
    Model,
}

/// In which focus keys act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In every one.
    Everywhere,
    /// In all panels.
    Panels,
    /// In these panels.
    Of(&'static [Panel]),
    /// While something is typed.
    Typing,
    /// While the table of keys is to be seen.
    Help,
    /// While another model is thought of.
    Model,
}

impl Focus {
    /// Every one there is.
    fn all() -> impl Iterator<Item = Self> {
        Panel::ALL.into_iter().map(Self::Panel).chain([Self::Typing, Self::Help, Self::Model])
    }
}

impl Place {
    fn covers(self, focus: Focus) -> bool {
        match (self, focus) {
            (Self::Everywhere, _)
            | (Self::Panels, Focus::Panel(_))
            | (Self::Typing, Focus::Typing)
            | (Self::Help, Focus::Help)
            | (Self::Model, Focus::Model) => true,
            (Self::Of(panels), Focus::Panel(panel)) => panels.contains(&panel),
            _ => false,
        }
    }
}

/// One row of the table: the keys, where they act, what they do.
#[derive(Clone, Debug)]
pub struct Binding {
    /// What it is called in a configuration; nothing if its keys are fixed.
    pub name: &'static str,
    keys: Vec<Key>,
    /// Where they act.
    pub place: Place,
    /// What they do.
    pub action: Action,
}

impl Binding {
    /// The key that is told where there is room for one.
    #[must_use]
    pub fn key(&self) -> String {
        self.keys.first().map(Key::to_string).unwrap_or_default()
    }

    /// The keys that are told where there is room.
    #[must_use]
    pub fn keys(&self) -> String {
        self.keys.iter().take(2).map(Key::to_string).collect::<Vec<_>>().join(" ")
    }
}

use Place::{Everywhere, Of, Panels, Typing};

const TRACED: Place = Of(&[Panel::Heatmap, Panel::GradientFlow, Panel::StateSpace]);
const HEATMAP: Place = Of(&[Panel::Heatmap]);
const LOSS: Place = Of(&[Panel::Loss]);
const QUANTITIES: Place = Of(&[Panel::Loss, Panel::Heatmap]);
const ACROSS: Place = Of(&[Panel::Loss, Panel::Heatmap]);
const UP_AND_DOWN: Place = Of(&[Panel::Loss, Panel::Heatmap, Panel::Prompt, Panel::Shapes]);
const ANSWER: Place = Of(&[Panel::Prompt]);

/// The table, in the order in which the footer has room for its rows: place, name, keys, action.
const TABLE: &[(Place, &str, &[Key], Action)] = {
    use KeyCode::{BackTab, Backspace, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up};

    const fn c(c: char) -> Key {
        Key::plain(KeyCode::Char(c))
    }
    const fn k(code: KeyCode) -> Key {
        Key::plain(code)
    }
    &[
        (Panels, "quit", &[c('q')], Action::Leave),
        (Panels, "help", &[c('?')], Action::Help),
        (Panels, "pause", &[c(' ')], Action::TogglePause),
        (Panels, "type", &[c('i'), c('/')], Action::Prompt),
        (Panels, "next_panel", &[k(Tab)], Action::NextPanel),
        (QUANTITIES, "next_quantity", &[c(']')], Action::NextQuantity),
        (HEATMAP, "overview", &[c('o')], Action::Overview),
        (QUANTITIES, "previous_quantity", &[c('[')], Action::PreviousQuantity),
        (TRACED, "next_layer", &[c('n')], Action::NextLayer),
        (ACROSS, "left", &[k(Left), c('h')], Action::Move(Direction::Left)),
        (ACROSS, "right", &[k(Right), c('l')], Action::Move(Direction::Right)),
        (UP_AND_DOWN, "up", &[k(Up), c('k')], Action::Move(Direction::Up)),
        (UP_AND_DOWN, "down", &[k(Down), c('j')], Action::Move(Direction::Down)),
        (ANSWER, "accept", &[k(Right), c('l'), k(Enter)], Action::Accept),
        (ANSWER, "shorten", &[k(Left), c('h'), k(Backspace)], Action::Shorten),
        (ANSWER, "continue", &[c('g')], Action::Continue),
        (ANSWER, "warmer", &[c(']')], Action::Warmer),
        (ANSWER, "cooler", &[c('[')], Action::Cooler),
        (ANSWER, "longer", &[c('n')], Action::Longer),
        (ANSWER, "pin", &[c('p')], Action::TogglePin),
        (LOSS, "log_scale", &[c('y')], Action::LogScale),
        (LOSS, "whole", &[c('0'), k(Home)], Action::Whole),
        (Panels, "step", &[c('s')], Action::StepOnce),
        (Panels, "restart", &[c('r')], Action::Restart),
        (Panels, "repeat", &[c('R')], Action::Repeat),
        (Panels, "model", &[c('m')], Action::Model),
        (Panels, "save", &[c('w')], Action::Save),
        (Panels, "lower_rate", &[c('<'), c(',')], Action::LowerRate),
        (Panels, "raise_rate", &[c('>'), c('.')], Action::RaiseRate),
        (Panels, "usual_rate", &[c('u')], Action::UsualRate),
        (Panels, "rewind", &[c('(')], Action::Rewind),
        (Panels, "forward", &[c(')')], Action::Forward),
        (Panels, "first_moment", &[c('^')], Action::FirstMoment),
        (Panels, "frame_before", &[c('{')], Action::FrameBefore),
        (Panels, "frame_after", &[c('}')], Action::FrameAfter),
        (Panels, "replay", &[c('t')], Action::Replay),
        (Panels, "present", &[c('e')], Action::Present),
        (Panels, "full_screen", &[c('z')], Action::FullScreen),
        (Panels, "slower", &[c('-'), c('_')], Action::Slower),
        (Panels, "faster", &[c('+'), c('=')], Action::Faster),
        (Panels, "full_speed", &[c('f')], Action::ToggleFullSpeed),
        (Panels, "show_loss", &[c('1')], Action::Choose(Panel::Loss)),
        (Panels, "show_heatmap", &[c('2')], Action::Choose(Panel::Heatmap)),
        (Panels, "show_gradient_flow", &[c('3')], Action::Choose(Panel::GradientFlow)),
        (Panels, "show_prompt", &[c('4')], Action::Choose(Panel::Prompt)),
        (Panels, "show_state_space", &[c('5')], Action::Choose(Panel::StateSpace)),
        (Panels, "show_shapes", &[c('6')], Action::Choose(Panel::Shapes)),
        (Panels, "previous_panel", &[k(BackTab)], Action::PreviousPanel),
        (Panels, "export", &[c('x')], Action::Export),
        (Panels, "language", &[c('L')], Action::Language),
        (Typing, "ask", &[k(Enter)], Action::Ask),
        (Everywhere, "back", &[k(Esc)], Action::Back),
        (Typing, "complete", &[k(Tab)], Action::Complete),
        (Typing, "earlier", &[k(Up)], Action::Earlier),
        (Typing, "later", &[k(Down)], Action::Later),
        (Typing, "delete_word", &[Key::control('w')], Action::DeleteWord),
        (Place::Help, "", &[c('?'), c('q')], Action::Back),
        (Place::Help, "", &[k(Up), c('k')], Action::Move(Direction::Up)),
        (Place::Help, "", &[k(Down), c('j')], Action::Move(Direction::Down)),
        (Place::Help, "", &[k(PageUp), c('b')], Action::Page(Direction::Up)),
        (Place::Help, "", &[k(PageDown), c(' ')], Action::Page(Direction::Down)),
        (Place::Help, "", &[k(Home), c('g')], Action::ToEnd(Direction::Up)),
        (Place::Help, "", &[k(End), c('G')], Action::ToEnd(Direction::Down)),
        (Place::Model, "", &[k(Enter)], Action::Rebuild),
        (Place::Model, "", &[k(Up), c('k')], Action::Move(Direction::Up)),
        (Place::Model, "", &[k(Down), c('j')], Action::Move(Direction::Down)),
        (Place::Model, "", &[k(Left), c('h')], Action::Move(Direction::Left)),
        (Place::Model, "", &[k(Right), c('l')], Action::Move(Direction::Right)),
        (Place::Model, "", &[c('q'), c('m')], Action::Back),
        (Everywhere, "suspend", &[Key::control('z')], Action::Suspend),
        (Everywhere, "", &[Key::control('c')], Action::Quit), // a way out that nobody can lose
    ]
};

/// The table in force.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<Binding>,
}

/// Why a configuration's keys cannot be in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    /// The action whose keys they are.
    pub action: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub help: String,
}

impl Default for Keymap {
    fn default() -> Self {
        let row = |(place, name, keys, action): &(Place, &'static str, &[Key], Action)| Binding {
            name,
            keys: keys.to_vec(),
            place: *place,
            action: *action,
        };
        Self { rows: TABLE.iter().map(row).collect() }
    }
}

impl Keymap {
    /// The table with other keys for some actions, by name.
    ///
    /// # Errors
    /// The first name that is no action's, text that names no key, letter that would be text, or key with two meanings in one
    /// place.
    pub fn new<'a>(changes: impl IntoIterator<Item = (&'a str, &'a [String])>) -> Result<Self, KeyError> {
        let mut keymap = Self::default();
        let changes: BTreeMap<&str, &[String]> = changes.into_iter().collect();
        for (action, keys) in &changes {
            keymap.rebind(action, keys)?;
        }
        keymap.check(&changes)?;
        Ok(keymap)
    }

    fn rebind(&mut self, action: &str, keys: &[String]) -> Result<(), KeyError> {
        let error = |problem, help| KeyError { action: action.to_owned(), problem, help };
        let known: Vec<&str> = self.rows.iter().map(|row| row.name).filter(|name| !name.is_empty()).collect();
        let Some(row) = self.rows.iter_mut().find(|row| !action.is_empty() && row.name == action) else {
            let guess =
                nearest(action, known.iter().copied(), 1).first().map(|name| format!("did you mean `{name}`? "));
            let help = guess.unwrap_or_default() + "actions are " + &known.join(", ");
            return Err(error("no action has this name".to_owned(), help));
        };
        let mut parsed = Vec::new();
        for text in keys {
            let Some(key) = Key::parse(text) else {
                let help = format!("expected a character or one of {}, also with Ctrl- before it", Key::names());
                return Err(error(format!("`{text}` is no key"), help));
            };
            if key.is_text() && matches!(row.place, Typing | Everywhere) {
                let help = "expected a key that is no text, such as F5 or Ctrl-T".to_owned();
                return Err(error(format!("`{key}` is text while a prompt is typed"), help));
            }
            parsed.push(key);
        }
        row.keys = parsed;
        Ok(())
    }

    /// Refuses keys that mean two things in one place. The blame is on an action that was changed.
    fn check(&self, changes: &BTreeMap<&str, &[String]>) -> Result<(), KeyError> {
        for focus in Focus::all() {
            let rows: Vec<&Binding> = self.bindings(focus).collect();
            for (index, row) in rows.iter().enumerate() {
                for other in &rows[index + 1..] {
                    let Some(key) = row.keys.iter().find(|key| other.keys.contains(key)) else { continue };
                    let (blamed, there) = if changes.contains_key(row.name) { (row, other) } else { (other, row) };
                    let there =
                        if there.name.is_empty() { "a fixed key".to_owned() } else { format!("`{}`", there.name) };
                    return Err(KeyError {
                        action: blamed.name.to_owned(),
                        problem: format!("`{key}` is already {there} in the same place"),
                        help: format!("expected another key, or other keys for {there}"),
                    });
                }
            }
        }
        Ok(())
    }

    /// What a key press asks for where it was typed; `None` if the key is text or means nothing.
    #[must_use]
    pub fn action(&self, event: &KeyEvent, focus: Focus) -> Option<Action> {
        let pressed = Key::of(event);
        let of = |pressed: Key| self.bindings(focus).find(|binding| binding.keys.contains(&pressed));
        // signs of an input method are text where text is typed
        let of_half_width = || (focus != Focus::Typing).then(|| of(pressed.half_width())).flatten();
        of(pressed).or_else(of_half_width).map(|binding| binding.action)
    }

    /// The rows that act where the focus is and have a key.
    pub fn bindings(&self, focus: Focus) -> impl Iterator<Item = &Binding> {
        self.rows.iter().filter(move |binding| binding.place.covers(focus) && !binding.keys.is_empty())
    }

    /// The key for an action.
    #[must_use]
    pub fn key(&self, action: Action, focus: Focus) -> String {
        self.bindings(focus).find(|binding| binding.action == action).map(Binding::key).unwrap_or_default()
    }

    /// All rows by topic, those apart that act only in what covers the panels.
    pub fn by_topic(&self) -> impl Iterator<Item = (Topic, Vec<&Binding>)> {
        use Topic::{Look, Panels, Past, Program, Prompt, Training};
        let of = |topic| {
            let covers = |row: &&Binding| matches!(row.place, Place::Help | Place::Model);
            let listed = |row: &&Binding| row.action.topic() == topic && !covers(row) && !row.keys.is_empty();
            self.rows.iter().filter(listed).collect()
        };
        [Training, Past, Panels, Look, Prompt, Program].into_iter().map(move |topic| (topic, of(topic)))
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;

    use super::*;

    fn action(code: KeyCode, modifiers: KeyModifiers, focus: Focus) -> Option<Action> {
        Keymap::default().action(&KeyEvent::new(code, modifiers), focus)
    }

    fn changed(changes: &[(&str, &[&str])]) -> Result<Keymap, KeyError> {
        let owned: Vec<(&str, Vec<String>)> =
            changes.iter().map(|(name, keys)| (*name, keys.iter().map(|key| (*key).to_owned()).collect())).collect();
        Keymap::new(owned.iter().map(|(name, keys)| (*name, keys.as_slice())))
    }

    #[test]
    fn no_key_has_two_meanings_in_one_place() {
        assert_eq!(Keymap::default().check(&BTreeMap::new()), Ok(()));
    }

    #[test]
    fn signs_of_an_input_method_are_the_keys_by_which_they_are_made() {
        let panel = Focus::Panel(Panel::Heatmap);
        for (typed, key) in "？（）【】，。《》－＝ｑ\u{3000}".chars().zip("?()[],.<>-=q ".chars()) {
            let [of_typed, of_key] = [typed, key].map(|c| action(KeyCode::Char(c), KeyModifiers::NONE, panel));
            assert_eq!(of_typed, of_key, "{typed}");
            assert!(of_key.is_some(), "{key}");
            assert_eq!(action(KeyCode::Char(typed), KeyModifiers::NONE, Focus::Typing), None, "{typed} is text there");
        }
    }

    #[test]
    fn no_letter_is_a_command_while_something_is_typed() {
        for c in ' '..='~' {
            assert_eq!(action(KeyCode::Char(c), KeyModifiers::NONE, Focus::Typing), None, "{c}");
        }
    }

    #[test]
    fn every_panel_has_a_key() {
        for panel in Panel::ALL {
            assert!(TABLE.iter().any(|(_, _, _, action)| *action == Action::Choose(panel)), "{panel:?}");
        }
    }

    #[test]
    fn a_shifted_character_means_the_same_however_the_terminal_tells_it() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let focus = Focus::Panel(Panel::Loss);
            assert_eq!(action(KeyCode::Char('?'), modifiers, focus), Some(Action::Help));
            assert_eq!(action(KeyCode::Char('+'), modifiers, focus), Some(Action::Faster));
        }
    }

    #[test]
    fn an_action_has_the_keys_that_a_configuration_gives_it_and_no_others() {
        let keymap = changed(&[("pause", &["F5", "ctrl-p"]), ("quit", &["v"]), ("left", &[])]).unwrap();
        let of = |code, modifiers| keymap.action(&KeyEvent::new(code, modifiers), Focus::Panel(Panel::Loss));
        assert_eq!(of(KeyCode::F(5), KeyModifiers::NONE), Some(Action::TogglePause));
        assert_eq!(of(KeyCode::Char('p'), KeyModifiers::CONTROL), Some(Action::TogglePause));
        assert_eq!(of(KeyCode::Char(' '), KeyModifiers::NONE), None);
        assert_eq!(of(KeyCode::Char('v'), KeyModifiers::NONE), Some(Action::Leave));
        assert_eq!(of(KeyCode::Char('h'), KeyModifiers::NONE), None, "an empty list takes the keys away");
    }

    #[test]
    fn two_actions_may_change_their_keys() {
        let swapped = changed(&[("restart", &["s"]), ("step", &["r"])]).unwrap();
        let pressed = KeyEvent::from(KeyCode::Char('r'));
        assert_eq!(swapped.action(&pressed, Focus::Panel(Panel::Loss)), Some(Action::StepOnce));
    }

    #[test]
    fn keys_that_cannot_be_are_refused_by_name() {
        let problem = |name: &str, key: &str| {
            let error = changed(&[(name, &[key])]).unwrap_err();
            assert_eq!(error.action, name);
            (error.problem, error.help)
        };
        assert_eq!(problem("restart", "q").0, "`q` is already `quit` in the same place");
        assert_eq!(problem("continue", "q").0, "`q` is already `quit` in the same place");
        assert_eq!(problem("pin", "Ctrl-C").0, "`Ctrl-C` is already a fixed key in the same place");
        assert_eq!(problem("ask", "x").0, "`x` is text while a prompt is typed");
        assert_eq!(problem("pause", "F99").0, "`F99` is no key");
        assert!(problem("puase", "x").1.starts_with("did you mean `pause`? actions are "));
        assert!(problem("", "x").1.starts_with("actions are "));
    }
}
