//! Why training cannot go on, and what can be done.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};

use super::{Space, frame_of};
use crate::dashboard::text;
use crate::dashboard::theme::Theme;
use crate::training::Failure;

/// Room for the reason, and below it for the loss curve if there is some left.
#[must_use]
pub fn split(area: Rect, space: Space) -> [Rect; 2] {
    let (reason, curve) = match space {
        Space::Ample => (6, 5),
        Space::Scarce => (4, 3),
    };
    let reason = if area.height >= reason + curve { reason } else { area.height };
    [Rect { height: reason, ..area }, Rect { y: area.y + reason, height: area.height - reason, ..area }]
}

/// Draws it.
pub fn render(frame: &mut Frame<'_>, area: Rect, failure: &Failure, theme: Theme, space: Space) {
    let mut lines = vec![Line::from(Span::styled(text::stopped_at(failure.step, &failure.reason), theme.alarm()))];
    lines.push(Line::from(failure.cause.advice()));
    lines.push(Line::from(Span::styled(text::STOPPED_WAY_OUT, theme.quiet())));
    let block = frame_of(text::STOPPED_TITLE, space, theme, true);
    frame.render_widget(Paragraph::new(Text::from(lines)).wrap(Wrap { trim: true }).block(block), area);
}
