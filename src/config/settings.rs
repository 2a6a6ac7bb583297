//! What of a run can be changed while the program runs: the keys of `[model]` and `[training]`.

use serde::{Deserialize, Serialize};

use super::configuration::Config;
use super::error::ConfigError;
use super::keys::keys;
use super::model::ModelConfig;
use super::table::Key;
use super::training::TrainingConfig;

/// A network and how it learns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSettings {
    /// The network.
    pub model: ModelConfig,
    /// How it learns.
    pub training: TrainingConfig,
}

impl RunSettings {
    /// A configuration with these settings, all else by default: what the table of keys is asked with.
    pub(super) fn config(&self) -> Config {
        Config { model: self.model.clone(), training: self.training.clone(), ..Config::default() }
    }

    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = self.config();
        change(&mut config);
        (self.model, self.training) = (config.model, config.training);
    }

    /// Makes keys that depend on others agree with them, after a choice: what is not read has its default.
    pub fn normalize(&mut self) {
        self.edit(|config| {
            // what a validation reads depends on the text, and is not chosen here
            for key in keys().filter(|key| key.row.read_by.selectors().next().is_some()) {
                if !key.row.read_by.is_read(config) {
                    key.reset(config);
                }
            }
            config.model.agree_with_choice();
        });
    }

    /// Whether a run of these settings can go on with others, and the weights that it has.
    #[must_use]
    pub fn can_go_on_with(&self, other: &Self) -> bool {
        let (before, after) = (self.config(), other.config());
        let is_changed = |key: &&Key| key.value(&before) != key.value(&after);
        self.model.network() == other.model.network()
            && !keys().filter(is_changed).any(|key| key.row.editor.is_some() && key.begins_anew())
    }
}

impl Config {
    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        RunSettings { model: self.model.clone(), training: self.training.clone() }
    }

    /// One by which steps of such settings are measured, whatever their text is.
    ///
    /// # Errors
    /// When the settings do not agree with each other.
    pub fn to_measure(settings: &RunSettings) -> Result<Self, ConfigError> {
        let usual = TrainingConfig::default();
        let training = TrainingConfig { schedule: usual.schedule, validate_every: 0, ..settings.training.clone() };
        Self::default().with_settings(&RunSettings { training, ..settings.clone() })
    }

    /// The same configuration with other settings.
    ///
    /// # Errors
    /// When they do not agree with each other, or with the rest.
    pub fn with_settings(&self, settings: &RunSettings) -> Result<Self, ConfigError> {
        let RunSettings { model, training } = settings.clone();
        let config = Self { model, training, ..self.clone() };
        config.check_that_keys_agree()?;
        Ok(config)
    }
}
