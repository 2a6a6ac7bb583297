//! A time series over all steps in bounded memory.

use serde::{Deserialize, Serialize};

use super::Thinning;

/// A bucket of neighbouring steps, with minimum, mean and maximum, so that no spike is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, f32, f32, f64)", into = "(u64, u64, f32, f32, f64)")]
pub struct Bucket {
    /// 1-based number of its first step.
    pub first: u64,
    /// The number of steps in it.
    pub steps: u64,
    /// The smallest value.
    pub min: f32,
    /// The largest value.
    pub max: f32,
    /// The sum of the values, for the mean.
    sum: f64,
}

impl From<(u64, u64, f32, f32, f64)> for Bucket {
    fn from((first, steps, min, max, sum): (u64, u64, f32, f32, f64)) -> Self {
        Self { first, steps, min, max, sum }
    }
}

impl From<Bucket> for (u64, u64, f32, f32, f64) {
    fn from(Bucket { first, steps, min, max, sum }: Bucket) -> Self {
        (first, steps, min, max, sum)
    }
}

impl Bucket {
    /// The mean value.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / self.steps as f64
    }

    /// The middle of its steps; between two of them if their number is even.
    #[must_use]
    pub fn middle(&self) -> f64 {
        self.first as f64 + (self.steps - 1) as f64 / 2.0
    }

    /// Merges the bucket that follows into this one.
    fn join(&mut self, later: &Self) {
        self.steps += later.steps;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.sum += later.sum;
    }
}

/// A series in buckets of equal width. When all buckets are full, neighbours are merged and the width is doubled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DownsampledSeries {
    buckets: Vec<Bucket>,
    /// Steps per bucket.
    #[serde(with = "width")]
    width: Thinning,
    /// The number of steps so far.
    steps: u64,
}

impl DownsampledSeries {
    /// Upper bound on the number of buckets: somewhat more than the dots of a chart of 500 columns.
    pub const MAX_BUCKETS: usize = 1024;

    /// Adds the value of the next step.
    pub fn push(&mut self, value: f32) {
        self.steps += 1;
        let new = Bucket { first: self.steps, steps: 1, min: value, max: value, sum: f64::from(value) };
        match self.buckets.last_mut() {
            Some(last) if last.steps < self.width.interval() => last.join(&new),
            _ => {
                if self.buckets.len() == Self::MAX_BUCKETS {
                    self.halve();
                }
                self.buckets.push(new);
            }
        }
    }

    /// The buckets, oldest first.
    #[must_use]
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// The number of steps so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The buckets that overlap the steps from `first` to `last`, merged to at most `max_buckets` (at least 1).
    #[must_use]
    pub fn thinned(&self, first: u64, last: u64, max_buckets: usize) -> Vec<Bucket> {
        let start = self.buckets.partition_point(|bucket| bucket.first + bucket.steps <= first);
        let end = self.buckets.partition_point(|bucket| bucket.first <= last).max(start);
        let buckets = &self.buckets[start..end];
        joined(buckets, buckets.len().div_ceil(max_buckets.max(1)))
    }

    /// The bucket that contains this 1-based step; `None` if it has not been taken.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<Bucket> {
        let index = self.buckets.partition_point(|bucket| bucket.first + bucket.steps <= step);
        self.buckets.get(index).copied().filter(|bucket| bucket.first <= step)
    }

    /// Merges every two neighbours and doubles the width.
    fn halve(&mut self) {
        self.buckets = joined(&self.buckets, 2);
        self.width.double();
    }
}

/// Stores the width as a number of steps.
mod width {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Thinning;

    #[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde calls
    pub fn serialize<S: Serializer>(width: &Thinning, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(width.interval())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Thinning, D::Error> {
        u64::deserialize(from).map(Thinning::at_most)
    }
}

/// Merges every `count` neighbours (at least 1); the last bucket may have fewer.
fn joined(buckets: &[Bucket], count: usize) -> Vec<Bucket> {
    let join = |neighbours: &[Bucket]| {
        let mut bucket = neighbours[0];
        neighbours[1..].iter().for_each(|later| bucket.join(later));
        bucket
    };
    buckets.chunks(count.max(1)).map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn push_many_keeps_every_step_and_spike(losses in prop::collection::vec(0.0f32..10.0, 1..6000), spike in any::<prop::sample::Index>()) {
            let mut losses = losses;
            let at = spike.index(losses.len());
            losses[at] = 1000.0;
            let mut history = DownsampledSeries::default();
            losses.iter().for_each(|&loss| history.push(loss));

            prop_assert!(history.buckets().len() <= DownsampledSeries::MAX_BUCKETS);
            prop_assert!(losses.len() < DownsampledSeries::MAX_BUCKETS || history.buckets().len() > DownsampledSeries::MAX_BUCKETS / 2 - 1);
            let mut next = 1;
            for bucket in history.buckets() {
                prop_assert_eq!(bucket.first, next);
                let steps = &losses[next as usize - 1..][..bucket.steps as usize];
                prop_assert_eq!(bucket.min, steps.iter().copied().fold(f32::INFINITY, f32::min));
                prop_assert_eq!(bucket.max, steps.iter().copied().fold(f32::NEG_INFINITY, f32::max));
                let mean = steps.iter().map(|&loss| f64::from(loss)).sum::<f64>() / steps.len() as f64;
                prop_assert!((bucket.mean() - mean).abs() < 1e-9);
                next += bucket.steps;
            }
            prop_assert_eq!(next as usize, losses.len() + 1);

            let thinned = history.thinned(1, u64::MAX, 70);
            prop_assert!(thinned.len() <= 70);
            prop_assert_eq!(thinned.iter().map(|bucket| bucket.steps).sum::<u64>() as usize, losses.len());
            prop_assert_eq!(thinned.iter().map(|bucket| bucket.max).fold(0.0, f32::max), 1000.0);

            let step = at as u64 + 1;
            let bucket = history.at(step).unwrap();
            prop_assert!(bucket.max == 1000.0 && (bucket.first..bucket.first + bucket.steps).contains(&step));
            prop_assert_eq!(history.at(losses.len() as u64 + 1), None);
            prop_assert_eq!(history.thinned(step, step, 70), vec![bucket]);
        }
    }
}
