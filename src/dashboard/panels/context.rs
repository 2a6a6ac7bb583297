//! The read-only context of drawing.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use ratatui::widgets::{Block, Borders};

use super::drawing::{exact_line, wrapped};
use super::name::PanelName;
use crate::dashboard::focus::Focus;
use crate::dashboard::keymap::Keymap;
use crate::dashboard::language::Language;
use crate::dashboard::theme::Theme;
use crate::dashboard::view::View;
use crate::session::{Observed, ObservedRun, Snapshot};

/// How densely the screen is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Panels have borders.
    Roomy,
    /// Panels have a title line only.
    Compact,
}

/// Read-only context of drawing: the runs, and how one viewer sees them.
#[derive(Clone, Copy, Debug)]
pub struct RenderContext<'a> {
    /// The runs.
    pub observed: &'a Observed,
    /// Index of the run that is drawn if only one fits.
    pub run_index: usize,
    /// Index of the focused run, by default that of `observed`.
    pub focus: usize,
    /// The state of the viewer's screen.
    pub view: &'a View,
    /// The table of keys.
    pub keymap: &'a Keymap,
    /// The panel that is drawn; `None` outside panels.
    pub panel: Option<PanelName>,
    /// How densely the screen is filled.
    pub space: Density,
    /// Whether what is drawn has the focus.
    pub has_keys: bool,
}

impl<'a> RenderContext<'a> {
    /// A context for the focused run, outside panels.
    pub fn new(observed: &'a Observed, view: &'a View, keymap: &'a Keymap, space: Density) -> Self {
        let focus = observed.focus;
        Self { observed, run_index: focus, focus, view, keymap, panel: None, space, has_keys: false }
    }

    /// The run that is drawn if only one fits.
    pub fn run(self) -> &'a ObservedRun {
        &self.observed.runs[self.run_index]
    }

    /// Whether there are several runs side by side.
    pub fn is_duel(self) -> bool {
        self.observed.runs.len() > 1
    }

    /// This context with the run at `index` drawn and focused.
    pub fn with_focus(self, index: usize) -> Self {
        Self { run_index: index, focus: index, ..self }
    }

    /// This context for the run at `index`.
    pub fn with_run(self, index: usize) -> Self {
        Self { run_index: index, ..self }
    }

    /// The style of the run at `index`, bold if it is focused.
    pub fn run_style(self, index: usize) -> Style {
        let style = self.theme().other(index);
        if index == self.focus { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// The name of the run at `index`; without colours, after the mark of its curve.
    pub fn run_name(self, index: usize) -> String {
        let name = &self.observed.runs[index].name;
        if self.theme().is_colourless() { format!("{} {name}", Theme::other_mark(index)) } else { name.to_string() }
    }

    /// The snapshot of the run that is drawn.
    pub fn snapshot(self) -> &'a Snapshot {
        &self.run().snapshot
    }

    /// The theme of the viewer.
    pub fn theme(self) -> Theme {
        self.view.theme
    }

    /// The language of the viewer.
    pub fn words(self) -> Language {
        self.view.language
    }

    /// This context for a panel, with the focus if it is the focused one.
    pub fn with_panel(self, panel: PanelName) -> Self {
        Self { panel: Some(panel), has_keys: self.view.panel == panel, ..self }
    }

    /// Whether letters are commands of the panel that is drawn.
    pub fn has_focus(self) -> bool {
        self.panel.is_some_and(|panel| self.view.focus() == Focus::Panel(panel))
    }

    /// The first key of an action in the panel that is drawn, by the action's name; empty if there is none.
    pub fn key(self, action: &str) -> String {
        self.panel.map(|panel| self.keymap.key(action, Focus::Panel(panel))).unwrap_or_default()
    }

    /// The first key of an action in the panel that is drawn; `None` if there is none or the viewer lacks the permission.
    pub fn key_for(self, action: &str) -> Option<String> {
        self.keymap.key_for(action, Focus::Panel(self.panel?), self.view.role)
    }

    /// The frame of a panel that shows one run, with the name of the run if there are several.
    pub fn run_frame(self, title: &str) -> Block<'static> {
        let frame = self.frame(title);
        if !self.is_duel() {
            return frame;
        }
        frame.title_bottom(exact_line(format!(" {} ", self.run_name(self.run_index)), self.run_style(self.run_index)))
    }

    /// The frame of a panel, highlighted if it has the focus.
    pub fn frame(self, title: &str) -> Block<'static> {
        let theme = self.theme();
        let style = if self.has_keys { theme.focus() } else { theme.quiet() };
        let borders = match self.space {
            Density::Roomy => Borders::ALL,
            Density::Compact => Borders::TOP,
        };
        Block::new().borders(borders).border_style(style).title(exact_line(format!(" {title} "), theme.strong()))
    }
}

/// Draws a frame with a title and a sentence that says why it is empty.
pub fn draw_empty(frame: &mut Frame<'_>, area: Rect, title: &str, why: &str, ctx: RenderContext<'_>) {
    let block = ctx.run_frame(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    wrapped(frame, Span::styled(why.to_owned(), ctx.theme().quiet()), inner);
}
