//! A bar for each step, on a log scale.

use crate::columns::Columns;
use crate::dashboard::words::model::ModelText;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::dashboard::panels::drawing::{RenderContext, fit};

const WIDEST_BAR: usize = 10;
/// A bar of this width has its word below it and its exponent above.
const ROOM_FOR_WORD: usize = 5;
/// With as many lines there is one for the gate.
const ROOM_FOR_GATE: u16 = 7;
/// Logarithms of the least and the greatest norm on the scale that is the same for all models and moments.
const SCALE: (f64, f64) = (-12.0, 1.0);
/// Decades below the greatest norm that are always on a scale that fits, so that a small difference looks small.
const MIN_DECADES: f64 = 2.0;
/// Columns for what stands beside the bars.
pub const LABEL: usize = 8;

/// A column that is this many eighths full.
const RISING: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PALE: &str = "░";

/// What is drawn.
pub struct Bars<'a> {
    /// A bar for each step.
    pub norms: &'a [f32],
    /// Those of the model before.
    pub before: Option<&'a [f32]>,
    pub words: &'a [String],
    /// A gate and its mean at each step.
    pub gate: Option<(&'static str, Vec<f32>)>,
    /// What the scale fits, if it is not the one for all models and moments.
    pub fitted: Option<Vec<f32>>,
}

/// How many of the steps, the last ones, have room in the panel.
pub fn shown(steps: usize, area: Rect) -> usize {
    steps.min(usize::from(area.width).saturating_sub(LABEL + 2))
}

/// Logarithms of the least and the greatest norm on a scale that fits, whole numbers.
fn fitted(norms: &[f32]) -> (f64, f64) {
    let logs = || norms.iter().filter(|norm| norm.is_finite() && **norm > 0.0).map(|norm| f64::from(*norm).log10());
    let Some(top) = logs().reduce(f64::max) else { return SCALE };
    let least = logs().fold(top, f64::min);
    (least.floor().min(top.ceil() - MIN_DECADES), top.ceil())
}

/// Draws them with their scale.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // everything is inside `area`
pub fn draw_bars(buffer: &mut Buffer, area: Rect, bars: &Bars<'_>, ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    let scale = bars.fitted.as_deref().map_or(SCALE, fitted);
    let width = usize::from(area.width) - LABEL;
    // later steps win where not all fit: they are nearer to the loss
    let shown = bars.norms.len().min(width);
    let first = bars.norms.len() - shown;
    let column = (width / shown.max(1)).clamp(1, WIDEST_BAR);
    let has_words = column >= ROOM_FOR_WORD && area.height > 3;
    let gate = bars.gate.as_ref().filter(|_| has_words && area.height >= ROOM_FOR_GATE);
    let lines = usize::from(area.height) - if has_words { 2 } else { 0 } - usize::from(gate.is_some());
    let column_area = |index: usize, columns: usize| Rect {
        x: area.x + (LABEL + index * column) as u16,
        y: area.y + u16::from(has_words),
        width: columns as u16,
        height: lines as u16,
    };
    let below = area.y + u16::from(has_words) + lines as u16;
    let label = |buffer: &mut Buffer, y, text: &str| {
        let text = fit(text, LABEL - 1);
        buffer.set_string(area.x + (LABEL - 1 - text.columns()) as u16, y, text, theme.quiet());
    };
    label(buffer, column_area(0, 1).y, &format!("10^{}", scale.1));
    if lines > 1 {
        label(buffer, below - 1, &format!("10^{}", scale.0));
    }
    if let Some((gate, _)) = gate {
        label(buffer, below + 1, &ctx.words().say(ModelText::MeanGate { gate }));
    }
    let wide = if column > 2 { column - 1 } else { column };
    for (index, at) in (first..bars.norms.len()).enumerate() {
        if let Some(before) = aligned(bars.before, bars.norms.len(), at) {
            draw_bar(buffer, column_area(index, wide), eighths(before, scale, lines), |_| PALE, theme.quiet());
        }
        let style = if at + 1 == bars.norms.len() { theme.best_bar() } else { theme.bar() };
        // beside a bar of the model before there is a column in which that is seen
        let own = if bars.before.is_some() && wide > 1 { wide - 1 } else { wide };
        draw_bar(
            buffer,
            column_area(index, own),
            eighths(bars.norms[at], scale, lines),
            |filled| RISING[filled],
            style,
        );
        if has_words {
            let x = column_area(index, 1).x;
            buffer.set_string(x, area.y, exponent(bars.norms[at], column - 1), theme.quiet());
            buffer.set_string(x, below, fit(&bars.words[at], column - 1), theme.strong());
            if let Some(mean) = gate.and_then(|(_, means)| means.get(at)) {
                buffer.set_string(x, below + 1, format!("{mean:.2}"), theme.quiet());
            }
        }
    }
}

/// The number of the model before at a step, counted from the last one.
fn aligned(before: Option<&[f32]>, steps: usize, at: usize) -> Option<f32> {
    let before = before?;
    before.get((before.len() + at).checked_sub(steps)?).copied()
}

/// The height of a bar, in eighths of a line, where the chart has `lines` lines.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between nothing and all
fn eighths(norm: f32, (bottom, top): (f64, f64), lines: usize) -> usize {
    let share = (f64::from(norm).log10() - bottom) / (top - bottom);
    (share.clamp(0.0, 1.0) * (lines * 8) as f64).round() as usize
}

/// Draws a bar from below; what is above it stays.
fn draw_bar(buffer: &mut Buffer, area: Rect, eighths: usize, sign: impl Fn(usize) -> &'static str, style: Style) {
    for (from_above, row) in area.rows().enumerate() {
        let filled = eighths.saturating_sub((usize::from(area.height) - 1 - from_above) * 8).min(8);
        if filled > 0 {
            buffer.set_string(row.x, row.y, sign(filled).repeat(row.width.into()), style);
        }
    }
}

/// The exponent of ten, with a digit after the point if there is room: never cut. Nothing has none.
fn exponent(norm: f32, width: usize) -> String {
    let log = f64::from(norm).log10();
    if !log.is_finite() {
        return String::new();
    }
    let log = if log.abs() < 0.05 { 0.0 } else { log };
    let forms = [format!("{log:.1}"), format!("{log:.0}")];
    forms.into_iter().find(|form| form.columns() <= width).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_that_fits_covers_every_norm_and_makes_little_of_small_differences() {
        assert_eq!(fitted(&[1.0, 0.9]), (-2.0, 0.0));
        assert_eq!(fitted(&[0.000_5, 1.0]), (-4.0, 0.0));
        assert_eq!(fitted(&[0.0, 1.0]), (-2.0, 0.0), "nothing has no logarithm");
        assert_eq!(fitted(&[0.0, f32::NAN]), SCALE);
    }

    #[test]
    fn on_the_scale_of_all_models_a_decade_is_as_high_everywhere() {
        let heights = [1e1, 1e0, 1e-6, 1e-12, 1e-30, 0.0, 1e9].map(|norm| eighths(norm, SCALE, 13));
        assert_eq!(heights, [104, 96, 48, 0, 0, 0, 104]);
    }

    #[test]
    fn an_exponent_is_never_cut() {
        assert_eq!([4, 5].map(|width| exponent(8.1e-12, width)), ["-11", "-11.1"]);
        assert_eq!(exponent(0.28, 4), "-0.6");
        assert_eq!(
            (exponent(1.0, 4), exponent(0.0, 4), exponent(1e-20, 2)),
            ("0.0".into(), String::new(), String::new())
        );
    }

    #[test]
    fn the_bars_of_the_model_before_are_those_of_the_same_steps_before_the_last() {
        let before = [1.0, 2.0, 3.0];
        assert_eq!(aligned(Some(&before), 3, 1), Some(2.0));
        assert_eq!(aligned(Some(&before), 2, 1), Some(3.0));
        assert_eq!(aligned(Some(&before), 4, 0), None);
        assert_eq!(aligned(None, 3, 0), None);
    }
}
