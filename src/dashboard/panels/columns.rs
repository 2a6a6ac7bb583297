//! What several models say to the same prompt, a column for each; below, which of them has which pinned prompt right.

use crate::columns::Columns;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;

use super::answers;
use super::drawing::{RenderContext, fit, fit_end};
use crate::session::{Pinned, PinnedScore};

/// In fewer columns there is no room for a word and how probable it is.
const MIN_WIDTH: u16 = 15;
const GAP: u16 = 2;
/// A name and the most probable words.
const MIN_HEIGHT: u16 = 4;

/// Draws as many columns as there is room for, that of the run that is looked at among them; only in that one a word can be chosen.
pub fn draw(buffer: &mut Buffer, area: Rect, chosen: usize, ctx: RenderContext<'_>) {
    let (runs, focus) = (ctx.observed.runs.len(), ctx.focus);
    let room = usize::from((area.width + GAP) / (MIN_WIDTH + GAP)).clamp(1, runs);
    let first = (focus + 1).saturating_sub(room);
    let pins = pins(area, ctx);
    let below = Rect { y: area.bottom() - pins, height: pins, ..area };
    let area = Rect { height: area.height - pins, ..area };
    let columns = Layout::horizontal(vec![Constraint::Fill(1); room]).spacing(GAP).split(area);
    for (at, column) in (first..first + room).zip(columns.iter()).filter(|(_, column)| !column.is_empty()) {
        let PinnedScore { right, known } = ctx.observed.runs[at].pinned_score();
        let pinned = if known > 0 { format!(" {right}/{known}") } else { String::new() };
        let width = usize::from(column.width);
        let name = fit(&ctx.name_of_run(at), width.saturating_sub(pinned.columns()));
        buffer.set_stringn(column.x, column.y, format!("{name}{pinned}"), width, ctx.style_of_run(at));
        let bars = Rect { y: column.y + 1, height: column.height - 1, ..*column };
        answers::draw(buffer, bars, Some(chosen).filter(|_| at == focus), ctx.of_run(at));
    }
    draw_pins(buffer, below, ctx);
}

/// How many lines are for pinned prompts.
fn pins(area: Rect, ctx: RenderContext<'_>) -> u16 {
    let pinned = u16::try_from(ctx.run().pinned.len()).unwrap_or(u16::MAX);
    pinned.min(area.height.saturating_sub(MIN_HEIGHT)).min(area.height / 3)
}

/// A line for each prompt, those that were pinned last: a sign for each run, and what the text goes on with.
fn draw_pins(buffer: &mut Buffer, area: Rect, ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    let pinned = &ctx.run().pinned;
    let first = pinned.len().saturating_sub(area.height.into());
    for (line, pin) in area.rows().zip(&pinned[first..]) {
        let mut x = line.x;
        for (at, run) in ctx.observed.runs.iter().enumerate() {
            let own = run.pinned.iter().find(|own| own.prompt == pin.prompt);
            let (sign, style) = match own.and_then(Pinned::is_right) {
                Some(true) => ("✓", theme.running()),
                Some(false) => ("✗", theme.alarm()),
                None => ("·", theme.quiet()),
            };
            (x, _) = buffer.set_stringn(
                x,
                line.y,
                ctx.name_of_run(at).chars().next().map_or_else(String::new, String::from),
                2,
                ctx.style_of_run(at),
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
