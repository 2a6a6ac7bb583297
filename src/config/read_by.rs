//! When a key has an effect: for which networks, optimizers and schedules.

use super::kind::AnyOf;
use super::messages::ConfigMessage;
use super::{Architecture, Config, OptimizerName, ScheduleName, Validation};

/// Which configurations read a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadBy {
    Always,
    /// Models of these architectures.
    Architectures(&'static [Architecture]),
    /// Recurrent networks whose cell has a forget gate.
    ForgetGate,
    Optimizers(&'static [OptimizerName]),
    /// Optimizers without moving averages of gradients of their own.
    Momentum,
    Schedules(&'static [ScheduleName]),
    /// Runs with something to validate with.
    Validation,
}

const RECURRENT: &[Architecture] = &[Architecture::Recurrent];
const WITH_MOMENTUM: &[OptimizerName] = &[OptimizerName::Sgd, OptimizerName::RmsProp];

impl ReadBy {
    /// Whether the configuration reads the key.
    pub fn is_read(self, config: &Config) -> bool {
        let Config { corpus, model, training, .. } = config;
        match self {
            Self::Always => true,
            Self::Architectures(kinds) => kinds.contains(&model.architecture),
            Self::ForgetGate => RECURRENT.contains(&model.architecture) && model.has_forget_gate(),
            Self::Optimizers(names) => names.contains(&training.optimizer.name),
            Self::Momentum => WITH_MOMENTUM.contains(&training.optimizer.name),
            Self::Schedules(names) => names.contains(&training.schedule.name),
            Self::Validation => corpus.validation != Validation::Share(0.0),
        }
    }

    /// The keys that name what decides it. Where one of them is set on the command line, values of the file that are not read are left
    /// out instead of being refused.
    pub fn selectors(self) -> &'static [&'static str] {
        match self {
            Self::Always | Self::Validation => &[],
            Self::Architectures(_) => &["model.architecture"],
            Self::ForgetGate => &["model.architecture", "model.cell"],
            Self::Optimizers(_) | Self::Momentum => &["training.optimizer.name"],
            Self::Schedules(_) => &["training.schedule.name"],
        }
    }

    /// Why the configuration does not read the key, and the way out.
    pub fn refusal(self, config: &Config) -> (ConfigMessage, ConfigMessage) {
        let help = |key, names: Vec<&'static str>| ConfigMessage::LetBe { key, names: AnyOf(names) };
        let no_effect = |key, names| (ConfigMessage::NoEffect, help(key, names));
        let architectures = |kinds: &[Architecture]| kinds.iter().map(|kind| kind.as_str()).collect();
        let optimizers = |names: &[OptimizerName]| names.iter().map(|name| name.as_str()).collect();
        let optimizer = "training.optimizer.name";
        match self {
            Self::ForgetGate if RECURRENT.contains(&config.model.architecture) => {
                let cell = config.model.cell.as_str();
                (ConfigMessage::NoForgetGate { cell }, help("model.cell", vec!["lstm"]))
            }
            Self::Always | Self::ForgetGate => no_effect("model.architecture", architectures(RECURRENT)),
            Self::Architectures(kinds) => no_effect("model.architecture", architectures(kinds)),
            Self::Optimizers(names) => no_effect(optimizer, optimizers(names)),
            Self::Momentum => {
                let name = config.training.optimizer.name.as_str();
                (ConfigMessage::OwnMeans { name }, help(optimizer, optimizers(WITH_MOMENTUM)))
            }
            Self::Schedules(names) => {
                no_effect("training.schedule.name", names.iter().map(|name| name.as_str()).collect())
            }
            Self::Validation => (ConfigMessage::NoEffect, ConfigMessage::LeaveOutOrValidate),
        }
    }
}
