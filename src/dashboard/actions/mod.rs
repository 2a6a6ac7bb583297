//! Actions: one row for each, with its keys, permission, labels and help. Dispatch, footer, help, configuration and the table in
//! docs/keys.md are derived from the rows.

pub mod class_actions;
pub mod global_actions;
pub mod run_actions;

use super::effect::Effect;
use super::keymap::Key;
use super::language::Bilingual;
use super::motion::Motion;
use super::panels::PanelName;
use super::role::{Permission, Role};
use super::view::View;
use crate::session::{ObservedRun, RunState};

pub use super::view::Destructive;

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

/// What a key press asks for: a row of the table. `D` is what it does; a panel's own keys do something with its state.
#[derive(Clone, Copy, Debug)]
pub struct Action<D = Handler> {
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
    pub does: D,
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
    /// In the panels that have the key: the one whose own it is, or those that take the motion.
    Panel,
    /// While something is typed.
    Typing,
    /// While the table of keys is to be seen.
    Help,
    /// While another model is thought of.
    Model,
    /// While a name is typed.
    Name,
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
    /// Changes the view of the whole screen, or leads to an effect.
    Run(fn(&mut View, &ObservedRun) -> Option<Effect>),
    /// Shows a panel and gives it the focus.
    Show(PanelName),
    /// Moves within the focused panel.
    Move(Motion),
    /// Does what the key at this position of a panel's own keys does.
    OfPanel(PanelName, usize),
}

impl<D: Copy> Action<D> {
    /// Creates an action that is always active, listed in the footer, and needs no confirmation.
    pub(super) const fn new(
        (place, name, keys): (Place, &'static str, &'static [Key]),
        permission: Permission,
        topic: Topic,
        label: Bilingual,
        help: Bilingual,
        does: D,
    ) -> Self {
        Self {
            place,
            name,
            keys,
            topic,
            label,
            help,
            does,
            permission,
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

    /// The same row with another handler.
    pub(super) fn with<E>(self, does: E) -> Action<E> {
        let Self {
            place, name, keys, topic, label, help, permission, label_now, acts, is_offered, loses, rank, ..
        } = self;
        Action { place, name, keys, topic, label, help, does, permission, label_now, acts, is_offered, loses, rank }
    }
}

impl Action {
    /// Whether this role may use it on this run.
    #[must_use]
    pub fn is_allowed(&self, role: Role, run: &ObservedRun) -> bool {
        role.may(self.permission, is_of_replay(run))
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

    /// In the footer, if that depends on the run.
    #[must_use]
    pub fn label_now(&self, run: &ObservedRun) -> Option<Bilingual> {
        self.label_now.and_then(|label| label(run))
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

/// Whether a replay is playing: the keys for pause and pace then act on the replay.
pub fn is_of_replay(run: &ObservedRun) -> bool {
    run.playback.is_playing || !run.snapshot.can_train()
}
