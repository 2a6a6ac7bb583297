//! The cursor in a trace: quantity, layer, unit and position.

use super::motion::{Direction, Motion};
use crate::model::{Quantity, QuantityKind, Trace};

/// A position in a trace. It stays the same when another prompt is traced, clamped to the size of that trace.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TraceCursor {
    /// The selected quantity; `None` before the first selection, which stands for the first quantity of the trace.
    term: Option<QuantityKind>,
    /// Layer, counted back from the last one.
    layers_below_last: usize,
    /// Unit, counted from 0.
    unit: usize,
    /// Position, counted back from the last one.
    positions_before_last: usize,
}

impl TraceCursor {
    /// The selected quantity, or the first one if the trace does not have it; `None` if the trace has none.
    #[must_use]
    pub fn quantity(self, trace: &Trace) -> Option<&Quantity> {
        let layer = self.layer(trace);
        let chosen = self.term.and_then(|term| trace.quantity(term, layer));
        chosen.or_else(|| trace.terms().first().and_then(|term| trace.quantity(*term, layer)))
    }

    /// The layer, counted from 0.
    #[must_use]
    pub fn layer(self, trace: &Trace) -> usize {
        trace.layers().saturating_sub(1 + self.layers_below_last)
    }

    /// The unit, counted from 0.
    #[must_use]
    pub fn unit(self, trace: &Trace) -> usize {
        self.unit.min(self.width(trace).saturating_sub(1))
    }

    /// The position, counted from 0.
    #[must_use]
    pub fn position(self, trace: &Trace) -> usize {
        trace.positions().saturating_sub(1 + self.positions_before_last)
    }

    /// Number of units of the selected quantity.
    fn width(self, trace: &Trace) -> usize {
        self.quantity(trace).map_or(0, |quantity| quantity.width)
    }

    /// Moves the cursor within the trace.
    pub(super) fn apply(&mut self, motion: Motion, trace: &Trace) {
        // relative to the clamped position: the cursor may be from a larger trace
        let (unit, position) = (self.unit(trace), self.position(trace));
        let last = trace.positions().saturating_sub(1);
        match motion {
            Motion::NextQuantity => self.term = self.neighbour(trace, true),
            Motion::PreviousQuantity => self.term = self.neighbour(trace, false),
            Motion::NextLayer => self.layers_below_last = (self.layers_below_last + 1) % trace.layers().max(1),
            Motion::Towards(Direction::Up) => self.unit = unit.saturating_sub(1),
            Motion::Towards(Direction::Down) => self.unit = (unit + 1).min(self.width(trace).saturating_sub(1)),
            Motion::Towards(Direction::Left) => self.positions_before_last = last - position.saturating_sub(1),
            Motion::Towards(Direction::Right) => self.positions_before_last = last - (position + 1).min(last),
        }
    }

    /// The next or the previous quantity of the trace, cyclically; `None` if the trace has none.
    fn neighbour(self, trace: &Trace, is_next: bool) -> Option<QuantityKind> {
        let terms = trace.terms();
        let current = self.quantity(trace)?.term;
        let index = terms.iter().position(|term| *term == current).unwrap_or(0);
        terms.get((index + if is_next { 1 } else { terms.len() - 1 }) % terms.len()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    const MOVES: [Motion; 7] = [
        Motion::NextQuantity,
        Motion::PreviousQuantity,
        Motion::NextLayer,
        Motion::Towards(Direction::Up),
        Motion::Towards(Direction::Down),
        Motion::Towards(Direction::Left),
        Motion::Towards(Direction::Right),
    ];

    #[test]
    fn cursor_stays_in_trace_and_reaches_all_quantities_and_layers() {
        let large = fixture::large().answer_mut().trace.clone();
        let mut cursor = TraceCursor::default();
        assert_eq!(
            (cursor.layer(&large), cursor.unit(&large), cursor.position(&large)),
            (1, 0, 39),
            "next to the answer"
        );
        cursor.apply(Motion::NextLayer, &large);
        assert_eq!(cursor.layer(&large), 0);
        for direction in [Direction::Right, Direction::Up] {
            cursor.apply(Motion::Towards(direction), &large);
            assert_eq!((cursor.unit(&large), cursor.position(&large)), (0, 39), "{direction:?}");
        }
        for _ in 0..200 {
            cursor.apply(Motion::Towards(Direction::Down), &large);
            cursor.apply(Motion::Towards(Direction::Left), &large);
        }
        assert_eq!((cursor.unit(&large), cursor.position(&large)), (99, 0));

        let small = fixture::running().answer_mut().trace.clone();
        let place = (cursor.layer(&small), cursor.unit(&small), cursor.position(&small));
        assert_eq!(place, (0, 1, 0), "as far as that reaches");
        let terms: Vec<_> = (0..small.terms().len())
            .map(|_| {
                cursor.apply(Motion::NextQuantity, &small);
                cursor.quantity(&small).unwrap().term
            })
            .collect();
        assert_eq!(terms.len(), 7, "h, c, four gates and the embedding");
        assert!(small.terms().iter().all(|term| terms.contains(term)));
    }

    #[test]
    fn cursor_in_empty_trace_allows_all_motions() {
        let trace =
            Trace { quantities: Vec::new(), gradient_flow: Vec::new(), ids: Vec::new(), ..fixture::lstm_of_one_unit() };
        let mut cursor = TraceCursor::default();
        for motion in MOVES {
            cursor.apply(motion, &trace);
            assert_eq!((cursor.quantity(&trace), cursor.unit(&trace), cursor.position(&trace)), (None, 0, 0));
        }
    }
}
