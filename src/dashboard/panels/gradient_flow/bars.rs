//! Bars on a log scale, one for each step.

use crate::columns::Columns;
use crate::dashboard::words::model::ModelText;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::dashboard::panels::context::RenderContext;
use crate::dashboard::panels::drawing::fit;

/// Largest width of a bar, with the gap after it.
const WIDEST_BAR: usize = 10;
/// Least width of a bar at which its word is below and its exponent above.
const MIN_WIDTH_WITH_WORD: usize = 5;
/// Least number of lines at which one is for the gate.
const MIN_HEIGHT_WITH_GATE: u16 = 7;
/// The scale for all models and moments: decimal logarithms of its smallest and its largest norm.
const SCALE: (f64, f64) = (-12.0, 1.0);
/// Fewest decades of a fitted scale, so that small differences look small.
const MIN_DECADES: f64 = 2.0;
/// Columns of the labels beside the bars.
pub const LABEL: usize = 8;

/// A column that is filled to this many eighths.
const RISING: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// A column of a bar of the previous model.
const PALE: &str = "░";

/// The bars and their labels.
pub struct Bars<'a> {
    /// Norm of the gradient at each step.
    pub norms: &'a [f32],
    /// Norms of the previous model for the same prompt.
    pub before: Option<&'a [f32]>,
    /// Word at each step.
    pub words: &'a [String],
    /// Symbol of a gate, and its mean at each step.
    pub gate: Option<(&'static str, Vec<f32>)>,
    /// Norms that the scale fits; `None` for the scale for all models and moments.
    pub fitted: Option<Vec<f32>>,
}

/// Number of steps, the last ones, that fit into the panel.
pub fn visible_steps(steps: usize, area: Rect) -> usize {
    steps.min(usize::from(area.width).saturating_sub(LABEL + 2))
}

/// A scale that fits the norms: whole decimal logarithms of its smallest and its largest norm. [`SCALE`] if no norm is positive and finite.
fn fitted(norms: &[f32]) -> (f64, f64) {
    let logs = || norms.iter().filter(|norm| norm.is_finite() && **norm > 0.0).map(|norm| f64::from(*norm).log10());
    let Some(top) = logs().reduce(f64::max) else { return SCALE };
    let bottom = logs().fold(top, f64::min);
    (bottom.floor().min(top.ceil() - MIN_DECADES), top.ceil())
}

/// Draws the bars with their scale; the last ones if not all fit.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // everything is inside `area`
pub fn draw_bars(buffer: &mut Buffer, area: Rect, bars: &Bars<'_>, ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    let scale = bars.fitted.as_deref().map_or(SCALE, fitted);
    let width = usize::from(area.width) - LABEL;
    // later steps are nearer to the loss
    let shown = bars.norms.len().min(width);
    let first = bars.norms.len() - shown;
    let column = (width / shown.max(1)).clamp(1, WIDEST_BAR);
    let has_words = column >= MIN_WIDTH_WITH_WORD && area.height > 3;
    let gate = bars.gate.as_ref().filter(|_| has_words && area.height >= MIN_HEIGHT_WITH_GATE);
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
    let bar_width = if column > 2 { column - 1 } else { column };
    for (index, at) in (first..bars.norms.len()).enumerate() {
        if let Some(before) = aligned(bars.before, bars.norms.len(), at) {
            draw_bar(buffer, column_area(index, bar_width), eighths(before, scale, lines), |_| PALE, theme.quiet());
        }
        let style = if at + 1 == bars.norms.len() { theme.best_bar() } else { theme.bar() };
        // one column of the previous model's bar stays visible beside the current one
        let current_width = if bars.before.is_some() && bar_width > 1 { bar_width - 1 } else { bar_width };
        draw_bar(
            buffer,
            column_area(index, current_width),
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

/// The norm of the previous model at the step that is as far from the last one as step `at` of `steps`; `None` if there is none.
fn aligned(before: Option<&[f32]>, steps: usize, at: usize) -> Option<f32> {
    let before = before?;
    before.get((before.len() + at).checked_sub(steps)?).copied()
}

/// Height of a bar in eighths of a line, in a chart of `lines` lines.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to the chart
fn eighths(norm: f32, (bottom, top): (f64, f64), lines: usize) -> usize {
    let share = (f64::from(norm).log10() - bottom) / (top - bottom);
    (share.clamp(0.0, 1.0) * (lines * 8) as f64).round() as usize
}

/// Draws a bar from the bottom of `area`; cells above it are left as they are.
fn draw_bar(buffer: &mut Buffer, area: Rect, eighths: usize, sign: impl Fn(usize) -> &'static str, style: Style) {
    for (from_above, row) in area.rows().enumerate() {
        let filled = eighths.saturating_sub((usize::from(area.height) - 1 - from_above) * 8).min(8);
        if filled > 0 {
            buffer.set_string(row.x, row.y, sign(filled).repeat(row.width.into()), style);
        }
    }
}

/// The decimal logarithm of a norm, with a decimal if it fits into `width` columns; empty if it does not fit, or for zero.
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
    fn fitted_scale_covers_norms_and_has_two_decades() {
        assert_eq!(fitted(&[1.0, 0.9]), (-2.0, 0.0));
        assert_eq!(fitted(&[0.000_5, 1.0]), (-4.0, 0.0));
        assert_eq!(fitted(&[0.0, 1.0]), (-2.0, 0.0), "zero has no logarithm");
        assert_eq!(fitted(&[0.0, f32::NAN]), SCALE);
    }

    #[test]
    fn eighths_on_common_scale_are_proportional_to_decades() {
        let heights = [1e1, 1e0, 1e-6, 1e-12, 1e-30, 0.0, 1e9].map(|norm| eighths(norm, SCALE, 13));
        assert_eq!(heights, [104, 96, 48, 0, 0, 0, 104]);
    }

    #[test]
    fn exponent_is_never_truncated() {
        assert_eq!([4, 5].map(|width| exponent(8.1e-12, width)), ["-11", "-11.1"]);
        assert_eq!(exponent(0.28, 4), "-0.6");
        assert_eq!(
            (exponent(1.0, 4), exponent(0.0, 4), exponent(1e-20, 2)),
            ("0.0".into(), String::new(), String::new())
        );
    }

    #[test]
    fn aligned_counts_steps_from_last() {
        let before = [1.0, 2.0, 3.0];
        assert_eq!(aligned(Some(&before), 3, 1), Some(2.0));
        assert_eq!(aligned(Some(&before), 2, 1), Some(3.0));
        assert_eq!(aligned(Some(&before), 4, 0), None);
        assert_eq!(aligned(None, 3, 0), None);
    }
}
