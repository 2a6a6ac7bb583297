//! Where in the model one looks: quantity, layer, unit and step.

use super::action::{Action, Direction};
use crate::model::{Quantity, Trace};

/// A place in a trace. It stays where it is when another text is traced, as far as that reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    quantity: Quantity,
    /// Counted from the last layer: that is nearest to the answer.
    layers_below_last: usize,
    unit: usize,
    /// Counted from the last step: that is nearest to the answer.
    steps_before_last: usize,
}

impl Spot {
    /// What one looks at: the hidden state if the trace has not that quantity.
    #[must_use]
    pub fn quantity(self, trace: &Trace) -> Quantity {
        if trace.quantities().contains(&self.quantity) { self.quantity } else { Quantity::Hidden }
    }

    /// Which layer, counted from 0.
    #[must_use]
    pub fn layer(self, trace: &Trace) -> usize {
        trace.layers.len().saturating_sub(1 + self.layers_below_last)
    }

    /// Which unit, counted from 0.
    #[must_use]
    pub fn unit(self, trace: &Trace) -> usize {
        self.unit.min(self.width(trace).saturating_sub(1))
    }

    /// Which step, counted from 0.
    #[must_use]
    pub fn step(self, trace: &Trace) -> usize {
        trace.steps().saturating_sub(1 + self.steps_before_last)
    }

    /// How many numbers there are for a step.
    fn width(self, trace: &Trace) -> usize {
        trace.values(self.quantity(trace), self.layer(trace)).len() / trace.steps().max(1)
    }

    /// Looks somewhere else.
    pub(super) fn act(&mut self, action: Action, trace: &Trace) {
        // from what is to be seen, wherever the spot was in a larger trace
        let (unit, step) = (self.unit(trace), self.step(trace));
        let last_step = trace.steps().saturating_sub(1);
        match action {
            Action::NextQuantity => self.quantity = self.neighbour(trace, 1),
            Action::PreviousQuantity => self.quantity = self.neighbour(trace, trace.quantities().len() - 1),
            Action::NextLayer => self.layers_below_last = (self.layers_below_last + 1) % trace.layers.len().max(1),
            Action::Move(Direction::Up) => self.unit = unit.saturating_sub(1),
            Action::Move(Direction::Down) => self.unit = (unit + 1).min(self.width(trace).saturating_sub(1)),
            Action::Move(Direction::Left) => self.steps_before_last = last_step - step.saturating_sub(1),
            Action::Move(Direction::Right) => self.steps_before_last = last_step - (step + 1).min(last_step),
            _ => {}
        }
    }

    fn neighbour(self, trace: &Trace, distance: usize) -> Quantity {
        let all = trace.quantities();
        let at = all.iter().position(|quantity| *quantity == self.quantity(trace)).unwrap_or(0);
        all[(at + distance) % all.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    #[test]
    fn the_spot_never_leaves_the_trace_and_every_quantity_and_layer_is_reached() {
        let large = fixture::large().answer.unwrap().trace;
        let mut spot = Spot::default();
        assert_eq!((spot.layer(&large), spot.unit(&large), spot.step(&large)), (1, 0, 39), "next to the answer");
        spot.act(Action::NextLayer, &large);
        assert_eq!(spot.layer(&large), 0);
        for direction in [Direction::Right, Direction::Up] {
            spot.act(Action::Move(direction), &large);
            assert_eq!((spot.unit(&large), spot.step(&large)), (0, 39), "{direction:?}");
        }
        for _ in 0..200 {
            spot.act(Action::Move(Direction::Down), &large);
            spot.act(Action::Move(Direction::Left), &large);
        }
        assert_eq!((spot.unit(&large), spot.step(&large)), (99, 0));

        let small = fixture::running().answer.unwrap().trace;
        assert_eq!((spot.layer(&small), spot.unit(&small), spot.step(&small)), (0, 1, 0), "as far as that reaches");
        let names: Vec<_> = (0..small.quantities().len())
            .map(|_| {
                spot.act(Action::NextQuantity, &small);
                spot.quantity(&small)
            })
            .collect();
        assert_eq!(names.len(), 7, "h, c, four gates and the embedding");
        assert!(small.quantities().iter().all(|quantity| names.contains(quantity)));
    }
}
