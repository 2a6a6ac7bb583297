//! The panels by name: what is known of each without its state.

use super::panel_list;
use crate::dashboard::keymap::{Key, c};
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

            /// The title, which the footer and the help have, too.
            #[must_use]
            pub fn title(self) -> Bilingual {
                match self {
                    $(Self::$name => text($english, $chinese),)*
                }
            }

            /// Whether it shows one model: of several runs there is one panel beside the other.
            #[must_use]
            pub fn is_of_one_run(self) -> bool {
                match self {
                    $(Self::$name => matches!(Scope::$scope, Scope::OneRun),)*
                }
            }

            /// The action and the key that show it.
            #[must_use]
            pub fn show_key(self) -> ShowKey {
                match self {
                    $(Self::$name => ShowKey { action: $action, keys: const { &[c($key)] } },)*
                }
            }
        }
    };
}

/// What a panel shows of several runs.
enum Scope {
    /// One of them; drawn side by side for each.
    OneRun,
    /// All of them in one picture.
    AllRuns,
}

panel_list!(names);

impl PanelName {
    /// The next panel, or the one before; the last is followed by the first.
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
