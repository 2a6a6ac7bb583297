//! What a viewer knows of the class that looks at the same runs.

use super::panels::PanelName;
use super::role::Role;

/// A class, as one of it sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassView {
    /// How many there are besides the teacher.
    pub present: usize,
    /// How many of them have raised a hand.
    pub hands: usize,
    /// Whether this viewer has.
    pub has_raised_hand: bool,
    /// Whether all see what the teacher sees.
    pub follows: bool,
    /// Who is there, in the order in which they came; only the teacher knows.
    pub members: Vec<MemberView>,
    /// The ways into the class, a line each; only the teacher knows.
    pub doors: Vec<String>,
}

/// One of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Safe to be shown.
    pub name: String,
    /// What somebody may do.
    pub role: Role,
    /// The panel that has the keys.
    pub panel: PanelName,
    /// What was asked last, safe to be shown.
    pub prompt: String,
    /// Whole minutes since somebody came.
    pub minutes: u64,
    /// Whether the hand is raised.
    pub hand: bool,
}

/// What somebody does in a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassAct {
    /// Raises the hand, or takes it down.
    ToggleHand,
    /// Takes all hands down.
    LowerHands,
    /// Has all see what the teacher sees, or lets them look where they like.
    ToggleFollow,
}
