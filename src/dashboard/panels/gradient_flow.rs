//! How much of the last step's loss reaches back to each step before it: ‖∂loss/∂h‖, or of a
//! model without states ‖∂loss/∂x‖, on a log scale (Pascanu et al. 2013).

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::drawing::{RenderContext, fit, nothing_but};
use super::{Panel, PanelKey, move_cursor};
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::motion::Motion;
use crate::dashboard::numbers::number;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::learning::Answer;
use crate::model::Flow;
use crate::session::ObservedRun;

const WIDEST_BAR: usize = 10;
/// A bar of this width has its word below it and its number above.
const ROOM_FOR_WORD: usize = 5;
/// Decades below the greatest norm that are always shown, so that a small difference looks small.
const LEAST_DECADES: f64 = 2.0;
/// Decades below the greatest norm that are shown at most: what is smaller is as good as nothing.
const MOST_DECADES: f64 = 12.0;
const LABEL: usize = 8;

/// A column that is this many eighths full.
const RISING: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The panel.
#[derive(Clone, Debug, Default)]
pub struct GradientFlowPanel;

impl Panel for GradientFlowPanel {
    const TITLE: Bilingual = text("gradient flow", "梯度流");

    const KEYS: &'static [PanelKey] = &[PanelKey::Moves(Motion::NextLayer)];

    fn moves(&mut self, motion: Motion, run: &ObservedRun, cursor: &mut TraceCursor) {
        move_cursor(motion, run, cursor);
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, ctx);
    }
}

/// Draws a bar for each step of the prompt, for the layer that is looked at.
fn draw(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let Some(answer) = &ctx.run().answer else {
        return nothing_but(frame, area, &words.gradient_flow_title(None), words.not_answered(), ctx);
    };
    let layer = ctx.view.cursor.layer(&answer.trace);
    let target = ctx.snapshot().run.vocabulary.get(answer.trace.target as usize);
    let (steps, shown) = (answer.words.len(), shown(answer.words.len(), area));
    let range = (shown < steps).then(|| format!("{} {}-{steps}/{steps}", words.steps(), steps - shown + 1));
    let layers = answer.trace.layers();
    let of_layers = (layers > 1).then(|| words.layer(layer + 1, layers));
    let whose_loss = target.map(|word| format!("loss = −ln p({word})"));
    let [range, of_layers, whose_loss] = [range, of_layers, whose_loss].map(Option::unwrap_or_default);
    // what matters most has a place first
    let flow = answer.trace.flow(layer);
    let mut title = words.gradient_flow_title(flow.map(|flow| flow.term));
    let width = usize::from(area.width).saturating_sub(4);
    for more in [range, of_layers, whose_loss] {
        if !more.is_empty() && title.width() + 2 + more.width() <= width {
            title = format!("{title}  {more}");
        }
    }
    let block = ctx.frame(&fit(&title, width));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if inner.height < 3 || usize::from(inner.width) < LABEL + 2 {
        return;
    }
    let Some(Flow { norms, .. }) = flow else { return };
    let verdict = Rect { y: inner.bottom() - 1, height: 1, ..inner };
    let bars = Rect { height: inner.height - 1, ..inner };
    frame.render_widget(
        Line::styled(fit(&verdict_on(norms, answer.trace.context, ctx), inner.width.into()), theme.strong()),
        verdict,
    );
    draw_bars(frame.buffer_mut(), bars, answer, norms, ctx);
}

/// How many of the steps, the last ones, have room in the panel.
fn shown(steps: usize, area: Rect) -> usize {
    steps.min(usize::from(area.width).saturating_sub(LABEL + 2))
}

/// How the first step's gradient compares with the last one's, in words.
fn verdict_on(norms: &[f32], context: Option<usize>, ctx: RenderContext<'_>) -> String {
    match norms {
        _ if let Some(context) = context.filter(|context| norms.len() > *context) => {
            ctx.words().beyond_context(context)
        }
        [first, .., last] => ctx.words().gradient_ratio(f64::from(*first) / f64::from(*last)),
        _ => ctx.words().one_step_only().to_owned(),
    }
}

/// Logarithms of the least and the greatest norm on the scale, whole numbers apart from the greatest.
fn scale(norms: &[f32]) -> Option<(f64, f64)> {
    let logs = || norms.iter().filter(|norm| norm.is_finite() && **norm > 0.0).map(|norm| f64::from(*norm).log10());
    let top = logs().reduce(f64::max)?;
    let least = logs().fold(top, f64::min);
    Some((least.floor().min(top - LEAST_DECADES).max(top - MOST_DECADES), top))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // everything is inside `area`
fn draw_bars(buffer: &mut Buffer, area: Rect, answer: &Answer, norms: &[f32], ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    let Some((bottom, top)) = scale(norms) else { return };
    let width = usize::from(area.width) - LABEL;
    // later steps win where not all fit: they are nearer to the loss
    let shown = norms.len().min(width);
    let first = norms.len() - shown;
    let column = (width / shown.max(1)).clamp(1, WIDEST_BAR);
    let has_words = column >= ROOM_FOR_WORD && area.height > 3;
    let height = usize::from(area.height) - if has_words { 2 } else { 0 };
    let (above, y) = (u16::from(has_words), area.y + u16::from(has_words));
    let label = |buffer: &mut Buffer, y, log: f64| {
        let text = fit(&number(10_f64.powf(log)), LABEL - 1);
        buffer.set_string(area.x + (LABEL - 1 - text.width()) as u16, y, text, theme.quiet());
    };
    label(buffer, y, top);
    if height > 1 {
        label(buffer, y + height as u16 - 1, bottom);
    }
    for (index, norm) in norms[first..].iter().enumerate() {
        let x = area.x + (LABEL + index * column) as u16;
        let share = (f64::from(*norm).log10() - bottom) / (top - bottom);
        let eighths = (share.clamp(0.0, 1.0) * (height * 8) as f64).round() as usize;
        let style = if first + index + 1 == norms.len() { theme.best_bar() } else { theme.bar() };
        let wide = if column > 2 { column - 1 } else { column };
        for row in 0..height {
            let filled = eighths.saturating_sub((height - 1 - row) * 8).min(8);
            buffer.set_string(x, y + row as u16, RISING[filled].repeat(wide), style);
        }
        if has_words {
            // a number that is cut would be read as another one
            let norm = number(f64::from(*norm));
            if norm.width() < column {
                buffer.set_string(x, y - above, norm, theme.quiet());
            }
            let word = fit(&answer.words[first + index], column - 1);
            buffer.set_string(x, y + height as u16, word, theme.strong());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::scale;

    #[test]
    fn the_scale_covers_every_norm_and_makes_little_of_small_differences() {
        assert_eq!(scale(&[1.0, 0.9]), Some((-2.0, 0.0)));
        assert_eq!(scale(&[0.000_5, 1.0]), Some((-4.0, 0.0)));
        assert_eq!(scale(&[0.0, 1.0]), Some((-2.0, 0.0)), "nothing has no logarithm");
        assert_eq!(scale(&[1e-30, 1.0]), Some((-12.0, 0.0)));
        assert_eq!(scale(&[0.0, f32::NAN]), None);
    }
}
