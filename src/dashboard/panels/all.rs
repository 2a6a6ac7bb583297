//! The states of all panels, and what is asked of a panel by its name.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::drawing::{Density, RenderContext};
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

/// A key of some panel.
#[derive(Clone, Copy, Debug)]
pub enum AnyPanelKey {
    /// What only this panel does.
    Own(Action),
    /// A motion, and its name in the footer where that is another one.
    Moves(Motion, Option<Bilingual>),
}

/// The keys of a panel, in their order, without the type of its state.
fn erased<P: Panel>(panel: PanelName) -> Vec<AnyPanelKey> {
    let erase = |(position, key): (usize, &PanelKey<P>)| match key {
        PanelKey::Own(action) => AnyPanelKey::Own(action.with(Handler::OfPanel(panel, position))),
        PanelKey::Moves(motion) => AnyPanelKey::Moves(*motion, None),
        PanelKey::Called(motion, label) => AnyPanelKey::Moves(*motion, Some(*label)),
    };
    P::KEYS.iter().enumerate().map(erase).collect()
}

/// Calls the handler at this position of a panel's keys.
fn call<P: Panel>(state: &mut P, position: usize, ctx: PanelContext<'_>) -> Option<PanelEffect> {
    match P::KEYS.get(position) {
        Some(PanelKey::Own(action)) => (action.does)(state, ctx),
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

            /// Whether a large screen of such a run shows a panel without being asked for it.
            #[must_use]
            pub fn has_place(panel: PanelName, snapshot: &Snapshot) -> bool {
                match panel {
                    $(PanelName::$name => <$state as Panel>::has_place(snapshot),)*
                }
            }

            /// How many rows a panel has use for; `None` if it takes what there is.
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
            pub fn moves(&mut self, panel: PanelName, motion: Motion, ctx: PanelContext<'_>, cursor: &mut TraceCursor) {
                match panel {
                    $(PanelName::$name => self.$field.moves(motion, ctx, cursor),)*
                }
            }

            /// Draws a panel of the run `ctx.run()`.
            pub fn render_one(&self, panel: PanelName, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
                match panel {
                    $(PanelName::$name => self.$field.render(frame, area, ctx.of(panel)),)*
                }
            }
        }
    };
}

panel_list!(states);

impl Panels {
    /// Draws a panel; where it is of one run and there are several, one beside the other if there is room.
    pub fn render(&self, panel: PanelName, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        let (observed, zoom) = (ctx.observed, ctx.view.zoom);
        let runs = Self::runs(panel, observed, zoom);
        let gap = u16::from(ctx.space == Density::Compact);
        match side_by_side::tiles(area, runs.len(), gap).filter(|_| runs.len() > 1) {
            Some(tiles) => runs.into_iter().zip(tiles).for_each(|(run, tile)| {
                self.render_one(panel, frame, tile, ctx.of_run(run));
            }),
            None => self.render_one(panel, frame, area, ctx.of_run(Self::run(panel, observed, zoom))),
        }
    }

    /// The runs that a panel shows side by side; none where it shows all of them in one picture, or only one is looked at.
    fn runs(panel: PanelName, observed: &Observed, zoom: Zoom) -> Vec<usize> {
        if !panel.is_of_one_run() || zoom == Zoom::Run {
            return Vec::new();
        }
        let runs = observed.runs.iter().enumerate();
        runs.filter(|(_, run)| Self::has_place(panel, &run.snapshot)).map(|(at, _)| at).collect()
    }

    /// The run that a panel shows where there is room for one: the one that is looked at, or the first that has something to show
    /// where that one has nothing.
    #[must_use]
    pub fn run(panel: PanelName, observed: &Observed, zoom: Zoom) -> usize {
        let (runs, focus) = (Self::runs(panel, observed, zoom), observed.focus);
        if runs.contains(&focus) { focus } else { runs.first().copied().unwrap_or(focus) }
    }
}
