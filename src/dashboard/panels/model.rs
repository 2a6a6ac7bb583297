//! Draws the model editor.

use crate::columns::Columns;
use crate::dashboard::words::editor::EditorText;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Paragraph;

use super::context::{Density, RenderContext};
use super::drawing::{clear, fit};
use crate::dashboard::model_editor::{Choice, ModelEditor};
use crate::dashboard::numbers::number;

/// Least width of the editor.
const NARROWEST: u16 = 34;
/// Largest width of the editor.
const WIDEST: u16 = 76;
/// Lines that are not rows: the border, and the sentences about the row and the key Enter.
const OTHER_LINES: u16 = 4;
/// Number of earlier attempts whose values are shown.
const MAX_TRIED: usize = 3;

/// Draws the editor in the middle of `area`: the rows around the selected one, as many as fit, and the effect of the row and of Enter.
pub fn render(frame: &mut Frame<'_>, area: Rect, editor: &ModelEditor, ctx: RenderContext<'_>) {
    let ctx = RenderContext { space: Density::Roomy, has_keys: true, ..ctx };
    let (theme, words) = (ctx.theme(), ctx.words());
    let choices = editor.choices();
    let name_width = choices.iter().map(|choice| words.choice(*choice).columns()).max().unwrap_or(0) + 2;
    let rows = usize::from(area.height.saturating_sub(OTHER_LINES)).clamp(1, choices.len());
    let chosen = choices.iter().position(|choice| *choice == editor.choice()).unwrap_or(0);
    let first = (chosen + 1).saturating_sub(rows).max((chosen + rows / 2 + 1).saturating_sub(rows));
    let first = first.min(choices.len() - rows);
    let line = |choice: &Choice| {
        let (name, value) = (words.choice(*choice), editor.value(*choice));
        let (value, style) = match *choice == editor.choice() {
            true => (format!("← {value} →"), theme.key()),
            false if editor.has_changed(*choice) => (value, theme.strong()),
            false => (value, Style::new()),
        };
        let mut spans =
            vec![Span::raw(name), Span::raw(" ".repeat(name_width - name.columns())), Span::styled(value, style)];
        spans.extend(tried(*choice, ctx).map(|tried| Span::styled(format!("  {tried}"), theme.quiet())));
        Line::from(spans)
    };
    let mut lines: Vec<Line<'_>> = choices[first..first + rows].iter().map(line).collect();
    let row_effect = words.say(EditorText::effect_of_row(ModelEditor::needs_new_weights(editor.choice())));
    lines.push(Line::styled(row_effect, theme.quiet()));
    let lost = ctx.snapshot().record.step;
    lines.push(if editor.keeps_weights() {
        Line::styled(words.say(EditorText::TrainingGoesOn), theme.running())
    } else {
        Line::styled(words.say(EditorText::rebuild(lost)), if lost > 0 { theme.alarm() } else { theme.quiet() })
    });
    let width = lines.iter().map(Columns::columns).max().unwrap_or(0) + 4;
    let width = u16::try_from(width).unwrap_or(u16::MAX).clamp(NARROWEST, WIDEST).min(area.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let middle = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let mut title = words.say(EditorText::Title);
    if ctx.is_duel() {
        title = format!("{title}: {}", ctx.run_name(ctx.run_index));
    }
    if rows < choices.len() {
        title = format!("{title} (↑ ↓ {}/{})", chosen + 1, choices.len());
    }
    let block = ctx.frame(&fit(&title, usize::from(width.saturating_sub(4))));
    let inner = block.inner(middle);
    clear(frame, middle);
    frame.render_widget(block, middle);
    let padded = Rect { x: inner.x + u16::from(inner.width > 2), width: inner.width.saturating_sub(2), ..inner };
    frame.render_widget(Paragraph::new(Text::from(lines)), padded);
}

/// The values of this row in the last attempts, each with its loss; `None` if all of them equal the current value.
fn tried(choice: Choice, ctx: RenderContext<'_>) -> Option<String> {
    let snapshot = ctx.snapshot();
    let current = ModelEditor::value_of(choice, &snapshot.run.settings(), snapshot.seed);
    let attempts = snapshot.record.earlier.iter().rev().filter_map(|attempt| {
        let settings = attempt.settings.settings.as_ref()?;
        Some((ModelEditor::value_of(choice, settings, attempt.settings.seed), attempt.loss))
    });
    let mut tried: Vec<String> = Vec::new();
    let mut has_other = false;
    for (value, loss) in attempts.take(MAX_TRIED) {
        has_other |= value != current;
        let loss = loss.map_or_else(|| "-".to_owned(), |loss| number(loss.into()));
        tried.push(format!("{value}: {loss}"));
    }
    has_other.then(|| ctx.words().say(EditorText::Before { attempts: tried.join(", ") }))
}
