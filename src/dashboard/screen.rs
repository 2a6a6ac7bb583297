//! The whole screen from what a viewer observes and how it is viewed, into any ratatui backend.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::actions::Focus;
use super::layout::arrange;
use super::panels::{Density, PanelName, RenderContext, clear, footer, header, help, model, poll, prompt, wrapped};
use super::view::View;
use super::words::screen::ScreenText;
use crate::session::Observed;

/// Below this size nothing sensible fits.
const LEAST: (u16, u16) = (40, 12);
/// From this size on panels have borders.
const AMPLE: (u16, u16) = (60, 18);

/// Draws everything. Changes nothing, and never panics, down to a screen of one cell.
pub fn render(frame: &mut Frame<'_>, view: &View, observed: &Observed) {
    draw(frame, view, observed);
    view.theme.fit(frame.buffer_mut());
}

/// Draws one panel and nothing else.
pub fn render_only(frame: &mut Frame<'_>, panel: PanelName, view: &View, observed: &Observed) {
    let ctx = RenderContext::new(observed, view, Density::Roomy);
    view.panels.render_one(panel, frame, frame.area(), ctx);
    view.theme.fit(frame.buffer_mut());
}

fn draw(frame: &mut Frame<'_>, view: &View, observed: &Observed) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let quit = view.key_for("quit", Focus::Panel(view.panel)).unwrap_or_default();
        wrapped(
            frame,
            view.language.say(ScreenText::TooSmall {
                columns: area.width,
                rows: area.height,
                needed_columns: LEAST.0,
                needed_rows: LEAST.1,
                quit,
            }),
            area,
        );
        footer::render_said(frame, area, RenderContext::new(observed, view, Density::Compact));
        return;
    }
    let space = density(area);
    let ctx = RenderContext::new(observed, view, space);
    let [header_area, body, footer_area] = rows(area, observed);
    header::render(frame, header_area, ctx);
    for (panel, area) in panels(body, space, view, observed) {
        view.panels.render(panel, frame, area, ctx);
    }
    footer::render(frame, footer_area, ctx);
    if let Some(editor) = &view.editor {
        model::render(frame, area, editor, ctx);
    }
    if let Some(poll) = view.class.as_ref().and_then(|class| class.poll.as_ref()) {
        // what is being typed stays to be seen
        let lines = if view.is_typing { prompt::typing_height(view) } else { 0 };
        let above = |area: Rect| Rect { height: footer_area.y.saturating_sub(lines + area.y), ..area };
        let free = if view.is_typing { (above(body), above(area)) } else { (body, area) };
        poll::render(frame, free, poll, ctx);
        if view.is_typing {
            let typing = Rect { y: footer_area.y.saturating_sub(lines), height: lines, ..footer_area };
            clear(frame, typing);
            prompt::render_typing(frame, typing, ctx);
        }
    }
    if let Some(scroll) = view.help {
        help::render(frame, area, scroll, ctx);
    }
    footer::render_said(frame, area, ctx);
}

fn density(area: Rect) -> Density {
    if area.width < AMPLE.0 || area.height < AMPLE.1 { Density::Compact } else { Density::Roomy }
}

/// Where the header is, the panels together, and the footer.
fn rows(area: Rect, observed: &Observed) -> [Rect; 3] {
    let header = header::height(&observed.run().snapshot, area.width, density(area));
    Layout::vertical([Constraint::Length(header), Constraint::Fill(1), Constraint::Length(1)]).areas(area)
}

/// The panels that are on the screen, and where each one is.
fn panels(body: Rect, space: Density, view: &View, observed: &Observed) -> Vec<(PanelName, Rect)> {
    if view.zoom.is_on() {
        return vec![(view.panel, body)];
    }
    let gap = u16::from(space == Density::Compact); // no border keeps them apart
    let prompt_height = view.panels.height(PanelName::Prompt, observed.run()).unwrap_or(0);
    let has_place = |panel: PanelName| panel.has_place(&observed.run().snapshot);
    arrange(body, (view.side_panel, has_place), prompt_height, gap)
}

#[cfg(test)]
mod tests;
