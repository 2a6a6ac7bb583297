//! What keys do: one row for each action, with everything that there is to say of it. Dispatch, footer, help, configuration and the
//! table of the documentation follow from the rows.

mod general;
mod of_class;
mod of_run;

use super::keymap::Key;
use super::language::Bilingual;
use super::motion::Motion;
use super::panels::{PanelKey, PanelName};
use super::role::{Doer, Role};
use super::view::{Effect, View};
use crate::session::{ObservedRun, RunState};

/// The name of the action that lets a prompt be typed.
pub const TYPE: &str = "type";
/// That which starts training anew.
pub const RESTART: &str = "restart";
/// That which leaves the prompt and whatever else covers the screen.
pub const BACK: &str = "back";
/// That which completes a word.
pub const COMPLETE: &str = "complete";
/// That which begins, closes and ends a guess of the class.
pub const POLL: &str = "poll";
/// That which continues a prompt.
pub const CONTINUE: &str = "continue";

/// All rows, in the order in which the footer has room for them and the help lists them.
pub fn all() -> impl Iterator<Item = Action> {
    let own = |key: &PanelKey| if let PanelKey::Own(action) = key { Some(*action) } else { None };
    let of_panels = PanelName::ALL.iter().flat_map(move |panel| panel.keys().iter().filter_map(own));
    let shown = PanelName::ALL.iter().map(|panel| panel.shown_by());
    let general = |rows: &'static [Action]| rows.iter().copied();
    general(general::FIRST)
        .chain(of_panels)
        .chain(general(of_run::OF_RUN))
        .chain(shown)
        .chain(general(of_class::OF_CLASS))
        .chain(general(general::REST))
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
    pub does: Does,
    /// Who may do it.
    pub doer: Doer,
    /// In the footer, where that depends on the run.
    label_now: Option<fn(&ObservedRun) -> Option<Bilingual>>,
    acts: fn(&ObservedRun) -> bool,
    is_offered: fn(&View, &ObservedRun) -> bool,
    /// What is lost by it, if work was done.
    pub loses: Option<Loses>,
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

/// What keys are about, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// How training goes on.
    Training,
    /// Earlier moments of the run.
    Past,
    /// Which panel is where.
    Panels,
    /// What a panel shows.
    Look,
    /// The line that is being typed.
    Prompt,
    /// Those who look at the same runs.
    Class,
    /// Everything else.
    Program,
}

impl Topic {
    /// All topics, in the order of the help.
    pub const ALL: [Self; 7] =
        [Self::Training, Self::Past, Self::Panels, Self::Look, Self::Prompt, Self::Class, Self::Program];
}

/// What an action does.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// This.
    Run(fn(&mut View, &ObservedRun) -> Option<Effect>),
    /// Shows a panel, which has the keys then.
    Show(PanelName),
    /// Something that the panel that has the keys does in its own way.
    Move(Motion),
}

/// How work that took time is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loses {
    /// Training begins anew.
    ByRestart,
    /// The program ends; who does not teach leaves the class.
    ByQuitting,
    /// The same by the key that ends every program, which nobody but a class is asked about.
    ByInterrupt,
    /// Somebody is removed from the class.
    Member,
    /// The password by which students come in is another one.
    Password,
}

impl Action {
    /// One that acts always, is offered in the footer, and loses nothing.
    pub(super) const fn new(
        (place, name, keys): (Place, &'static str, &'static [Key]),
        topic: Topic,
        label: Bilingual,
        help: Bilingual,
        does: Does,
    ) -> Self {
        Self {
            place,
            name,
            keys,
            topic,
            label,
            help,
            does,
            doer: match topic {
                Topic::Training => Doer::Teacher,
                Topic::Prompt | Topic::Past | Topic::Class => Doer::Asking,
                Topic::Panels | Topic::Look | Topic::Program => Doer::Anyone,
            },
            label_now: None,
            acts: |_| true,
            is_offered: |_, _| true,
            loses: None,
            rank: 3,
        }
    }

    /// It does something only where this holds.
    const fn when(self, acts: fn(&ObservedRun) -> bool) -> Self {
        Self { acts, ..self }
    }

    /// Who may do it, where the topic does not say so.
    pub(super) const fn by(self, doer: Doer) -> Self {
        Self { doer, ..self }
    }

    /// It is offered in the footer only where this holds.
    pub(super) const fn offered_when(self, is_offered: fn(&View, &ObservedRun) -> bool) -> Self {
        Self { is_offered, ..self }
    }

    /// In the footer it is called otherwise, where there is another word for it now.
    const fn called(self, label: fn(&ObservedRun) -> Option<Bilingual>) -> Self {
        Self { label_now: Some(label), ..self }
    }

    pub(super) const fn losing(self, loses: Loses) -> Self {
        Self { loses: Some(loses), ..self }
    }

    const fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Whether somebody in this role may do it to this run.
    #[must_use]
    pub fn is_allowed(&self, role: Role, run: &ObservedRun) -> bool {
        role.may(self.doer, of_run::is_of_replay(run))
    }

    /// Whether it does anything now.
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
            && !matches!(self.does, Does::Show(_)) // the help has them
    }

    /// In the footer, while this panel has the keys.
    #[must_use]
    pub fn label(&self, panel: PanelName, run: &ObservedRun) -> Bilingual {
        let in_panel = |key: &PanelKey| match (key, self.does) {
            (PanelKey::Called(of, label), Does::Move(motion)) if *of == motion => Some(*label),
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
                Some(Loses::ByRestart) => true,
                Some(Loses::ByQuitting) => !snapshot.is_kept(),
                Some(Loses::ByInterrupt | Loses::Member | Loses::Password) | None => false,
            }
    }
}
