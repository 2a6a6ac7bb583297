//! Actions: one row for each, with its keys, permission, labels and help. Dispatch, footer, help, configuration and the table in
//! docs/keys.md are derived from the rows.

pub mod class_actions;
pub mod global_actions;
pub mod run_actions;

use super::effect::Effect;
use super::key::Key;
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

/// An action: a row of the table. `D` is the type of its handler.
#[derive(Clone, Copy, Debug)]
pub struct Action<D = Handler> {
    /// Where its keys are active.
    pub place: Place,
    /// Name in a configuration; empty if its keys are fixed.
    pub name: &'static str,
    /// Default keys.
    pub keys: &'static [Key],
    /// Section of the help.
    pub topic: Topic,
    /// Label in the footer.
    pub label: Bilingual,
    /// Sentence in the help and in the documentation.
    pub help: Bilingual,
    /// Handler.
    pub handler: D,
    /// Permission that it needs.
    pub permission: Permission,
    /// Label in the footer that depends on the run; `None` for [`label`](Self::label).
    label_now: Option<fn(&ObservedRun) -> Option<Bilingual>>,
    /// Whether it is active for a run.
    acts: fn(&ObservedRun) -> bool,
    /// Whether the footer lists it.
    is_offered: fn(&View, &ObservedRun) -> bool,
    /// What it destroys, which makes it ask for confirmation.
    pub loses: Option<Destructive>,
    /// Rank in the footer, lowest first.
    pub rank: u8,
}

/// What triggers an action.
#[derive(Clone, Copy, Debug)]
pub struct Trigger {
    place: Place,
    name: &'static str,
    keys: &'static [Key],
}

/// The trigger of an action: where its keys are active, its name in a configuration, and its default keys.
pub const fn on(place: Place, name: &'static str, keys: &'static [Key]) -> Trigger {
    Trigger { place, name, keys }
}

/// The focus in which keys are active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Any focus.
    Everywhere,
    /// All panels.
    Panels,
    /// The panels that list the key: the one that owns it, or those that handle the motion.
    Panel,
    /// The prompt being typed.
    Typing,
    /// The help.
    Help,
    /// The model editor.
    Model,
    /// The name being typed.
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
    /// Changes the view; returns an effect outside.
    Run(fn(&mut View, &ObservedRun) -> Option<Effect>),
    /// Shows a panel and gives it the focus.
    Show(PanelName),
    /// Moves within the focused panel.
    Move(Motion),
    /// Calls the handler at this position of a panel's keys.
    PanelKey(PanelName, usize),
}

impl<D: Copy> Action<D> {
    /// Creates an action that is always active, listed in the footer, and needs no confirmation.
    pub(super) const fn new(
        Trigger { place, name, keys }: Trigger,
        permission: Permission,
        topic: Topic,
        label: Bilingual,
        help: Bilingual,
        handler: D,
    ) -> Self {
        Self {
            place,
            name,
            keys,
            topic,
            label,
            help,
            handler,
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

    /// Restricts when the footer lists it.
    pub(super) const fn offered_when(self, is_offered: fn(&View, &ObservedRun) -> bool) -> Self {
        Self { is_offered, ..self }
    }

    /// Sets a label that depends on the run.
    const fn labelled_by(self, label: fn(&ObservedRun) -> Option<Bilingual>) -> Self {
        Self { label_now: Some(label), ..self }
    }

    /// Makes it ask for confirmation.
    pub(super) const fn confirm(self, loses: Destructive) -> Self {
        Self { loses: Some(loses), ..self }
    }

    /// Sets the rank in the footer.
    const fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// The same row with another handler.
    pub(super) fn with<E>(self, handler: E) -> Action<E> {
        let Self {
            place, name, keys, topic, label, help, permission, label_now, acts, is_offered, loses, rank, ..
        } = self;
        Action { place, name, keys, topic, label, help, handler, permission, label_now, acts, is_offered, loses, rank }
    }
}

impl Action {
    /// Whether this role may use it on this run.
    #[must_use]
    pub fn is_allowed(&self, role: Role, run: &ObservedRun) -> bool {
        role.may(self.permission, controls_replay(run))
    }

    /// Whether it is active for this run.
    #[must_use]
    pub fn acts(&self, run: &ObservedRun) -> bool {
        (self.acts)(run)
    }

    /// Whether the footer lists it, if there is room. Actions that show a panel are only in the help.
    #[must_use]
    pub fn is_offered(&self, view: &View, run: &ObservedRun) -> bool {
        self.is_allowed(view.role, run)
            && self.acts(run)
            && (self.is_offered)(view, run)
            && !matches!(self.handler, Handler::Show(_))
    }

    /// The label in the footer, if it depends on the run.
    #[must_use]
    pub fn label_now(&self, run: &ObservedRun) -> Option<Bilingual> {
        self.label_now.and_then(|label| label(run))
    }

    /// Whether it would lose training: a restart always, quitting unless the run is saved. `false` before the first step, after a failure
    /// and for a replayed run.
    #[must_use]
    pub fn loses_work(&self, run: &ObservedRun) -> bool {
        let snapshot = &run.snapshot;
        let is_at_stake = snapshot.record.step > 0
            && !matches!(snapshot.state, RunState::Failed(_))
            && snapshot.state != RunState::Replay;
        is_at_stake
            && match self.loses {
                Some(Destructive::ByRestart) => true,
                Some(Destructive::ByQuitting) => !snapshot.is_saved(),
                Some(Destructive::ByInterrupt | Destructive::Member | Destructive::Password) | None => false,
            }
    }
}

/// Whether the keys for pause and pace act on a replay: one is playing, or the run cannot train.
pub fn controls_replay(run: &ObservedRun) -> bool {
    run.playback.is_playing || !run.snapshot.can_train()
}
