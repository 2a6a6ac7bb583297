//! Keys that are right by themselves and must agree with each other.

use super::{
    Architecture, Config, ConfigError, Granularity, OptimizerConfig, OptimizerName, Predict, ScheduleConfig,
    ScheduleName, Validation,
};

use super::model::LEAST_STREAM;

impl Config {
    /// Refuses what can only be a mistake: keys that exclude each other, and keys that would do nothing.
    pub(super) fn check_that_keys_agree(&self) -> Result<(), ConfigError> {
        let (model, training) = (&self.model, &self.training);
        if let Some((key, kinds)) = model.idle_keys().next() {
            let kinds: Vec<_> = kinds.iter().map(|kind| format!("{:?}", kind.as_str())).collect();
            let way_out = format!("leave it out, or let `model.architecture` be {}", kinds.join(" or "));
            return Err(self.refuse(key, "it would do nothing", way_out));
        }
        if model.architecture == Architecture::Transformer && model.embedding < LEAST_STREAM {
            let problem = "layer normalization leaves of two units only which one is larger, and of one nothing";
            let help = format!("let it be at least {LEAST_STREAM} for a transformer, such as 4");
            return Err(self.refuse("model.embedding", problem, help));
        }
        if model.architecture == Architecture::Transformer && !model.embedding.is_multiple_of(model.heads) {
            let problem =
                format!("{} heads cannot share the {} numbers of a word evenly", model.heads, model.embedding);
            let divisors = (1..=model.embedding).filter(|heads| model.embedding.is_multiple_of(*heads));
            let divisors: Vec<_> = divisors.map(|heads| heads.to_string()).collect();
            let help = format!("with `model.embedding = {}` there can be {}", model.embedding, divisors.join(", "));
            return Err(self.refuse("model.heads", problem, help));
        }
        if model.architecture == Architecture::Recurrent && model.tie_embeddings && model.embedding != model.hidden {
            let expected = format!("`model.embedding` is {}, `model.hidden` is {}", model.embedding, model.hidden);
            let help = "one table for both needs as many numbers per word as units: make the two equal";
            return Err(self.refuse("model.tie_embeddings", expected, help));
        }
        if model.forget_bias != 0.0 && !model.has_forget_gate() {
            let expected = format!("it is for the forget gate of an LSTM, and the cell is {:?}", model.cell.as_str());
            return Err(self.refuse("model.forget_bias", expected, "leave it out, or let `model.cell` be \"lstm\""));
        }
        if self.corpus.unit == Granularity::Text && training.predict == Predict::Last {
            let help = "let `training.predict` be \"every\", or `corpus.unit` \"sentences\"";
            return Err(self.refuse("training.predict", "a running text has no last word", help));
        }
        if self.corpus.end_of_sentence && training.predict == Predict::Last {
            let help = "leave it out, or let `training.predict` be \"every\"";
            let expected = "the last word of each sentence would always be `<eos>`: there is nothing to learn";
            return Err(self.refuse("corpus.end_of_sentence", expected, help));
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
        self.check_that_keys_do_something()
    }

    /// Refuses values that nothing reads: whoever set them expects an effect.
    fn check_that_keys_do_something(&self) -> Result<(), ConfigError> {
        let (optimizer, schedule) = (&self.training.optimizer, &self.training.schedule);
        let (usual_optimizer, usual) = (OptimizerConfig::default(), ScheduleConfig::default());
        let scheduled = |names: &[ScheduleName]| names.contains(&schedule.name);
        let is_new = |value: f64, usual: f64| value.to_bits() != usual.to_bits();
        let idle = [
            (
                "training.optimizer.weight_decay",
                is_new(optimizer.weight_decay, usual_optimizer.weight_decay) && optimizer.name != OptimizerName::AdamW,
                "`training.optimizer.name` be \"adamw\"",
            ),
            (
                "training.schedule.from_epoch",
                schedule.from_epoch != usual.from_epoch && !scheduled(&[ScheduleName::Step]),
                "`training.schedule.name` be \"step\"",
            ),
            (
                "training.schedule.factor",
                is_new(schedule.factor, usual.factor) && !scheduled(&[ScheduleName::Step, ScheduleName::Plateau]),
                "`training.schedule.name` be \"step\" or \"plateau\"",
            ),
            (
                "training.schedule.patience",
                schedule.patience != usual.patience && !scheduled(&[ScheduleName::Plateau]),
                "`training.schedule.name` be \"plateau\"",
            ),
            (
                "training.schedule.warmup",
                schedule.warmup != usual.warmup && !scheduled(&[ScheduleName::Cosine]),
                "`training.schedule.name` be \"cosine\"",
            ),
            (
                "training.schedule.minimum",
                is_new(schedule.minimum, usual.minimum) && !scheduled(&[ScheduleName::Cosine]),
                "`training.schedule.name` be \"cosine\"",
            ),
            (
                "training.validate_every",
                self.training.validate_every > 0 && self.corpus.validation == Validation::Share(0.0),
                "`corpus.validation` be a share of the text, such as 0.1, or a file",
            ),
        ];
        match idle.into_iter().find(|(_, is_idle, _)| *is_idle) {
            Some((key, _, way_out)) => {
                Err(self.refuse(key, "it would do nothing", format!("leave it out, or let {way_out}")))
            }
            None => Ok(()),
        }
    }
}
