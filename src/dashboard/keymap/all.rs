//! The table of all actions with their default keys.

use super::{Binding, InPanel, KeyError, Keymap};
use crate::dashboard::actions::{Action, Handler, Place, Topic, class_actions, global_actions, run_actions};
use crate::dashboard::motion::Motion;
use crate::dashboard::panels::{AnyPanelKey, PanelName, Panels};
use crate::dashboard::role::Permission;

impl Default for Keymap {
    fn default() -> Self {
        Self { rows: all() }
    }
}

impl Keymap {
    /// The table with other keys for some actions, by name.
    ///
    /// # Errors
    /// The first name that is no action's, text that names no key, letter that would be text, or key with two meanings in one
    /// place.
    pub fn new<'a>(changes: impl IntoIterator<Item = (&'a str, &'a [String])>) -> Result<Self, KeyError> {
        Self::default().rebound(changes)
    }
}

/// All rows, in the order of the footer and of the help.
fn all() -> Vec<Binding> {
    let panels = || PanelName::ALL.iter().copied();
    let rows = |actions: &'static [Action]| actions.iter().copied().map(row);
    rows(global_actions::FIRST_IN_FOOTER)
        .chain(panels().flat_map(own_keys))
        .chain(rows(run_actions::OF_RUN))
        .chain(panels().map(|panel| row(show(panel))))
        .chain(rows(class_actions::OF_CLASS))
        .chain(rows(global_actions::LAST_IN_FOOTER))
        .collect()
}

/// An action of the whole screen, or of all panels that take its motion.
fn row(action: Action) -> Binding {
    let panels = match (action.place, action.does) {
        (Place::Panel, Handler::Move(motion)) => taken_by(motion),
        _ => Vec::new(),
    };
    Binding { action, keys: action.keys.to_vec(), panels }
}

/// The keys that only this panel has.
fn own_keys(panel: PanelName) -> Vec<Binding> {
    let own = |(position, key)| match key {
        AnyPanelKey::Own(action) => {
            let panels = vec![InPanel { panel, position, label: None }];
            Some(Binding { action, keys: action.keys.to_vec(), panels })
        }
        AnyPanelKey::Moves(..) => None,
    };
    Panels::keys(panel).into_iter().enumerate().filter_map(own).collect()
}

/// The panels that take a motion.
fn taken_by(motion: Motion) -> Vec<InPanel> {
    let find = |panel: PanelName| {
        let taken = |(position, key)| match key {
            AnyPanelKey::Moves(taken, label) if taken == motion => Some(InPanel { panel, position, label }),
            _ => None,
        };
        Panels::keys(panel).into_iter().enumerate().find_map(taken)
    };
    PanelName::ALL.iter().copied().filter_map(find).collect()
}

/// The action that shows a panel.
fn show(panel: PanelName) -> Action {
    let (title, show_key) = (panel.title(), panel.show_key());
    let does = Handler::Show(panel);
    Action::new((Place::Panels, show_key.action, show_key.keys), Permission::Anyone, Topic::Panels, title, title, does)
}
