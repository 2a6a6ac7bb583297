//! Which curve a viewer sees, its zoom and its cursor.

use super::CurveAxis;
use super::motion::{Direction, Motion};

/// The quantity of a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// The loss in nats.
    #[default]
    Loss,
    /// exp(loss).
    Perplexity,
    /// The norm of the gradient before clipping.
    GradientNorm,
    /// The learning rate.
    LearningRate,
}

impl Curve {
    /// All curves.
    pub const ALL: [Self; 4] = [Self::Loss, Self::Perplexity, Self::GradientNorm, Self::LearningRate];

    /// Whether it is the loss or a function of it.
    #[must_use]
    pub fn is_loss_curve(self) -> bool {
        matches!(self, Self::Loss | Self::Perplexity)
    }
}

/// Curve, axes, zoom and cursor of one viewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurveView {
    curve: Curve,
    is_log: bool,
    axis: CurveAxis,
    /// Zoom level; each one halves the visible range.
    zoom: u32,
    /// The step under the cursor, which may exceed the steps of the run.
    cursor: Option<u64>,
}

/// Fewest visible steps at the highest zoom.
const MIN_RANGE: u64 = 20;
/// The cursor crosses the visible range in this many key presses.
const STRIDES: u64 = 40;

impl CurveView {
    /// The shown curve.
    #[must_use]
    pub fn curve(self) -> Curve {
        self.curve
    }

    /// The unit of the horizontal axis.
    #[must_use]
    pub fn axis(self) -> CurveAxis {
        self.axis
    }

    /// Whether the vertical axis is logarithmic.
    #[must_use]
    pub fn is_log(self) -> bool {
        self.is_log
    }

    /// The step under the cursor, at most `steps`; `None` without a cursor or before the first step.
    #[must_use]
    pub fn cursor(self, steps: u64) -> Option<u64> {
        self.cursor.map(|step| step.min(steps)).filter(|step| *step > 0)
    }

    /// This view with the cursor at `step` (at least 1), unless it has one already.
    #[must_use]
    pub fn with_cursor_at(self, step: Option<u64>) -> Self {
        Self { cursor: self.cursor.or(step.map(|step| step.max(1))), ..self }
    }

    /// The first and the last visible step of a run of `steps` steps: around the cursor, or the last ones without a cursor. `None`
    /// before the first step.
    #[must_use]
    pub fn range(self, steps: u64) -> Option<(u64, u64)> {
        let width = steps.checked_shr(self.zoom).unwrap_or(0).max(MIN_RANGE.min(steps));
        let centre = self.cursor(steps).unwrap_or(steps);
        let first = centre.saturating_sub(width / 2).clamp(1, (steps + 1).saturating_sub(width).max(1));
        (steps > 0).then(|| (first, first + width - 1))
    }

    /// Converts a recorded number to the value of the curve: loss to perplexity for that curve.
    #[must_use]
    pub fn value(self, number: f64) -> f64 {
        if self.curve == Curve::Perplexity { number.exp() } else { number }
    }

    /// Converts a recorded number to a coordinate of the vertical axis.
    #[must_use]
    pub fn on_axis(self, number: f64) -> f64 {
        let value = self.value(number);
        if self.is_log { value.log10() } else { value }
    }

    /// Converts a coordinate of the vertical axis to the value of the curve.
    #[must_use]
    pub fn off_axis(self, coordinate: f64) -> f64 {
        if self.is_log { 10_f64.powf(coordinate) } else { coordinate }
    }

    /// Switches the vertical axis between linear and logarithmic.
    pub(crate) fn toggle_log(&mut self) {
        self.is_log = !self.is_log;
    }

    /// Selects the next unit of the horizontal axis.
    pub(crate) fn change_axis(&mut self) {
        self.axis = self.axis.next();
    }

    /// Shows the whole curve and removes the cursor.
    pub(crate) fn show_whole(&mut self) {
        (self.zoom, self.cursor) = (0, None);
    }

    /// Selects another curve, zooms, or moves the cursor, in a run of `steps` steps.
    pub(crate) fn apply(&mut self, motion: Motion, steps: u64) {
        let index = Curve::ALL.iter().position(|curve| *curve == self.curve).unwrap_or(0);
        let stride = self.range(steps).map_or(1, |(first, last)| ((last - first) / STRIDES).max(1));
        let from = self.cursor(steps).unwrap_or(steps);
        match motion {
            Motion::NextQuantity => self.curve = Curve::ALL[(index + 1) % Curve::ALL.len()],
            Motion::PreviousQuantity => self.curve = Curve::ALL[(index + Curve::ALL.len() - 1) % Curve::ALL.len()],
            Motion::Towards(Direction::Up) if steps >> self.zoom.min(63) > MIN_RANGE => self.zoom += 1,
            Motion::Towards(Direction::Down) => self.zoom = self.zoom.saturating_sub(1),
            Motion::Towards(Direction::Left) => self.cursor = Some(from.saturating_sub(stride).max(1)),
            Motion::Towards(Direction::Right) => self.cursor = Some((from + stride).min(steps)),
            Motion::Towards(Direction::Up) | Motion::NextLayer => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(motions: &[Motion], steps: u64) -> CurveView {
        let mut view = CurveView::default();
        motions.iter().for_each(|motion| view.apply(*motion, steps));
        view
    }

    const UP: Motion = Motion::Towards(Direction::Up);
    const LEFT: Motion = Motion::Towards(Direction::Left);

    #[test]
    fn range_initially_all_steps_and_halved_by_zoom() {
        assert_eq!(CurveView::default().range(1000), Some((1, 1000)));
        assert_eq!(CurveView::default().range(0), None);
        assert_eq!(after(&[UP], 1000).range(1000), Some((501, 1000)), "without a cursor the end");
        let view = after(&[&[UP][..], &[LEFT; 30]].concat(), 1000);
        assert_eq!(view.cursor(1000), Some(640));
        assert_eq!(view.range(1000), Some((390, 889)));
        let mut whole = after(&[UP, LEFT], 1000);
        whole.show_whole();
        assert_eq!(whole, CurveView::default());
    }

    #[test]
    fn range_contains_replayed_step_without_cursor() {
        assert_eq!(after(&[UP, UP], 1000).with_cursor_at(Some(300)).range(1000), Some((175, 424)));
        assert_eq!(after(&[UP, UP], 1000).with_cursor_at(Some(0)).range(1000), Some((1, 250)), "before the first step");
        assert_eq!(after(&[LEFT], 1000).with_cursor_at(Some(300)).cursor(1000), Some(976));
    }

    #[test]
    fn range_without_cursor_follows_last_step() {
        let view = after(&[UP, UP], 1000);
        assert_eq!((view.range(1000), view.range(2000)), (Some((751, 1000)), Some((1501, 2000))));
    }

    #[test]
    fn log_axis_coordinates_are_decades() {
        let mut view = after(&[], 10);
        view.toggle_log();
        assert_eq!((view.on_axis(100.0), view.off_axis(2.0)), (2.0, 100.0));
        assert!(!view.on_axis(0.0).is_finite());
        assert_eq!(after(&[Motion::NextQuantity], 10).on_axis(0.0), 1.0, "perplexity");
    }

    proptest! {
        #[test]
        fn range_after_any_motions_is_valid(keys in prop::collection::vec(0..6_usize, 0..200), steps in 0u64..5000, later in 0u64..100_000) {
            let all = [UP, LEFT, Motion::Towards(Direction::Down), Motion::Towards(Direction::Right), Motion::NextLayer, Motion::NextQuantity];
            let view = after(&keys.iter().map(|key| all[*key]).collect::<Vec<_>>(), steps);
            for steps in [steps, later, steps / 7] {
                if let Some((first, last)) = view.range(steps) {
                    prop_assert!(first >= 1 && first <= last && last <= steps);
                    prop_assert!(view.cursor(steps).is_none_or(|cursor| (first..=last).contains(&cursor)));
                } else {
                    prop_assert_eq!(steps, 0);
                }
            }
        }
    }
}
