//! What a panel is: its keys, its motions, its drawing. None of it reaches the view or another panel's state.

use std::fmt::Debug;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::drawing::RenderContext;
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
    /// The keys of the panel, in the order in which the footer has room for them.
    const KEYS: &'static [PanelKey<Self>];

    /// Whether a large screen of such a run shows it without being asked for it.
    #[must_use]
    fn has_place(_snapshot: &Snapshot) -> bool {
        true
    }

    /// How many rows it has use for; `None` if it takes what there is.
    fn height(&self, _run: &ObservedRun) -> Option<u16> {
        None
    }

    /// Handles a motion; `cursor` is the position in the trace that all panels share.
    fn moves(&mut self, _motion: Motion, _ctx: PanelContext<'_>, _cursor: &mut TraceCursor) {}

    /// Draws it into `area`, down to an area without a cell. Changes nothing.
    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>);
}

/// What a key does in a panel.
#[derive(Clone, Copy, Debug)]
pub enum PanelKey<P: 'static> {
    /// What only this panel does.
    Own(Action<PanelHandler<P>>),
    /// What several panels do.
    Moves(Motion),
    /// The same, with another name in the footer.
    Called(Motion, Bilingual),
}

/// What a key does: changes the state of its own panel, or leads to an effect.
pub type PanelHandler<P> = fn(&mut P, PanelContext<'_>) -> Option<PanelEffect>;

/// What a panel's key is about, read-only.
#[derive(Clone, Copy, Debug)]
pub struct PanelContext<'a> {
    /// All runs.
    pub observed: &'a Observed,
    /// The position of the run that the panel shows.
    pub at: usize,
    /// The view.
    pub view: &'a View,
    /// The member whom a question was about that has been confirmed.
    pub confirmed: Option<&'a MemberView>,
}

impl<'a> PanelContext<'a> {
    /// The run that the panel shows.
    pub fn run(self) -> &'a ObservedRun {
        &self.observed.runs[self.at]
    }

    /// Moves the cursor in the trace of the answer, if there is one.
    pub fn move_cursor(self, motion: Motion, cursor: &mut TraceCursor) {
        if let Some(answer) = &self.run().answer {
            cursor.moves(motion, &answer.trace);
        }
    }
}
