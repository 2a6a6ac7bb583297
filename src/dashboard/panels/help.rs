//! All keys, over everything else: a line each with what it does, or side by side where lines are few.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

use super::{Space, flow, frame_of};
use crate::dashboard::keymap::{self, Binding};
use crate::dashboard::text;
use crate::dashboard::theme::Theme;
use crate::training::RunState;

/// Draws the table of keys in the middle of `area`.
pub fn render(frame: &mut Frame<'_>, area: Rect, theme: Theme) {
    let rows = keymap::all();
    let lines = if rows.len() + 2 <= usize::from(area.height) {
        one_below_the_other(rows, theme)
    } else {
        side_by_side(rows, usize::from(area.width).saturating_sub(4), theme)
    };
    let width = lines.iter().map(Line::width).max().unwrap_or(0) + 4;
    let fits = |size: usize, most: u16| u16::try_from(size).unwrap_or(most).min(most);
    let (width, height) = (fits(width, area.width), fits(lines.len() + 2, area.height));
    let middle = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let block = frame_of(text::HELP_TITLE, Space::Ample, theme, true);
    let inner = block.inner(middle);
    frame.render_widget(Clear, middle);
    frame.render_widget(block, middle);
    let padded = Rect { x: inner.x + u16::from(inner.width > 2), width: inner.width.saturating_sub(2), ..inner };
    frame.render_widget(Text::from(lines), padded);
}

fn one_below_the_other(rows: &'static [Binding], theme: Theme) -> Vec<Line<'static>> {
    let names = rows.iter().map(|row| row.name.width()).max().unwrap_or(0);
    rows.iter()
        .map(|row| {
            let padding = " ".repeat(names - row.name.width() + 2);
            Line::from(vec![
                Span::styled(row.name, theme.key()),
                Span::raw(padding),
                Span::raw(text::description(row.action)),
            ])
        })
        .collect()
}

fn side_by_side(rows: &[Binding], width: usize, theme: Theme) -> Vec<Line<'static>> {
    let item =
        |row: &Binding| (format!("{} {}", row.name, text::label(row.action, &RunState::Running)), theme.strong());
    let items: Vec<_> = rows.iter().map(item).collect();
    flow(&items, 2, width, usize::MAX).into_iter().map(Line::from).collect()
}
