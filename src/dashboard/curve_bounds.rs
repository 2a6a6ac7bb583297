//! The bounds of the axes of a curve.

use super::curve_axis::CurveAxis;
use super::curve_view::CurveView;
use crate::session::{Observed, ObservedRun};

/// Returns bounds of the horizontal axis that show steps `first` to `last` of all runs. The bounds are never equal.
pub fn step_bounds(observed: &Observed, view: CurveView, (first, last): (u64, u64)) -> (f64, f64) {
    if view.axis() == CurveAxis::Steps {
        return (first as f64, last.max(first + 1) as f64);
    }
    let place = |run: &ObservedRun, step: u64| view.axis().coordinate(&run.snapshot, step as f64);
    let from = observed.runs.iter().map(|run| place(run, first)).fold(f64::INFINITY, f64::min);
    let to = observed.runs.iter().map(|run| place(run, last)).fold(0.0, f64::max);
    (from, if to > from { to } else { from + 1.0 })
}

/// Returns the bounds of the vertical axis, which are never equal. A linear axis starts at zero, unless the curve would then take less
/// than half of the height; a log scale starts at the smallest value.
pub fn value_bounds(values: impl Iterator<Item = f64>, is_log: bool) -> (f64, f64) {
    let (smallest, largest) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(smallest, largest), y| (smallest.min(y), largest.max(y)));
    if is_log {
        let (smallest, largest) = if smallest <= largest { (smallest, largest) } else { (0.0, 1.0) };
        let margin = ((0.1 - (largest - smallest)) / 2.0).max(0.0); // a flat curve is in the middle
        return (smallest - margin, largest + margin);
    }
    linear_bounds(smallest, largest.max(0.0))
}

/// The bounds of a linear axis for values between `smallest` and `largest`; 0 to 1 if no value is positive.
fn linear_bounds(smallest: f64, largest: f64) -> (f64, f64) {
    if largest <= 0.0 {
        (0.0, 1.0)
    } else if smallest.is_finite() && smallest > largest / 2.0 {
        let margin = ((largest - smallest) / 10.0).max(largest / 50.0);
        let above = if largest > smallest { 0.0 } else { margin }; // a flat curve is in the middle
        (smallest - margin, largest + above)
    } else {
        (0.0, largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_bounds_contain_curve_and_differ() {
        assert_eq!(linear_bounds(f64::INFINITY, 0.0), (0.0, 1.0));
        assert_eq!(linear_bounds(0.1, 2.0), (0.0, 2.0));
        let (bottom, top) = linear_bounds(9.0, 9.5);
        assert!((8.7..9.0).contains(&bottom) && top == 9.5, "{bottom}");
        let (bottom, top) = linear_bounds(12.3, 12.3);
        assert!(top - bottom > 0.2, "the labels at both ends and in the middle differ");
    }
}
