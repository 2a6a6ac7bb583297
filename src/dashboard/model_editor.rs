//! A model that somebody thinks of training in place of the one there is.

use crossterm::event::KeyCode;

use super::motion::Direction;
use crate::config::{ModelChoice, ModelConfig};
use crate::session::{Control, Snapshot};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The model.
    Model(ModelChoice),
    /// The seed of its weights.
    Seed,
}

/// What has been chosen so far. Where a number is being typed, 0 stands for no digit yet.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEditor {
    model: ModelConfig,
    seed: u64,
    row: usize,
}

const LARGEST_SEED: u64 = u64::MAX >> 1;

impl ModelEditor {
    /// The model and the seed in force.
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        Self { model: snapshot.run.architecture.clone(), seed: snapshot.seed, row: 0 }
    }

    /// All rows.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        self.model.choices().iter().map(|choice| Choice::Model(*choice)).chain([Choice::Seed]).collect()
    }

    /// What the arrows change.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choices().get(self.row).copied().unwrap_or(Choice::Seed)
    }

    /// What is chosen in a row; a number of which no digit is typed yet is none.
    #[must_use]
    pub fn value(&self, choice: Choice) -> String {
        match choice {
            Choice::Seed => self.seed.to_string(),
            Choice::Model(choice) => match self.model.clone().size_mut(choice) {
                Some((0, _)) => "_".to_owned(),
                Some((size, _)) => size.to_string(),
                None => self.model.network().to_uppercase(),
            },
        }
    }

    /// Another row, or another value in it.
    pub(super) fn act(&mut self, direction: Direction) {
        if matches!(direction, Direction::Up | Direction::Down) {
            self.finish_numbers();
        }
        match direction {
            Direction::Up => self.row = self.row.saturating_sub(1),
            Direction::Down => self.row = (self.row + 1).min(self.choices().len() - 1),
            Direction::Left => self.change(false),
            Direction::Right => self.change(true),
        }
    }

    fn change(&mut self, more: bool) {
        let choice = match self.choice() {
            Choice::Seed if more => return self.seed = (self.seed + 1).min(LARGEST_SEED),
            Choice::Seed => return self.seed = self.seed.saturating_sub(1),
            Choice::Model(choice) => choice,
        };
        let is_width = matches!(choice, ModelChoice::Hidden | ModelChoice::Embedding);
        if choice == ModelChoice::Heads {
            return self.model.change_heads(more);
        }
        match self.model.size_mut(choice) {
            Some((size, most)) if is_width => *size = round_size(*size, more).clamp(1, (*size).max(most)),
            Some((size, most)) if more => *size = (*size + 1).min(most.max(*size)),
            Some((size, _)) => *size = size.saturating_sub(1).max(1),
            None => self.model.change_network(more),
        }
    }

    /// Numbers can be typed.
    pub(super) fn edit(&mut self, key: KeyCode) {
        match key {
            KeyCode::Backspace => self.type_over(|number| number / 10),
            KeyCode::Char(c) => {
                if let Some(digit) = c.to_digit(10) {
                    self.type_over(|number| number.saturating_mul(10).saturating_add(digit.into()));
                }
            }
            _ => {}
        }
    }

    fn type_over(&mut self, change: impl FnOnce(u64) -> u64) {
        match self.choice() {
            Choice::Seed => self.seed = change(self.seed).min(LARGEST_SEED),
            Choice::Model(choice) => {
                if let Some((size, most)) = self.model.size_mut(choice) {
                    *size = usize::try_from(change(*size as u64)).unwrap_or(most).min(most);
                }
            }
        }
    }

    /// No model has nothing of what it is made of.
    fn finish_numbers(&mut self) {
        for choice in self.model.choices() {
            if let Some((size, _)) = self.model.size_mut(*choice) {
                *size = (*size).max(1);
            }
        }
    }

    /// What makes it real.
    pub(super) fn control(mut self) -> Control {
        self.finish_numbers();
        self.model.agree();
        Control::Rebuild { model: Box::new(self.model), seed: self.seed }
    }
}

/// The next larger or smaller one of 1, 2, 3, 4, 6, 8, 12, 16, 24, …
fn round_size(size: usize, larger: bool) -> usize {
    let sizes = (0..13).flat_map(|power| [1_usize << power, 3 << power >> 1]).filter(|size| *size > 0);
    if larger {
        sizes.filter(|round| *round > size).min().unwrap_or(size)
    } else {
        sizes.filter(|round| *round < size).max().unwrap_or(size)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn units_grow_and_shrink_by_steps_that_make_a_difference() {
        let grown: Vec<usize> = std::iter::successors(Some(1), |size| Some(round_size(*size, true))).take(9).collect();
        assert_eq!(grown, [1, 2, 3, 4, 6, 8, 12, 16, 24]);
        assert_eq!((round_size(200, true), round_size(200, false), round_size(1, false)), (256, 192, 1));
    }

    #[test]
    fn values_stay_where_a_model_can_be() {
        let mut editor = ModelEditor::new(&fixture::running().run().snapshot);
        for _ in 0..4 {
            for direction in [Direction::Left, Direction::Right] {
                for _ in 0..100 {
                    editor.act(direction);
                    for choice in editor.model.choices() {
                        assert!(editor.model.size_mut(*choice).is_none_or(|(size, most)| (1..=most).contains(size)));
                    }
                }
            }
            (0..30).for_each(|_| editor.edit(KeyCode::Char('9')));
            (0..30).for_each(|_| editor.edit(KeyCode::Backspace));
            editor.act(Direction::Down);
        }
    }

    #[test]
    fn a_cell_without_a_forget_gate_has_no_bias_for_it() {
        let mut editor = ModelEditor::new(&fixture::running().run().snapshot);
        editor.model.forget_bias = 1.0;
        let rebuilt = |editor: &ModelEditor| match editor.clone().control() {
            Control::Rebuild { model, .. } => (model.cell.as_str(), model.forget_bias),
            other => panic!("{other:?}"),
        };
        assert_eq!(rebuilt(&editor), ("lstm", 1.0));
        editor.act(Direction::Right);
        assert_eq!(rebuilt(&editor), ("gru", 0.0), "or the run could not be resumed: that would be refused");
    }
}
