//! The model editor: edits the settings of the model and of training before they are applied.

use crossterm::event::KeyCode;

use super::motion::Direction;
use crate::config::{EditContext, Key, RunSettings};
use crate::session::{Control, Snapshot};

/// A row of the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The network: a recurrent cell, or an architecture without one.
    Network,
    /// A setting of the model or of training.
    Setting(&'static Key),
    /// The seed of the weights.
    Seed,
}

/// State of the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEditor {
    settings: RunSettings,
    seed: u64,
    /// Settings and seed of the run.
    before: (RunSettings, u64),
    context: EditContext,
    /// Index of the selected row.
    row: usize,
    /// Text typed in the selected row; `None` if its value has not been typed.
    typed: Option<String>,
}

/// Largest seed that can be chosen.
const LARGEST_SEED: u64 = u64::MAX >> 1;

impl ModelEditor {
    /// An editor of the settings and the seed of a run, with the first row selected.
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
        // runs side by side share one seed, so that they read in the same order
        let seed = Some(Choice::Seed).filter(|_| !self.context.is_of_duel);
        std::iter::once(Choice::Network).chain(settings).chain(seed).collect()
    }

    /// The selected row.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choices().get(self.row).copied().unwrap_or(Choice::Network)
    }

    /// The text of a row: its value, or the text being typed (`_` if that is empty).
    #[must_use]
    pub fn value(&self, choice: Choice) -> String {
        match &self.typed {
            Some(typed) if choice == self.choice() => if typed.is_empty() { "_" } else { typed }.to_owned(),
            _ => Self::value_of(choice, &self.settings, self.seed),
        }
    }

    /// The text of a row for these settings and this seed.
    #[must_use]
    pub fn value_of(choice: Choice, settings: &RunSettings, seed: u64) -> String {
        match choice {
            Choice::Seed => seed.to_string(),
            Choice::Setting(key) => key.text(settings),
            Choice::Network => settings.model.network().to_uppercase(),
        }
    }

    /// Whether the text of a row differs from the value of the run.
    #[must_use]
    pub fn has_changed(&self, choice: Choice) -> bool {
        self.value(choice) != Self::value_of(choice, &self.before.0, self.before.1)
    }

    /// Whether changing a row needs new weights.
    #[must_use]
    pub fn needs_new_weights(choice: Choice) -> bool {
        match choice {
            Choice::Network | Choice::Seed => true,
            Choice::Setting(key) => key.needs_new_weights(),
        }
    }

    /// Whether the run can continue with the edited settings and its weights. `false` if nothing has changed: the run then restarts.
    #[must_use]
    pub fn keeps_weights(&self) -> bool {
        let mut chosen = self.clone();
        chosen.finish_typing();
        chosen.settings.normalize();
        let (before, seed) = &chosen.before;
        *before != chosen.settings && *seed == chosen.seed && before.can_continue_with(&chosen.settings)
    }

    /// Ends typing and moves: up and down select a row, left and right change its value.
    pub(super) fn act(&mut self, direction: Direction) {
        self.finish_typing();
        match direction {
            Direction::Up => self.row = self.row.saturating_sub(1),
            Direction::Down => self.row = (self.row + 1).min(self.choices().len() - 1),
            Direction::Left => self.change(false),
            Direction::Right => self.change(true),
        }
    }

    /// Changes the value of the selected row to the next or the previous one.
    fn change(&mut self, forward: bool) {
        match self.choice() {
            Choice::Seed if forward => self.seed = (self.seed + 1).min(LARGEST_SEED),
            Choice::Seed => self.seed = self.seed.saturating_sub(1),
            Choice::Setting(key) => key.change(&mut self.settings, forward),
            Choice::Network => self.settings.model.change_network(forward),
        }
    }

    /// Handles a digit, a decimal point or Backspace in a row with a number; ignores other keys and rows.
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
                // a leading zero is replaced
                if text == "0" && c != '.' {
                    text.clear();
                }
                text.push(c);
            }
            _ => return,
        }
        self.typed = Some(text);
    }

    /// Sets the selected row to the typed text; empty text becomes the smallest value.
    fn finish_typing(&mut self) {
        let Some(text) = self.typed.take() else { return };
        match self.choice() {
            Choice::Seed => self.seed = text.parse().unwrap_or(0).min(LARGEST_SEED),
            Choice::Setting(key) => key.set_text(&mut self.settings, &text),
            Choice::Network => {}
        }
    }

    /// The control that applies the settings: [`Control::Retune`] if the run can continue, else [`Control::Rebuild`].
    pub(super) fn control(mut self) -> Control {
        let keeps_weights = self.keeps_weights();
        self.finish_typing();
        self.settings.normalize();
        let settings = Box::new(self.settings);
        if keeps_weights { Control::Retune(settings) } else { Control::Rebuild { settings, seed: self.seed } }
    }
}

/// Largest number of characters of a typed number.
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

    /// The editor with the row of a setting selected.
    fn select(mut editor: ModelEditor, choice: Choice) -> ModelEditor {
        editor.row = editor.choices().iter().position(|other| *other == choice).unwrap();
        editor
    }

    #[test]
    fn editor_changed_rate_retunes_and_changed_size_rebuilds() {
        let mut rate = select(editor(), setting("training.optimizer.learning_rate"));
        rate.act(Direction::Right);
        assert!(rate.keeps_weights() && rate.has_changed(rate.choice()));
        match rate.clone().control() {
            Control::Retune(settings) => assert_eq!(settings.training.optimizer.learning_rate, 0.02),
            other => panic!("{other:?}"),
        }
        let mut both = select(rate, setting("model.hidden"));
        both.act(Direction::Right);
        assert!(!both.keeps_weights());
        assert!(matches!(both.control(), Control::Rebuild { settings, seed: 42 } if settings.model.hidden == 3
            && settings.training.optimizer.learning_rate == 0.02));
        assert!(matches!(editor().control(), Control::Rebuild { .. }), "the same again");
    }

    #[test]
    fn editor_typed_number_replaces_value() {
        let mut editor = select(editor(), setting("training.optimizer.learning_rate"));
        (0..9).for_each(|_| editor.edit(KeyCode::Backspace));
        assert_eq!(editor.value(editor.choice()), "_");
        "0.0035".chars().for_each(|c| editor.edit(KeyCode::Char(c)));
        assert_eq!(editor.value(editor.choice()), "0.0035");
        assert!(
            matches!(editor.control(), Control::Retune(settings) if settings.training.optimizer.learning_rate == 0.0035)
        );
    }

    #[test]
    fn editor_after_any_keys_returns_control() {
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
    fn editor_of_duel_has_no_seed() {
        let observed = fixture::duel(2);
        assert!(!ModelEditor::new(&observed.run().snapshot).choices().contains(&Choice::Seed));
    }

    #[test]
    fn editor_cell_without_forget_gate_resets_forget_bias() {
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
