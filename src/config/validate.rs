//! Checks that values agree with each other.

use super::configuration::Config;
use super::corpus::Granularity;
use super::error::ConfigError;
use super::keys::keys;
use super::messages::ConfigMessage;
use super::model::{Architecture, MIN_STREAM};
use super::training::{Predict, ScheduleName};
use super::values::Validation;

impl Config {
    /// Rejects keys that exclude each other, and set keys without effect.
    pub(super) fn check_keys_agree(&self) -> Result<(), ConfigError> {
        self.check_keys_are_read()?;
        self.check_sizes()?;
        let training = &self.training;
        if self.corpus.unit == Granularity::Text && training.predict == Predict::Last {
            let help = ConfigMessage::PredictEveryOrSentences;
            return Err(self.refuse("training.predict", ConfigMessage::NoLastWord, help));
        }
        if self.corpus.end_of_sentence && training.predict == Predict::Last {
            let help = ConfigMessage::LeaveOutOrPredictEvery;
            return Err(self.refuse("corpus.end_of_sentence", ConfigMessage::OnlyEnds, help));
        }
        if training.schedule.name == ScheduleName::Plateau && self.corpus.validation == Validation::Share(0.0) {
            return Err(self.refuse("training.schedule.name", ConfigMessage::NoPlateau, ConfigMessage::Validate));
        }
        Ok(())
    }

    /// Rejects keys that have another value than the default and are not read.
    fn check_keys_are_read(&self) -> Result<(), ConfigError> {
        let mut unread = keys().filter_map(|key| Some((key, key.row.read_by.refusal(self)?)));
        unread
            .find(|(key, _)| key.is_set(self))
            .map_or(Ok(()), |(key, (problem, help))| Err(self.refuse(key.path, problem, help)))
    }

    /// Rejects sizes of the network that do not fit each other.
    fn check_sizes(&self) -> Result<(), ConfigError> {
        let model = &self.model;
        let (embedding, hidden, heads) = (model.embedding, model.hidden, model.heads);
        if model.architecture == Architecture::Transformer && embedding < MIN_STREAM {
            let help = ConfigMessage::AtLeastForTransformer { least: MIN_STREAM };
            return Err(self.refuse("model.embedding", ConfigMessage::TooFewUnits, help));
        }
        if model.architecture == Architecture::Transformer && !embedding.is_multiple_of(heads) {
            let divisors = (1..=embedding).filter(|heads| embedding.is_multiple_of(*heads)).collect();
            let help = ConfigMessage::HeadsForEmbedding { embedding, heads: divisors };
            return Err(self.refuse("model.heads", ConfigMessage::UnevenHeads { heads, embedding }, help));
        }
        if model.architecture == Architecture::Recurrent && model.tie_embeddings && embedding != hidden {
            let problem = ConfigMessage::UntiedSizes { embedding, hidden };
            return Err(self.refuse("model.tie_embeddings", problem, ConfigMessage::MakeSizesEqual));
        }
        Ok(())
    }
}
