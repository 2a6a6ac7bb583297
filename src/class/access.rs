//! Access of a class member, and the tools of a teacher.

use std::sync::Arc;

use super::name;
use crate::dashboard::{Export, Keymap, Preferences, Role};
use crate::session::Controls;

/// The access of a class member. Only a teacher's has the means to change a run:
///
/// ```compile_fail,E0618
/// # use rnn_tui::{class::Access, session::Controls};
/// # fn of(controls: Controls) -> Access {
/// Access::Student(controls) // a student has no controls
/// # }
/// ```
#[derive(Clone, Debug)]
pub enum Access {
    /// Can ask, pin prompts, replay, and open every panel.
    Student,
    /// A shared screen that follows the teacher; accepts no prompts.
    Projector,
    /// Controls training and leads the class.
    Teacher(Arc<TeacherTools>),
}

/// The tools of a teacher's session.
pub struct TeacherTools {
    /// Controls of the runs.
    pub controls: Controls,
    /// Exports a viewer's view to files.
    pub export: Arc<Export>,
    /// Key bindings.
    pub keymap: Keymap,
    /// Upper limit of frames per second, besides those that answer a key.
    pub frames_per_second: u32,
}

impl std::fmt::Debug for TeacherTools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeacherTools").field("controls", &self.controls).finish_non_exhaustive()
    }
}

impl Access {
    /// The role in the class.
    #[must_use]
    pub fn role(&self) -> Role {
        match self {
            Self::Student => Role::Student,
            Self::Projector => Role::Projector,
            Self::Teacher(_) => Role::Teacher,
        }
    }

    /// The access of a visitor with this name: the projector's name makes a student the projector.
    pub(super) fn for_name(&self, name: &str) -> Self {
        match self {
            Self::Student if name::is_projector(name) => Self::Projector,
            access => access.clone(),
        }
    }

    /// The tools of a teacher.
    pub(super) fn tools(&self) -> Option<&TeacherTools> {
        match self {
            Self::Teacher(tools) => Some(tools),
            Self::Student | Self::Projector => None,
        }
    }
}

impl TeacherTools {
    /// Sets the key bindings and the frame rate of a teacher.
    pub(super) fn apply_to(&self, preferences: &mut Preferences) {
        preferences.keymap = self.keymap.clone();
        preferences.frames_per_second = self.frames_per_second;
    }
}
