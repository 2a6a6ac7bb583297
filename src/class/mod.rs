//! A class: everybody who looks at the same runs, each with a view, a size and a language of their own. Training and its controls are
//! the teacher's.
//!
//! A [`Class`] knows who is there and what all are shown; [`Class::attend`] is one session over any bytes; [`door`] has the ways in.

mod archive;
pub mod door;
mod limits;
mod log;
mod membership;
mod name;
mod poll;
mod roster;
mod seat;
mod session;
pub mod visitor;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::dashboard::{Announcement, Language, Role};
use crate::session::SharedRuns;

pub use archive::Archive;
use limits::Cells;
pub use limits::{Limits, Person};
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
    limits: Limits,
    roster: Mutex<Roster>,
    cells: Arc<Cells>,
    archive: Archive,
}

/// Sessions that are not recorded of which who teaches is told; then the oldest are forgotten.
const MOST_UNRECORDED: usize = 8;

impl Class {
    /// How many there may be at once, if nothing else is said.
    pub const MOST_MEMBERS: usize = Limits::MEMBERS;

    /// A class of at most `most` members besides those who teach, with nobody in it yet.
    #[must_use]
    pub fn new(runs: SharedRuns, most: usize, archive: Archive) -> Arc<Self> {
        Self::with_limits(runs, Limits::of_members(most), archive)
    }

    /// A class with these limits, with nobody in it yet.
    #[must_use]
    pub fn with_limits(runs: SharedRuns, limits: Limits, archive: Archive) -> Arc<Self> {
        let cells = Cells::new(limits.members);
        Arc::new(Self { runs, limits, roster: Mutex::new(Roster::new(limits)), cells, archive })
    }

    /// How many may come.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whoever panicked while holding the lock left what it guards whole: each change is one assignment.
    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more thing that who teaches is to know of the class, such as a way in.
    pub fn announce(&self, announcement: Announcement) {
        let announcements = &mut self.roster().announcements;
        if announcements.contains(&announcement) {
            return;
        }
        announcements.push(announcement);
        let is_of_session = |announcement: &Announcement| matches!(announcement, Announcement::NotRecorded(..));
        if announcements.iter().filter(|one| is_of_session(one)).count() > MOST_UNRECORDED {
            announcements.iter().position(is_of_session).map(|oldest| announcements.remove(oldest));
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
        self.join(Member::new(name, Role::Teacher, Box::new(|| {}))).ok().map(|(membership, _)| membership)
    }

    /// Takes somebody in, and says after what time the session may begin.
    fn join(self: &Arc<Self>, member: Member) -> Result<(Membership, Duration), Departure> {
        let role = member.role;
        let (number, wait) = self.roster().join(member, Instant::now())?;
        Ok((Membership::new(self, number, role), wait))
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
