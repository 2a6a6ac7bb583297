//! The help: all keys by topic, in an overlay that scrolls if they do not fit.

use crate::columns::Columns;
use crate::dashboard::words::keys::HelpText;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Paragraph;

use super::context::{Density, RenderContext};
use super::drawing::{clear, fit};
use crate::dashboard::keymap::{Binding, Keymap};
use crate::dashboard::view::View;

/// Draws the help in the middle of `area`, from line `scroll` on, clamped to the last page.
pub fn render(frame: &mut Frame<'_>, area: Rect, scroll: u16, ctx: RenderContext<'_>) {
    let ctx = RenderContext { space: Density::Roomy, has_keys: true, ..ctx };
    let lines = lines(ctx);
    let width = lines.iter().map(Columns::columns).max().unwrap_or(0) + 4;
    let clamp = |size: usize, limit: u16| u16::try_from(size).unwrap_or(limit).min(limit);
    let (width, height) = (clamp(width, area.width), clamp(lines.len() + 2, area.height));
    let middle = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let hidden = hidden(ctx.view, ctx.keymap, area.height);
    let title = ctx.words().say(if hidden > 0 { HelpText::ScrollableTitle } else { HelpText::Title });
    let block = ctx.frame(&fit(&title, usize::from(width.saturating_sub(4))));
    let inner = block.inner(middle);
    clear(frame, middle);
    frame.render_widget(block, middle);
    let padded = Rect { x: inner.x + u16::from(inner.width > 2), width: inner.width.saturating_sub(2), ..inner };
    frame.render_widget(Paragraph::new(Text::from(lines)).scroll((scroll.min(hidden), 0)), padded);
}

/// Number of lines that do not fit on a screen of this many rows.
#[must_use]
pub fn hidden(view: &View, keymap: &Keymap, rows: u16) -> u16 {
    let lines: usize = keymap.by_topic(view.role, view.class.is_some()).map(|(_, rows)| rows.len() + 1).sum();
    u16::try_from(lines + 2).unwrap_or(u16::MAX).saturating_sub(rows)
}

/// The lines of the help: a title for each topic, and its keys.
fn lines(ctx: RenderContext<'_>) -> Vec<Line<'static>> {
    let (theme, words, view) = (ctx.theme(), ctx.words(), ctx.view);
    let by_topic = || ctx.keymap.by_topic(view.role, view.class.is_some());
    let names = by_topic().flat_map(|(_, rows)| rows).map(|row| row.keys().columns()).max().unwrap_or(0);
    by_topic()
        .flat_map(|(topic, rows)| {
            let title = Line::styled(words.say(topic), theme.strong());
            let row = move |row: &Binding| {
                let padding = " ".repeat(names - row.keys().columns() + 2);
                let help = Span::raw(words.text(row.action.help));
                Line::from(vec![Span::raw("  "), Span::styled(row.keys(), theme.key()), Span::raw(padding), help])
            };
            std::iter::once(title).chain(rows.into_iter().map(row)).collect::<Vec<_>>()
        })
        .collect()
}
