//! The bounds of the axes of a curve.

use super::curve_axis::CurveAxis;
use super::curve_view::CurveView;
use crate::session::{Observed, ObservedRun};

/// The bounds of the axis of steps, words or seconds on which all runs show the steps from `first` to `last`; never equal.
pub fn step_bounds(observed: &Observed, view: CurveView, (first, last): (u64, u64)) -> (f64, f64) {
    if view.axis() == CurveAxis::Steps {
        return (first as f64, last.max(first + 1) as f64);
    }
    let place = |run: &ObservedRun, step: u64| view.axis().coordinate(&run.snapshot, step as f64);
    let from = observed.runs.iter().map(|run| place(run, first)).fold(f64::INFINITY, f64::min);
    let to = observed.runs.iter().map(|run| place(run, last)).fold(0.0, f64::max);
    (from, if to > from { to } else { from + 1.0 })
}

/// The bounds of the axis of values; never equal. A linear axis begins at zero, unless that would leave the curve less than half of the
/// height; a log scale begins at the least number.
pub fn value_bounds(values: impl Iterator<Item = f64>, is_log: bool) -> (f64, f64) {
    let (least, greatest) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), y| (least.min(y), greatest.max(y)));
    if is_log {
        let (least, greatest) = if least <= greatest { (least, greatest) } else { (0.0, 1.0) };
        let margin = ((0.1 - (greatest - least)) / 2.0).max(0.0); // a flat curve is in the middle
        return (least - margin, greatest + margin);
    }
    linear_bounds(least, greatest.max(0.0))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_bounds_show_the_curve_and_are_never_equal() {
        assert_eq!(linear_bounds(f64::INFINITY, 0.0), (0.0, 1.0));
        assert_eq!(linear_bounds(0.1, 2.0), (0.0, 2.0));
        let (bottom, top) = linear_bounds(9.0, 9.5);
        assert!((8.7..9.0).contains(&bottom) && top == 9.5, "{bottom}");
        let (bottom, top) = linear_bounds(12.3, 12.3);
        assert!(top - bottom > 0.2, "the labels at both ends and in the middle differ");
    }
}
