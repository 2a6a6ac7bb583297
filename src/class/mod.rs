//! A class: everybody who looks at the same runs, each with a view, a size and a language of their own. Training and its controls are
//! the teacher's.
//!
//! A [`Class`] knows who is there and what all are shown; [`Class::run_session`] is one session over any bytes; [`door`] has the ways in.

mod access;
mod acts;
mod allowance;
mod archive;
pub mod door;
mod limits;
mod log;
mod membership;
mod name;
mod password;
mod person;
mod poll;
mod roster;
mod session;
pub mod visitor;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::dashboard::words::class::announcement as announcement_text;
use crate::dashboard::{Announcement, Language, Role};
use crate::session::{Budget, SharedRuns};

pub use access::{Access, TeacherTools};
pub use archive::{Archive, RecordingFolder};
use limits::Cells;
pub use limits::Limits;
pub use log::{Log, LogError};
pub use membership::Membership;
pub use password::Password;
pub use roster::Followed;
use roster::{Member, Roster};
pub use session::{IncomingEvents, SessionEnd};
use visitor::TerminalKind;
pub use visitor::{Credential, Visitor};

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
    password: Mutex<Option<Password>>,
    /// What all who do not teach may take of the machine's time.
    budget: Arc<Budget>,
    idle: OnceLock<Duration>,
    memory_returned: Mutex<Instant>,
}

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
        let (roster, cells) = (Mutex::new(Roster::new(limits)), Cells::new(limits.members));
        let (password, budget, idle) = (Mutex::default(), Arc::default(), OnceLock::new());
        let memory_returned = Mutex::new(Instant::now());
        Arc::new(Self { runs, limits, roster, cells, archive, password, budget, idle, memory_returned })
    }

    /// How many may come.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// After how long a session in which nobody types ends, if nothing else is said.
    pub const LONGEST_IDLENESS: Duration = Duration::from_hours(3);

    /// Has sessions in which nobody types end after so long, from before the first one on.
    pub fn limit_idleness(&self, idle: Duration) {
        let _ = self.idle.set(idle);
    }

    /// Idle time after which a session with this access is ended; `None` for a projector.
    fn idle_at(&self, access: &Access) -> Option<Duration> {
        (!matches!(access, Access::Projector)).then(|| *self.idle.get_or_init(|| Self::LONGEST_IDLENESS))
    }

    /// Whoever panicked while holding the lock left what it guards whole: each change is one assignment.
    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_password(&self) -> MutexGuard<'_, Option<Password>> {
        self.password.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more thing that who teaches is to know of the class, such as a way in.
    pub fn announce(&self, announcement: Announcement) {
        self.roster().announce(announcement);
    }

    /// What who teaches is to know of the class, a line each.
    #[must_use]
    pub fn announcements(&self, language: Language) -> Vec<String> {
        self.roster().announcements.iter().map(|announcement| announcement_text(announcement, language)).collect()
    }

    /// What was to be written down of the class and is not, or not as a whole.
    #[must_use]
    pub fn missing_records(&self, language: Language) -> Vec<String> {
        let is_missing =
            |said: &&Announcement| matches!(said, Announcement::LogIncomplete(_) | Announcement::NotRecorded(..));
        self.roster().announcements.iter().filter(is_missing).map(|said| announcement_text(said, language)).collect()
    }

    /// Somebody who teaches at the program's own terminal; `None` if the class is over.
    #[must_use]
    pub fn teach_here(self: &Arc<Self>, name: &str) -> Option<Membership> {
        let own = Credential::Account(rustix::process::getuid().as_raw());
        let teacher = Visitor::new(name, "this terminal", TerminalKind::own(), (80, 24)).admitted_by(own);
        self.join(&teacher, Role::Teacher, Box::new(|| {})).ok().map(|(membership, _)| membership)
    }

    /// Takes somebody in, and says after what time the session may begin.
    fn join(
        self: &Arc<Self>,
        visitor: &Visitor,
        role: Role,
        hang_up: Box<dyn Fn() + Send>,
    ) -> Result<(Membership, Duration), SessionEnd> {
        let (number, wait) = self.roster().join(Member::new(visitor, role, hang_up), Instant::now())?;
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

    /// How many there are who do not teach.
    fn students(&self) -> usize {
        self.roster().members.values().filter(|member| member.role != Role::Teacher).count()
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

#[cfg(test)]
mod tests;
