//! The whole screen from a snapshot and a view, into any ratatui backend.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::{Paragraph, Wrap};

use super::panels::{Room, footer, header, heatmap, help, loss, prompt, stopped};
use super::state::View;
use super::text;
use crate::training::{RunState, Snapshot};

/// Below this size nothing sensible fits.
const LEAST: (u16, u16) = (36, 10);
/// From this size on panels have borders.
const AMPLE: (u16, u16) = (60, 18);

/// Draws everything. Changes nothing, and never panics, down to a screen of one cell.
pub fn render(frame: &mut Frame<'_>, view: &View, snapshot: &Snapshot) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let message = Paragraph::new(text::too_small(LEAST.0, LEAST.1)).wrap(Wrap { trim: true });
        frame.render_widget(message, area);
        return;
    }
    let room = if area.width < AMPLE.0 || area.height < AMPLE.1 { Room::Scarce } else { Room::Ample };
    let [header_area, body, footer_area] =
        Layout::vertical([Constraint::Length(header::height(room)), Constraint::Fill(1), Constraint::Length(1)])
            .areas(area);
    let [loss_area, heatmap_area, prompt_area] = panels(body, prompt::height(snapshot));

    header::render(frame, header_area, snapshot, view.theme, room);
    match &snapshot.state {
        RunState::Failed(failure) => stopped::render(frame, loss_area, failure, view.theme, room),
        _ => loss::render(frame, loss_area, snapshot, view.theme, room),
    }
    heatmap::render(frame, heatmap_area, snapshot, view.theme, room);
    prompt::render(frame, prompt_area, snapshot, view, room);
    footer::render(frame, footer_area, view);
    if view.help {
        help::render(frame, area, view.theme);
    }
}

/// Loss and heatmap side by side, the prompt below, with at most half of the height.
fn panels(body: Rect, prompt_height: u16) -> [Rect; 3] {
    let [above, prompt] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(prompt_height.min(body.height / 2))]).areas(body);
    let [loss, heatmap] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(above);
    [loss, heatmap, prompt]
}
