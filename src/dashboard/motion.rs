//! Motions: keys that several panels have.

/// A motion, which each panel handles in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Moves the cursor by one.
    Towards(Direction),
    /// Selects the next quantity or curve.
    NextQuantity,
    /// Selects the previous quantity or curve.
    PreviousQuantity,
    /// Selects the next layer of the model.
    NextLayer,
}

/// Direction of a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To an earlier step.
    Left,
    /// To a later step.
    Right,
    /// To the unit above, or into a curve (zoom).
    Up,
    /// To the unit below, or out of a curve (zoom).
    Down,
}
