//! Roles of viewers and their permissions.

/// The role of a viewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// At the terminal of the program, or admitted by a teacher's key: may do everything.
    #[default]
    Teacher,
    /// May ask, pin, go back in time and see every panel, but not change a run.
    Student,
    /// A screen for all, which cannot ask.
    Projector,
}

/// The permission that an action needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// All roles.
    Anyone,
    /// Teachers and students.
    Asking,
    /// Teachers; students only during a replay of their own.
    OwnReplay,
    /// Teachers.
    Teacher,
}

impl Role {
    /// The name in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Teacher => "teacher",
            Self::Student => "student",
            Self::Projector => "projector",
        }
    }

    /// Whether this role has a permission; `is_replaying` is whether the viewer's replay is playing.
    #[must_use]
    pub fn may(self, permission: Permission, is_replaying: bool) -> bool {
        match (self, permission) {
            (Self::Teacher, _) | (_, Permission::Anyone) | (Self::Student, Permission::Asking) => true,
            (Self::Student, Permission::OwnReplay) => is_replaying,
            _ => false,
        }
    }
}
