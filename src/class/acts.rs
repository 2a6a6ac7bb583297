//! Actions of members: teachers remove, rename and readmit, change the password, close the door.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::log_entry::{LogEntry, LogEvent};
use super::password::Password;
use super::state::Class;
use crate::dashboard::{Announcement, ClassAct, Notice, Role, View};
use crate::session::Observed;

/// How long a removed client may take to leave before its connection is closed.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

impl Class {
    /// Makes this the password for students; teachers see it and can renew it.
    pub fn use_password(&self, password: &Password) {
        *self.lock_password() = Some(password.clone());
        self.announce(Announcement::Password(password.current()));
    }

    /// The current password for students, if there is one.
    #[must_use]
    pub fn password(&self) -> Option<String> {
        self.lock_password().as_ref().map(Password::current)
    }

    /// Handles an action of a member; actions that need a teacher are ignored for others. Returns a notice for the member.
    pub(super) fn act(
        self: &Arc<Self>,
        number: u64,
        act: &ClassAct,
        view: &View,
        observed: &Observed,
    ) -> Option<Notice> {
        let is_teacher = self.roster().members.get(&number).is_some_and(|member| member.role == Role::Teacher);
        match act {
            ClassAct::Remove(_) | ClassAct::Rename(..) | ClassAct::RenewPassword | ClassAct::ToggleDoor
                if !is_teacher =>
            {
                None
            }
            ClassAct::Remove(target) => self.remove(*target),
            ClassAct::Rename(target, name) => self.rename(*target, name),
            ClassAct::RenewPassword => {
                let renewed = self.lock_password().as_ref().map(Password::renew);
                let Some(password) = renewed else { return Some(Notice::NoPassword) };
                for announcement in &mut self.roster().announcements {
                    if matches!(announcement, Announcement::Password(_)) {
                        *announcement = Announcement::Password(password.clone());
                    }
                }
                self.log(LogEntry::new(LogEvent::PasswordRenewed));
                Some(Notice::PasswordRenewed)
            }
            ClassAct::ToggleDoor => {
                let mut roster = self.roster();
                roster.act(number, act, view, observed);
                let is_closed = roster.is_door_closed;
                drop(roster);
                self.log(LogEntry::new(if is_closed { LogEvent::DoorClosed } else { LogEvent::DoorOpened }));
                None
            }
            _ => {
                self.roster().act(number, act, view, observed);
                None
            }
        }
    }

    /// Removes a member and their other sessions: logs it, and closes connections that remain after a timeout. Returns a notice with the first
    /// name; `None` if no member was removed.
    fn remove(self: &Arc<Self>, target: u64) -> Option<Notice> {
        let mut roster = self.roster();
        let removed = roster.remove(target);
        let name_and_credential =
            |number: &u64| roster.members.get(number).map(|member| (member.name.clone(), member.credential.clone()));
        let people: Vec<_> = removed.iter().filter_map(name_and_credential).collect();
        drop(roster);
        for (name, credential) in &people {
            self.log_act(LogEvent::Removed, name, credential, "");
        }
        let class = Arc::clone(self);
        // without a thread the connection's own timeouts close it
        let _ = thread::Builder::new().name("removal".to_owned()).spawn(move || {
            thread::sleep(LEAVE_TIMEOUT);
            let roster = class.roster();
            removed.iter().filter_map(|number| roster.members.get(number)).for_each(|member| (member.hang_up)());
        });
        people.first().map(|(name, _)| Notice::Removed(name.clone()))
    }

    /// Renames a member, and logs it unless nothing changes. The member is notified; returns no notice for the teacher.
    fn rename(&self, target: u64, name: &str) -> Option<Notice> {
        let mut roster = self.roster();
        let credential = roster.members.get(&target)?.credential.clone();
        let (before, name) = roster.rename(target, name)?;
        drop(roster);
        self.log_act(LogEvent::Renamed, &before, &credential, &name);
        None
    }
}
