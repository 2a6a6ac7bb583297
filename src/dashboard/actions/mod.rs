//! Actions: one row for each, with its keys, labels, help and permissions. Dispatch, footer, help, configuration and the table in
//! docs/keys.md are derived from the rows.

mod class_actions;
mod global_actions;
mod run_actions;

use super::keymap::Key;
use super::language::Bilingual;
use super::motion::Motion;
use super::panels::{PanelKey, PanelName};
use super::role::{Permission, Role};
use super::view::{Effect, View};
use crate::session::{ObservedRun, RunState};

/// Name of the action that starts typing a prompt.
pub const TYPE: &str = "type";
/// Name of the action that restarts training.
pub const RESTART: &str = "restart";
/// Name of the action that closes the prompt or an overlay.
pub const BACK: &str = "back";
/// Name of the action that completes a word.
pub const COMPLETE: &str = "complete";
/// Name of the action that opens, closes and ends a poll.
pub const POLL: &str = "poll";
/// Name of the action that generates a continuation.
pub const CONTINUE: &str = "continue";

/// All actions, in the order of the footer and of the help.
pub fn all() -> impl Iterator<Item = Action> {
    let own = |key: &PanelKey| if let PanelKey::Own(action) = key { Some(*action) } else { None };
    let of_panels = PanelName::ALL.iter().flat_map(move |panel| panel.keys().iter().filter_map(own));
    let shown = PanelName::ALL.iter().map(|panel| panel.shown_by());
    let general = |rows: &'static [Action]| rows.iter().copied();
    general(global_actions::FIRST)
        .chain(of_panels)
        .chain(general(run_actions::OF_RUN))
        .chain(shown)
        .chain(general(class_actions::OF_CLASS))
        .chain(general(global_actions::REST))
}

/// What a key press asks for: a row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Where its keys act.
    pub place: Place,
    /// What it is called in a configuration; nothing if its keys are fixed.
    pub name: &'static str,
    /// The keys that it has where the configuration gives it no others.
    pub keys: &'static [Key],
    /// What it is about.
    pub topic: Topic,
    /// In the footer.
    pub label: Bilingual,
    /// In the help and in the documentation.
    pub help: Bilingual,
    /// What it does.
    pub does: Handler,
    /// Who may do it.
    pub permission: Permission,
    /// In the footer, where that depends on the run.
    label_now: Option<fn(&ObservedRun) -> Option<Bilingual>>,
    acts: fn(&ObservedRun) -> bool,
    is_offered: fn(&View, &ObservedRun) -> bool,
    /// What is lost by it, if work was done.
    pub loses: Option<Destructive>,
    /// Where it stands in the footer: before what has a higher rank.
    pub rank: u8,
}

/// In which focus keys act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In every one.
    Everywhere,
    /// In all panels.
    Panels,
    /// In this panel.
    Panel(PanelName),
    /// In the panels that take the motion of the row.
    Moving,
    /// While something is typed.
    Typing,
    /// While the table of keys is to be seen.
    Help,
    /// While another model is thought of.
    Model,
    /// While a name is typed.
    Name,
}

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// To a panel: letters are commands.
    Panel(PanelName),
    /// To the line that is being typed: letters are text.
    Typing,
    /// To the table of keys.
    Help,
    /// To another model that is thought of.
    Model,
    /// To a name that is being typed: letters are text.
    Name,
}

impl Focus {
    /// Every one there is.
    pub fn all() -> impl Iterator<Item = Self> {
        PanelName::ALL.iter().copied().map(Self::Panel).chain([Self::Typing, Self::Help, Self::Model, Self::Name])
    }

    /// Whether letters are text.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Typing | Self::Name)
    }
}

/// Sections of the help, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Control of training.
    Training,
    /// Replay of earlier steps.
    Past,
    /// Choice and layout of panels.
    Panels,
    /// Contents of a panel.
    Look,
    /// Editing the prompt.
    Prompt,
    /// The class.
    Class,
    /// Everything else.
    Program,
}

impl Topic {
    /// All topics, in the order of the help.
    pub const ALL: [Self; 7] =
        [Self::Training, Self::Past, Self::Panels, Self::Look, Self::Prompt, Self::Class, Self::Program];
}

/// The handler of an action.
#[derive(Clone, Copy, Debug)]
pub enum Handler {
    /// Calls a function.
    Run(fn(&mut View, &ObservedRun) -> Option<Effect>),
    /// Shows a panel and gives it the focus.
    Show(PanelName),
    /// Moves within the focused panel.
    Move(Motion),
}

/// Kinds of actions that lose something and need confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destructive {
    /// A restart loses training.
    ByRestart,
    /// Quitting loses training; a student leaves the class.
    ByQuitting,
    /// Ctrl-C; needs confirmation in a class only.
    ByInterrupt,
    /// Removing a member of the class.
    Member,
    /// Renewing the class password.
    Password,
}

impl Action {
    /// Creates an action that is always active, listed in the footer, and needs no confirmation.
    pub(super) const fn new(
        (place, name, keys): (Place, &'static str, &'static [Key]),
        topic: Topic,
        label: Bilingual,
        help: Bilingual,
        does: Handler,
    ) -> Self {
        Self {
            place,
            name,
            keys,
            topic,
            label,
            help,
            does,
            permission: match topic {
                Topic::Training => Permission::Teacher,
                Topic::Prompt | Topic::Past | Topic::Class => Permission::Asking,
                Topic::Panels | Topic::Look | Topic::Program => Permission::Anyone,
            },
            label_now: None,
            acts: |_| true,
            is_offered: |_, _| true,
            loses: None,
            rank: 3,
        }
    }

    /// Restricts it to runs for which `acts` returns true.
    const fn when(self, acts: fn(&ObservedRun) -> bool) -> Self {
        Self { acts, ..self }
    }

    /// Overrides the permission of its topic.
    pub(super) const fn by(self, permission: Permission) -> Self {
        Self { permission, ..self }
    }

    /// Restricts the footer's entry.
    pub(super) const fn offered_when(self, is_offered: fn(&View, &ObservedRun) -> bool) -> Self {
        Self { is_offered, ..self }
    }

    /// Sets a label that depends on the run.
    const fn called(self, label: fn(&ObservedRun) -> Option<Bilingual>) -> Self {
        Self { label_now: Some(label), ..self }
    }

    /// Makes it ask for confirmation.
    pub(super) const fn confirm(self, loses: Destructive) -> Self {
        Self { loses: Some(loses), ..self }
    }

    const fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Whether this role may use it on this run.
    #[must_use]
    pub fn is_allowed(&self, role: Role, run: &ObservedRun) -> bool {
        role.may(self.permission, run_actions::is_of_replay(run))
    }

    /// Whether it is active for this run.
    #[must_use]
    pub fn acts(&self, run: &ObservedRun) -> bool {
        (self.acts)(run)
    }

    /// Whether the footer has it, if there is room.
    #[must_use]
    pub fn is_offered(&self, view: &View, run: &ObservedRun) -> bool {
        self.is_allowed(view.role, run)
            && self.acts(run)
            && (self.is_offered)(view, run)
            && !matches!(self.does, Handler::Show(_)) // the help has them
    }

    /// In the footer, while this panel has the keys.
    #[must_use]
    pub fn label(&self, panel: PanelName, run: &ObservedRun) -> Bilingual {
        let in_panel = |key: &PanelKey| match (key, self.does) {
            (PanelKey::Called(of, label), Handler::Move(motion)) if *of == motion => Some(*label),
            _ => None,
        };
        let now = self.label_now.and_then(|label| label(run));
        now.or_else(|| panel.keys().iter().find_map(in_panel)).unwrap_or(self.label)
    }

    /// Whether its keys act where the focus is.
    #[must_use]
    pub fn is_for(&self, focus: Focus) -> bool {
        match (self.place, focus) {
            (Place::Everywhere, _)
            | (Place::Panels, Focus::Panel(_))
            | (Place::Typing, Focus::Typing)
            | (Place::Help, Focus::Help)
            | (Place::Model, Focus::Model)
            | (Place::Name, Focus::Name) => true,
            (Place::Panel(own), Focus::Panel(panel)) => own == panel,
            (Place::Moving, Focus::Panel(panel)) => panel.position_of(self).is_some(),
            _ => false,
        }
    }

    /// Whether something that took time to learn would be gone, or end.
    #[must_use]
    pub fn loses_work(&self, run: &ObservedRun) -> bool {
        let snapshot = &run.snapshot;
        let is_at_stake = snapshot.record.step > 0
            && !matches!(snapshot.state, RunState::Failed(_))
            && snapshot.state != RunState::Replay;
        is_at_stake
            && match self.loses {
                Some(Destructive::ByRestart) => true,
                Some(Destructive::ByQuitting) => !snapshot.is_kept(),
                Some(Destructive::ByInterrupt | Destructive::Member | Destructive::Password) | None => false,
            }
    }
}
