//! Which curve one looks at, how closely, and where.

use super::CurveAxis;
use super::motion::{Direction, Motion};

/// What is drawn over the steps.
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

    /// Whether it tells the loss in one unit or another.
    #[must_use]
    pub fn is_of_loss(self) -> bool {
        matches!(self, Self::Loss | Self::Perplexity)
    }
}

/// One viewer's way to look at the curves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurveView {
    curve: Curve,
    is_log: bool,
    axis: CurveAxis,
    /// Half as many steps are to be seen for each of them.
    zoom: u32,
    cursor: Option<u64>,
}

/// Fewer steps than these are not looked at more closely.
const CLOSEST: u64 = 20;
/// The cursor goes through what is to be seen in this many strides.
const STRIDES: u64 = 40;

impl CurveView {
    /// What is looked at.
    #[must_use]
    pub fn curve(self) -> Curve {
        self.curve
    }

    /// What it is drawn over.
    #[must_use]
    pub fn axis(self) -> CurveAxis {
        self.axis
    }

    /// Whether the axis of values is logarithmic.
    #[must_use]
    pub fn is_log(self) -> bool {
        self.is_log
    }

    /// The step under the cursor, if there is one.
    #[must_use]
    pub fn cursor(self, steps: u64) -> Option<u64> {
        self.cursor.map(|step| step.min(steps)).filter(|step| *step > 0)
    }

    /// The same view with a cursor at a step, if it has none of its own.
    #[must_use]
    pub fn at(self, step: Option<u64>) -> Self {
        Self { cursor: self.cursor.or(step.map(|step| step.max(1))), ..self }
    }

    /// The first and the last step to be seen of this many; `None` if there is none. Without a cursor the last steps are.
    #[must_use]
    pub fn range(self, steps: u64) -> Option<(u64, u64)> {
        let width = steps.checked_shr(self.zoom).unwrap_or(0).max(CLOSEST.min(steps));
        let centre = self.cursor(steps).unwrap_or(steps);
        let first = centre.saturating_sub(width / 2).clamp(1, (steps + 1).saturating_sub(width).max(1));
        (steps > 0).then(|| (first, first + width - 1))
    }

    /// A history's number as that of the curve.
    #[must_use]
    pub fn value(self, number: f64) -> f64 {
        if self.curve == Curve::Perplexity { number.exp() } else { number }
    }

    /// Where a history's number is on the axis.
    #[must_use]
    pub fn on_axis(self, number: f64) -> f64 {
        let value = self.value(number);
        if self.is_log { value.log10() } else { value }
    }

    /// The value at this place of the axis.
    #[must_use]
    pub fn off_axis(self, place: f64) -> f64 {
        if self.is_log { 10_f64.powf(place) } else { place }
    }

    /// A linear axis of values, or a logarithmic one.
    pub(crate) fn toggle_log(&mut self) {
        self.is_log = !self.is_log;
    }

    /// Steps, words or seconds.
    pub(crate) fn change_axis(&mut self) {
        self.axis = self.axis.next();
    }

    /// All of the curve, without a cursor.
    pub(crate) fn show_whole(&mut self) {
        (self.zoom, self.cursor) = (0, None);
    }

    /// Looks at something else, of a run of this many steps.
    pub(crate) fn moves(&mut self, motion: Motion, steps: u64) {
        let at = Curve::ALL.iter().position(|curve| *curve == self.curve).unwrap_or(0);
        let stride = self.range(steps).map_or(1, |(first, last)| ((last - first) / STRIDES).max(1));
        let from = self.cursor(steps).unwrap_or(steps);
        match motion {
            Motion::NextQuantity => self.curve = Curve::ALL[(at + 1) % Curve::ALL.len()],
            Motion::PreviousQuantity => self.curve = Curve::ALL[(at + Curve::ALL.len() - 1) % Curve::ALL.len()],
            Motion::Towards(Direction::Up) if steps >> self.zoom.min(63) > CLOSEST => self.zoom += 1,
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
        motions.iter().for_each(|motion| view.moves(*motion, steps));
        view
    }

    const UP: Motion = Motion::Towards(Direction::Up);
    const LEFT: Motion = Motion::Towards(Direction::Left);

    #[test]
    fn at_first_all_steps_are_there_and_zooming_in_halves_them_around_the_cursor() {
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
    fn a_moment_that_is_shown_is_in_sight_unless_a_cursor_is_elsewhere() {
        assert_eq!(after(&[UP, UP], 1000).at(Some(300)).range(1000), Some((175, 424)));
        assert_eq!(after(&[UP, UP], 1000).at(Some(0)).range(1000), Some((1, 250)), "before the first step");
        assert_eq!(after(&[LEFT], 1000).at(Some(300)).cursor(1000), Some(976));
    }

    #[test]
    fn without_a_cursor_the_end_stays_in_sight_while_training_goes_on() {
        let view = after(&[UP, UP], 1000);
        assert_eq!((view.range(1000), view.range(2000)), (Some((751, 1000)), Some((1501, 2000))));
    }

    #[test]
    fn on_a_log_scale_places_are_decades_and_labels_are_values() {
        let mut view = after(&[], 10);
        view.toggle_log();
        assert_eq!((view.on_axis(100.0), view.off_axis(2.0)), (2.0, 100.0));
        assert!(!view.on_axis(0.0).is_finite());
        assert_eq!(after(&[Motion::NextQuantity], 10).on_axis(0.0), 1.0, "perplexity");
    }

    proptest! {
        #[test]
        fn whatever_is_pressed_something_is_to_be_seen(keys in prop::collection::vec(0..6_usize, 0..200), steps in 0u64..5000, later in 0u64..100_000) {
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
