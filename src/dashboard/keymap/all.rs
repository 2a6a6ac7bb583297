//! The table of all actions, with their default keys.

use super::{Binding, InPanel, KeyError, Keymap};
use crate::dashboard::actions::{Action, Handler, Place, Topic, class_actions, global_actions, on, run_actions};
use crate::dashboard::motion::Motion;
use crate::dashboard::panels::{AnyPanelKey, PanelName, Panels};
use crate::dashboard::role::Permission;

impl Default for Keymap {
    fn default() -> Self {
        Self { rows: all() }
    }
}

impl Keymap {
    /// The default table with other keys for some actions: pairs of an action's name and its keys.
    ///
    /// # Errors
    /// The first name without an action, text that is no key, letter in a place where letters are text, or key that is bound twice in one
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
        .chain(rows(run_actions::RUN_ACTIONS))
        .chain(panels().map(|panel| row(show(panel))))
        .chain(rows(class_actions::CLASS_ACTIONS))
        .chain(rows(global_actions::LAST_IN_FOOTER))
        .collect()
}

/// The binding of a global action, with the panels that handle its motion.
fn row(action: Action) -> Binding {
    let panels = match (action.place, action.handler) {
        (Place::Panel, Handler::Move(motion)) => panels_with(motion),
        _ => Vec::new(),
    };
    Binding { action, keys: action.keys.to_vec(), panels }
}

/// The bindings of a panel's own actions.
fn own_keys(panel: PanelName) -> Vec<Binding> {
    let binding = |(position, key)| match key {
        AnyPanelKey::Own(action) => {
            let panels = vec![InPanel { panel, position, label: None }];
            Some(Binding { action, keys: action.keys.to_vec(), panels })
        }
        AnyPanelKey::Moves(..) => None,
    };
    Panels::keys(panel).into_iter().enumerate().filter_map(binding).collect()
}

/// The panels that handle a motion.
fn panels_with(motion: Motion) -> Vec<InPanel> {
    let find = |panel: PanelName| {
        let in_panel = |(position, key)| match key {
            AnyPanelKey::Moves(handled, label) if handled == motion => Some(InPanel { panel, position, label }),
            _ => None,
        };
        Panels::keys(panel).into_iter().enumerate().find_map(in_panel)
    };
    PanelName::ALL.iter().copied().filter_map(find).collect()
}

/// The action that shows a panel.
fn show(panel: PanelName) -> Action {
    let (title, show_key) = (panel.title(), panel.show_key());
    let handler = Handler::Show(panel);
    Action::new(
        on(Place::Panels, show_key.action, show_key.keys),
        Permission::Anyone,
        Topic::Panels,
        title,
        title,
        handler,
    )
}
