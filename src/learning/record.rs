//! The results of a run so far, in bounded memory.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::loss_window::LossWindow;
use super::progress::{Evaluation, StepReport, Validated};
use super::{AttemptSettings, Curves, DownsampledSeries, EarlierAttempt, ValidationPoint, Validations};

/// The results of the steps and validations of a run. Part of every snapshot and checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The number of steps taken.
    pub step: u64,
    /// The report of the last step; `None` before the first.
    pub last_step: Option<StepReport>,
    /// Time spent in training steps, in seconds, without waiting, validation and publishing. In a run saved by an older version
    /// only the steps since then count.
    #[serde(default)]
    pub seconds: f64,
    /// The number of steps in which the gradient was clipped.
    pub clipped_steps: u64,
    /// The losses of the last steps.
    pub recent: LossWindow,
    /// Time series of all steps.
    pub curves: Curves,
    /// All validations.
    pub validations: Validations,
    /// The evaluation on the test text after the last step; `None` before it or without a test text.
    #[serde(default)]
    pub test: Option<Evaluation>,
    /// Attempts for comparison, in the order in which they were added: saved runs, and the last attempts of this session before it was
    /// restarted or rebuilt. A run saved by an older version has at most one.
    #[serde(default, rename = "previous", deserialize_with = "one_or_more_attempts")]
    pub earlier: Vec<Arc<EarlierAttempt>>,
}

impl Record {
    /// Adds the report of the next step. [`seconds`](Self::seconds) must still be the time of the earlier steps.
    pub fn add_step(&mut self, report: StepReport) {
        self.step += 1;
        self.recent.push(report.loss);
        self.curves.push(&report, self.seconds);
        self.clipped_steps += u64::from(report.clipped);
        self.last_step = Some(report);
    }

    /// Time spent in the first `steps` steps (rounded down), in seconds; that of all steps if there are no more. Approximate where
    /// [`curves`](Self::curves) are downsampled.
    #[must_use]
    pub fn seconds_after(&self, steps: f64) -> f64 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
        let next = steps.floor() as u64 + 1; // the curve has the time before each step
        self.curves.seconds.at(next).filter(|_| next <= self.step).map_or(self.seconds, |bucket| bucket.mean())
    }

    /// Adds the result of a validation after the last step.
    pub fn add_validation(&mut self, validated: Validated) {
        self.validations.push(ValidationPoint { step: self.step, validated });
    }

    /// Returns the empty record of a new attempt. This attempt, under `settings`, is added to the earlier ones if it has steps; of the
    /// attempts of this session only the last [`EarlierAttempt::MAX_EARLIER`] stay, of saved runs all.
    #[must_use]
    pub fn restarted(mut self, settings: AttemptSettings) -> Self {
        let attempt = self.to_earlier_attempt(settings);
        let mut earlier = std::mem::take(&mut self.earlier);
        earlier.extend(attempt.map(Arc::new));
        let is_of_session = |earlier: &Arc<EarlierAttempt>| earlier.settings.name.is_none();
        let of_session = earlier.iter().filter(|earlier| is_of_session(earlier)).count();
        let mut too_many = of_session.saturating_sub(EarlierAttempt::MAX_EARLIER);
        earlier.retain(|earlier| {
            let is_dropped = is_of_session(earlier) && too_many > 0;
            too_many -= usize::from(is_dropped);
            !is_dropped
        });
        Self { earlier, ..Self::default() }
    }

    /// Copies the part that is compared with later attempts, under these settings; `None` before the first step.
    #[must_use]
    pub fn to_earlier_attempt(&self, settings: AttemptSettings) -> Option<EarlierAttempt> {
        let (smoothed, validations) = (self.curves.smoothed.clone(), self.validations.clone());
        (smoothed.steps() > 0).then(|| EarlierAttempt { settings, smoothed, loss: self.loss(), validations })
    }

    /// Mean loss of the last 100 steps, in nats; `None` before the first step. The loss of a single batch varies too much.
    #[must_use]
    pub fn loss(&self) -> Option<f32> {
        self.recent.mean()
    }

    /// The share of steps in which the gradient was clipped, from 0 to 1; 0 before the first step.
    #[must_use]
    pub fn clipped_share(&self) -> f64 {
        self.clipped_steps as f64 / self.step.max(1) as f64
    }
}

/// Reads a list of attempts. Older versions wrote null, a curve, or a list of curves.
fn one_or_more_attempts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Arc<EarlierAttempt>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Attempts(Vec<EarlierAttempt>),
        Curves(Vec<DownsampledSeries>),
        Curve(Option<DownsampledSeries>),
    }
    let attempts: Vec<EarlierAttempt> = match Stored::deserialize(from)? {
        Stored::Attempts(attempts) => attempts,
        Stored::Curves(curves) => curves.into_iter().map(EarlierAttempt::from).collect(),
        Stored::Curve(curve) => curve.into_iter().map(EarlierAttempt::from).collect(),
    };
    Ok(attempts.into_iter().map(Arc::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_attempts_in_older_formats_are_read() {
        let restarted = |losses: &[f32]| {
            let mut record = Record::default();
            losses.iter().for_each(|&loss| record.add_step(StepReport { loss, ..StepReport::default() }));
            record.restarted(AttemptSettings {
                number: 1,
                model: "LSTM".to_owned(),
                weights: 83,
                seed: 42,
                ..AttemptSettings::default()
            })
        };
        let record = restarted(&[2.0, 1.0]);
        let written = serde_json::to_value(&record).unwrap();
        assert_eq!(serde_json::from_value::<Record>(written.clone()).unwrap(), record);
        let read = |previous: serde_json::Value| {
            let mut older = written.clone();
            older["previous"] = previous;
            serde_json::from_value::<Record>(older).unwrap().earlier
        };
        let curve = written["previous"][0]["smoothed"].clone();
        let alone = [Arc::new(EarlierAttempt::from(record.earlier[0].smoothed.clone()))];
        assert_eq!(read(curve.clone()), alone);
        assert_eq!(read(serde_json::Value::Array(vec![curve])), alone);
        assert_eq!(read(serde_json::Value::Null), []);
        let mut without = written.clone();
        without.as_object_mut().unwrap().remove("previous");
        assert_eq!(serde_json::from_value::<Record>(without).unwrap().earlier, []);
        assert_eq!(restarted(&[]).earlier, []);
    }

    #[test]
    fn restarted_repeatedly_keeps_last_four_attempts_and_saved_runs() {
        let settings = AttemptSettings { name: Some("runs/gru".to_owned()), ..AttemptSettings::default() };
        let saved = Arc::new(EarlierAttempt { settings, ..EarlierAttempt::default() });
        let mut record = Record { earlier: vec![saved], ..Record::default() };
        for number in 1..=6 {
            record.add_step(StepReport { loss: number as f32, ..StepReport::default() });
            record = record.restarted(AttemptSettings { number, ..AttemptSettings::default() });
        }
        let earlier: Vec<_> = record.earlier.iter().map(|earlier| (earlier.settings.number, earlier.loss)).collect();
        let of_session = [(3, Some(3.0)), (4, Some(4.0)), (5, Some(5.0)), (6, Some(6.0))];
        assert_eq!(earlier[1..], of_session);
        assert_eq!(earlier[0], (0, None), "a saved run stays");
        assert_eq!((record.step, record.validations), (0, Validations::default()));
    }
}
