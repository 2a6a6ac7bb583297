//! What keys do in several panels, each in its own way.

/// What several panels do, each in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// The cursor one further in this direction.
    Towards(Direction),
    /// The next quantity.
    NextQuantity,
    /// The quantity before.
    PreviousQuantity,
    /// The next layer of the model.
    NextLayer,
}

/// Where a cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To an earlier step.
    Left,
    /// To a later step.
    Right,
    /// To the unit above, or closer to a curve.
    Up,
    /// To the unit below, or away from a curve.
    Down,
}
