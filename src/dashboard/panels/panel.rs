//! The trait of panels: keys, motions, drawing. None of them can change the view or the state of another panel.

use std::fmt::Debug;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::context::RenderContext;
use crate::dashboard::actions::Action;
use crate::dashboard::class_view::MemberView;
use crate::dashboard::effect::PanelEffect;
use crate::dashboard::language::Bilingual;
use crate::dashboard::motion::Motion;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::view::View;
use crate::session::{Observed, ObservedRun, Snapshot};

/// A part of the screen that can have the focus.
pub trait Panel: Clone + Debug + Default + 'static {
    /// The keys of the panel, in the order of the footer.
    const KEYS: &'static [PanelKey<Self>];

    /// Whether a large screen shows it without a key press, for a run in this state.
    #[must_use]
    fn has_place(_snapshot: &Snapshot) -> bool {
        true
    }

    /// Largest useful number of rows; `None` if it fills any area.
    fn height(&self, _run: &ObservedRun) -> Option<u16> {
        None
    }

    /// Handles a motion; `cursor` is the position in the trace that all panels share.
    fn handle_motion(&mut self, _motion: Motion, _ctx: PanelContext<'_>, _cursor: &mut TraceCursor) {}

    /// Draws it into `area`, of any size, including zero.
    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>);
}

/// A key of a panel.
#[derive(Clone, Copy, Debug)]
pub enum PanelKey<P: 'static> {
    /// An action of this panel alone.
    Own(Action<PanelHandler<P>>),
    /// A motion, which several panels share.
    Moves(Motion),
    /// A motion with a label of its own in the footer.
    Called(Motion, Bilingual),
}

/// The handler of a key: changes the state of its panel, and returns an effect on the view or outside.
pub type PanelHandler<P> = fn(&mut P, PanelContext<'_>) -> Option<PanelEffect>;

/// Read-only context of a panel's handlers.
#[derive(Clone, Copy, Debug)]
pub struct PanelContext<'a> {
    /// All runs.
    pub observed: &'a Observed,
    /// Index of the run that the panel shows.
    pub run_index: usize,
    /// The view.
    pub view: &'a View,
    /// The member of the confirmed question, if the action needed one.
    pub confirmed: Option<&'a MemberView>,
}

impl<'a> PanelContext<'a> {
    /// The run that the panel shows.
    pub fn run(self) -> &'a ObservedRun {
        &self.observed.runs[self.run_index]
    }

    /// Moves the cursor in the trace of the answer; does nothing without an answer.
    pub fn move_cursor(self, motion: Motion, cursor: &mut TraceCursor) {
        if let Some(answer) = &self.run().answer {
            cursor.apply(motion, &answer.trace);
        }
    }
}
