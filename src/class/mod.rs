//! A class: everybody who looks at the same runs, each with a view, a size and a language of their own. Training and its controls are
//! the teacher's.
//!
//! A [`Class`] knows who is there and what all are shown; [`Class::attend`] is one session over any bytes; [`door`] has the ways in.

mod archive;
pub mod door;
mod log;
mod membership;
mod name;
mod poll;
mod roster;
mod seat;
mod session;
pub mod visitor;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::dashboard::{Announcement, Language, Role};
use crate::session::SharedRuns;

pub use archive::Archive;
pub use log::Log;
pub use membership::Membership;
pub use roster::Followed;
use roster::{Member, Roster};
pub use seat::{Seat, TeacherTools};
pub use session::{Departure, IncomingEvents};
pub use visitor::Visitor;

/// Runs that a class looks at, and who is there. Nothing of a run can be changed by it:
///
/// ```compile_fail,E0599
/// # fn of(class: &std::sync::Arc<rnn_tui::class::Class>) {
/// class.send(rnn_tui::session::Control::Restart); // who is let in has this and no more
/// # }
/// ```
#[derive(Debug)]
pub struct Class {
    runs: SharedRuns,
    roster: Mutex<Roster>,
    archive: Archive,
    idle: OnceLock<Duration>,
}

impl Class {
    /// How many there may be at once, if nothing else is said.
    pub const MOST_MEMBERS: usize = 64;

    /// A class of at most `most` members besides those who teach, with nobody in it yet.
    #[must_use]
    pub fn new(runs: SharedRuns, most: usize, archive: Archive) -> Arc<Self> {
        Arc::new(Self { runs, roster: Mutex::new(Roster::new(most)), archive, idle: OnceLock::new() })
    }

    /// After how long a session in which nobody types ends, if nothing else is said.
    pub const LONGEST_IDLENESS: Duration = Duration::from_hours(3);

    /// Has sessions in which nobody types end after so long, from before the first one on.
    pub fn limit_idleness(&self, idle: Duration) {
        let _ = self.idle.set(idle);
    }

    /// After how long a session in which nobody types ends.
    #[must_use]
    pub fn idle(&self) -> Duration {
        *self.idle.get_or_init(|| Self::LONGEST_IDLENESS)
    }

    /// Whoever panicked while holding the lock left what it guards whole: each change is one assignment.
    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more thing that who teaches is to know of the class, such as a way in.
    pub fn announce(&self, announcement: Announcement) {
        let announcements = &mut self.roster().announcements;
        if !announcements.contains(&announcement) {
            announcements.push(announcement);
        }
    }

    /// What who teaches is to know of the class, a line each.
    #[must_use]
    pub fn announcements(&self, language: Language) -> Vec<String> {
        self.roster().announcements.iter().map(|announcement| language.announcement(announcement)).collect()
    }

    /// Somebody who teaches at the program's own terminal; `None` if the class is over.
    #[must_use]
    pub fn teach_here(self: &Arc<Self>, name: &str) -> Option<Membership> {
        self.join(name, Role::Teacher, Box::new(|| {})).ok()
    }

    fn join(self: &Arc<Self>, name: &str, role: Role, hang_up: Box<dyn Fn() + Send>) -> Result<Membership, Departure> {
        let number = self.roster().join(Member::new(name, role, hang_up))?;
        Ok(Membership::new(self, number, role))
    }

    /// Whether everybody is to leave.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.roster().is_over
    }

    /// Tells everybody to leave.
    pub fn end(&self) {
        self.roster().is_over = true;
    }

    /// How many there are, those who teach among them.
    #[must_use]
    pub fn present(&self) -> usize {
        self.roster().members.len()
    }

    /// Tells everybody to leave, and lets those go that do not within `patience`.
    pub fn close(&self, patience: Duration) {
        self.end();
        let deadline = Instant::now() + patience;
        while self.present() > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        self.roster().members.values().for_each(|member| (member.hang_up)());
    }
}
