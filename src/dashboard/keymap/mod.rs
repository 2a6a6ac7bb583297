//! The table of keys: all actions with their keys, which a configuration can change.

mod all;
mod rebinding;

use crossterm::event::KeyEvent;

use super::actions::{Action, Place, Topic};
use super::focus::Focus;
use super::key::Key;
use super::language::Bilingual;
use super::panels::PanelName;
use super::role::Role;
use crate::session::ObservedRun;

pub use rebinding::{KeyError, KeyMessage};

/// A row of the table: an action and its keys.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The action.
    pub action: Action,
    keys: Vec<Key>,
    /// The panels that list the key, for an action in [`Place::Panel`].
    panels: Vec<InPanel>,
}

/// A key in a panel that lists it.
#[derive(Clone, Copy, Debug)]
struct InPanel {
    panel: PanelName,
    /// Index among the keys of the panel.
    position: usize,
    /// Label in the footer, if the panel has one of its own.
    label: Option<Bilingual>,
}

impl Binding {
    /// The first key as text; empty if there is none.
    #[must_use]
    pub fn key(&self) -> String {
        self.keys.first().map(Key::to_string).unwrap_or_default()
    }

    /// Up to two keys as text, separated by a space.
    #[must_use]
    pub fn keys(&self) -> String {
        self.keys.iter().take(2).map(Key::to_string).collect::<Vec<_>>().join(" ")
    }

    /// Whether the keys are active in this focus.
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

    /// The index among the keys of a panel; `None` if the panel does not list it.
    #[must_use]
    pub fn position_in(&self, panel: PanelName) -> Option<usize> {
        self.in_panel(panel).map(|key| key.position)
    }

    /// The label in the footer while this panel has the focus.
    #[must_use]
    pub fn label(&self, panel: PanelName, run: &ObservedRun) -> Bilingual {
        let in_panel = || self.in_panel(panel).and_then(|key| key.label);
        self.action.label_now(run).or_else(in_panel).unwrap_or(self.action.label)
    }

    /// The entry of a panel; `None` if the panel does not list the key.
    fn in_panel(&self, panel: PanelName) -> Option<&InPanel> {
        self.panels.iter().find(|key| key.panel == panel)
    }
}

/// The table of keys.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<Binding>,
}

impl Keymap {
    /// The binding of a pressed key; `None` if the key is text or has no action. Full-width punctuation acts as its ASCII key where letters
    /// are commands.
    #[must_use]
    pub fn pressed(&self, event: &KeyEvent, focus: Focus) -> Option<&Binding> {
        let pressed = Key::from_event(event);
        let find = |pressed: Key| self.bindings(focus).find(|binding| binding.keys.contains(&pressed));
        let find_half_width = || (!focus.takes_text()).then(|| find(pressed.half_width())).flatten();
        find(pressed).or_else(find_half_width)
    }

    /// All rows, in the order of the footer and of the help.
    pub fn rows(&self) -> impl Iterator<Item = &Binding> {
        self.rows.iter()
    }

    /// The rows with keys that are active in this focus.
    pub fn bindings(&self, focus: Focus) -> impl Iterator<Item = &Binding> {
        self.rows.iter().filter(move |binding| binding.acts_in(focus) && !binding.keys.is_empty())
    }

    /// The first key of the action with this name; empty if it has none in this focus.
    #[must_use]
    pub fn key(&self, name: &str, focus: Focus) -> String {
        self.bindings(focus).find(|binding| binding.action.name == name).map(Binding::key).unwrap_or_default()
    }

    /// The first key of the action with this name; `None` if it has none in this focus or the role lacks the permission.
    #[must_use]
    pub fn key_for(&self, name: &str, focus: Focus, role: Role) -> Option<String> {
        let mut rows = self.bindings(focus);
        rows.find(|row| row.action.name == name && role.may(row.action.permission, false)).map(Binding::key)
    }

    /// The rows with keys that a role may use, by topic; without those of overlays and, unless `in_class`, those of a class. Topics without
    /// rows are skipped.
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
mod tests;
