//! Effects of key presses.

use super::class_view::ClassAct;
use super::view::{Naming, Notice};
use crate::session::{Control, Query};

/// The effect of a key press outside the view.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Changes all runs.
    Control(Control),
    /// Acts on the class.
    Class(ClassAct),
    /// Changes the focused run only.
    ControlOfOne(Control),
    /// Sends a query of this viewer.
    Query(Query),
    /// Exports what the viewer sees to files.
    Export,
    /// Measures the cost of training steps.
    Measure,
    /// Suspends the program and returns to the shell.
    Suspend,
    /// Quits.
    Quit,
    /// Quits by Ctrl-C.
    Interrupt,
}

/// The effect of a panel's key, besides a change of the panel's own state.
#[derive(Clone, Debug)]
pub enum PanelEffect {
    /// An effect outside the view.
    Outside(Effect),
    /// Shows a notice.
    Notify(Notice),
    /// Starts typing a new name for a member of the class.
    TypeName(Naming),
    /// Leaves the line being typed.
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
