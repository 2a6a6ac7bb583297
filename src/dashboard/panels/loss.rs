//! What every step told, as a curve: the loss, raw and smoothed, and what else tells how training goes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};
use unicode_width::UnicodeWidthStr;

use super::{Scene, fit};
use crate::dashboard::curve_view::{Curve, CurveView};
use crate::dashboard::layout::Panel;
use crate::dashboard::numbers::number;
use crate::training::{Bucket, RunState, Snapshot};

/// A braille character is two dots wide.
const DOTS_PER_COLUMN: usize = 2;
/// What validations are drawn with where no colour tells the curves apart.
const VALIDATION_MARK: char = 'o';
/// The moment that is shown.
const PAST_MARK: char = '│';
/// The run before.
const PREVIOUS_MARK: char = ',';
const BEST_MARK: char = '◆';
const FAILURE_MARK: char = '×';
/// A threshold of more times the greatest norm is not drawn.
const HIGHEST_THRESHOLD: f64 = 3.0;
/// From this width on the axis of steps has a label in its middle.
const ROOM_FOR_MIDDLE: u16 = 30;

/// A bucket is wide that takes more than one part in so many of what is to be seen.
const WIDE: u64 = 16;

type Points = Vec<(f64, f64)>;

/// Everything there is to draw, in the units of the axes.
struct Picture {
    /// Least and greatest number of the steps that one dot stands for; of a single step the number itself.
    raw: Points,
    /// The line.
    line: Points,
    previous: Points,
    validations: Points,
    best: Points,
    /// From here on gradients are clipped.
    threshold: Points,
    /// The step that could not be taken.
    failure: Points,
    cursor: Points,
    /// The moment that is shown.
    past: Points,
    x: (f64, f64),
    y: (f64, f64),
}

impl Picture {
    fn new(snapshot: &Snapshot, view: CurveView, most: usize) -> Option<Self> {
        let curves = &snapshot.record.curves;
        let (first, last) = view.range(curves.loss.steps())?;
        let shown = |(step, _): &(f64, f64)| (first as f64..=last as f64).contains(step);
        // no curve goes through what is not finite or, on a log scale, not above zero: there it has a gap
        let on_axes = |points: &mut dyn Iterator<Item = (f64, f64)>| -> Points {
            points.map(|(x, y)| (x, view.on_axis(y))).filter(|(_, y)| y.is_finite()).filter(shown).collect()
        };
        let (raw, line) = match view.curve() {
            Curve::Loss | Curve::Perplexity => (&curves.loss, &curves.smoothed),
            Curve::GradientNorm => (&curves.gradient_norm, &curves.gradient_norm),
            Curve::LearningRate => (&curves.learning_rate, &curves.learning_rate),
        };
        // a bucket is a point in its middle; one that is wide for this range reaches from its first step to its last
        let places = |b: &Bucket| {
            let (from, to) = (b.first.max(first), (b.first + b.steps - 1).min(last));
            let is_wide = b.steps * WIDE > last - first;
            if is_wide && to > from { vec![from as f64, to as f64] } else { vec![b.middle()] }
        };
        let means = |buckets: Vec<Bucket>| {
            on_axes(&mut buckets.iter().flat_map(|b| places(b).into_iter().map(|place| (place, b.mean()))))
        };
        let extremes = |b: &Bucket| {
            let ends = [b.min, b.max].map(f64::from);
            places(b).into_iter().flat_map(move |place| ends.map(|end| (place, end)))
        };
        let is_loss = view.curve().is_of_loss();
        let validations = snapshot.record.validations.points().map(|point| (point.step as f64, point.validated.loss));
        let best = snapshot.record.validations.best().map(|point| (point.step as f64, point.validated.loss));
        let mut picture = Self {
            raw: on_axes(&mut raw.thinned(first, last, most).iter().flat_map(extremes)),
            line: means(line.thinned(first, last, most)),
            previous: Points::new(),
            validations: Points::new(),
            best: Points::new(),
            threshold: Points::new(),
            failure: Points::new(),
            cursor: Points::new(),
            past: Points::new(),
            x: (first as f64, last.max(first + 1) as f64),
            y: (0.0, 1.0),
        };
        if is_loss {
            picture.validations = on_axes(&mut validations.into_iter());
            picture.best = on_axes(&mut best.into_iter());
            if let Some(previous) = &snapshot.record.previous {
                picture.previous = means(previous.thinned(first, last, most));
            }
        }
        // a threshold far above the curve would press it flat
        let greatest = raw.thinned(first, last, 1).first().map_or(0.0, |bucket| f64::from(bucket.max));
        if let (Curve::GradientNorm, Some(clip)) = (view.curve(), snapshot.run.clip)
            && clip <= HIGHEST_THRESHOLD * greatest
        {
            picture.threshold = on_axes(&mut [(picture.x.0, clip), (picture.x.1, clip)].into_iter());
        }
        picture.y = picture.bounds(view.is_log());
        let full_height = |step: u64| {
            let (bottom, top) = picture.y;
            let points = (0..=100).map(|share| (step as f64, bottom + (top - bottom) * f64::from(share) / 100.0));
            points.filter(shown).collect()
        };
        let failed = match &snapshot.state {
            RunState::Failed(failure) => Some(failure.step),
            _ => None,
        };
        // the step that was not taken is beyond the last one
        let failure = failed.map(|step| full_height(step.min(curves.loss.steps()))).unwrap_or_default();
        let cursor = view.cursor(curves.loss.steps()).map(full_height).unwrap_or_default();
        let past = snapshot.playback.shown.map(|step| full_height(step.max(1))).unwrap_or_default();
        (picture.failure, picture.cursor, picture.past) = (failure, cursor, past);
        Some(picture)
    }

    /// The axis begins at zero, unless that would leave the curve less than half of the height; on a log scale with the least
    /// number. Bounds are never equal.
    fn bounds(&self, is_log: bool) -> (f64, f64) {
        let all = [&self.raw, &self.line, &self.validations, &self.threshold];
        let numbers = || all.into_iter().flatten().map(|(_, y)| *y);
        let least = numbers().fold(f64::INFINITY, f64::min);
        let greatest = numbers().fold(f64::NEG_INFINITY, f64::max);
        if is_log {
            let (least, greatest) = if least <= greatest { (least, greatest) } else { (0.0, 1.0) };
            let margin = ((0.1 - (greatest - least)) / 2.0).max(0.0); // a flat curve is in the middle
            return (least - margin, greatest + margin);
        }
        linear_bounds(least, greatest.max(0.0))
    }
}

fn linear_bounds(least: f64, greatest: f64) -> (f64, f64) {
    if greatest <= 0.0 {
        (0.0, 1.0)
    } else if least.is_finite() && least > greatest / 2.0 {
        let margin = ((greatest - least) / 10.0).max(greatest / 50.0);
        let above = if greatest > least { 0.0 } else { margin }; // a flat curve is in the middle
        (least - margin, greatest + above)
    } else {
        (0.0, greatest)
    }
}

/// The view, where the moment that is shown takes the place of a cursor.
fn looked_at(scene: Scene<'_>) -> CurveView {
    scene.view.curve.at(scene.snapshot.playback.shown)
}

/// Draws the curve that is looked at.
pub fn render(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let (snapshot, theme, words, view) = (scene.snapshot, scene.theme(), scene.words(), looked_at(scene));
    let has_keys = scene.view.panel == Panel::Loss;
    // one bucket per dot: of several in one column nobody sees a trend
    let Some(picture) = Picture::new(snapshot, view, usize::from(area.width) * DOTS_PER_COLUMN) else {
        let block = scene.frame(&title(area, scene), has_keys);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        frame.render_widget(Span::styled(words.no_loss_yet(), theme.quiet()), inner);
        return;
    };
    let mut title_width = title(area, scene).width() + 4;
    let mut block = scene.frame(&title(area, scene), has_keys);
    let named =
        |mark: char, name: &str| if theme.is_colourless() { format!(" {mark} {name} ") } else { format!(" {name} ") };
    let legend = [
        (!picture.validations.is_empty(), named(VALIDATION_MARK, words.validation_curve()), theme.validation()),
        (!picture.previous.is_empty(), named(PREVIOUS_MARK, words.previous_curve()), theme.quiet()),
    ];
    for (_, name, style) in legend.into_iter().filter(|(there, _, _)| *there) {
        title_width += name.width() + 1;
        if title_width < usize::from(area.width) {
            block = block.title(Span::styled(name, style));
        }
    }
    let previous_marker = if theme.is_colourless() { Marker::Custom(PREVIOUS_MARK) } else { Marker::Braille };
    let validation_marker = if theme.is_colourless() { Marker::Custom(VALIDATION_MARK) } else { Marker::Braille };
    let set =
        |data, style: Style, kind, marker| Dataset::default().data(data).style(style).graph_type(kind).marker(marker);
    let (line, dots) = (GraphType::Line, GraphType::Scatter);
    let datasets = vec![
        set(&picture.cursor, theme.quiet(), dots, Marker::Braille),
        set(&picture.past, theme.focus(), dots, Marker::Custom(PAST_MARK)),
        set(&picture.previous, theme.quiet(), line, previous_marker),
        set(&picture.threshold, theme.alarm(), line, Marker::Braille),
        set(&picture.raw, theme.band(), dots, Marker::Braille),
        set(&picture.line, theme.curve(), line, Marker::Braille),
        set(&picture.validations, theme.validation(), line, validation_marker),
        set(&picture.best, theme.best(), dots, Marker::Custom(BEST_MARK)),
        set(&picture.failure, theme.alarm(), dots, Marker::Custom(FAILURE_MARK)),
    ];
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
fn title(area: Rect, scene: Scene<'_>) -> String {
    let (view, words, curves) = (looked_at(scene), scene.words(), &scene.snapshot.record.curves);
    let width = usize::from(area.width).saturating_sub(4);
    let read_out = view.cursor(curves.loss.steps()).and_then(|step| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::action::{Action, Direction};
    use crate::dashboard::fixture;
    use crate::training::StepReport;

    #[test]
    fn of_a_long_run_a_few_steps_are_a_line_as_well() {
        let mut snapshot = fixture::running();
        for step in 0..100_000_u32 {
            let loss = 1.0 + (step as f32).sin() / 4.0;
            snapshot.record.step(StepReport { loss, ..StepReport::default() });
        }
        let steps = snapshot.record.curves.loss.steps();
        let mut view = CurveView::default();
        (0..30).for_each(|_| view.act(Action::Move(Direction::Up), steps));
        for _ in 0..100 {
            view.act(Action::Move(Direction::Left), steps);
            let picture = Picture::new(&snapshot, view, 200).unwrap();
            assert!(picture.line.len() > 1 && picture.raw.len() > 1, "{:?}", view.range(steps));
            assert!(picture.line.iter().all(|(x, y)| (picture.x.0..=picture.x.1).contains(x) && *y > 0.7));
        }
    }

    #[test]
    fn the_axis_of_losses_shows_the_curve_and_is_never_empty() {
        assert_eq!(linear_bounds(f64::INFINITY, 0.0), (0.0, 1.0));
        assert_eq!(linear_bounds(0.1, 2.0), (0.0, 2.0));
        let (bottom, top) = linear_bounds(9.0, 9.5);
        assert!((8.7..9.0).contains(&bottom) && top == 9.5, "{bottom}");
        let (bottom, top) = linear_bounds(12.3, 12.3);
        assert!(top - bottom > 0.2, "the labels at both ends and in the middle differ");
    }
}
