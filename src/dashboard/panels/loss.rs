//! The loss of every step so far.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};
use unicode_width::UnicodeWidthStr;

use super::{Scene, fit};
use crate::dashboard::layout::Panel;
use crate::dashboard::numbers::number;
use crate::training::Bucket;

/// A braille character is two dots wide.
const DOTS_PER_COLUMN: usize = 2;
/// What the validations are drawn with where no colour tells the curves apart.
const VALIDATION_MARK: char = 'o';
/// From this width on the axis of steps has a label in its middle.
const ROOM_FOR_MIDDLE: u16 = 30;

/// Draws the mean loss as a line, where a column stands for several steps their least and greatest loss around it, and the
/// validations as a second line.
pub fn render(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let (snapshot, theme, words) = (scene.snapshot, scene.theme(), scene.words());
    let title = fit(words.loss_title(), usize::from(area.width).saturating_sub(4));
    let mut block = scene.frame(&title, scene.view.panel == Panel::Loss);
    let points: Vec<_> = snapshot.validations.points().map(|point| (point.step as f64, point.validated.loss)).collect();
    let mark = if theme.is_colourless() { format!("{VALIDATION_MARK} ") } else { String::new() };
    let room_for_both = title.width() + words.validation_curve().width() + 8;
    if !points.is_empty() && usize::from(area.width) >= room_for_both {
        block = block.title(Span::styled(format!(" {mark}{} ", words.validation_curve()), theme.validation()));
    }
    // one bucket per dot: of several in one column nobody sees a trend
    let buckets = snapshot.history.thinned(usize::from(area.width) * DOTS_PER_COLUMN);
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else {
        let inner = block.inner(area);
        frame.render_widget(block, area);
        frame.render_widget(Span::styled(words.no_loss_yet(), theme.quiet()), inner);
        return;
    };

    // the chart never returns from a point that is not finite
    let finite = |(_, loss): &(f64, f64)| loss.is_finite();
    let mean: Vec<_> = buckets.iter().map(|b| (b.middle(), b.mean())).filter(finite).collect();
    let of_several = |b: &&Bucket| b.steps > 1;
    let extremes = |b: &Bucket| [(b.middle(), f64::from(b.min)), (b.middle(), f64::from(b.max))];
    let band: Vec<_> = buckets.iter().filter(of_several).flat_map(extremes).filter(finite).collect();
    let validations: Vec<_> = points.into_iter().filter(finite).collect();
    let losses = || mean.iter().chain(&band).chain(&validations).map(|(_, loss)| *loss);
    let (bottom, top) = bounds(losses().fold(f64::INFINITY, f64::min), losses().fold(0.0, f64::max));
    let (from, to) = (first.first as f64, (last.first + last.steps - 1).max(first.first + 1) as f64);

    let set = |data, style, kind| Dataset::default().data(data).style(style).graph_type(kind).marker(theme.marker);
    let validation_marker = if theme.is_colourless() { Marker::Custom(VALIDATION_MARK) } else { theme.marker };
    let datasets = vec![
        set(band.as_slice(), theme.band(), GraphType::Scatter),
        set(mean.as_slice(), theme.curve(), GraphType::Line),
        set(validations.as_slice(), theme.validation(), GraphType::Line).marker(validation_marker),
    ];
    let label = |value: f64| Line::from(Span::styled(number(value), theme.quiet()));
    let step = |value: f64| Line::from(Span::styled(format!("{value:.0}"), theme.quiet()));
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

/// The axis begins at zero, unless that would leave the curve less than half of the height. Bounds are never equal.
fn bounds(least: f64, greatest: f64) -> (f64, f64) {
    if greatest <= 0.0 {
        (0.0, 1.0)
    } else if least.is_finite() && least > greatest / 2.0 {
        (least - ((greatest - least) / 10.0).max(greatest / 50.0), greatest)
    } else {
        (0.0, greatest)
    }
}

#[cfg(test)]
mod tests {
    use super::bounds;

    #[test]
    fn the_axis_of_losses_shows_the_curve_and_is_never_empty() {
        assert_eq!(bounds(f64::INFINITY, 0.0), (0.0, 1.0));
        assert_eq!(bounds(0.1, 2.0), (0.0, 2.0));
        let (bottom, top) = bounds(9.0, 9.5);
        assert!((8.7..9.0).contains(&bottom) && top == 9.5, "{bottom}");
        let (bottom, top) = bounds(12.3, 12.3);
        assert!(top - bottom > 0.2, "the labels at both ends and in the middle differ");
    }
}
