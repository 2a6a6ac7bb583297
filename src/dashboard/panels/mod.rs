//! One file for each panel, with its state, its keys and its drawing; one list of all panels.

mod answers;
mod attention;
mod class;
mod columns;
mod comparison;
mod drawing;
pub mod footer;
mod gradient_flow;
pub mod header;
mod heatmap;
pub mod help;
mod input;
mod loss;
pub mod model;
mod pinned;
pub mod poll;
pub mod prompt;
mod scaling;
mod shapes;
mod side_by_side;
mod state_space;
mod stopped;
mod window;

use std::fmt::Debug;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::actions::{Action, Handler, Place, Topic};
use super::keymap::{Key, c};
use super::language::Bilingual;
use super::motion::Motion;
use super::trace_cursor::TraceCursor;
use super::view::Zoom;
use crate::session::{Observed, ObservedRun, Snapshot};

pub use drawing::{Density, RenderContext, clear, wrapped};
pub use prompt::PromptPanel;
pub use scaling::ToMeasure;

/// A part of the screen that a viewer can look at and give the keys to.
pub trait Panel: Clone + Debug + Default {
    /// What it is called.
    const TITLE: Bilingual;

    /// Whether it shows what is inside one model: of several runs there is one beside the other.
    const IS_OF_ONE_RUN: bool = false;

    /// What keys do in it, in the order in which the footer has room for.
    const KEYS: &'static [PanelKey];

    /// Whether it has a place of its own on a large screen of such a run; if not, it is seen when it is chosen.
    #[must_use]
    fn has_place(_snapshot: &Snapshot) -> bool {
        true
    }

    /// How many rows it has use for; `None` if it takes what there is.
    fn height(&self, _run: &ObservedRun) -> Option<u16> {
        None
    }

    /// Handles a motion; `cursor` is the position in the trace that all panels share.
    fn moves(&mut self, _motion: Motion, _observed: &Observed, _cursor: &mut TraceCursor) {}

    /// Draws it into `area`, down to an area without a cell. Changes nothing.
    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>);
}

/// What a key does in a panel.
#[derive(Clone, Copy, Debug)]
pub enum PanelKey {
    /// What only this panel does.
    Own(Action),
    /// What several panels do.
    Moves(Motion),
    /// The same, with another name in the footer.
    Called(Motion, Bilingual),
}

/// The list of all panels, in the order of their number keys: name, field of its state, type of its state, name of the action that
/// shows it.
macro_rules! panels {
    ($($(#[$doc:meta])* $name:ident $field:ident: $state:ty = $shown_by:literal, $key:literal;)*) => {
        /// One of the panels.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PanelName {
            $($(#[$doc])* $name,)*
        }

        /// The state of every panel.
        #[derive(Clone, Debug, Default)]
        pub struct Panels {
            $($(#[$doc])* pub $field: $state,)*
        }

        impl PanelName {
            /// All panels, in the order of their keys.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What it is called.
            #[must_use]
            pub fn title(self) -> Bilingual {
                match self {
                    $(Self::$name => <$state as Panel>::TITLE,)*
                }
            }

            /// What keys do in it.
            #[must_use]
            pub fn keys(self) -> &'static [PanelKey] {
                match self {
                    $(Self::$name => <$state as Panel>::KEYS,)*
                }
            }

            /// Whether it has a place of its own on a large screen of such a run; if not, it is seen when it is chosen.
            #[must_use]
            pub fn has_place(self, snapshot: &Snapshot) -> bool {
                match self {
                    $(Self::$name => <$state as Panel>::has_place(snapshot),)*
                }
            }

            /// Whether it shows what is inside one model.
            #[must_use]
            pub fn is_of_one_run(self) -> bool {
                match self {
                    $(Self::$name => <$state as Panel>::IS_OF_ONE_RUN,)*
                }
            }

            /// The action that shows it.
            #[must_use]
            pub fn shown_by(self) -> Action {
                let (name, keys): (_, &'static [Key]) = match self {
                    $(Self::$name => ($shown_by, const { &[c($key)] }),)*
                };
                Action::new((Place::Panels, name, keys), Topic::Panels, self.title(), self.title(), Handler::Show(self))
            }
        }

        impl Panels {
            /// How many rows a panel has use for; `None` if it takes what there is.
            #[must_use]
            pub fn height(&self, panel: PanelName, run: &ObservedRun) -> Option<u16> {
                match panel {
                    $(PanelName::$name => self.$field.height(run),)*
                }
            }

            /// Handles a motion in this panel.
            pub fn moves(
                &mut self,
                panel: PanelName,
                motion: Motion,
                observed: &Observed,
                cursor: &mut TraceCursor,
            ) {
                match panel {
                    $(PanelName::$name => self.$field.moves(motion, observed, cursor),)*
                }
            }

            /// Draws a panel; where it is of one run and there are several, one beside the other if there is room.
            pub fn render(&self, panel: PanelName, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
                let (observed, zoom) = (ctx.observed, ctx.view.zoom);
                let runs = panel.runs(observed, zoom);
                let gap = u16::from(ctx.space == Density::Compact);
                match side_by_side::tiles(area, runs.len(), gap).filter(|_| runs.len() > 1) {
                    Some(tiles) => runs.into_iter().zip(tiles).for_each(|(run, tile)| {
                        self.render_one(panel, frame, tile, ctx.of_run(run));
                    }),
                    None => self.render_one(panel, frame, area, ctx.of_run(panel.focus(observed, zoom))),
                }
            }

            /// Draws a panel of the run that is looked at.
            pub fn render_one(&self, panel: PanelName, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
                match panel {
                    $(PanelName::$name => self.$field.render(frame, area, ctx.of(panel)),)*
                }
            }
        }
    };
}

panels! {
    /// The loss of every step.
    Loss loss: loss::LossPanel = "show_loss", '1';
    /// Hidden states, cell states and gates at every step of the prompt.
    Heatmap heatmap: heatmap::HeatmapPanel = "show_heatmap", '2';
    /// How far back the loss is felt.
    GradientFlow gradient_flow: gradient_flow::GradientFlowPanel = "show_gradient_flow", '3';
    /// What comes next?
    Prompt prompt: PromptPanel = "show_prompt", '4';
    /// The path of the hidden state.
    StateSpace state_space: state_space::StateSpacePanel = "show_state_space", '5';
    /// Every tensor of a training step.
    Shapes shapes: shapes::ShapesPanel = "show_shapes", '6';
    /// Who reads from whom.
    Attention attention: attention::AttentionPanel = "show_attention", '7';
    /// Runs and attempts in a table.
    Comparison comparison: comparison::ComparisonPanel = "show_comparison", '8';
    /// What a training step costs.
    Scaling scaling: scaling::ScalingPanel = "show_scaling", '9';
    /// Who looks at the same runs.
    Class class: class::ClassPanel = "show_class", 'C';
}

impl PanelName {
    /// The runs that this panel shows something of, one beside the other; none where it is of all of them, or one is looked at.
    fn runs(self, observed: &Observed, zoom: Zoom) -> Vec<usize> {
        if !self.is_of_one_run() || zoom == Zoom::Run {
            return Vec::new();
        }
        let runs = observed.runs.iter().enumerate();
        runs.filter(|(_, run)| self.has_place(&run.snapshot)).map(|(at, _)| at).collect()
    }

    /// The run that this panel is of where there is room for one: the one that is looked at, or the first that has something to show
    /// where that one has nothing.
    #[must_use]
    pub fn focus(self, observed: &Observed, zoom: Zoom) -> usize {
        let (runs, focus) = (self.runs(observed, zoom), observed.focus);
        if runs.contains(&focus) { focus } else { runs.first().copied().unwrap_or(focus) }
    }

    /// The one after this, or before it.
    #[must_use]
    pub fn neighbour(self, forward: bool) -> Self {
        let at = Self::ALL.iter().position(|panel| *panel == self).unwrap_or(0);
        Self::ALL[(at + if forward { 1 } else { Self::ALL.len() - 1 }) % Self::ALL.len()]
    }

    /// Where among the keys of this panel an action is, if it is one of its own or one that it takes.
    #[must_use]
    pub fn position_of(self, action: &Action) -> Option<usize> {
        self.keys().iter().position(|key| match (key, action.does) {
            (PanelKey::Own(own), _) => action.place == Place::Panel(self) && own.name == action.name,
            (PanelKey::Moves(of) | PanelKey::Called(of, _), Handler::Move(motion)) => *of == motion,
            _ => false,
        })
    }
}

/// Moves the cursor of the trace, if there is an answer.
fn move_cursor(motion: Motion, run: &ObservedRun, cursor: &mut TraceCursor) {
    if let Some(answer) = &run.answer {
        cursor.moves(motion, &answer.trace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_panel_is_reached_in_both_directions() {
        for panel in PanelName::ALL {
            assert_eq!(panel.neighbour(true).neighbour(false), *panel);
        }
        let round = std::iter::successors(Some(PanelName::Loss), |panel| Some(panel.neighbour(true)));
        assert_eq!(round.take(PanelName::ALL.len()).collect::<Vec<_>>(), PanelName::ALL);
    }
}
