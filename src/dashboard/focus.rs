//! The focus: what receives key presses.

use super::panels::PanelName;

/// What receives key presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// A panel: letters are commands.
    Panel(PanelName),
    /// The prompt being typed: letters are text.
    Typing,
    /// The help.
    Help,
    /// The model editor.
    Model,
    /// The name being typed: letters are text.
    Name,
}

impl Focus {
    /// All variants, with every panel.
    pub fn all() -> impl Iterator<Item = Self> {
        PanelName::ALL.iter().copied().map(Self::Panel).chain([Self::Typing, Self::Help, Self::Model, Self::Name])
    }

    /// Whether letters are text.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Typing | Self::Name)
    }
}
