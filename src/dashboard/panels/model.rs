//! Another model, before it takes the place of the one there is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::{Scene, Space, fit};
use crate::dashboard::draft::{Choice, Draft};

const NARROWEST: u16 = 34;

/// Draws it in the middle of `area`, over everything else.
pub fn render(frame: &mut Frame<'_>, area: Rect, draft: &Draft, scene: Scene<'_>) {
    let scene = Scene { space: Space::Ample, ..scene };
    let (theme, words) = (scene.theme(), scene.words());
    let names = Choice::ALL.map(|choice| words.choice(choice));
    let wide = names.iter().map(|name| name.width()).max().unwrap_or(0) + 2;
    let mut lines: Vec<Line<'_>> = Choice::ALL
        .iter()
        .zip(names)
        .map(|(choice, name)| {
            let architecture = draft.architecture;
            let value = match choice {
                Choice::Cell => architecture.cell.as_str().to_uppercase(),
                Choice::Hidden => typed(architecture.hidden),
                Choice::Layers => typed(architecture.layers),
                Choice::Seed => draft.seed.to_string(),
            };
            let is_chosen = *choice == draft.choice();
            let (value, style) =
                if is_chosen { (format!("← {value} →"), theme.key()) } else { (value, Style::new()) };
            Line::from(vec![Span::raw(name), Span::raw(" ".repeat(wide - name.width())), Span::styled(value, style)])
        })
        .collect();
    let lost = scene.snapshot.record.step;
    lines.push(Line::styled(words.what_rebuilding_does(lost), if lost > 0 { theme.alarm() } else { theme.quiet() }));
    let width = lines.iter().map(Line::width).max().unwrap_or(0) + 4;
    let width = u16::try_from(width).unwrap_or(u16::MAX).max(NARROWEST).min(area.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let middle = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let block = scene.frame(&fit(words.draft_title(), usize::from(width.saturating_sub(4))), true);
    let inner = block.inner(middle);
    frame.render_widget(Clear, middle);
    frame.render_widget(block, middle);
    let padded = Rect { x: inner.x + u16::from(inner.width > 2), width: inner.width.saturating_sub(2), ..inner };
    frame.render_widget(Paragraph::new(Text::from(lines)), padded);
}

/// A number of which no digit is typed yet is none.
fn typed(number: usize) -> String {
    if number == 0 { "_".to_owned() } else { number.to_string() }
}
