//! Keys that are right by themselves and must agree with each other.

use super::{Cell, Config, ConfigError, OptimizerName, Predict, ScheduleName, Unit, Validation};

impl Config {
    /// Refuses what can only be a mistake: keys that exclude each other, and keys that would do nothing.
    pub(super) fn check_that_keys_agree(&self) -> Result<(), ConfigError> {
        let (model, training) = (&self.model, &self.training);
        if model.tie_embeddings && model.embedding != model.hidden {
            let expected = format!("`model.embedding` is {}, `model.hidden` is {}", model.embedding, model.hidden);
            let help = "one table for both needs as many numbers per word as units: make the two equal";
            return Err(self.refuse("model.tie_embeddings", expected, help));
        }
        if model.forget_bias != 0.0 && model.cell != Cell::Lstm {
            let expected = format!("the cell {:?} has no forget gate", model.cell.as_str());
            return Err(self.refuse("model.forget_bias", expected, "leave it out, or let `model.cell` be \"lstm\""));
        }
        if self.corpus.unit == Unit::Text && training.predict == Predict::Last {
            let help = "let `training.predict` be \"every\", or `corpus.unit` \"sentences\"";
            return Err(self.refuse("training.predict", "a running text has no last word", help));
        }
        let optimizer = &training.optimizer;
        if optimizer.momentum > 0.0 && !matches!(optimizer.name, OptimizerName::Sgd | OptimizerName::RmsProp) {
            let expected = format!("{:?} keeps means of its own", optimizer.name.as_str());
            let help = "leave it out, or let `training.optimizer.name` be \"sgd\" or \"rmsprop\"";
            return Err(self.refuse("training.optimizer.momentum", expected, help));
        }
        if training.schedule.name == ScheduleName::Plateau && self.corpus.validation == Validation::Share(0.0) {
            let expected = "nothing is validated, so that no plateau can be seen";
            let help = "let `corpus.validation` be a share of the text, such as 0.1, or a file";
            return Err(self.refuse("training.schedule.name", expected, help));
        }
        Ok(())
    }
}
