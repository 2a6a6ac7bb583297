//! Keys in the model editor: which ones it offers, their next values, and typed values.

use toml::Value;

use super::keys::keys;
use super::kind::{Bound, Kind, Range};
use super::model::Architecture;
use super::read_by::ReadBy;
use super::settings::RunSettings;
use super::table::{Key, Offer, Step};
use crate::language::Bilingual;

/// Facts about a run that restrict which keys the editor offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EditContext {
    /// Whether the text is continuous, not read line by line.
    pub is_running_text: bool,
    /// Whether there is a validation text.
    pub validates: bool,
    /// Whether there are rivals.
    pub is_of_duel: bool,
}

impl RunSettings {
    /// The keys that the editor offers, in the order of the table: those that these settings read, in a duel without those that all runs share.
    pub fn offered(&self, context: EditContext) -> impl Iterator<Item = &'static Key> {
        let config = self.config();
        keys().filter(move |key| {
            let Some(editor) = key.row.editor else { return false };
            let is_read = match key.row.read_by {
                ReadBy::Validation => context.validates,
                other => other.is_read(&config),
            };
            let is_shared = context.is_of_duel && key.row.change.reason_to_share().is_some();
            is_read && !is_shared && self.has_offer(editor.offer, context)
        })
    }

    /// Whether these settings and the text allow an offer.
    fn has_offer(&self, offer: Offer, context: EditContext) -> bool {
        let architecture = self.model.architecture;
        match offer {
            Offer::Always => true,
            Offer::Nplm => architecture == Architecture::Nplm,
            Offer::UntiedEmbedding => !(self.model.tie_embeddings && architecture == Architecture::Recurrent),
            Offer::ContinuousText => context.is_running_text,
            Offer::Sentences => !context.is_running_text,
        }
    }
}

impl Key {
    /// Its label in the editor; its name in a configuration if the editor never offers it.
    #[must_use]
    pub fn label(&self) -> Bilingual {
        self.row.editor.map_or(crate::language::text(self.name, self.name), |editor| editor.label)
    }

    /// Its value as text: `✓` or `-` for a boolean.
    #[must_use]
    pub fn text(&self, settings: &RunSettings) -> String {
        match self.value(&settings.config()) {
            Value::String(text) => text,
            Value::Float(number) => number.to_string(),
            Value::Boolean(is_so) => if is_so { "✓" } else { "-" }.to_owned(),
            other => other.to_string(),
        }
    }

    /// Whether its value is a number, which can be typed.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self.row.kind, Kind::Whole(_) | Kind::Number(_))
    }

    /// Whether another value restarts the run with new weights; otherwise training continues.
    #[must_use]
    pub fn needs_new_weights(&self) -> bool {
        self.row.change.needs_new_weights()
    }

    /// Changes it to the next value, or the previous one, unless that is rejected.
    pub fn change(&self, settings: &mut RunSettings, forward: bool) {
        let step = self.row.editor.map_or(Step::Usual, |editor| editor.step);
        if step == Step::Heads {
            settings.model.change_heads(forward);
            return;
        }
        let next = match (self.row.kind, self.value(&settings.config())) {
            (_, Value::Boolean(is_so)) => (!is_so).into(),
            (Kind::Choice(names), Value::String(name)) => {
                let index = names.iter().position(|other| *other == name).unwrap_or(0);
                names[(index + if forward { 1 } else { names.len() - 1 }) % names.len()].into()
            }
            (Kind::Whole(_), Value::Integer(number)) => {
                let next = if step == Step::One { next_whole(number, forward) } else { next_size(number, forward) };
                next.into()
            }
            (Kind::Number(range), Value::Float(number)) => next_number(range, number, forward).into(),
            (_, other) => other,
        };
        self.set_if_accepted(settings, next);
    }

    /// Sets a typed number, 0 if it is not one. A number out of range becomes the nearest end of the range; if the end is open, or the key
    /// is no number, nothing changes.
    pub fn set_text(&self, settings: &mut RunSettings, text: &str) {
        let value: Value = match self.row.kind {
            Kind::Whole(range) => {
                let number = text.parse::<u64>().unwrap_or(0).clamp(range.min, range.max);
                i64::try_from(number).unwrap_or(i64::MAX).into()
            }
            Kind::Number(range) => {
                let number = text.parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or(0.0);
                clamped(range, number).into()
            }
            _ => return,
        };
        self.set_if_accepted(settings, value);
    }

    fn set_if_accepted(&self, settings: &mut RunSettings, value: Value) {
        settings.edit(|config| {
            let _ = self.apply(config, self.path, value); // a rejected value changes nothing
        });
    }
}

/// Limits the number to the closed ends of the range.
fn clamped(range: Range, number: f64) -> f64 {
    let at_least = if let Bound::Closed(min) = range.min { number.max(min) } else { number };
    if let Bound::Closed(max) = range.max { at_least.min(max) } else { at_least }
}

fn next_whole(number: i64, larger: bool) -> i64 {
    if larger { number.saturating_add(1) } else { number.saturating_sub(1) }
}

/// The next larger or smaller one of 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, …
fn next_size(size: i64, larger: bool) -> i64 {
    let sizes = std::iter::once(0).chain((0..40).flat_map(|power| [1_i64 << power, 3 << power >> 1]));
    if larger {
        sizes.filter(|round| *round > size).min().unwrap_or(size)
    } else {
        sizes.filter(|round| *round < size).max().unwrap_or(size)
    }
}

/// The next larger or smaller one of 0, 1e-6, 2e-6, 5e-6, 1e-5 … in the range; below an open end at 1 also 0.8, 0.9, 0.95, 0.98, …
fn next_number(range: Range, number: f64, larger: bool) -> f64 {
    const NEAR_ONE: [f64; 8] = [0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999];
    // decimal texts are read exactly: products of powers are not the numbers that are typed
    let decade = |power: i32| [1, 2, 5].map(|digit| format!("{digit}e{power}").parse::<f64>().unwrap_or(0.0));
    let near_one = if range.max == Bound::Open(1.0) { &NEAR_ONE[..] } else { &[] };
    let numbers = std::iter::once(0.0).chain((-6..7).flat_map(decade)).chain(near_one.iter().copied());
    let numbers = numbers.filter(|round| range.contains(*round));
    let next = if larger {
        numbers.filter(|round| *round > number).min_by(f64::total_cmp)
    } else {
        numbers.filter(|round| *round < number).max_by(f64::total_cmp)
    };
    next.unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keys::find;
    use super::super::kind::{number_or_none, positive, share};
    use super::super::{Config, Origin, Override};
    use super::*;

    fn key(path: &str) -> &'static Key {
        find(path).unwrap()
    }

    fn range(kind: Kind) -> Range {
        let Kind::Number(range) = kind else { unreachable!() };
        range
    }

    fn walk<T: Copy>(mut value: T, count: usize, next: impl Fn(T) -> T) -> Vec<T> {
        (0..count)
            .map(|_| {
                value = next(value);
                value
            })
            .collect()
    }

    #[test]
    fn next_size_from_1_and_200_is_round() {
        assert_eq!(walk(1, 8, |size| next_size(size, true)), [2, 3, 4, 6, 8, 12, 16, 24]);
        assert_eq!(walk(200, 2, |size| next_size(size, false)), [192, 128]);
    }

    #[test]
    fn next_number_in_range_is_round() {
        let (rate, clip) = (range(positive()), range(number_or_none()));
        assert_eq!(walk(0.003, 5, |rate_now| next_number(rate, rate_now, true)), [0.005, 0.01, 0.02, 0.05, 0.1]);
        assert_eq!(walk(0.003, 3, |rate_now| next_number(rate, rate_now, false)), [0.002, 0.001, 0.0005]);
        assert_eq!(walk(0.000_001, 2, |rate_now| next_number(rate, rate_now, false)), [0.000_001; 2]);
        assert_eq!(walk(0.000_001, 2, |norm| next_number(clip, norm, false)), [0.0; 2]);
        let share = range(share());
        assert_eq!(walk(0.2, 4, |number| next_number(share, number, true)), [0.5, 0.8, 0.9, 0.95]);
        assert_eq!(next_number(share, 0.999, true), 0.999);
    }

    #[test]
    fn typed_value_within_file_range_is_accepted() {
        let mut settings = RunSettings::default();
        for (path, text) in [
            ("model.layers", "64"),
            ("model.dropout", "0.97"),
            ("training.threads", "256"),
            ("training.batch", "1048576"),
        ] {
            key(path).set_text(&mut settings, text);
            assert_eq!(key(path).text(&settings), text, "{path}");
        }
        key("model.layers").set_text(&mut settings, "65");
        key("model.layers").change(&mut settings, true);
        assert_eq!(settings.model.layers, 64);
        key("training.optimizer.learning_rate").set_text(&mut settings, "0");
        assert_eq!(settings.training.optimizer.learning_rate, 0.01);
    }

    #[test]
    fn edit_of_rate_continues_and_of_batch_restarts() {
        let settings = RunSettings::default();
        let continues = |path: &&str| {
            let mut other = settings.clone();
            key(path).change(&mut other, true);
            assert_ne!(settings, other, "{path}");
            settings.can_continue_with(&other)
        };
        let rates =
            ["training.optimizer.learning_rate", "training.clip", "training.optimizer.name", "training.schedule.name"];
        assert!(rates.iter().all(continues));
        assert!(!["training.batch", "model.hidden", "model.dropout", "training.predict"].iter().any(continues));
        let mut gru = settings.clone();
        gru.model.change_network(true);
        assert!(!settings.can_continue_with(&gru));
    }

    #[test]
    fn editor_in_duel_omits_keys_of_batches() {
        let offered = |context| RunSettings::default().offered(context).map(|key| key.path).collect::<Vec<_>>();
        let duel = offered(EditContext { is_running_text: true, validates: true, is_of_duel: true });
        for shared in ["training.batch", "training.window", "training.predict", "training.steps"] {
            assert!(!duel.contains(&shared), "{shared}");
        }
        let text = EditContext { is_running_text: true, ..EditContext::default() };
        assert!(offered(text).contains(&"training.window"));
    }

    proptest! {
        /// Settings after any edits are rejected, or read back when written.
        #[test]
        fn settings_after_edits_read_back(
            choices in prop::collection::vec((0..40_usize, any::<bool>(), prop::option::of("[0-9.]{0,6}")), 0..30),
            networks in 0..7_usize,
        ) {
            let config = Config::read(&Origin::toy(), &[]).unwrap();
            let mut settings = config.settings();
            (0..networks).for_each(|_| settings.model.change_network(true));
            for (row, forward, typed) in choices {
                let offered: Vec<_> = settings.offered(EditContext::default()).collect();
                let key = offered[row % offered.len()];
                match typed.filter(|_| key.is_number()) {
                    Some(text) => key.set_text(&mut settings, &text),
                    None => key.change(&mut settings, forward),
                }
            }
            settings.normalize();
            if let Ok(changed) = config.with_settings(&settings) {
                let overrides = ["model", "training"].map(|section| {
                    let table = toml::Table::try_from(&changed).unwrap();
                    Override::set(&format!("{section}={}", Value::Table(table[section].as_table().unwrap().clone()))).unwrap()
                });
                let again = Config::read(&Origin::toy(), &overrides).unwrap();
                prop_assert_eq!(again.settings(), settings);
            }
        }
    }
}
