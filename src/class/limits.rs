//! Limits on members and sessions.

/// The limits of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of members besides teachers.
    pub members: usize,
    /// The maximum number of sessions of one person.
    pub sessions_each: usize,
}

impl Limits {
    /// The default maximum number of members.
    pub const MEMBERS: usize = 64;
    /// The default maximum number of sessions of one person.
    pub const SESSIONS_EACH: usize = 3;

    /// Limits of this many members, not counting teachers, with [`SESSIONS_EACH`](Self::SESSIONS_EACH) sessions of each person.
    #[must_use]
    pub fn for_members(members: usize) -> Self {
        Self { members, sessions_each: Self::SESSIONS_EACH }
    }
}
