//! The sections that can change while the program runs: `[model]` and `[training]`.

use serde::{Deserialize, Serialize};

use super::configuration::Config;
use super::error::ConfigError;
use super::keys::keys;
use super::model::ModelConfig;
use super::table::Key;
use super::training::TrainingConfig;

/// The network and its training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSettings {
    /// The network.
    pub model: ModelConfig,
    /// How it learns.
    pub training: TrainingConfig,
}

impl RunSettings {
    /// A configuration with these settings and defaults elsewhere, for functions of [`Key`].
    pub(super) fn config(&self) -> Config {
        Config { model: self.model.clone(), training: self.training.clone(), ..Config::default() }
    }

    /// Applies a change to a configuration with these settings; changes outside of them are dropped.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = self.config();
        change(&mut config);
        (self.model, self.training) = (config.model, config.training);
    }

    /// Resets unread keys to their defaults and fits sizes that depend on other keys, after an edit.
    pub fn normalize(&mut self) {
        self.edit(|config| {
            // whether there is a validation depends on the text
            for key in keys().filter(|key| key.row.read_by.selectors().next().is_some()) {
                if !key.row.read_by.is_read(config) {
                    key.reset(config);
                }
            }
            config.model.fit_dependent_keys();
        });
    }

    /// Whether a run of these settings can continue with others and the same weights.
    #[must_use]
    pub fn can_continue_with(&self, other: &Self) -> bool {
        let (before, after) = (self.config(), other.config());
        let is_changed = |key: &&Key| key.value(&before) != key.value(&after);
        self.model.network() == other.model.network()
            && !keys().filter(is_changed).any(|key| key.row.editor.is_some() && key.needs_new_weights())
    }
}

impl Config {
    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        RunSettings { model: self.model.clone(), training: self.training.clone() }
    }

    /// A configuration with these settings, without text, schedule and periodic validations, for measuring steps.
    ///
    /// # Errors
    /// If the settings contradict each other.
    pub fn for_measurement(settings: &RunSettings) -> Result<Self, ConfigError> {
        let usual = TrainingConfig::default();
        let training = TrainingConfig { schedule: usual.schedule, validate_every: 0, ..settings.training.clone() };
        Self::default().with_settings(&RunSettings { training, ..settings.clone() })
    }

    /// The same configuration with other settings.
    ///
    /// # Errors
    /// If they contradict each other or the rest.
    pub fn with_settings(&self, settings: &RunSettings) -> Result<Self, ConfigError> {
        let RunSettings { model, training } = settings.clone();
        let config = Self { model, training, ..self.clone() };
        config.check_keys_agree()?;
        Ok(config)
    }
}
