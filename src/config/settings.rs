//! What of a run can be changed while the program runs: the keys of `[model]` and `[training]`.

use serde::{Deserialize, Serialize};

use super::key_rules::begins_anew;
use super::{Architecture, Config, ConfigError, ModelConfig, OptimizerName, ScheduleName, TrainingConfig};

/// A network and how it learns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSettings {
    /// The network.
    pub model: ModelConfig,
    /// How it learns.
    pub training: TrainingConfig,
}

/// What a text and the runs beside it leave to be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EditContext {
    /// Whether the text is read as a whole, not line by line.
    pub is_running_text: bool,
    /// Whether there is a text to validate with.
    pub validates: bool,
    /// Whether other runs learn the same batches.
    pub is_of_duel: bool,
}

/// A value that keys can change.
pub trait Editable {
    /// As it is written.
    fn text(&self) -> String;

    /// The next larger value, or the next smaller one; of a list the next one, or the one before.
    fn step(&mut self, forward: bool);

    /// Takes what was typed, if it is such a value.
    fn set_text(&mut self, text: &str);

    /// Whether it can be typed.
    fn is_number(&self) -> bool {
        true
    }
}

/// The next larger or smaller one of 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, …
fn round_size(size: u64, larger: bool) -> u64 {
    let sizes = std::iter::once(0).chain((0..40).flat_map(|power| [1_u64 << power, 3 << power >> 1]));
    if larger {
        sizes.filter(|round| *round > size).min().unwrap_or(size)
    } else {
        sizes.filter(|round| *round < size).max().unwrap_or(size)
    }
}

/// The next larger or smaller one of 0, 1e-6, 2e-6, 5e-6, 1e-5 …
fn round_number(number: f64, larger: bool) -> f64 {
    // decimal texts are read exactly: no product of powers is what somebody would have written
    let decade = |power: i32| [1, 2, 5].map(|digit| format!("{digit}e{power}").parse::<f64>().unwrap_or(0.0));
    let numbers = std::iter::once(0.0).chain((-6..7).flat_map(decade));
    if larger {
        numbers.filter(|round| *round > number).fold(f64::INFINITY, f64::min).min(1e7)
    } else {
        numbers.filter(|round| *round < number).fold(0.0, f64::max)
    }
}

impl Editable for usize {
    fn text(&self) -> String {
        self.to_string()
    }

    fn step(&mut self, forward: bool) {
        *self = Self::try_from(round_size(*self as u64, forward)).unwrap_or(*self);
    }

    fn set_text(&mut self, text: &str) {
        *self = text.parse().unwrap_or(0);
    }
}

impl Editable for u64 {
    fn text(&self) -> String {
        self.to_string()
    }

    fn step(&mut self, forward: bool) {
        *self = round_size(*self, forward);
    }

    fn set_text(&mut self, text: &str) {
        *self = text.parse().unwrap_or(0);
    }
}

impl Editable for f64 {
    fn text(&self) -> String {
        self.to_string()
    }

    fn step(&mut self, forward: bool) {
        *self = round_number(*self, forward);
    }

    fn set_text(&mut self, text: &str) {
        *self = text.parse().ok().filter(|number: &Self| number.is_finite()).unwrap_or(0.0);
    }
}

impl Editable for bool {
    fn text(&self) -> String {
        if *self { "✓" } else { "-" }.to_owned()
    }

    fn step(&mut self, _: bool) {
        *self = !*self;
    }

    fn set_text(&mut self, _: &str) {}

    fn is_number(&self) -> bool {
        false
    }
}

/// A key, and what of it can be chosen.
struct Row {
    setting: Setting,
    field: fn(&mut RunSettings) -> &mut dyn Editable,
    /// The least and the greatest value of a number.
    bounds: (f64, f64),
    key: &'static str,
    is_offered: fn(&RunSettings, EditContext) -> bool,
}

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident: $section:ident$(.$key:ident)+, $least:literal..=$most:literal, $offered:expr;)*) => {
        /// What can be chosen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Setting {
            $($(#[$doc])* $name,)*
        }

        /// In the order in which they are shown.
        static ROWS: &[Row] = &[$(Row {
            setting: Setting::$name,
            field: |settings| &mut settings.$section$(.$key)+,
            bounds: ($least, $most),
            key: concat!(stringify!($section) $(, ".", stringify!($key))+),
            is_offered: $offered,
        }),*];
    };
}

fn reads(settings: &RunSettings, kinds: &[Architecture]) -> bool {
    kinds.contains(&settings.model.architecture)
}

const RECURRENT: &[Architecture] = &[Architecture::Recurrent];
const NPLM: &[Architecture] = &[Architecture::Nplm];
const TRANSFORMER: &[Architecture] = &[Architecture::Transformer];

settings! {
    /// Words that are read to predict the next one.
    Context: model.context, 1.0..=64.0, |s, _| reads(s, NPLM);
    /// Units of a layer.
    Hidden: model.hidden, 1.0..=4096.0, |s, _| !reads(s, TRANSFORMER);
    /// Layers.
    Layers: model.layers, 1.0..=16.0, |s, _| !reads(s, NPLM);
    /// Numbers that stand for one word.
    Embedding: model.embedding, 1.0..=4096.0, |s, _| !(s.model.tie_embeddings && reads(s, RECURRENT));
    /// Heads of attention.
    Heads: model.heads, 1.0..=4096.0, |s, _| reads(s, TRANSFORMER);
    /// Units of the MLP; 0 for four times as many as numbers of a word.
    Mlp: model.mlp, 0.0..=16384.0, |s, _| reads(s, TRANSFORMER);
    /// The probability with which a number is dropped.
    Dropout: model.dropout, 0.0..=0.95, |s, _| !reads(s, NPLM);
    /// Added to the bias of the forget gate.
    ForgetBias: model.forget_bias, -100.0..=100.0, |s, _| reads(s, RECURRENT) && s.model.has_forget_gate();
    /// Weights from the context directly to the words.
    Direct: model.direct, 0.0..=1.0, |s, _| reads(s, NPLM);
    /// One table for embedding and output layer.
    TieEmbeddings: model.tie_embeddings, 0.0..=1.0, |s, _| !reads(s, NPLM);
    /// What computes a recurrent network.
    Engine: model.engine, 0.0..=1.0, |s, _| reads(s, RECURRENT);
    /// The rule by which gradients change weights.
    Optimizer: training.optimizer.name, 0.0..=1.0, |_, _| true;
    /// The learning rate.
    LearningRate: training.optimizer.learning_rate, 1e-6..=1000.0, |_, _| true;
    /// Momentum.
    Momentum: training.optimizer.momentum, 0.0..=0.999,
        |s, _| matches!(s.training.optimizer.name, OptimizerName::Sgd | OptimizerName::RmsProp);
    /// Weight decay.
    WeightDecay: training.optimizer.weight_decay, 0.0..=1000.0, |s, _| s.training.optimizer.name == OptimizerName::AdamW;
    /// The norm to which larger gradients are scaled down.
    Clip: training.clip, 0.0..=1e6, |_, _| true;
    /// How the learning rate changes.
    Schedule: training.schedule.name, 0.0..=1.0, |_, _| true;
    /// Epochs with the full learning rate.
    FromEpoch: training.schedule.from_epoch, 0.0..=1e6, |s, _| s.training.schedule.name == ScheduleName::Step;
    /// What the learning rate is multiplied by.
    Factor: training.schedule.factor, 0.001..=0.999,
        |s, _| matches!(s.training.schedule.name, ScheduleName::Step | ScheduleName::Plateau);
    /// Validations that may bring no better loss.
    Patience: training.schedule.patience, 0.0..=1e6, |s, _| s.training.schedule.name == ScheduleName::Plateau;
    /// Steps in which the learning rate rises.
    Warmup: training.schedule.warmup, 0.0..=1e9, |s, _| s.training.schedule.name == ScheduleName::Cosine;
    /// The share of the learning rate at the end.
    Minimum: training.schedule.minimum, 0.0..=0.999, |s, _| s.training.schedule.name == ScheduleName::Cosine;
    /// Sentences or streams of a step.
    Batch: training.batch, 1.0..=4096.0, |_, l| !l.is_of_duel;
    /// Steps of a running text through which the gradient goes back.
    Window: training.window, 1.0..=4096.0, |_, l| l.is_running_text && !l.is_of_duel;
    /// Which words are predicted.
    Predict: training.predict, 0.0..=1.0, |_, l| !l.is_running_text && !l.is_of_duel;
    /// Training steps.
    Steps: training.steps, 1.0..=1e12, |_, l| !l.is_of_duel;
    /// Steps between two validations.
    ValidateEvery: training.validate_every, 0.0..=1e9, |_, l| l.validates;
    /// Threads that share a step.
    Threads: training.threads, 0.0..=64.0, |_, _| true;
}

impl Setting {
    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Its name in a configuration, such as `training.batch`.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// As it is written.
    #[must_use]
    pub fn text(self, settings: &RunSettings) -> String {
        (self.row().field)(&mut settings.clone()).text()
    }

    /// Whether digits can be typed.
    #[must_use]
    pub fn is_number(self, settings: &RunSettings) -> bool {
        (self.row().field)(&mut settings.clone()).is_number()
    }

    /// Whether with another value the run begins anew, with new weights; else it goes on.
    #[must_use]
    pub fn begins_anew(self) -> bool {
        begins_anew(self.key())
    }

    /// The next value, or the one before.
    pub fn change(self, settings: &mut RunSettings, forward: bool) {
        match self {
            Self::Heads => settings.model.change_heads(forward),
            Self::Layers if forward => settings.model.layers += 1,
            Self::Layers => settings.model.layers = settings.model.layers.saturating_sub(1),
            _ => (self.row().field)(settings).step(forward),
        }
        self.keep_in_bounds(settings);
    }

    /// Takes what was typed.
    pub fn set_text(self, settings: &mut RunSettings, text: &str) {
        (self.row().field)(settings).set_text(text);
        self.keep_in_bounds(settings);
    }

    fn keep_in_bounds(self, settings: &mut RunSettings) {
        let Row { field, bounds: (least, most), .. } = self.row();
        let field = field(settings);
        if let Some(number) = field.text().parse::<f64>().ok().filter(|_| field.is_number()) {
            let bound = number.clamp(*least, *most);
            if bound.to_bits() != number.to_bits() {
                field.set_text(&bound.to_string());
            }
        }
    }
}

impl RunSettings {
    /// What can be chosen of it, in the order in which it is shown.
    pub fn offered(&self, latitude: EditContext) -> impl Iterator<Item = Setting> {
        ROWS.iter().filter(move |row| (row.is_offered)(self, latitude)).map(|row| row.setting)
    }

    /// Makes keys that depend on others agree with them, after a choice: what does nothing has its default.
    pub fn normalize(&mut self) {
        self.model.normalize();
        let (usual, training) = (TrainingConfig::default(), &mut self.training);
        if !matches!(training.optimizer.name, OptimizerName::Sgd | OptimizerName::RmsProp) {
            training.optimizer.momentum = usual.optimizer.momentum;
        }
        if training.optimizer.name != OptimizerName::AdamW {
            training.optimizer.weight_decay = usual.optimizer.weight_decay;
        }
        let (schedule, usual) = (&mut training.schedule, usual.schedule);
        if schedule.name != ScheduleName::Step {
            schedule.from_epoch = usual.from_epoch;
        }
        if !matches!(schedule.name, ScheduleName::Step | ScheduleName::Plateau) {
            schedule.factor = usual.factor;
        }
        if schedule.name != ScheduleName::Plateau {
            schedule.patience = usual.patience;
        }
        if schedule.name != ScheduleName::Cosine {
            (schedule.warmup, schedule.minimum) = (usual.warmup, usual.minimum);
        }
    }

    /// Whether a run of these settings can go on with others, and the weights that it has.
    #[must_use]
    pub fn can_go_on_with(&self, other: &Self) -> bool {
        let has_changed = |row: &&Row| row.setting.text(self) != row.setting.text(other);
        self.model.network() == other.model.network()
            && !ROWS.iter().filter(has_changed).any(|row| begins_anew(row.key))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Origin, Override};
    use super::*;

    fn walk<T: Editable + Copy>(mut value: T, forward: bool, count: usize) -> Vec<String> {
        (0..count)
            .map(|_| {
                value.step(forward);
                value.text()
            })
            .collect()
    }

    #[test]
    fn numbers_grow_and_shrink_by_steps_that_make_a_difference() {
        assert_eq!(walk(1_usize, true, 8), ["2", "3", "4", "6", "8", "12", "16", "24"]);
        assert_eq!(walk(200_usize, false, 2), ["192", "128"]);
        assert_eq!(walk(0.003, true, 5), ["0.005", "0.01", "0.02", "0.05", "0.1"]);
        assert_eq!(walk(0.003, false, 3), ["0.002", "0.001", "0.0005"]);
        assert_eq!(walk(0.000_001, false, 2), ["0", "0"]);
    }

    #[test]
    fn a_run_goes_on_with_another_rate_and_begins_anew_with_another_batch() {
        let settings = RunSettings::default();
        let changed = |setting: Setting| {
            let mut other = settings.clone();
            setting.change(&mut other, true);
            assert_ne!(settings, other, "{setting:?}");
            settings.can_go_on_with(&other)
        };
        assert!([Setting::LearningRate, Setting::Clip, Setting::Optimizer, Setting::Schedule].into_iter().all(changed));
        assert!(![Setting::Batch, Setting::Hidden, Setting::Dropout, Setting::Predict].into_iter().any(changed));
        let mut gru = settings.clone();
        gru.model.change_network(true);
        assert!(!settings.can_go_on_with(&gru));
    }

    #[test]
    fn runs_side_by_side_share_what_decides_their_batches() {
        let offered = |latitude| RunSettings::default().offered(latitude).collect::<Vec<_>>();
        let duel = offered(EditContext { is_running_text: true, validates: true, is_of_duel: true });
        for shared in [Setting::Batch, Setting::Window, Setting::Predict, Setting::Steps] {
            assert!(!duel.contains(&shared), "{shared:?}");
        }
        assert!(offered(EditContext { is_running_text: true, ..EditContext::default() }).contains(&Setting::Window));
    }

    proptest! {
        /// Whatever is chosen, what the configuration says of it is a sentence, or it can be kept and read again.
        #[test]
        fn whatever_is_chosen_is_read_again_as_it_is(
            choices in prop::collection::vec((0..ROWS.len(), any::<bool>(), prop::option::of("[0-9.]{0,6}")), 0..30),
            networks in 0..7_usize,
        ) {
            let config = Config::read(&Origin::toy(), &[]).unwrap();
            let mut settings = config.settings();
            (0..networks).for_each(|_| settings.model.change_network(true));
            for (row, forward, typed) in choices {
                let setting = ROWS[row].setting;
                if !settings.offered(EditContext::default()).any(|offered| offered == setting) {
                    continue;
                }
                match typed.filter(|_| setting.is_number(&settings)) {
                    Some(text) => setting.set_text(&mut settings, &text),
                    None => setting.change(&mut settings, forward),
                }
            }
            settings.normalize();
            if let Ok(changed) = config.with_settings(&settings) {
                let overrides = ["model", "training"].map(|section| {
                    let table = toml::Table::try_from(&changed).unwrap();
                    Override::set(&format!("{section}={}", toml::Value::Table(table[section].as_table().unwrap().clone()))).unwrap()
                });
                let again = Config::read(&Origin::toy(), &overrides).unwrap();
                prop_assert_eq!(again.settings(), settings);
            }
        }
    }
}
