//! A class: everybody who looks at the same runs, each with a view, a size and a language of their own. Training and its controls are
//! the teacher's.
//!
//! A [`Class`] knows who is there and what all are shown; [`Class::attend`] is one session over any bytes; [`door`] has the ways in.

pub mod door;
mod name;
mod poll;
mod roster;
mod session;
mod teacher;
pub mod visitor;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::session::SharedRuns;

pub use roster::Followed;
use roster::Roster;
pub use session::Departure;
pub use teacher::TeacherPart;
pub use visitor::Visitor;

/// Runs that a class looks at, and who is there.
#[derive(Debug)]
pub struct Class {
    runs: SharedRuns,
    roster: Mutex<Roster>,
}

impl Class {
    /// How many there may be at once, if nothing else is said.
    pub const MOST_MEMBERS: usize = 64;

    /// A class of at most `most` members, with nobody in it yet.
    #[must_use]
    pub fn new(runs: SharedRuns, most: usize) -> Arc<Self> {
        Arc::new(Self { runs, roster: Mutex::new(Roster::new(most)) })
    }

    /// Whoever panicked while holding the lock left what it guards whole: each change is one assignment.
    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more way in, as the teacher is told of it.
    pub fn add_door(&self, told: String) {
        self.roster().doors.push(told);
    }

    /// Whether everybody is to leave.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.roster().is_over
    }

    /// How many there are besides the teacher.
    #[must_use]
    pub fn present(&self) -> usize {
        self.roster().members.len()
    }

    /// Tells everybody to leave, and lets those go that do not within `patience`.
    pub fn close(&self, patience: std::time::Duration) {
        self.roster().is_over = true;
        let deadline = std::time::Instant::now() + patience;
        while self.present() > 0 && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        self.roster().members.values().for_each(|member| (member.hang_up)());
    }
}
