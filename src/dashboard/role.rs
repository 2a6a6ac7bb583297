//! What somebody who looks may do.

/// Who looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Who has the program: may do everything.
    #[default]
    Teacher,
    /// May ask, pin, go back in time and look at every panel, but not change a run.
    Student,
    /// A screen for all: nothing can be asked there.
    Projector,
}

/// Who may do what an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Everybody.
    Anyone,
    /// Everybody who has a prompt.
    Asking,
    /// The teacher; somebody else only to their own replay.
    OfReplay,
    /// The teacher.
    Teacher,
}

impl Role {
    /// As a log has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Teacher => "teacher",
            Self::Student => "student",
            Self::Projector => "projector",
        }
    }

    /// Whether this role may do it, while a replay moves or not.
    #[must_use]
    pub fn may(self, permission: Permission, is_replaying: bool) -> bool {
        match (self, permission) {
            (Self::Teacher, _) | (_, Permission::Anyone) | (Self::Student, Permission::Asking) => true,
            (Self::Student, Permission::OfReplay) => is_replaying,
            _ => false,
        }
    }
}
