//! The names of the panels, with what does not depend on their state.

use super::panel_list;
use crate::dashboard::key::{Key, c};
use crate::dashboard::language::{Bilingual, text};

/// The action that shows a panel.
#[derive(Clone, Copy, Debug)]
pub struct ShowKey {
    /// The name of the action in a configuration.
    pub action: &'static str,
    /// The default keys.
    pub keys: &'static [Key],
}

/// Expands the list of panels to their names.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident $field:ident: $state:ty = $action:literal, $key:literal, $scope:ident, $english:literal, $chinese:literal;)*) => {
        /// One of the panels.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PanelName {
            $($(#[$doc])* $name,)*
        }

        impl PanelName {
            /// All panels, in the order of their keys.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The title, which is also the label in the footer and the help.
            #[must_use]
            pub fn title(self) -> Bilingual {
                match self {
                    $(Self::$name => text($english, $chinese),)*
                }
            }

            /// Whether it shows a single run; for several runs it is drawn side by side.
            #[must_use]
            pub fn shows_one_run(self) -> bool {
                match self {
                    $(Self::$name => matches!(Scope::$scope, Scope::OneRun),)*
                }
            }

            /// The action that shows it.
            #[must_use]
            pub fn show_key(self) -> ShowKey {
                match self {
                    $(Self::$name => ShowKey { action: $action, keys: const { &[c($key)] } },)*
                }
            }
        }
    };
}

/// The runs that a panel shows.
enum Scope {
    /// A single one; for several runs it is drawn side by side.
    OneRun,
    /// All in one picture.
    AllRuns,
}

panel_list!(names);

impl PanelName {
    /// The next or the previous panel, cyclically.
    #[must_use]
    pub fn neighbour(self, forward: bool) -> Self {
        let position = Self::ALL.iter().position(|panel| *panel == self).unwrap_or(0);
        Self::ALL[(position + if forward { 1 } else { Self::ALL.len() - 1 }) % Self::ALL.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbour_in_both_directions_reaches_every_panel() {
        for panel in PanelName::ALL {
            assert_eq!(panel.neighbour(true).neighbour(false), *panel);
        }
        let round = std::iter::successors(Some(PanelName::Loss), |panel| Some(panel.neighbour(true)));
        assert_eq!(round.take(PanelName::ALL.len()).collect::<Vec<_>>(), PanelName::ALL);
    }
}
