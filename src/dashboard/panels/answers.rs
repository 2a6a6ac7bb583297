//! Bars of the distribution of the next word, most probable first.

use crate::columns::Columns;
use crate::dashboard::words::prompt::PromptText;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::context::RenderContext;
use super::drawing::fit;
use crate::dashboard::numbers::percent;

/// Largest width of a word.
const WIDEST_WORD: usize = 16;
/// Columns of a percentage and a space.
const PERCENT_WIDTH: usize = 8;

/// Draws as many bars as there are lines, scrolled so that the word of rank `chosen` is visible; that word is marked while the panel has the
/// focus. If not all words fit, the last line says how many are hidden.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw(buffer: &mut Buffer, area: Rect, chosen: Option<usize>, ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    let Some(answer) = &ctx.run().answer.as_ref().filter(|_| !area.is_empty()) else { return };
    if !answer.trace.is_finite() {
        let why = fit(&ctx.words().say(PromptText::NotFinite), area.width.into());
        buffer.set_stringn(area.x, area.y, why, area.width.into(), theme.alarm());
        return;
    }
    let ranking = answer.ranking();
    let words = &ctx.snapshot().run.vocabulary;
    let rows = usize::from(area.height);
    let bars = if ranking.len() > rows && rows > 3 { rows - 1 } else { ranking.len().min(rows) };
    let chosen = chosen.filter(|_| ctx.has_focus()).map(|chosen| chosen.min(ranking.len().saturating_sub(1)));
    let first = (chosen.unwrap_or(0) + 1).saturating_sub(bars);
    let shown = &ranking[first..first + bars];
    let label_width = shown.iter().map(|(id, _)| words[*id].columns()).max().unwrap_or(0).min(WIDEST_WORD);
    let bar_width = usize::from(area.width).saturating_sub(label_width + PERCENT_WIDTH + 2);
    for (row, (id, probability)) in shown.iter().enumerate() {
        let y = area.y + row as u16;
        let is_best = first + row == 0;
        let is_word = answer.unknown != Some(*id);
        let style = match (is_best, is_word) {
            (true, _) => theme.best_bar(),
            (false, true) => theme.bar(),
            (false, false) => theme.quiet(),
        };
        let label = match chosen {
            Some(chosen) if first + row == chosen => theme.chosen(),
            _ if !is_word => theme.quiet(),
            _ if is_best => theme.strong(),
            _ => Style::new(),
        };
        buffer.set_stringn(area.x, y, fit(&words[*id], label_width), area.width.into(), label);
        let right = area.right().saturating_sub(PERCENT_WIDTH as u16);
        buffer.set_string(area.x + label_width as u16 + 1, y, bar(*probability, bar_width), style);
        buffer.set_stringn(right.max(area.x), y, percent(*probability), area.width.into(), label);
    }
    if bars < ranking.len().min(rows) {
        let more = ctx.words().say(PromptText::More { count: ranking.len() - bars });
        buffer.set_stringn(area.x, area.y + bars as u16, more, area.width.into(), theme.quiet());
    }
}

/// A bar of up to `width` columns, in eighths of a column; empty for NaN.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped: not negative, at most `width`
fn bar(probability: f32, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (probability.clamp(0.0, 1.0) * (width * 8) as f32).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_grows_by_eighths_up_to_width() {
        assert_eq!(bar(0.0, 4), "");
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(0.53, 4), "██▏");
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(f32::NAN, 4), "");
        assert_eq!(bar(1.0, 0), "");
    }
}
