//! As what somebody takes part in a class.

use std::sync::Arc;

use super::name;
use crate::dashboard::{Export, Keymap, Preferences, Role};
use crate::session::Controls;

/// As what somebody takes part in a class. Only who teaches has something with which a run can be changed:
///
/// ```compile_fail,E0618
/// # use rnn_tui::{class::Access, session::Controls};
/// # fn of(controls: Controls) -> Access {
/// Access::Student(controls) // there is no place for them
/// # }
/// ```
#[derive(Clone, Debug)]
pub enum Access {
    /// May ask, pin, go back in time and look at every panel.
    Student,
    /// A screen for all: nothing can be asked there.
    Projector,
    /// Trains, and leads the class.
    Teacher(Arc<TeacherTools>),
}

/// What only a teacher's session is given.
pub struct TeacherTools {
    /// Change the runs.
    pub controls: Controls,
    /// Writes what a viewer sees to files.
    pub export: Arc<Export>,
    /// Which key does what.
    pub keymap: Keymap,
    /// Frames per second that nobody asked for by a key, at most.
    pub frames_per_second: u32,
}

impl std::fmt::Debug for TeacherTools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeacherTools").field("controls", &self.controls).finish_non_exhaustive()
    }
}

impl Access {
    /// What somebody may do there.
    #[must_use]
    pub fn role(&self) -> Role {
        match self {
            Self::Student => Role::Student,
            Self::Projector => Role::Projector,
            Self::Teacher(_) => Role::Teacher,
        }
    }

    /// Where somebody sits who comes by this name: a screen for all has one.
    pub(super) fn of_name(&self, name: &str) -> Self {
        match self {
            Self::Student if name::is_of_projector(name) => Self::Projector,
            seat => seat.clone(),
        }
    }

    pub(super) fn tools(&self) -> Option<&TeacherTools> {
        match self {
            Self::Teacher(tools) => Some(tools),
            Self::Student | Self::Projector => None,
        }
    }
}

impl TeacherTools {
    pub(super) fn prefer(&self, preferences: &mut Preferences) {
        preferences.keymap = self.keymap.clone();
        preferences.frames_per_second = self.frames_per_second;
    }
}
