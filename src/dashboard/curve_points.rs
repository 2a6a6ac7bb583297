//! The points of a curve, in the units of its axes.

use std::sync::Arc;

use super::curve_axis::CurveAxis;
use super::curve_bounds::{step_bounds, value_bounds};
use super::curve_view::{Curve, CurveView};
use super::theme::Theme;
use crate::learning::{Bucket, DownsampledSeries};
use crate::session::{Observed, RunState, Snapshot};

pub use super::other_run::{Difference, OtherRun};

/// The clipping threshold is drawn up to this multiple of the largest norm.
const MAX_THRESHOLD_RATIO: f64 = 3.0;
/// Larger values are not drawn: the chart would loop forever where their product with its resolution is infinite.
const MAX_VALUE: f64 = 1e100;
/// A bucket is wide if it spans more than 1 / `WIDE_SHARE` of the visible range.
const WIDE_SHARE: u64 = 16;

/// Coordinates: horizontal, vertical.
pub type Points = Vec<(f64, f64)>;

/// A curve of another run or attempt.
pub struct OtherCurve {
    pub run: OtherRun,
    /// Index of its colour and mark, independent of the other curves.
    pub colour: usize,
    pub points: Points,
    pub validations: Points,
}

/// All points of a chart, in the units of the axes.
pub struct CurvePoints {
    /// Smallest and largest value of each bucket of steps; empty for several runs.
    pub raw: Points,
    /// The curve: means of buckets.
    pub line: Points,
    /// Index of the colour and mark of the run; `None` for a single run.
    pub colour: Option<usize>,
    /// Curves of other runs, and of earlier attempts.
    pub others: Vec<OtherCurve>,
    pub validations: Points,
    /// The best validation; empty for several runs.
    pub best: Points,
    /// The norm at which gradients are clipped, from edge to edge.
    pub threshold: Points,
    /// A vertical line at the step that failed.
    pub failure: Points,
    /// A vertical line at the cursor.
    pub cursor: Points,
    /// A vertical line at the replayed step.
    pub past: Points,
    /// Bounds of the horizontal axis.
    pub x: (f64, f64),
    /// Bounds of the vertical axis.
    pub y: (f64, f64),
}

impl CurvePoints {
    /// The points of the curve that `view` shows, with at most `max_buckets` buckets of steps; `None` before the first step.
    #[must_use]
    pub fn new(observed: &Observed, view: CurveView, max_buckets: usize) -> Option<Self> {
        let run = observed.run();
        let snapshot = run.snapshot.as_ref();
        let curves = &snapshot.record.curves;
        let steps = observed.runs.iter().map(|run| run.snapshot.record.curves.loss.steps()).max();
        let (first, last) = view.range(steps.unwrap_or(0))?;
        let shown = |(step, _): &(f64, f64)| (first as f64..=last as f64).contains(step);
        // values that are not finite (on a log scale: zero or negative ones) leave a gap
        let on_axes = |snapshot: &Snapshot, points: &mut dyn Iterator<Item = (f64, f64)>| -> Points {
            let points = points.filter(shown).map(|(x, y)| (view.axis().coordinate(snapshot, x), view.on_axis(y)));
            points.filter(|(_, y)| y.abs() < MAX_VALUE).collect()
        };
        let is_loss = view.curve().is_loss_curve();
        // a bucket is a point at its middle; a wide one is a line from its first step to its last
        let places = |b: &Bucket| {
            let (from, to) = (b.first.max(first), (b.first + b.steps - 1).min(last));
            let is_wide = b.steps * WIDE_SHARE > last - first;
            if is_wide && to > from { vec![from as f64, to as f64] } else { vec![b.middle()] }
        };
        let means = |snapshot: &Snapshot, series: &DownsampledSeries| {
            let buckets = series.thinned(first, last, max_buckets);
            on_axes(snapshot, &mut buckets.iter().flat_map(|b| places(b).into_iter().map(|place| (place, b.mean()))))
        };
        let extremes = |b: &Bucket| {
            let ends = [b.min, b.max].map(f64::from);
            places(b).into_iter().flat_map(move |place| ends.map(|end| (place, end)))
        };
        let validations = |snapshot: &Snapshot| {
            let points = snapshot.record.validations.points().map(|point| (point.step as f64, point.validated.loss));
            if is_loss { on_axes(snapshot, &mut points.into_iter()) } else { Points::new() }
        };
        let best = snapshot.record.validations.best().map(|point| (point.step as f64, point.validated.loss));
        let is_duel = observed.runs.len() > 1;
        let raw = series_of(snapshot, view, true);
        let dots = raw.thinned(first, last, max_buckets);
        let mut picture = Self {
            // several runs are compared by their curves alone
            raw: if is_duel { Points::new() } else { on_axes(snapshot, &mut dots.iter().flat_map(extremes)) },
            line: means(snapshot, series_of(snapshot, view, false)),
            colour: is_duel.then_some(observed.focus),
            others: Vec::new(),
            validations: validations(snapshot),
            best: on_axes(snapshot, &mut best.into_iter().filter(|_| is_loss && !is_duel)),
            threshold: Points::new(),
            failure: Points::new(),
            cursor: Points::new(),
            past: Points::new(),
            x: step_bounds(observed, view, (first, last)),
            y: (0.0, 1.0),
        };
        if is_loss && view.axis() != CurveAxis::Seconds {
            let earlier = snapshot.record.earlier.iter().map(|earlier| OtherCurve {
                run: OtherRun::Earlier(Difference::between(&earlier.settings, snapshot)),
                colour: if is_duel { Theme::COLOUR_OF_EARLIER } else { earlier.colour() },
                points: means(snapshot, &earlier.smoothed),
                validations: Points::new(),
            });
            picture.others.extend(earlier);
        }
        let beside = observed.runs.iter().enumerate().filter(|(at, _)| *at != observed.focus);
        let beside = beside.map(|(colour, run)| OtherCurve {
            run: OtherRun::Beside(Arc::clone(&run.name)),
            colour,
            points: means(&run.snapshot, series_of(&run.snapshot, view, false)),
            validations: validations(&run.snapshot),
        });
        picture.others.extend(beside);
        picture.others.retain(|curve| !curve.points.is_empty());
        // a threshold far above the curve would flatten it
        let largest = raw.thinned(first, last, 1).first().map_or(0.0, |bucket| f64::from(bucket.max));
        if let (Curve::GradientNorm, Some(clip)) = (view.curve(), snapshot.run.clip)
            && clip <= MAX_THRESHOLD_RATIO * largest
        {
            picture.threshold = on_axes(snapshot, &mut [(first as f64, clip), (last as f64, clip)].into_iter());
        }
        picture.y = picture.bounds(view.is_log());
        let full_height = |step: u64| {
            let (bottom, top) = picture.y;
            let place = view.axis().coordinate(snapshot, step as f64);
            let points = (0..=100).map(|share| (place, bottom + (top - bottom) * f64::from(share) / 100.0));
            points.filter(|_| shown(&(step as f64, 0.0))).collect()
        };
        let failed = match &snapshot.state {
            RunState::Failed(failure) => Some(failure.step),
            _ => None,
        };
        // the failed step comes after the last one
        let failure = failed.map(|step| full_height(step.min(curves.loss.steps()))).unwrap_or_default();
        let past = run.playback.shown.map(|step| step.max(1));
        let cursor = view.cursor(curves.loss.steps()).filter(|step| Some(*step) != past);
        let (cursor, past) = (cursor.map(full_height).unwrap_or_default(), past.map(full_height).unwrap_or_default());
        (picture.failure, picture.cursor, picture.past) = (failure, cursor, past);
        Some(picture)
    }

    /// The bounds of the vertical axis.
    fn bounds(&self, is_log: bool) -> (f64, f64) {
        // earlier attempts must not flatten the current one
        let is_beside = |other: &&OtherCurve| matches!(other.run, OtherRun::Beside(_));
        let beside = self.others.iter().filter(is_beside).flat_map(|other| [&other.points, &other.validations]);
        let drawn = [&self.raw, &self.line, &self.validations, &self.threshold];
        value_bounds(drawn.into_iter().chain(beside).flatten().map(|(_, y)| *y), is_log)
    }
}

/// The series of the shown curve; for the loss the value of every step if `raw`, else the smoothed one.
pub fn series_of(snapshot: &Snapshot, view: CurveView, raw: bool) -> &DownsampledSeries {
    let curves = &snapshot.record.curves;
    match view.curve() {
        Curve::Loss | Curve::Perplexity if raw => &curves.loss,
        Curve::Loss | Curve::Perplexity => &curves.smoothed,
        Curve::GradientNorm => &curves.gradient_norm,
        Curve::LearningRate => &curves.learning_rate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;
    use crate::dashboard::motion::{Direction, Motion};
    use crate::learning::StepReport;

    #[test]
    fn points_of_few_steps_in_long_run_form_line() {
        let mut observed = fixture::running();
        for step in 0..100_000_u32 {
            let loss = 1.0 + (step as f32).sin() / 4.0;
            observed.snapshot_mut().record.add_step(StepReport { loss, ..StepReport::default() });
        }
        let steps = observed.run().snapshot.record.curves.loss.steps();
        let mut view = CurveView::default();
        (0..30).for_each(|_| view.apply(Motion::Towards(Direction::Up), steps));
        for _ in 0..100 {
            view.apply(Motion::Towards(Direction::Left), steps);
            let picture = CurvePoints::new(&observed, view, 200).unwrap();
            assert!(picture.line.len() > 1 && picture.raw.len() > 1, "{:?}", view.range(steps));
            assert!(picture.line.iter().all(|(x, y)| (picture.x.0..=picture.x.1).contains(x) && *y > 0.7));
        }
    }

    #[test]
    fn points_infinite_perplexity_leaves_gap() {
        let mut observed = fixture::running();
        let mut view = CurveView::default();
        view.apply(Motion::NextQuantity, 1234);
        let highest = |observed: &Observed| CurvePoints::new(observed, view, 200).unwrap().y.1;
        let before = highest(&observed);
        for loss in [708.0, f32::MAX, f32::INFINITY, f32::NAN] {
            observed.snapshot_mut().record.add_step(StepReport { loss, ..StepReport::default() });
        }
        assert!(highest(&observed) < 1e100 && before < 1e3, "{before}");
    }
}
