//! Measurements of a run, as parts of a line.

use crate::language::{Language, Localized};
use crate::learning::{PartsDone, ValidationPoint};
use crate::session::Snapshot;

crate::messages! {
    /// A measurement with its name, as a part of a line.
    pub enum Measurement {
        /// The number of steps taken, of all steps.
        Step { step: u64, steps: u64 } = "step {step}/{steps}", "步 {step}/{steps}";
        /// A loss in nats with its [`perplexity`].
        Loss { loss: f64, perplexity: String } =
            "loss {loss:.6}  perplexity {perplexity}",
            "损失 {loss:.6}  困惑度 {perplexity}";
        /// The gradient norm of the last step, the threshold above which it is clipped, and the percentage of steps in which it was.
        Gradient { norm: f64, clip: String, percent: f64 } =
            "gradient {norm:.3}  clipped at {clip}: {percent:.1} %",
            "梯度 {norm:.3}  裁剪于 {clip}: {percent:.1} %";
        /// The loss of the last validation in nats.
        Validation { loss: f64, perplexity: String } =
            "validation {loss:.4}  perplexity {perplexity}",
            "验证 {loss:.4}  困惑度 {perplexity}";
        /// The loss in bits per character.
        BitsPerCharacter { bits: f64 } = "bits/character {bits:.4}", "比特/字符 {bits:.4}";
        /// The percentage of unknown words in the validation text.
        Unknown { percent: f64 } = "unknown {percent:.1} %", "未知 {percent:.1} %";
        /// The lowest loss of a validation in nats, and its step.
        Best { loss: f64, step: u64 } = "best {loss:.4} at step {step}", "最佳 {loss:.4}（第 {step} 步）";
        /// The loss on the test text in nats.
        Test { loss: f64, perplexity: String } =
            "test {loss:.4}  perplexity {perplexity}",
            "测试 {loss:.4}  困惑度 {perplexity}";
        /// The number of epochs completed.
        Epoch { epoch: f64 } = "epoch {epoch:.2}", "轮 {epoch:.2}";
        /// The learning rate.
        LearningRate { rate: String } = "rate {rate}", "学习率 {rate}";
        /// The percentage of the current validation that is done.
        Validating { percent: u64 } = "validating: {percent} %", "正在验证: {percent} %";
    }
}

/// Joins measurements to a line, with two spaces between them.
#[must_use]
pub fn join(measurements: &[Measurement], language: Language) -> String {
    measurements.iter().map(|measurement| measurement.text_in(language)).collect::<Vec<_>>().join("  ")
}

/// The perplexity of a loss in nats: three digits after the decimal point, or in scientific notation from 100,000 on.
#[must_use]
pub fn perplexity(loss: f64) -> String {
    let perplexity = loss.exp();
    if perplexity < 1e5 { format!("{perplexity:.3}") } else { format!("{perplexity:.1e}") }
}

/// The measurements of a run's progress, as far as they are known. The last validation is left out if it is the one in `shown`, which it
/// then becomes.
pub(super) fn progress(snapshot: &Snapshot, shown: &mut Option<ValidationPoint>) -> Vec<Measurement> {
    let record = &snapshot.record;
    let mut measurements = vec![Measurement::Step { step: record.step, steps: snapshot.run.steps }];
    if let Some(loss) = record.loss().map(f64::from) {
        measurements.push(Measurement::Loss { loss, perplexity: perplexity(loss) });
    }
    if let (Some(clip), Some(step)) = (snapshot.run.clip, record.last_step) {
        let clip = if clip < 1e-3 { format!("{clip:e}") } else { clip.to_string() };
        let (norm, percent) = (step.gradient_norm, 100.0 * record.clipped_share());
        measurements.push(Measurement::Gradient { norm, clip, percent });
    }
    if let (Some(last), Some(best)) = (record.validations.last(), record.validations.best())
        && shown.replace(last) != Some(last)
    {
        let loss = last.validated.loss;
        measurements.push(Measurement::Validation { loss, perplexity: perplexity(loss) });
        let bits = last.validated.bits_per_character;
        measurements.extend(bits.map(|bits| Measurement::BitsPerCharacter { bits }));
        let unknown = snapshot.run.unknown_share;
        measurements.extend(unknown.map(|share| Measurement::Unknown { percent: 100.0 * share }));
        measurements.push(Measurement::Best { loss: best.validated.loss, step: best.step });
    }
    if let Some(loss) = record.test.map(|test| test.validated.loss) {
        measurements.push(Measurement::Test { loss, perplexity: perplexity(loss) });
    }
    if let Some(step) = record.last_step {
        measurements.push(Measurement::Epoch { epoch: step.epoch });
        measurements.push(Measurement::LearningRate { rate: format!("{:.3e}", step.learning_rate) });
    }
    measurements
}

/// The measurements of a validation's progress.
pub(super) fn validation_progress(snapshot: &Snapshot, parts: PartsDone) -> [Measurement; 2] {
    let (step, steps) = (snapshot.record.step, snapshot.run.steps);
    [Measurement::Step { step, steps }, Measurement::Validating { percent: parts.percent() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perplexity_large_is_in_scientific_notation() {
        assert_eq!([0.0, 11.5, 11.6].map(perplexity), ["1.000", "98715.771", "1.1e5"]);
    }

    #[test]
    fn validation_progress_is_in_both_languages() {
        let snapshot = &crate::dashboard::fixture::untouched().run().snapshot.clone();
        let line = |language| join(&validation_progress(snapshot, PartsDone { done: 199, total: 1000 }), language);
        assert!(line(Language::English).ends_with("  validating: 19 %"), "{}", line(Language::English));
        assert!(line(Language::Chinese).starts_with("步 0/"), "{}", line(Language::Chinese));
        assert!(line(Language::Chinese).ends_with("  正在验证: 19 %"), "{}", line(Language::Chinese));
    }
}
