//! The state that all sessions of a class share.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::access::Access;
use super::archive::Archive;
use super::limits::Limits;
use super::password::Password;
use super::roster::Roster;
use super::screen_share::Cells;
use crate::dashboard::words::class::announcement as announcement_text;
use crate::dashboard::{Announcement, Language, Role};
use crate::session::{Budget, SharedRuns};

/// The runs and the members of a class. It has no controls of the runs:
///
/// ```compile_fail,E0599
/// # fn of(class: &std::sync::Arc<rnn_tui::class::Class>) {
/// class.send(rnn_tui::session::Control::Restart); // no such method
/// # }
/// ```
#[derive(Debug)]
pub struct Class {
    pub(super) runs: SharedRuns,
    limits: Limits,
    roster: Mutex<Roster>,
    pub(super) cells: Arc<Cells>,
    pub(super) archive: Archive,
    password: Mutex<Option<Password>>,
    /// The share of the machine's time for all members who do not teach.
    pub(super) budget: Arc<Budget>,
    /// The limit on idle time; the default if it is not set.
    idle: OnceLock<Duration>,
    /// When freed memory was last returned to the system.
    pub(super) memory_returned: Mutex<Instant>,
}

impl Class {
    /// The default maximum number of members.
    pub const DEFAULT_MEMBERS: usize = Limits::MEMBERS;

    /// An empty class of at most `max_members` members besides teachers.
    #[must_use]
    pub fn new(runs: SharedRuns, max_members: usize, archive: Archive) -> Arc<Self> {
        Self::with_limits(runs, Limits::for_members(max_members), archive)
    }

    /// An empty class with these limits.
    #[must_use]
    pub fn with_limits(runs: SharedRuns, limits: Limits, archive: Archive) -> Arc<Self> {
        let (roster, cells) = (Mutex::new(Roster::new(limits)), Cells::new(limits.members));
        let (password, budget, idle) = (Mutex::default(), Arc::default(), OnceLock::new());
        let memory_returned = Mutex::new(Instant::now());
        Arc::new(Self { runs, limits, roster, cells, archive, password, budget, idle, memory_returned })
    }

    /// The limits on members and sessions.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The default limit on the time without a key after which a session ends.
    pub const DEFAULT_IDLE_LIMIT: Duration = Duration::from_hours(3);

    /// Sets after how long without a key sessions end. Only the first call before the first session has an effect.
    pub fn set_idle_limit(&self, idle: Duration) {
        let _ = self.idle.set(idle);
    }

    /// After how long without a key a session with this access ends; `None` for a projector, which has no limit.
    pub(super) fn idle_limit(&self, access: &Access) -> Option<Duration> {
        (!matches!(access, Access::Projector)).then(|| *self.idle.get_or_init(|| Self::DEFAULT_IDLE_LIMIT))
    }

    /// The locked roster. It is consistent even after a panic: each change is one assignment.
    pub(super) fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The locked password for students; `None` if there is none.
    pub(super) fn lock_password(&self) -> MutexGuard<'_, Option<Password>> {
        self.password.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line to what teachers see of the class, such as a command to join.
    pub fn announce(&self, announcement: Announcement) {
        self.roster().announce(announcement);
    }

    /// What teachers see of the class, a line each.
    #[must_use]
    pub fn announcements(&self, language: Language) -> Vec<String> {
        self.roster().announcements.iter().map(|announcement| announcement_text(announcement, language)).collect()
    }

    /// Which parts of the log and the recordings are missing, a line each.
    #[must_use]
    pub fn missing_records(&self, language: Language) -> Vec<String> {
        let is_missing =
            |said: &&Announcement| matches!(said, Announcement::LogIncomplete(_) | Announcement::NotRecorded(..));
        self.roster().announcements.iter().filter(is_missing).map(|said| announcement_text(said, language)).collect()
    }

    /// Whether the class has ended, so that all sessions end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.roster().is_over
    }

    /// Ends the class; sessions end as soon as they notice.
    pub fn end(&self) {
        self.roster().is_over = true;
    }

    /// Number of members, including teachers.
    #[must_use]
    pub fn present(&self) -> usize {
        self.roster().members.len()
    }

    /// Number of members besides teachers.
    pub(super) fn students(&self) -> usize {
        self.roster().members.values().filter(|member| member.role != Role::Teacher).count()
    }

    /// Ends the class, waits for sessions to end, and closes the connections of those that remain after `timeout`.
    pub fn close(&self, timeout: Duration) {
        self.end();
        let deadline = Instant::now() + timeout;
        while self.present() > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        self.roster().members.values().for_each(|member| (member.hang_up)());
    }
}
