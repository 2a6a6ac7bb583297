//! When a key has an effect: for which networks, optimizers and schedules.

use toml::Value;

use super::fields::Fields;
use super::kind::AnyOf;
use super::messages::ConfigMessage;

/// Which configurations read a key.
#[derive(Clone, Copy)]
pub(super) enum ReadBy {
    Always,
    /// Those that meet all of these conditions.
    Chosen(&'static [Condition]),
    /// Those with something to validate with.
    Validation,
}

/// Another key has one of some names.
#[derive(Clone, Copy)]
pub(super) struct Condition {
    /// Path of the key.
    key: &'static str,
    names: &'static [&'static str],
    /// The problem where the key has another name, which is given.
    problem: fn(String) -> ConfigMessage,
}

impl Condition {
    pub const fn new(key: &'static str, names: &'static [&'static str]) -> Self {
        Self { key, names, problem: |_| ConfigMessage::NoEffect }
    }

    /// Reports this problem instead of "it would do nothing".
    pub const fn problem(mut self, problem: fn(String) -> ConfigMessage) -> Self {
        self.problem = problem;
        self
    }

    /// The name that the configuration has.
    fn name(&self, config: &impl Fields) -> String {
        config.value(self.key).and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    fn is_met(&self, config: &impl Fields) -> bool {
        self.names.contains(&self.name(config).as_str())
    }
}

impl ReadBy {
    /// Whether the configuration reads the key.
    pub fn is_read(self, config: &impl Fields) -> bool {
        self.refusal(config).is_none()
    }

    /// The keys that name what decides it. Where one of them is set on the command line, values of the file that are not read are left
    /// out instead of being refused.
    pub fn selectors(self) -> impl Iterator<Item = &'static str> {
        let conditions = if let Self::Chosen(conditions) = self { conditions } else { &[] };
        conditions.iter().map(|condition| condition.key)
    }

    /// Why the configuration does not read the key, and the way out; `None` if it reads it.
    pub fn refusal(self, config: &impl Fields) -> Option<(ConfigMessage, ConfigMessage)> {
        match self {
            Self::Always => None,
            Self::Chosen(conditions) => {
                let unmet = conditions.iter().find(|condition| !condition.is_met(config))?;
                let help = ConfigMessage::LetBe { key: unmet.key, names: AnyOf(unmet.names.to_vec()) };
                Some(((unmet.problem)(unmet.name(config)), help))
            }
            Self::Validation => {
                let is_read = config.value("corpus.validation") != Some(Value::Float(0.0));
                (!is_read).then_some((ConfigMessage::NoEffect, ConfigMessage::LeaveOutOrValidate))
            }
        }
    }
}
