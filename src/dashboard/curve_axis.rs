//! The horizontal axis of curves: steps, words read, or seconds of training.

use crate::session::Snapshot;

/// The unit of the horizontal axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CurveAxis {
    /// Training steps.
    #[default]
    Steps,
    /// Words read.
    Words,
    /// Seconds of training, without the time spent waiting for other runs.
    Seconds,
}

impl CurveAxis {
    /// The next axis; after the last one the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Steps => Self::Words,
            Self::Words => Self::Seconds,
            Self::Seconds => Self::Steps,
        }
    }

    /// The coordinate of a run after this many steps.
    #[must_use]
    pub fn coordinate(self, snapshot: &Snapshot, step: f64) -> f64 {
        match self {
            Self::Steps => step,
            Self::Words => step * snapshot.words_per_step().unwrap_or(1.0),
            Self::Seconds => snapshot.record.seconds_after(step),
        }
    }

    /// The step of a run at this coordinate, at least 1 and at most its last step.
    #[must_use]
    pub fn step_at(self, snapshot: &Snapshot, coordinate: f64) -> u64 {
        let steps = snapshot.record.curves.loss.steps();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // rounded, and not negative
        let to_step = |step: f64| (step.round().max(1.0) as u64).min(steps);
        match self {
            Self::Steps => to_step(coordinate),
            Self::Words => to_step(coordinate / snapshot.words_per_step().unwrap_or(1.0)),
            Self::Seconds => {
                let buckets = snapshot.record.curves.seconds.buckets();
                let later = buckets.partition_point(|bucket| bucket.mean() < coordinate);
                buckets.get(later).map_or(steps, |bucket| bucket.first.saturating_sub(1).max(1).min(steps))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;
    use crate::learning::{Record, StepReport};

    /// Ten steps of two seconds each, which read half of the text.
    fn snapshot() -> Snapshot {
        let mut observed = fixture::running();
        let mut record = Record::default();
        for step in 1..=10 {
            record.add_step(StepReport { epoch: f64::from(step) / 20.0, ..StepReport::default() });
            record.seconds += 2.0;
        }
        observed.snapshot_mut().record = record;
        observed.run().snapshot.as_ref().clone()
    }

    #[test]
    fn axis_coordinate_of_step_maps_back_to_step() {
        let snapshot = snapshot();
        let words = snapshot.run.words_per_epoch as f64 / 20.0;
        for (axis, per_step) in [(CurveAxis::Steps, 1.0), (CurveAxis::Words, words), (CurveAxis::Seconds, 2.0)] {
            for step in 1..=10_u32 {
                let place = axis.coordinate(&snapshot, step.into());
                assert!((place - per_step * f64::from(step)).abs() < 1e-5, "{axis:?} {step}: {place}");
                assert_eq!(axis.step_at(&snapshot, place), u64::from(step), "{axis:?}");
            }
            assert_eq!(axis.step_at(&snapshot, 1e9), 10);
        }
    }
}
