//! What a run has told so far, in bounded memory.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::learner::{Evaluation, StepReport, Validated};
use super::loss_window::LossWindow;
use super::{Curves, DownsampledSeries, ValidationPoint, Validations};

/// Of how many runs before there are curves.
const MOST_EARLIER: usize = 1;

/// What the steps and validations of a run told. It goes into every snapshot, and with a checkpoint to disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Steps taken.
    pub step: u64,
    /// What the last step told; `None` before the first.
    pub last_step: Option<StepReport>,
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
    /// The losses of the runs before the last restarts, the latest one last. A run that was kept by an older version has one at most.
    #[serde(default, rename = "previous", deserialize_with = "one_or_several")]
    pub earlier: Vec<Arc<DownsampledSeries>>,
}

impl Record {
    /// One more step.
    pub fn step(&mut self, report: StepReport) {
        self.step += 1;
        self.recent.push(report.loss);
        self.curves.push(&report);
        self.clipped_steps += u64::from(report.clipped);
        self.last_step = Some(report);
    }

    /// A validation after the last step.
    pub fn validation(&mut self, validated: Validated) {
        self.validations.push(ValidationPoint { step: self.step, validated });
    }

    /// A run from the start: of the one before only its losses stay, if it had any.
    #[must_use]
    pub fn begin_anew(self) -> Self {
        let (smoothed, mut earlier) = (self.curves.smoothed, self.earlier);
        if smoothed.steps() > 0 {
            earlier.push(Arc::new(smoothed));
            earlier.drain(..earlier.len().saturating_sub(MOST_EARLIER));
        }
        Self { earlier, ..Self::default() }
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

/// Nothing, a curve, or a list of curves.
fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Arc<DownsampledSeries>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Curves {
        Several(Vec<DownsampledSeries>),
        One(Option<DownsampledSeries>),
    }
    let curves = match Curves::deserialize(from)? {
        Curves::Several(curves) => curves,
        Curves::One(curve) => curve.into_iter().collect(),
    };
    Ok(curves.into_iter().map(Arc::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_runs_before_are_read_in_every_form_that_was_ever_written() {
        let begun_anew = |losses: &[f32]| {
            let mut record = Record::default();
            losses.iter().for_each(|&loss| record.step(StepReport { loss, ..StepReport::default() }));
            record.begin_anew()
        };
        let record = begun_anew(&[2.0, 1.0]);
        let written = serde_json::to_value(&record).unwrap();
        assert_eq!(serde_json::from_value::<Record>(written.clone()).unwrap(), record);
        let before = |previous: serde_json::Value| {
            let mut older = written.clone();
            older["previous"] = previous;
            serde_json::from_value::<Record>(older).unwrap().earlier
        };
        assert_eq!(before(written["previous"][0].clone()), record.earlier);
        assert_eq!(before(serde_json::Value::Null), []);
        let mut without = written.clone();
        without.as_object_mut().unwrap().remove("previous");
        assert_eq!(serde_json::from_value::<Record>(without).unwrap().earlier, []);
        assert_eq!(begun_anew(&[]).earlier, []);
    }
}
