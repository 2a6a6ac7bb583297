//! A member of a class.

use std::fmt;
use std::time::Instant;

use crate::class::name;
use crate::class::person::Identity;
use crate::class::visitor::{Credential, Visitor};
use crate::dashboard::{Notice, PanelName, Role, WrittenDown};

/// A member of a class.
pub(in crate::class) struct Member {
    /// The name in the class, distinct from those of all other members.
    pub name: String,
    pub role: Role,
    pub identity: Identity,
    pub credential: Credential,
    /// When they joined.
    pub since: Instant,
    /// The panel that has the keys.
    pub panel: PanelName,
    /// The prompt on their screen.
    pub asked: String,
    /// Whether their hand is raised.
    pub hand: bool,
    /// Whether they were removed; the session ends soon.
    pub is_removed: bool,
    /// A notice that their session has not shown yet.
    pub notice: Option<Notice>,
    /// What the archive stores of their session.
    pub written_down: Vec<WrittenDown>,
    /// Closes their connection.
    pub hang_up: Box<dyn Fn() + Send>,
}

impl Member {
    /// A member who joins now; `hang_up` closes the connection.
    pub fn new(visitor: &Visitor, role: Role, hang_up: Box<dyn Fn() + Send>) -> Self {
        let name = match role {
            Role::Student => name::for_student(&visitor.name),
            Role::Teacher if visitor.name == name::DEFAULT_NAME => role.name().to_owned(),
            Role::Teacher | Role::Projector => visitor.name.clone(),
        };
        Self {
            name,
            role,
            identity: Identity::from_visitor(visitor),
            credential: visitor.credential.clone(),
            since: Instant::now(),
            panel: PanelName::Prompt,
            asked: String::new(),
            hand: false,
            is_removed: false,
            notice: None,
            written_down: Vec::new(),
            hang_up,
        }
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}
