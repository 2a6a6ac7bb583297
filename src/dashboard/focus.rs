//! Where the keys go.

use super::panels::PanelName;

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// To a panel: letters are commands.
    Panel(PanelName),
    /// To the prompt that is being typed: letters are text.
    Typing,
    /// To the table of keys.
    Help,
    /// To the model editor.
    Model,
    /// To a name that is being typed: letters are text.
    Name,
}

impl Focus {
    /// Every one there is.
    pub fn all() -> impl Iterator<Item = Self> {
        PanelName::ALL.iter().copied().map(Self::Panel).chain([Self::Typing, Self::Help, Self::Model, Self::Name])
    }

    /// Whether letters are text.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Typing | Self::Name)
    }
}
