//! Which key does what, where: the rows of all actions, some of which a configuration has given other keys.

mod all;
mod key;

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

use super::actions::{Action, Place, Topic};
use super::focus::Focus;
use super::language::Bilingual;
use super::panels::PanelName;
use super::role::Role;
use crate::config::nearest;
use crate::language::Message;
use crate::session::ObservedRun;

pub use key::Key;
pub(super) use key::{c, k};

/// One row of the table: an action, and the keys that it has.
#[derive(Clone, Debug)]
pub struct Binding {
    /// What they do, and where.
    pub action: Action,
    keys: Vec<Key>,
    /// The panels that have the key, where these are not all.
    panels: Vec<InPanel>,
}

/// A key in one of the panels that have it.
#[derive(Clone, Copy, Debug)]
struct InPanel {
    panel: PanelName,
    /// Among the keys of the panel.
    position: usize,
    /// In the footer, where the panel has another name for it.
    label: Option<Bilingual>,
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

    /// Whether the keys act where the focus is.
    #[must_use]
    pub fn acts_in(&self, focus: Focus) -> bool {
        match (self.action.place, focus) {
            (Place::Everywhere, _)
            | (Place::Panels, Focus::Panel(_))
            | (Place::Typing, Focus::Typing)
            | (Place::Help, Focus::Help)
            | (Place::Model, Focus::Model)
            | (Place::Name, Focus::Name) => true,
            (Place::Panel, Focus::Panel(panel)) => self.position_in(panel).is_some(),
            _ => false,
        }
    }

    /// The position among the keys of a panel, if it has the key.
    #[must_use]
    pub fn position_in(&self, panel: PanelName) -> Option<usize> {
        self.in_panel(panel).map(|key| key.position)
    }

    /// In the footer, while this panel has the focus.
    #[must_use]
    pub fn label(&self, panel: PanelName, run: &ObservedRun) -> Bilingual {
        let in_panel = || self.in_panel(panel).and_then(|key| key.label);
        self.action.label_now(run).or_else(in_panel).unwrap_or(self.action.label)
    }

    fn in_panel(&self, panel: PanelName) -> Option<&InPanel> {
        self.panels.iter().find(|key| key.panel == panel)
    }
}

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
    pub problem: Message,
    /// What would be right.
    pub help: Message,
}

crate::messages! {
    /// What is said of the keys of a configuration.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum KeyMessage {
        NoAction = "no action has this name", "没有这个名称的动作";
        Actions { names: Vec<String> } = "actions are {names}", "动作有 {names}";
        DidYouMean { name: String, names: Vec<String> } = "did you mean `{name}`? actions are {names}",
            "您是不是指 `{name}`？动作有 {names}";
        NoKey { text: String } = "`{text}` is no key", "`{text}` 不是一个键";
        ExpectedKey { names: String } = "expected a character or one of {names}, also with Ctrl- before it",
            "应为一个字符，或 {names} 之一，前面也可加 Ctrl-";
        IsText { key: String } = "`{key}` is text while a prompt is typed", "输入提示时 `{key}` 是文字";
        ExpectedNoText = "expected a key that is no text, such as F5 or Ctrl-T", "应为不是文字的键，例如 F5 或 Ctrl-T";
        Taken { key: String, action: String } = "`{key}` is already `{action}` in the same place",
            "`{key}` 在同一处已经用于 `{action}`";
        OtherKeys { action: String } = "expected another key, or other keys for `{action}`",
            "应为另一个键，或给 `{action}` 换别的键";
        TakenByFixed { key: String } = "`{key}` is already a fixed key in the same place", "`{key}` 在同一处已经用于固定的键";
        OtherKey = "expected another key, or other keys for a fixed key", "应为另一个键，或给固定的键换别的键";
    }
}

impl Keymap {
    /// This table with other keys for some actions, by name.
    fn rebound<'a>(self, changes: impl IntoIterator<Item = (&'a str, &'a [String])>) -> Result<Self, KeyError> {
        let mut keymap = self;
        let changes: BTreeMap<&str, &[String]> = changes.into_iter().collect();
        for (action, keys) in &changes {
            keymap.rebind(action, keys)?;
        }
        keymap.check(&changes)?;
        Ok(keymap)
    }

    fn rebind(&mut self, action: &str, keys: &[String]) -> Result<(), KeyError> {
        let error = |problem: KeyMessage, help: KeyMessage| KeyError {
            action: action.to_owned(),
            problem: problem.into(),
            help: help.into(),
        };
        let known: Vec<&str> = self.rows.iter().map(|row| row.action.name).filter(|name| !name.is_empty()).collect();
        let Some(row) = self.rows.iter_mut().find(|row| !action.is_empty() && row.action.name == action) else {
            let names = known.iter().map(|name| (*name).to_owned()).collect();
            let help = match nearest(action, known.iter().copied(), 1).first() {
                Some(name) => KeyMessage::DidYouMean { name: (*name).to_owned(), names },
                None => KeyMessage::Actions { names },
            };
            return Err(error(KeyMessage::NoAction, help));
        };
        let mut parsed = Vec::new();
        for text in keys {
            let Some(key) = Key::parse(text) else {
                let help = KeyMessage::ExpectedKey { names: Key::names() };
                return Err(error(KeyMessage::NoKey { text: text.clone() }, help));
            };
            if key.is_text() && matches!(row.action.place, Place::Typing | Place::Everywhere) {
                return Err(error(KeyMessage::IsText { key: key.to_string() }, KeyMessage::ExpectedNoText));
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
                    let (blamed, there) =
                        if changes.contains_key(row.action.name) { (row, other) } else { (other, row) };
                    let (key, action) = (key.to_string(), there.action.name.to_owned());
                    let (problem, help) = if action.is_empty() {
                        (KeyMessage::TakenByFixed { key }, KeyMessage::OtherKey)
                    } else {
                        (KeyMessage::Taken { key, action: action.clone() }, KeyMessage::OtherKeys { action })
                    };
                    let action = blamed.action.name.to_owned();
                    return Err(KeyError { action, problem: problem.into(), help: help.into() });
                }
            }
        }
        Ok(())
    }

    /// The row of a pressed key; `None` if the key is text or has no action.
    #[must_use]
    pub fn pressed(&self, event: &KeyEvent, focus: Focus) -> Option<&Binding> {
        let pressed = Key::of(event);
        let find = |pressed: Key| self.bindings(focus).find(|binding| binding.keys.contains(&pressed));
        // signs of an input method are text where text is typed
        let find_half_width = || (!focus.takes_text()).then(|| find(pressed.half_width())).flatten();
        find(pressed).or_else(find_half_width)
    }

    /// All rows, in the order of the footer and of the help.
    pub fn rows(&self) -> impl Iterator<Item = &Binding> {
        self.rows.iter()
    }

    /// The rows that act where the focus is and have a key.
    pub fn bindings(&self, focus: Focus) -> impl Iterator<Item = &Binding> {
        self.rows.iter().filter(move |binding| binding.acts_in(focus) && !binding.keys.is_empty())
    }

    /// The key for an action, by its name.
    #[must_use]
    pub fn key(&self, name: &str, focus: Focus) -> String {
        self.bindings(focus).find(|binding| binding.action.name == name).map(Binding::key).unwrap_or_default()
    }

    /// The key for an action, by its name, if this role has the permission.
    #[must_use]
    pub fn key_for(&self, name: &str, focus: Focus, role: Role) -> Option<String> {
        let mut rows = self.bindings(focus);
        rows.find(|row| row.action.name == name && role.may(row.action.permission, false)).map(Binding::key)
    }

    /// All rows of a role by topic, those apart that act only in what covers the panels, and without a class those of one.
    pub fn by_topic(&self, role: Role, in_class: bool) -> impl Iterator<Item = (Topic, Vec<&Binding>)> {
        let rows_of = move |topic| {
            let covers = |row: &&Binding| matches!(row.action.place, Place::Help | Place::Model | Place::Name);
            let is_allowed = |row: &&Binding| role.may(row.action.permission, true);
            let rows = self.rows.iter().filter(|row| row.action.topic == topic && !row.keys.is_empty());
            rows.filter(is_allowed).filter(|row| !covers(row) && (in_class || topic != Topic::Class)).collect()
        };
        Topic::ALL
            .into_iter()
            .map(move |topic| (topic, rows_of(topic)))
            .filter(|(_, rows): &(_, Vec<_>)| !rows.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;
    use crate::dashboard::actions;
    use crate::dashboard::panels::Panels;

    /// The name of what a key asks for.
    fn action(code: KeyCode, modifiers: KeyModifiers, focus: Focus) -> Option<&'static str> {
        Keymap::default().pressed(&KeyEvent::new(code, modifiers), focus).map(|binding| binding.action.name)
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
        let panel = Focus::Panel(PanelName::Heatmap);
        for (typed, key) in "？（）【】，。《》－＝ｑ\u{3000}".chars().zip("?()[],.<>-=q ".chars()) {
            let [of_typed, of_key] = [typed, key].map(|c| action(KeyCode::Char(c), KeyModifiers::NONE, panel));
            assert_eq!(of_typed, of_key, "{typed}");
            assert!(of_key.is_some(), "{key}");
            assert_eq!(action(KeyCode::Char(typed), KeyModifiers::NONE, Focus::Typing), None, "{typed} is text there");
        }
    }

    #[test]
    fn no_letter_is_a_command_while_something_is_typed() {
        for focus in Focus::all().filter(|focus| focus.takes_text()) {
            for c in (' '..='~').chain("？（【，ｑ\u{3000}".chars()) {
                assert_eq!(action(KeyCode::Char(c), KeyModifiers::NONE, focus), None, "{c}");
            }
        }
    }

    #[test]
    fn no_two_actions_have_one_name_and_those_that_are_asked_for_by_name_are_there() {
        let keymap = Keymap::default();
        let mut names: Vec<_> = keymap.rows.iter().map(|row| row.action.name).filter(|name| !name.is_empty()).collect();
        let count = names.len();
        for name in [actions::TYPE, actions::RESTART, actions::COMPLETE, actions::CONTINUE] {
            assert!(names.contains(&name), "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_key_of_a_panel_acts_in_it() {
        for panel in PanelName::ALL {
            let keymap = Keymap::default();
            let acting = keymap.rows.iter().filter(|row| row.position_in(*panel).is_some());
            let (here, elsewhere): (Vec<_>, Vec<_>) = acting.partition(|row| row.acts_in(Focus::Panel(*panel)));
            assert_eq!(here.len() + elsewhere.len(), Panels::keys(*panel).len(), "{panel:?}");
            assert!(elsewhere.iter().all(|row| row.action.place == Place::Typing), "{panel:?}");
        }
    }

    #[test]
    fn a_shifted_character_means_the_same_however_the_terminal_tells_it() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let focus = Focus::Panel(PanelName::Loss);
            assert_eq!(action(KeyCode::Char('?'), modifiers, focus), Some("help"));
            assert_eq!(action(KeyCode::Char('+'), modifiers, focus), Some("faster"));
        }
    }

    #[test]
    fn an_action_has_the_keys_that_a_configuration_gives_it_and_no_others() {
        let keymap = changed(&[("pause", &["F5", "ctrl-p"]), ("quit", &["가"]), ("left", &[])]).unwrap();
        let name_of = |code, modifiers| {
            keymap.pressed(&KeyEvent::new(code, modifiers), Focus::Panel(PanelName::Loss)).map(|row| row.action.name)
        };
        assert_eq!(name_of(KeyCode::F(5), KeyModifiers::NONE), Some("pause"));
        assert_eq!(name_of(KeyCode::Char('p'), KeyModifiers::CONTROL), Some("pause"));
        assert_eq!(name_of(KeyCode::Char(' '), KeyModifiers::NONE), None);
        assert_eq!(name_of(KeyCode::Char('가'), KeyModifiers::NONE), Some("quit"), "a letter that no action has");
        assert_eq!(name_of(KeyCode::Char('h'), KeyModifiers::NONE), None, "an empty list takes the keys away");
    }

    #[test]
    fn two_actions_may_change_their_keys() {
        let swapped = changed(&[("restart", &["s"]), ("step", &["r"])]).unwrap();
        let pressed = KeyEvent::from(KeyCode::Char('r'));
        assert_eq!(swapped.pressed(&pressed, Focus::Panel(PanelName::Loss)).map(|row| row.action.name), Some("step"));
    }

    #[test]
    fn keys_that_cannot_be_are_refused_by_name() {
        let problem = |name: &str, key: &str| {
            let error = changed(&[(name, &[key])]).unwrap_err();
            assert_eq!(error.action, name);
            (error.problem, error.help)
        };
        assert_eq!(problem("restart", "q").0.to_string(), "`q` is already `quit` in the same place");
        assert_eq!(problem("continue", "q").0.to_string(), "`q` is already `quit` in the same place");
        assert_eq!(problem("pin", "Ctrl-C").0.to_string(), "`Ctrl-C` is already a fixed key in the same place");
        assert_eq!(problem("ask", "x").0.to_string(), "`x` is text while a prompt is typed");
        assert_eq!(problem("pause", "F99").0.to_string(), "`F99` is no key");
        assert!(problem("puase", "x").1.to_string().starts_with("did you mean `pause`? actions are "));
        assert!(problem("", "x").1.to_string().starts_with("actions are "));
    }
}
