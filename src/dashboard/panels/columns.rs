//! The answers of several models to the same prompt, a column for each; below, which models answer which pinned prompts correctly.

use crate::columns::Columns;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;

use super::answers;
use super::context::RenderContext;
use super::drawing::{fit, fit_end};
use crate::session::{Pinned, PinnedScore};

/// Least width of a column: a word and its probability.
const MIN_WIDTH: u16 = 15;
/// Columns between two columns of answers.
const GAP: u16 = 2;
/// Least height of the columns: a name and the most probable words.
const MIN_HEIGHT: u16 = 4;

/// Draws as many columns as fit, among them that of the focused run, the only one in which a word can be selected.
pub fn draw(buffer: &mut Buffer, area: Rect, chosen: usize, ctx: RenderContext<'_>) {
    let (runs, focus) = (ctx.observed.runs.len(), ctx.focus);
    let room = usize::from((area.width + GAP) / (MIN_WIDTH + GAP)).clamp(1, runs);
    let first = (focus + 1).saturating_sub(room);
    let pinned_height = pinned_height(area, ctx);
    let below = Rect { y: area.bottom() - pinned_height, height: pinned_height, ..area };
    let area = Rect { height: area.height - pinned_height, ..area };
    let columns = Layout::horizontal(vec![Constraint::Fill(1); room]).spacing(GAP).split(area);
    for (at, column) in (first..first + room).zip(columns.iter()).filter(|(_, column)| !column.is_empty()) {
        let PinnedScore { right, known } = ctx.observed.runs[at].pinned_score();
        let pinned = if known > 0 { format!(" {right}/{known}") } else { String::new() };
        let width = usize::from(column.width);
        let name = fit(&ctx.run_name(at), width.saturating_sub(pinned.columns()));
        buffer.set_stringn(column.x, column.y, format!("{name}{pinned}"), width, ctx.run_style(at));
        let bars = Rect { y: column.y + 1, height: column.height - 1, ..*column };
        answers::draw(buffer, bars, Some(chosen).filter(|_| at == focus), ctx.with_run(at));
    }
    draw_pins(buffer, below, ctx);
}

/// Number of lines for pinned prompts.
fn pinned_height(area: Rect, ctx: RenderContext<'_>) -> u16 {
    let pinned = u16::try_from(ctx.run().pinned.len()).unwrap_or(u16::MAX);
    pinned.min(area.height.saturating_sub(MIN_HEIGHT)).min(area.height / 3)
}

/// Draws a line for each of the last pinned prompts: a sign for each run, the prompt and the word that follows it in the corpus.
fn draw_pins(buffer: &mut Buffer, area: Rect, ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    let pinned = &ctx.run().pinned;
    let first = pinned.len().saturating_sub(area.height.into());
    for (line, pin) in area.rows().zip(&pinned[first..]) {
        let mut x = line.x;
        for (at, run) in ctx.observed.runs.iter().enumerate() {
            let same_prompt = run.pinned.iter().find(|other| other.prompt == pin.prompt);
            let (sign, style) = match same_prompt.and_then(Pinned::is_right) {
                Some(true) => ("✓", theme.running()),
                Some(false) => ("✗", theme.alarm()),
                None => ("·", theme.quiet()),
            };
            (x, _) = buffer.set_stringn(
                x,
                line.y,
                ctx.run_name(at).chars().next().map_or_else(String::new, String::from),
                2,
                ctx.run_style(at),
            );
            (x, _) = buffer.set_stringn(x, line.y, format!("{sign} "), 3, style);
        }
        let room = usize::from(line.right().saturating_sub(x));
        let expected = pin.expected.first().map(|word| format!(" → {word}")).unwrap_or_default();
        let prompt = fit_end(&pin.prompt, room.saturating_sub(expected.columns()));
        (x, _) = buffer.set_stringn(x, line.y, prompt, room, Style::new());
        buffer.set_stringn(x, line.y, expected, usize::from(line.right().saturating_sub(x)), theme.strong());
    }
}
