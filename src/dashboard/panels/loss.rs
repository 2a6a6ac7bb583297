//! What every step told, as a curve: the loss, raw and smoothed, and what else tells how training goes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};
use unicode_width::UnicodeWidthStr;

use super::{RenderContext, fit};
use crate::dashboard::curve_points::CurvePoints;
use crate::dashboard::curve_view::{Curve, CurveView};
use crate::dashboard::layout::Panel;
use crate::dashboard::numbers::number;

/// A braille character is two dots wide.
const DOTS_PER_COLUMN: usize = 2;
/// What validations are drawn with where no colour tells the curves apart.
const VALIDATION_MARK: char = 'o';
/// The moment that is shown.
const PAST_MARK: char = '│';
/// Another run.
const OTHER_MARK: char = ',';
const BEST_MARK: char = '◆';
const FAILURE_MARK: char = '×';
/// From this width on the axis of steps has a label in its middle.
const ROOM_FOR_MIDDLE: u16 = 30;

/// The view, where the moment that is shown takes the place of a cursor.
fn looked_at(ctx: RenderContext<'_>) -> CurveView {
    ctx.view.curve.at(ctx.run().playback.shown)
}

/// Draws the curve that is looked at.
pub fn render(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (theme, words, view) = (ctx.theme(), ctx.words(), looked_at(ctx));
    let has_keys = ctx.view.panel == Panel::Loss;
    // one bucket per dot: of several in one column nobody sees a trend
    let Some(picture) = CurvePoints::new(ctx.observed, view, usize::from(area.width) * DOTS_PER_COLUMN) else {
        let block = ctx.frame(&title(area, ctx), has_keys);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        frame.render_widget(Span::styled(words.no_loss_yet(), theme.quiet()), inner);
        return;
    };
    let mut title_width = title(area, ctx).width() + 4;
    let mut block = ctx.frame(&title(area, ctx), has_keys);
    let named =
        |mark: char, name: &str| if theme.is_colourless() { format!(" {mark} {name} ") } else { format!(" {name} ") };
    let validation = (named(VALIDATION_MARK, words.validation_curve()), theme.validation());
    let others = picture.others.iter().map(|curve| (named(OTHER_MARK, words.other_run(&curve.of)), theme.quiet()));
    for (name, style) in Some(validation).filter(|_| !picture.validations.is_empty()).into_iter().chain(others) {
        title_width += name.width() + 1;
        if title_width < usize::from(area.width) {
            block = block.title(Span::styled(name, style));
        }
    }
    let other_marker = if theme.is_colourless() { Marker::Custom(OTHER_MARK) } else { Marker::Braille };
    let validation_marker = if theme.is_colourless() { Marker::Custom(VALIDATION_MARK) } else { Marker::Braille };
    let set =
        |data, style: Style, kind, marker| Dataset::default().data(data).style(style).graph_type(kind).marker(marker);
    let (line, dots) = (GraphType::Line, GraphType::Scatter);
    let mut datasets = vec![
        set(&picture.cursor, theme.quiet(), dots, Marker::Braille),
        set(&picture.past, theme.focus(), dots, Marker::Custom(PAST_MARK)),
    ];
    datasets.extend(picture.others.iter().map(|curve| set(&curve.points, theme.quiet(), line, other_marker)));
    datasets.extend([
        set(&picture.threshold, theme.alarm(), line, Marker::Braille),
        set(&picture.raw, theme.band(), dots, Marker::Braille),
        set(&picture.line, theme.curve(), line, Marker::Braille),
        set(&picture.validations, theme.validation(), line, validation_marker),
        set(&picture.best, theme.best(), dots, Marker::Custom(BEST_MARK)),
        set(&picture.failure, theme.alarm(), dots, Marker::Custom(FAILURE_MARK)),
    ]);
    let label = |value: f64| Line::from(Span::styled(number(view.off_axis(value)), theme.quiet()));
    let step = |value: f64| Line::from(Span::styled(format!("{value:.0}"), theme.quiet()));
    let ((from, to), (bottom, top)) = (picture.x, picture.y);
    let mut x_labels = vec![step(from), step(to)];
    if area.width >= ROOM_FOR_MIDDLE && to - from >= 10.0 {
        x_labels.insert(1, step(f64::midpoint(from, to).floor()));
    }
    let y_labels = [bottom, f64::midpoint(bottom, top), top].map(label).to_vec();
    let chart = Chart::new(datasets)
        .block(block)
        .legend_position(None)
        .x_axis(Axis::default().style(theme.quiet()).bounds([from, to]).labels(x_labels))
        .y_axis(Axis::default().style(theme.quiet()).bounds([bottom, top]).labels(y_labels));
    frame.render_widget(chart, area);
}

/// The name of the curve; with a cursor, the step and the number under it.
fn title(area: Rect, ctx: RenderContext<'_>) -> String {
    let (view, words, curves) = (looked_at(ctx), ctx.words(), &ctx.snapshot().record.curves);
    let width = usize::from(area.width).saturating_sub(4);
    // before the first step there is a moment, but no loss
    let is_before = ctx.run().playback.shown == Some(0) && ctx.view.curve.cursor(curves.loss.steps()).is_none();
    let read_out = view.cursor(curves.loss.steps()).filter(|_| !is_before).and_then(|step| {
        let history = match view.curve() {
            Curve::Loss | Curve::Perplexity => &curves.loss,
            Curve::GradientNorm => &curves.gradient_norm,
            Curve::LearningRate => &curves.learning_rate,
        };
        let exact = |mean: f64| number(view.value(mean));
        let smoothed = curves.smoothed.at(step).filter(|_| view.curve().is_of_loss());
        let (value, smoothed) = (exact(history.at(step)?.mean()), smoothed.map(|bucket| exact(bucket.mean())));
        let whole = words.read_out(step, &value, smoothed.as_deref());
        let forms = [format!("{} {whole}", words.curve_in_short(view.curve())), whole];
        Some(forms.into_iter().find(|form| form.width() <= width).unwrap_or_else(|| words.read_out(step, &value, None)))
    });
    fit(&read_out.unwrap_or_else(|| words.curve(view.curve(), view.is_log())), width)
}
