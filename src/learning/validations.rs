//! The validations of a run in bounded memory.

use serde::{Deserialize, Serialize};

use super::Thinning;
use super::progress::Validated;

/// The result of a validation, and its step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationPoint {
    /// The number of steps taken before it.
    pub step: u64,
    /// The result.
    pub validated: Validated,
}

/// The validations of a run; of more than [`MAX_POINTS`](Self::MAX_POINTS) every second, every fourth … one. The best and the last
/// always remain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Validations {
    points: Vec<ValidationPoint>,
    best: Option<ValidationPoint>,
    last: Option<ValidationPoint>,
    /// The number of validations so far.
    seen: u64,
    /// The interval between the numbers of those in `points`.
    thinning: Thinning,
}

impl Validations {
    /// Upper bound on the number of stored points, besides the best and the last.
    pub const MAX_POINTS: usize = 1024;

    /// Adds the next validation.
    pub fn push(&mut self, point: ValidationPoint) {
        let is_better =
            |best: ValidationPoint| best.validated.loss.is_nan() || point.validated.loss < best.validated.loss;
        if self.best.is_none_or(is_better) {
            self.best = Some(point);
        }
        self.last = Some(point);
        if self.thinning.keeps(self.seen) {
            if self.points.len() == Self::MAX_POINTS {
                let mut numbers = (0..).step_by(usize::try_from(self.thinning.interval()).unwrap_or(usize::MAX));
                self.thinning.double();
                self.points.retain(|_| numbers.next().is_some_and(|number| self.thinning.keeps(number)));
            }
            if self.thinning.keeps(self.seen) {
                self.points.push(point);
            }
        }
        self.seen += 1;
    }

    /// The remaining validations, oldest first; the last validation is always the last of them.
    pub fn points(&self) -> impl Iterator<Item = ValidationPoint> + '_ {
        let end = self.last.filter(|last| self.points.last() != Some(last));
        self.points.iter().copied().chain(end)
    }

    /// The validation with the lowest loss, the first of equal ones; `None` before the first validation.
    #[must_use]
    pub fn best(&self) -> Option<ValidationPoint> {
        self.best
    }

    /// The last validation, if any.
    #[must_use]
    pub fn last(&self) -> Option<ValidationPoint> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn push_many_bounds_points_and_keeps_best_and_last(count in 1usize..6000, at in any::<prop::sample::Index>()) {
            let best = at.index(count);
            let mut validations = Validations::default();
            for step in 0..count {
                let loss = if step == best { 1.0 } else { 2.0 };
                let validated = Validated { loss, bits_per_character: None, accuracy: None };
                validations.push(ValidationPoint { step: step as u64, validated });
            }
            let steps: Vec<u64> = validations.points().map(|point| point.step).collect();
            prop_assert!(steps.len() <= Validations::MAX_POINTS + 1 && steps.len() * 2 >= count.min(Validations::MAX_POINTS));
            prop_assert!(steps.is_sorted() && steps[0] == 0);
            prop_assert_eq!(steps.last().copied(), Some(count as u64 - 1));
            prop_assert_eq!(validations.best().unwrap().step, best as u64);
            let gaps: Vec<u64> = steps[..steps.len() - 1].windows(2).map(|pair| pair[1] - pair[0]).collect();
            prop_assert!(gaps.windows(2).all(|pair| pair[0] == pair[1]), "evenly spread");
        }
    }
}
