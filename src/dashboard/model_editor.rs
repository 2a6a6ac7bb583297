//! Settings that are being edited in place of those in force: another model, or another way to learn.

use crossterm::event::KeyCode;

use super::motion::Direction;
use crate::config::{EditContext, Key, RunSettings};
use crate::session::{Control, Snapshot};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The recurrent cell, or a network without one.
    Network,
    /// A key of the model or of training.
    Setting(&'static Key),
    /// The seed of the weights.
    Seed,
}

/// What has been chosen so far.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEditor {
    settings: RunSettings,
    seed: u64,
    /// What is in force.
    before: (RunSettings, u64),
    context: EditContext,
    row: usize,
    /// What has been typed in the row, where something has been.
    typed: Option<String>,
}

const LARGEST_SEED: u64 = u64::MAX >> 1;

impl ModelEditor {
    /// The settings and the seed in force.
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        let settings = snapshot.run.settings();
        let context = EditContext {
            is_running_text: snapshot.run.reads_running_text,
            validates: snapshot.run.validates,
            is_of_duel: snapshot.in_step.is_some(),
        };
        let before = (settings.clone(), snapshot.seed);
        Self { settings, seed: snapshot.seed, before, context, row: 0, typed: None }
    }

    /// All rows.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let settings = self.settings.offered(self.context).map(Choice::Setting);
        // runs side by side have one seed: the order of what they read follows from it
        let seed = Some(Choice::Seed).filter(|_| !self.context.is_of_duel);
        std::iter::once(Choice::Network).chain(settings).chain(seed).collect()
    }

    /// What the arrows change.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choices().get(self.row).copied().unwrap_or(Choice::Network)
    }

    /// What is chosen in a row; where everything typed has been taken back it is nothing yet.
    #[must_use]
    pub fn value(&self, choice: Choice) -> String {
        match &self.typed {
            Some(typed) if choice == self.choice() => if typed.is_empty() { "_" } else { typed }.to_owned(),
            _ => Self::value_of(choice, (&self.settings, self.seed)),
        }
    }

    /// What a row has of settings and a seed.
    #[must_use]
    pub fn value_of(choice: Choice, (settings, seed): (&RunSettings, u64)) -> String {
        match choice {
            Choice::Seed => seed.to_string(),
            Choice::Setting(key) => key.text(settings),
            Choice::Network => settings.model.network().to_uppercase(),
        }
    }

    /// Whether another value is chosen in a row than that in force.
    #[must_use]
    pub fn has_changed(&self, choice: Choice) -> bool {
        self.value(choice) != Self::value_of(choice, (&self.before.0, self.before.1))
    }

    /// Whether another value in a row needs new weights.
    #[must_use]
    pub fn begins_anew(choice: Choice) -> bool {
        match choice {
            Choice::Network | Choice::Seed => true,
            Choice::Setting(key) => key.needs_new_weights(),
        }
    }

    /// Whether the run goes on with what is chosen and the weights that it has. With nothing changed it begins anew.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        let mut chosen = self.clone();
        chosen.finish_typing();
        chosen.settings.normalize();
        let (before, seed) = &chosen.before;
        *before != chosen.settings && *seed == chosen.seed && before.can_continue_with(&chosen.settings)
    }

    /// Another row, or another value in it.
    pub(super) fn act(&mut self, direction: Direction) {
        self.finish_typing();
        match direction {
            Direction::Up => self.row = self.row.saturating_sub(1),
            Direction::Down => self.row = (self.row + 1).min(self.choices().len() - 1),
            Direction::Left => self.change(false),
            Direction::Right => self.change(true),
        }
    }

    fn change(&mut self, forward: bool) {
        match self.choice() {
            Choice::Seed if forward => self.seed = (self.seed + 1).min(LARGEST_SEED),
            Choice::Seed => self.seed = self.seed.saturating_sub(1),
            Choice::Setting(key) => key.change(&mut self.settings, forward),
            Choice::Network => self.settings.model.change_network(forward),
        }
    }

    /// Numbers can be typed.
    pub(super) fn edit(&mut self, key: KeyCode) {
        let choice = self.choice();
        let is_number = match choice {
            Choice::Network => false,
            Choice::Setting(key) => key.is_number(),
            Choice::Seed => true,
        };
        let is_part = |c: char| c.is_ascii_digit() || c == '.' && choice != Choice::Seed;
        let mut text = self.typed.clone().unwrap_or_else(|| self.value(choice));
        match key {
            KeyCode::Backspace if is_number => _ = text.pop(),
            KeyCode::Char(c) if is_number && is_part(c) && text.len() < LONGEST_NUMBER => {
                // a zero before a digit is none that somebody has typed
                if text == "0" && c != '.' {
                    text.clear();
                }
                text.push(c);
            }
            _ => return,
        }
        self.typed = Some(text);
    }

    /// What was typed is the value of its row; nothing is the least one.
    fn finish_typing(&mut self) {
        let Some(text) = self.typed.take() else { return };
        match self.choice() {
            Choice::Seed => self.seed = text.parse().unwrap_or(0).min(LARGEST_SEED),
            Choice::Setting(key) => key.set_text(&mut self.settings, &text),
            Choice::Network => {}
        }
    }

    /// What makes it real.
    pub(super) fn control(mut self) -> Control {
        let goes_on = self.goes_on();
        self.finish_typing();
        self.settings.normalize();
        let settings = Box::new(self.settings);
        if goes_on { Control::Retune(settings) } else { Control::Rebuild { settings, seed: self.seed } }
    }
}

/// Digits of a number that anybody means.
const LONGEST_NUMBER: usize = 19;

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn editor() -> ModelEditor {
        ModelEditor::new(&fixture::running().run().snapshot)
    }

    fn setting(path: &str) -> Choice {
        Choice::Setting(crate::config::keys().find(|key| key.path == path).unwrap())
    }

    /// With the row of a setting chosen.
    fn at(mut editor: ModelEditor, choice: Choice) -> ModelEditor {
        editor.row = editor.choices().iter().position(|other| *other == choice).unwrap();
        editor
    }

    #[test]
    fn a_rate_goes_on_with_the_weights_and_a_size_or_nothing_begins_anew() {
        let mut rate = at(editor(), setting("training.optimizer.learning_rate"));
        rate.act(Direction::Right);
        assert!(rate.goes_on() && rate.has_changed(rate.choice()));
        match rate.clone().control() {
            Control::Retune(settings) => assert_eq!(settings.training.optimizer.learning_rate, 0.02),
            other => panic!("{other:?}"),
        }
        let mut both = at(rate, setting("model.hidden"));
        both.act(Direction::Right);
        assert!(!both.goes_on());
        assert!(matches!(both.control(), Control::Rebuild { settings, seed: 42 } if settings.model.hidden == 3
            && settings.training.optimizer.learning_rate == 0.02));
        assert!(matches!(editor().control(), Control::Rebuild { .. }), "the same again");
    }

    #[test]
    fn numbers_are_typed_with_a_point_and_taken_back() {
        let mut editor = at(editor(), setting("training.optimizer.learning_rate"));
        (0..9).for_each(|_| editor.edit(KeyCode::Backspace));
        assert_eq!(editor.value(editor.choice()), "_");
        "0.0035".chars().for_each(|c| editor.edit(KeyCode::Char(c)));
        assert_eq!(editor.value(editor.choice()), "0.0035");
        assert!(
            matches!(editor.control(), Control::Retune(settings) if settings.training.optimizer.learning_rate == 0.0035)
        );
    }

    #[test]
    fn whatever_is_typed_or_chosen_stays_where_a_run_can_be() {
        let mut editor = editor();
        for _ in 0..editor.choices().len() + 5 {
            for direction in [Direction::Left, Direction::Right] {
                (0..60).for_each(|_| editor.act(direction));
            }
            (0..30).for_each(|_| editor.edit(KeyCode::Char('9')));
            let _ = editor.clone().control();
            (0..30).for_each(|_| editor.edit(KeyCode::Backspace));
            let _ = editor.clone().control();
            editor.act(Direction::Down);
        }
    }

    #[test]
    fn runs_side_by_side_have_one_seed() {
        let observed = fixture::duel(2);
        assert!(!ModelEditor::new(&observed.run().snapshot).choices().contains(&Choice::Seed));
    }

    #[test]
    fn a_cell_without_a_forget_gate_has_no_bias_for_it() {
        let mut editor = editor();
        editor.settings.model.forget_bias = 1.0;
        let rebuilt = |editor: &ModelEditor| match editor.clone().control() {
            Control::Rebuild { settings, .. } => (settings.model.cell.as_str(), settings.model.forget_bias),
            other => panic!("{other:?}"),
        };
        assert_eq!(rebuilt(&editor), ("lstm", 1.0));
        editor.act(Direction::Right);
        assert_eq!(rebuilt(&editor), ("gru", 0.0), "or the run could not be resumed: that would be refused");
    }
}
