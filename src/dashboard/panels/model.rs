//! Another model, before it takes the place of the one there is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::drawing::{Density, RenderContext, fit};
use crate::dashboard::model_editor::ModelEditor;

const NARROWEST: u16 = 34;

/// Draws it in the middle of `area`, over everything else.
pub fn render(frame: &mut Frame<'_>, area: Rect, editor: &ModelEditor, ctx: RenderContext<'_>) {
    let ctx = RenderContext { space: Density::Roomy, has_keys: true, ..ctx };
    let (theme, words) = (ctx.theme(), ctx.words());
    let choices: Vec<_> = editor.choices().into_iter().map(|choice| (choice, words.choice(choice))).collect();
    let wide = choices.iter().map(|(_, name)| name.width()).max().unwrap_or(0) + 2;
    let mut lines: Vec<Line<'_>> = choices
        .iter()
        .map(|(choice, name)| {
            let value = editor.value(*choice);
            let is_chosen = *choice == editor.choice();
            let (value, style) =
                if is_chosen { (format!("← {value} →"), theme.key()) } else { (value, Style::new()) };
            Line::from(vec![Span::raw(*name), Span::raw(" ".repeat(wide - name.width())), Span::styled(value, style)])
        })
        .collect();
    let lost = ctx.snapshot().record.step;
    lines.push(Line::styled(words.what_rebuilding_does(lost), if lost > 0 { theme.alarm() } else { theme.quiet() }));
    let width = lines.iter().map(Line::width).max().unwrap_or(0) + 4;
    let width = u16::try_from(width).unwrap_or(u16::MAX).max(NARROWEST).min(area.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let middle = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let block = ctx.frame(&fit(words.draft_title(), usize::from(width.saturating_sub(4))));
    let inner = block.inner(middle);
    frame.render_widget(Clear, middle);
    frame.render_widget(block, middle);
    let padded = Rect { x: inner.x + u16::from(inner.width > 2), width: inner.width.saturating_sub(2), ..inner };
    frame.render_widget(Paragraph::new(Text::from(lines)), padded);
}
