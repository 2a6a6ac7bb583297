//! Why training cannot go on, and what can be done.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph, Wrap};

use super::{Space, frame_of};
use crate::dashboard::text;
use crate::dashboard::theme::Theme;
use crate::training::Failure;

/// Draws over `area`: there is no curve of a run that failed which would be more worth seeing than the reason.
pub fn render(frame: &mut Frame<'_>, area: Rect, failure: &Failure, theme: Theme, space: Space) {
    let mut lines = vec![Line::from(Span::styled(text::stopped_at(failure.step, &failure.reason), theme.alarm()))];
    if failure.is_panic {
        lines.push(Line::from(text::STOPPED_BY_PANIC));
    }
    lines.push(Line::from(Span::styled(text::STOPPED_WAY_OUT, theme.quiet())));
    let block = frame_of(text::STOPPED_TITLE, space, theme, true);
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(Text::from(lines)).wrap(Wrap { trim: true }).block(block), area);
}
