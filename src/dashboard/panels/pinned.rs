//! Pinned prompts, each with the model's answer and whether it agrees with the corpus.

use crate::columns::Columns;
use crate::dashboard::words::prompt::PromptText;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::context::RenderContext;
use super::drawing::{fit, fit_end};
use crate::dashboard::numbers::percent;
use crate::session::{Pinned, PinnedScore};

/// Least width at which pinned prompts are drawn beside the bars.
const MIN_WIDTH: u16 = 56;
/// Largest width of the pinned prompts.
const WIDEST: u16 = 48;

/// Number of columns at the right of `area` for pinned prompts; 0 if there are none or they do not fit.
#[must_use]
pub fn width(area: Rect, ctx: RenderContext<'_>) -> u16 {
    let has_pinned = !ctx.run().pinned.is_empty();
    if has_pinned && area.width >= MIN_WIDTH && area.height > 0 { (area.width * 2 / 5).min(WIDEST) } else { 0 }
}

/// Draws the score and the last pinned prompts, as many as fit.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw(buffer: &mut Buffer, area: Rect, ctx: RenderContext<'_>) {
    let (theme, pinned) = (ctx.theme(), &ctx.run().pinned);
    if area.is_empty() {
        return;
    }
    let PinnedScore { right, known } = ctx.run().pinned_score();
    let (x, width) = (area.x + 2, usize::from(area.width).saturating_sub(2));
    buffer.set_stringn(x, area.y, ctx.words().say(PromptText::pinned(right, known)), width, theme.quiet());
    let shown = pinned.len().min(usize::from(area.height) - 1);
    for (row, pin) in pinned[pinned.len() - shown..].iter().enumerate() {
        let (mark, style) = match pin.is_right() {
            Some(true) => ("✓", theme.running()),
            Some(false) => ("✗", theme.alarm()),
            None => ("·", theme.quiet()),
        };
        let y = area.y + 1 + row as u16;
        buffer.set_string(x, y, mark, style);
        let has_marked_spaces = ctx.snapshot().run.spaces_are_words;
        let (prompt, answer) = parts(pin, has_marked_spaces, width.saturating_sub(2));
        let (x, _) = buffer.set_stringn(x + 2, y, prompt, width, Style::new());
        buffer.set_string(x, y, answer, theme.strong());
    }
}

/// The prompt and the answer in at most `width` columns together; the start of the prompt is cut first. Spaces that are words are marked.
fn parts(pin: &Pinned, has_marked_spaces: bool, width: usize) -> (String, String) {
    let expected = match pin.expected.first() {
        Some(expected) if pin.is_right() == Some(false) => format!(" ({expected})"),
        _ => String::new(),
    };
    let answer = if pin.probability.is_finite() {
        format!(" → {} {}{expected}", pin.word, percent(pin.probability).trim())
    } else {
        " → -".to_owned()
    };
    let answer = fit(&answer, width);
    let prompt = if has_marked_spaces { pin.prompt.replace(' ', "␣") } else { pin.prompt.clone() };
    (fit_end(&prompt, width - answer.columns()), answer)
}
