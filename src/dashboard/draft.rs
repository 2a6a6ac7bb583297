//! A model that somebody thinks of training in place of the one there is.

use crossterm::event::KeyCode;

use super::action::Direction;
use crate::model::CellName;
use crate::training::{Architecture, Command, Snapshot};

/// What is to be chosen, in the order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The cell.
    Cell,
    /// Units of a layer.
    Hidden,
    /// Layers.
    Layers,
    /// Seed of the weights.
    Seed,
}

impl Choice {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cell, Self::Hidden, Self::Layers, Self::Seed];
}

/// What has been chosen so far. Where a number is being typed, 0 stands for no digit yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The model.
    pub architecture: Architecture,
    /// Its seed.
    pub seed: u64,
    row: usize,
}

const MOST_UNITS: usize = 4096;
const MOST_LAYERS: usize = 16;
const LARGEST_SEED: u64 = u64::MAX >> 1;

impl Draft {
    /// The model and the seed in force.
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        Self { architecture: snapshot.run.architecture, seed: snapshot.seed, row: 0 }
    }

    /// What the arrows change.
    #[must_use]
    pub fn choice(&self) -> Choice {
        Choice::ALL[self.row]
    }

    /// Another row, or another value in it.
    pub(super) fn act(&mut self, direction: Direction) {
        if matches!(direction, Direction::Up | Direction::Down) {
            let Architecture { hidden, layers, .. } = &mut self.architecture;
            (*hidden, *layers) = ((*hidden).max(1), (*layers).max(1));
        }
        match direction {
            Direction::Up => self.row = self.row.saturating_sub(1),
            Direction::Down => self.row = (self.row + 1).min(Choice::ALL.len() - 1),
            Direction::Left => self.change(false),
            Direction::Right => self.change(true),
        }
    }

    fn change(&mut self, more: bool) {
        let Architecture { cell, hidden, layers } = &mut self.architecture;
        let next =
            |value: usize, most: usize| if more { (value + 1).min(most) } else { value.saturating_sub(1).max(1) };
        match Choice::ALL[self.row] {
            Choice::Cell => {
                let at = CellName::ALL.iter().position(|(_, other)| other == cell).unwrap_or(0);
                (_, *cell) = CellName::ALL[(at + if more { 1 } else { CellName::ALL.len() - 1 }) % CellName::ALL.len()];
            }
            Choice::Hidden => *hidden = round_size(*hidden, more).clamp(1, (*hidden).max(MOST_UNITS)),
            Choice::Layers => *layers = next(*layers, MOST_LAYERS.max(*layers)),
            Choice::Seed if more => self.seed = (self.seed + 1).min(LARGEST_SEED),
            Choice::Seed => self.seed = self.seed.saturating_sub(1),
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
        let (size, most) = match self.choice() {
            Choice::Cell => return,
            Choice::Seed => {
                self.seed = change(self.seed).min(LARGEST_SEED);
                return;
            }
            Choice::Hidden => (&mut self.architecture.hidden, MOST_UNITS),
            Choice::Layers => (&mut self.architecture.layers, MOST_LAYERS),
        };
        *size = usize::try_from(change(*size as u64)).unwrap_or(most).min(most);
    }

    /// What makes it real.
    pub(super) fn command(self) -> Command {
        let Architecture { cell, hidden, layers } = self.architecture;
        let architecture = Architecture { cell, hidden: hidden.max(1), layers: layers.max(1) };
        Command::Rebuild { architecture, seed: self.seed }
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
        let mut draft = Draft::new(&fixture::running());
        for _ in 0..4 {
            for direction in [Direction::Left, Direction::Right] {
                for _ in 0..100 {
                    draft.act(direction);
                    let Architecture { hidden, layers, .. } = draft.architecture;
                    assert!((1..=MOST_UNITS).contains(&hidden) && (1..=MOST_LAYERS).contains(&layers));
                }
            }
            (0..30).for_each(|_| draft.edit(KeyCode::Char('9')));
            (0..30).for_each(|_| draft.edit(KeyCode::Backspace));
            draft.act(Direction::Down);
        }
    }
}
