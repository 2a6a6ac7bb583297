//! The states of all panels, and access to a panel by its name.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::context::{Density, RenderContext};
use super::name::PanelName;
use super::panel::{Panel, PanelContext, PanelKey};
use super::{panel_list, side_by_side};
use crate::dashboard::actions::{Action, Handler};
use crate::dashboard::effect::PanelEffect;
use crate::dashboard::language::Bilingual;
use crate::dashboard::motion::Motion;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::view::Zoom;
use crate::session::{Observed, ObservedRun, Snapshot};

/// A key of any panel, without the type of its state.
#[derive(Clone, Copy, Debug)]
pub enum AnyPanelKey {
    /// An action of this panel alone.
    Own(Action),
    /// A motion, and its label in the footer if the panel has one of its own.
    Moves(Motion, Option<Bilingual>),
}

/// The keys of a panel, in their order, without the type of its state.
fn erased<P: Panel>(panel: PanelName) -> Vec<AnyPanelKey> {
    let erase = |(position, key): (usize, &PanelKey<P>)| match key {
        PanelKey::Own(action) => AnyPanelKey::Own(action.with(Handler::PanelKey(panel, position))),
        PanelKey::Moves(motion) => AnyPanelKey::Moves(*motion, None),
        PanelKey::Called(motion, label) => AnyPanelKey::Moves(*motion, Some(*label)),
    };
    P::KEYS.iter().enumerate().map(erase).collect()
}

/// Calls the handler at this position of a panel's keys; `None` if there is none.
fn call<P: Panel>(state: &mut P, position: usize, ctx: PanelContext<'_>) -> Option<PanelEffect> {
    match P::KEYS.get(position) {
        Some(PanelKey::Own(action)) => (action.handler)(state, ctx),
        _ => None,
    }
}

/// Expands the list of panels to their states.
macro_rules! states {
    ($($(#[$doc:meta])* $name:ident $field:ident: $state:ty = $action:literal, $key:literal, $scope:ident, $english:literal, $chinese:literal;)*) => {
        /// The state of every panel.
        #[derive(Clone, Debug, Default)]
        pub struct Panels {
            $($(#[$doc])* pub $field: $state,)*
        }

        impl Panels {
            /// The keys of a panel, in their order.
            #[must_use]
            pub fn keys(panel: PanelName) -> Vec<AnyPanelKey> {
                match panel {
                    $(PanelName::$name => erased::<$state>(panel),)*
                }
            }

            /// Whether a large screen shows a panel without a key press, for a run in this state.
            #[must_use]
            pub fn has_place(panel: PanelName, snapshot: &Snapshot) -> bool {
                match panel {
                    $(PanelName::$name => <$state as Panel>::has_place(snapshot),)*
                }
            }

            /// Largest useful number of rows of a panel; `None` if it fills any area.
            #[must_use]
            pub fn height(&self, panel: PanelName, run: &ObservedRun) -> Option<u16> {
                match panel {
                    $(PanelName::$name => self.$field.height(run),)*
                }
            }

            /// Calls the handler at this position of a panel's keys.
            pub fn press(&mut self, panel: PanelName, position: usize, ctx: PanelContext<'_>) -> Option<PanelEffect> {
                match panel {
                    $(PanelName::$name => call(&mut self.$field, position, ctx),)*
                }
            }

            /// Handles a motion in a panel.
            pub fn handle_motion(&mut self, panel: PanelName, motion: Motion, ctx: PanelContext<'_>, cursor: &mut TraceCursor) {
                match panel {
                    $(PanelName::$name => self.$field.handle_motion(motion, ctx, cursor),)*
                }
            }

            /// Draws a panel of the run `ctx.run()`.
            pub fn render_one(&self, panel: PanelName, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
                match panel {
                    $(PanelName::$name => self.$field.render(frame, area, ctx.with_panel(panel)),)*
                }
            }
        }
    };
}

panel_list!(states);

impl Panels {
    /// Draws a panel. One that shows a single run is drawn side by side for several runs, if they fit.
    pub fn render(&self, panel: PanelName, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        let (observed, zoom) = (ctx.observed, ctx.view.zoom);
        let runs = Self::runs(panel, observed, zoom);
        let gap = u16::from(ctx.space == Density::Compact);
        match side_by_side::tiles(area, runs.len(), gap).filter(|_| runs.len() > 1) {
            Some(tiles) => runs.into_iter().zip(tiles).for_each(|(run, tile)| {
                self.render_one(panel, frame, tile, ctx.with_run(run));
            }),
            None => self.render_one(panel, frame, area, ctx.with_run(Self::run(panel, observed, zoom))),
        }
    }

    /// Indices of the runs that a panel shows side by side; empty if it shows all of them in one picture, or is zoomed to one run.
    fn runs(panel: PanelName, observed: &Observed, zoom: Zoom) -> Vec<usize> {
        if !panel.shows_one_run() || zoom == Zoom::Run {
            return Vec::new();
        }
        let runs = observed.runs.iter().enumerate();
        runs.filter(|(_, run)| Self::has_place(panel, &run.snapshot)).map(|(at, _)| at).collect()
    }

    /// Index of the run that a panel shows if only one fits: the focused run, or the first with contents for the panel if that one has
    /// none.
    #[must_use]
    pub fn run(panel: PanelName, observed: &Observed, zoom: Zoom) -> usize {
        let (runs, focus) = (Self::runs(panel, observed, zoom), observed.focus);
        if runs.contains(&focus) { focus } else { runs.first().copied().unwrap_or(focus) }
    }
}
