//! Keys in the model editor: which ones it offers, which value comes next, and what is typed.

use toml::Value;

use super::keys::keys;
use super::kind::{Bound, Kind, Range};
use super::model::Architecture;
use super::read_by::ReadBy;
use super::settings::RunSettings;
use super::table::{Key, Offer, Step};
use crate::language::Bilingual;

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

impl RunSettings {
    /// The keys that can be chosen, in the order in which they are shown.
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
    /// What the editor calls it; its name in a configuration if the editor does not offer it.
    #[must_use]
    pub fn label(&self) -> Bilingual {
        self.row.editor.map_or(crate::language::text(self.name, self.name), |editor| editor.label)
    }

    /// Its value, as it is shown.
    #[must_use]
    pub fn text(&self, settings: &RunSettings) -> String {
        match self.value(&settings.config()) {
            Value::String(text) => text,
            Value::Float(number) => number.to_string(),
            Value::Boolean(is_so) => if is_so { "✓" } else { "-" }.to_owned(),
            other => other.to_string(),
        }
    }

    /// Whether digits can be typed.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self.row.kind, Kind::Whole(_) | Kind::Number(_))
    }

    /// Whether another value restarts the run with new weights; otherwise training continues.
    #[must_use]
    pub fn begins_anew(&self) -> bool {
        self.row.change.begins_anew()
    }

    /// Changes it to the next value, or to the one before, if that is accepted.
    pub fn change(&self, settings: &mut RunSettings, forward: bool) {
        let step = self.row.editor.map_or(Step::Usual, |editor| editor.step);
        if step == Step::Heads {
            settings.model.change_heads(forward);
            return;
        }
        let next = match (self.row.kind, self.value(&settings.config())) {
            (_, Value::Boolean(is_so)) => (!is_so).into(),
            (Kind::Choice(names), Value::String(name)) => {
                let at = names.iter().position(|other| *other == name).unwrap_or(0);
                names[(at + if forward { 1 } else { names.len() - 1 }) % names.len()].into()
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

    /// Takes what was typed. A number outside of the range becomes the nearest one in it; where there is no nearest one, nothing
    /// changes.
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
            let _ = self.apply(config, self.path, value); // a value that is not accepted changes nothing
        });
    }
}

/// The number, or the closed end of the range beyond which it is.
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
    fn size_steps_are_round() {
        assert_eq!(walk(1, 8, |size| next_size(size, true)), [2, 3, 4, 6, 8, 12, 16, 24]);
        assert_eq!(walk(200, 2, |size| next_size(size, false)), [192, 128]);
    }

    #[test]
    fn number_steps_are_round_and_in_the_range() {
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
    fn value_of_a_file_can_be_typed_whatever_is_suggested() {
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
    fn rate_goes_on_and_batch_begins_anew() {
        let settings = RunSettings::default();
        let goes_on = |path: &&str| {
            let mut other = settings.clone();
            key(path).change(&mut other, true);
            assert_ne!(settings, other, "{path}");
            settings.can_go_on_with(&other)
        };
        let rates =
            ["training.optimizer.learning_rate", "training.clip", "training.optimizer.name", "training.schedule.name"];
        assert!(rates.iter().all(goes_on));
        assert!(!["training.batch", "model.hidden", "model.dropout", "training.predict"].iter().any(goes_on));
        let mut gru = settings.clone();
        gru.model.change_network(true);
        assert!(!settings.can_go_on_with(&gru));
    }

    #[test]
    fn duel_does_not_offer_what_decides_the_batches() {
        let offered = |context| RunSettings::default().offered(context).map(|key| key.path).collect::<Vec<_>>();
        let duel = offered(EditContext { is_running_text: true, validates: true, is_of_duel: true });
        for shared in ["training.batch", "training.window", "training.predict", "training.steps"] {
            assert!(!duel.contains(&shared), "{shared}");
        }
        let text = EditContext { is_running_text: true, ..EditContext::default() };
        assert!(offered(text).contains(&"training.window"));
    }

    proptest! {
        /// Whatever is chosen, the configuration refuses it, or it can be written and read again.
        #[test]
        fn settings_chosen_read_back(
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
