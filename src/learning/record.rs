//! What a run has told so far, in bounded memory.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::loss_window::LossWindow;
use super::progress::{Evaluation, StepReport, Validated};
use super::{AttemptSettings, Curves, DownsampledSeries, EarlierAttempt, ValidationPoint, Validations};

/// What the steps and validations of a run told. It goes into every snapshot, and with a checkpoint to disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Steps taken.
    pub step: u64,
    /// What the last step told; `None` before the first.
    pub last_step: Option<StepReport>,
    /// Seconds that the steps took by themselves, without waiting, validating or being shown. Of a run that was kept by an older
    /// version only those since.
    #[serde(default)]
    pub seconds: f64,
    /// In how many steps the gradient was clipped.
    pub clipped_steps: u64,
    /// The losses of the last steps.
    pub recent: LossWindow,
    /// What every step told.
    pub curves: Curves,
    /// All validations.
    pub validations: Validations,
    /// What was told of the text to test with, after the last step.
    #[serde(default)]
    pub test: Option<Evaluation>,
    /// The attempts before the last restarts, the latest one last. A run that was kept by an older version has one at most.
    #[serde(default, rename = "previous", deserialize_with = "one_or_several")]
    pub earlier: Vec<Arc<EarlierAttempt>>,
}

impl Record {
    /// One more step.
    pub fn step(&mut self, report: StepReport) {
        self.step += 1;
        self.recent.push(report.loss);
        self.curves.push(&report, self.seconds);
        self.clipped_steps += u64::from(report.clipped);
        self.last_step = Some(report);
    }

    /// Seconds that the first `steps` steps took by themselves, as [`seconds`](Self::seconds) are those of all.
    #[must_use]
    pub fn seconds_after(&self, steps: f64) -> f64 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
        let next = steps.floor() as u64 + 1; // what all steps before that one took
        self.curves.seconds.at(next).filter(|_| next <= self.step).map_or(self.seconds, |bucket| bucket.mean())
    }

    /// A validation after the last step.
    pub fn validation(&mut self, validated: Validated) {
        self.validations.push(ValidationPoint { step: self.step, validated });
    }

    /// A run from the start: of the attempt before, whose settings these were, stays what it can be compared by.
    #[must_use]
    pub fn restarted(mut self, over: AttemptSettings) -> Self {
        let attempt = self.to_earlier_attempt(over);
        let mut earlier = std::mem::take(&mut self.earlier);
        earlier.extend(attempt.map(Arc::new));
        // kept runs stay as long as the session
        let is_of_session = |earlier: &Arc<EarlierAttempt>| earlier.settings.name.is_none();
        let of_session = earlier.iter().filter(|earlier| is_of_session(earlier)).count();
        let mut too_many = of_session.saturating_sub(EarlierAttempt::MAX_EARLIER);
        earlier.retain(|earlier| {
            let goes = is_of_session(earlier) && too_many > 0;
            too_many -= usize::from(goes);
            !goes
        });
        Self { earlier, ..Self::default() }
    }

    /// The part of it that is compared with later attempts, under these settings; `None` before the first step.
    #[must_use]
    pub fn to_earlier_attempt(&self, settings: AttemptSettings) -> Option<EarlierAttempt> {
        let (smoothed, validations) = (self.curves.smoothed.clone(), self.validations.clone());
        (smoothed.steps() > 0).then(|| EarlierAttempt { settings, smoothed, loss: self.loss(), validations })
    }

    /// The mean loss of the last 100 steps, in nats. A single batch tells more of its luck than of the model.
    #[must_use]
    pub fn loss(&self) -> Option<f32> {
        self.recent.mean()
    }

    /// The share of steps in which the gradient was clipped.
    #[must_use]
    pub fn clipped_share(&self) -> f64 {
        self.clipped_steps as f64 / self.step.max(1) as f64
    }
}

/// A list of attempts; in older versions nothing, a curve, or a list of curves.
fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Arc<EarlierAttempt>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Attempts(Vec<EarlierAttempt>),
        Curves(Vec<DownsampledSeries>),
        Curve(Option<DownsampledSeries>),
    }
    let attempts: Vec<EarlierAttempt> = match Written::deserialize(from)? {
        Written::Attempts(attempts) => attempts,
        Written::Curves(curves) => curves.into_iter().map(EarlierAttempt::from).collect(),
        Written::Curve(curve) => curve.into_iter().map(EarlierAttempt::from).collect(),
    };
    Ok(attempts.into_iter().map(Arc::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_runs_before_are_read_in_every_form_that_was_ever_written() {
        let begun_anew = |losses: &[f32]| {
            let mut record = Record::default();
            losses.iter().for_each(|&loss| record.step(StepReport { loss, ..StepReport::default() }));
            record.restarted(AttemptSettings {
                number: 1,
                model: "LSTM".to_owned(),
                weights: 83,
                seed: 42,
                ..AttemptSettings::default()
            })
        };
        let record = begun_anew(&[2.0, 1.0]);
        let written = serde_json::to_value(&record).unwrap();
        assert_eq!(serde_json::from_value::<Record>(written.clone()).unwrap(), record);
        let before = |previous: serde_json::Value| {
            let mut older = written.clone();
            older["previous"] = previous;
            serde_json::from_value::<Record>(older).unwrap().earlier
        };
        let curve = written["previous"][0]["smoothed"].clone();
        let alone = [Arc::new(EarlierAttempt::from(record.earlier[0].smoothed.clone()))];
        assert_eq!(before(curve.clone()), alone);
        assert_eq!(before(serde_json::Value::Array(vec![curve])), alone);
        assert_eq!(before(serde_json::Value::Null), []);
        let mut without = written.clone();
        without.as_object_mut().unwrap().remove("previous");
        assert_eq!(serde_json::from_value::<Record>(without).unwrap().earlier, []);
        assert_eq!(begun_anew(&[]).earlier, []);
    }

    #[test]
    fn the_last_four_attempts_stay_with_their_settings() {
        let kept = AttemptSettings { name: Some("runs/gru".to_owned()), ..AttemptSettings::default() };
        let kept = Arc::new(EarlierAttempt { settings: kept, ..EarlierAttempt::default() });
        let mut record = Record { earlier: vec![kept], ..Record::default() };
        for number in 1..=6 {
            record.step(StepReport { loss: number as f32, ..StepReport::default() });
            record = record.restarted(AttemptSettings { number, ..AttemptSettings::default() });
        }
        let kept: Vec<_> = record.earlier.iter().map(|earlier| (earlier.settings.number, earlier.loss)).collect();
        let of_session = [(3, Some(3.0)), (4, Some(4.0)), (5, Some(5.0)), (6, Some(6.0))];
        assert_eq!(kept[1..], of_session);
        assert_eq!(kept[0], (0, None), "a kept run that is compared with stays");
        assert_eq!((record.step, record.validations), (0, Validations::default()));
    }
}
