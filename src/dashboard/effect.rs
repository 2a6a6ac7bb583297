//! What a key press leads to.

use super::class_view::ClassAct;
use super::view::{Naming, Notice};
use crate::session::{Control, Query};

/// What a key press leads to outside the view.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Runs are changed.
    Control(Control),
    /// Something is done in the class.
    Class(ClassAct),
    /// The run that is looked at is changed, and no other.
    ControlOfOne(Control),
    /// Something is asked.
    Query(Query),
    /// What is to be seen is wanted as files.
    Export,
    /// What steps of the models cost is to be measured.
    Measure,
    /// The shell has the terminal for a while.
    Suspend,
    /// The program ends.
    Quit,
    /// The same by Ctrl-C.
    Interrupt,
}

/// What a key of a panel leads to, besides a change of the panel's own state.
#[derive(Clone, Debug)]
pub enum PanelEffect {
    /// Something outside the view.
    Outside(Effect),
    /// A notice is shown to the viewer.
    Notify(Notice),
    /// Another name is typed for a member of the class.
    TypeName(Naming),
    /// The line that is being typed is left.
    LeaveLine,
}

impl From<Query> for PanelEffect {
    fn from(query: Query) -> Self {
        Self::Outside(Effect::Query(query))
    }
}

impl From<ClassAct> for PanelEffect {
    fn from(act: ClassAct) -> Self {
        Self::Outside(Effect::Class(act))
    }
}
