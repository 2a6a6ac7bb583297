//! Draws the whole screen from the observed runs and the dashboard, with any ratatui backend.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::focus::Focus;
use super::layout::arrange;
use super::panels::{
    Density, PanelName, Panels, RenderContext, clear, footer, header, help, model, poll, prompt, wrapped,
};
use super::state::Dashboard;
use super::words::screen::ScreenText;
use crate::session::Observed;

/// Columns and rows of the smallest screen that is drawn.
const MIN_SIZE: (u16, u16) = (40, 12);
/// Columns and rows from which panels have borders.
const BORDER_SIZE: (u16, u16) = (60, 18);

/// Draws the whole screen, of any size down to one cell. Below `MIN_SIZE` it draws a sentence with the needed size.
pub fn render(frame: &mut Frame<'_>, dashboard: &Dashboard, observed: &Observed) {
    render_among(frame, PanelName::ALL, dashboard, observed);
}

/// Draws the whole screen; the panels that a large screen shows without a key press are taken from `panels`.
fn render_among(frame: &mut Frame<'_>, panels: &[PanelName], dashboard: &Dashboard, observed: &Observed) {
    draw(frame, panels, dashboard, observed);
    dashboard.view.theme.fit(frame.buffer_mut());
}

/// Draws one panel of the run with this index, as if it were focused, and nothing else.
///
/// # Panics
/// If the index is out of range.
pub fn render_only(frame: &mut Frame<'_>, panel: PanelName, dashboard: &Dashboard, observed: &Observed, run: usize) {
    let ctx = context(dashboard, observed, Density::Roomy).with_focus(run);
    dashboard.panels.render_one(panel, frame, frame.area(), ctx);
    dashboard.view.theme.fit(frame.buffer_mut());
}

/// The drawing context of a dashboard.
fn context<'a>(dashboard: &'a Dashboard, observed: &'a Observed, space: Density) -> RenderContext<'a> {
    RenderContext::new(observed, &dashboard.view, &dashboard.keymap, space)
}

/// Draws header, panels, footer and overlays; below [`MIN_SIZE`] the needed size instead.
fn draw(frame: &mut Frame<'_>, panels: &[PanelName], dashboard: &Dashboard, observed: &Observed) {
    let (area, view) = (frame.area(), &dashboard.view);
    if area.width < MIN_SIZE.0 || area.height < MIN_SIZE.1 {
        let quit = dashboard.keymap.key_for("quit", Focus::Panel(view.panel), view.role).unwrap_or_default();
        wrapped(
            frame,
            view.language.say(ScreenText::TooSmall {
                columns: area.width,
                rows: area.height,
                needed_columns: MIN_SIZE.0,
                needed_rows: MIN_SIZE.1,
                quit,
            }),
            area,
        );
        footer::render_message(frame, area, context(dashboard, observed, Density::Compact));
        return;
    }
    let space = density(area);
    let ctx = context(dashboard, observed, space);
    let [header_area, body, footer_area] = rows(area, observed);
    header::render(frame, header_area, ctx);
    for (panel, area) in arranged(body, space, panels, dashboard, observed) {
        dashboard.panels.render(panel, frame, area, ctx);
    }
    footer::render(frame, footer_area, ctx);
    if let Some(editor) = &view.editor {
        model::render(frame, area, editor, ctx);
    }
    if let Some(poll) = view.class.as_ref().and_then(|class| class.poll.as_ref()) {
        // the line being typed stays visible
        let lines = if view.is_typing { prompt::typing_height(view) } else { 0 };
        let above = |area: Rect| Rect { height: footer_area.y.saturating_sub(lines + area.y), ..area };
        let (body, free) = if view.is_typing { (above(body), above(area)) } else { (body, area) };
        poll::render(frame, body, free, poll, ctx);
        if view.is_typing {
            let typing = Rect { y: footer_area.y.saturating_sub(lines), height: lines, ..footer_area };
            clear(frame, typing);
            prompt::render_typing(frame, typing, &dashboard.panels.prompt, ctx);
        }
    }
    if let Some(scroll) = view.help {
        help::render(frame, area, scroll, ctx);
    }
    footer::render_message(frame, area, ctx);
}

/// The density of a screen of this size.
fn density(area: Rect) -> Density {
    if area.width < BORDER_SIZE.0 || area.height < BORDER_SIZE.1 { Density::Compact } else { Density::Roomy }
}

/// The areas of the header, the panels and the footer.
fn rows(area: Rect, observed: &Observed) -> [Rect; 3] {
    let header = header::height(&observed.run().snapshot, area.width, density(area));
    Layout::vertical([Constraint::Length(header), Constraint::Fill(1), Constraint::Length(1)]).areas(area)
}

/// The panels on the screen, with their areas.
fn arranged(
    body: Rect,
    space: Density,
    panels: &[PanelName],
    dashboard: &Dashboard,
    observed: &Observed,
) -> Vec<(PanelName, Rect)> {
    let view = &dashboard.view;
    if view.zoom.is_on() {
        return vec![(view.panel, body)];
    }
    let gap = u16::from(space == Density::Compact); // without borders
    let prompt_height = dashboard.panels.height(PanelName::Prompt, observed.run()).unwrap_or(0);
    let has_place = |panel: PanelName| panels.contains(&panel) && Panels::has_place(panel, &observed.run().snapshot);
    arrange(body, view.side_panel, has_place, prompt_height, gap)
}

#[cfg(test)]
mod tests;
