//! What somebody of a class does: a teacher decides who is in it, and what they are called.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::log::LogEvent;
use super::visitor::Credential;
use super::{Class, Password};
use crate::dashboard::{Announcement, ClassAct, Notice, Role, View};
use crate::session::Observed;

/// How long somebody who is removed may take to leave before the connection is ended.
const PATIENCE: Duration = Duration::from_secs(2);

impl Class {
    /// From now on this word lets students in, and who teaches sees it and can change it.
    pub fn use_password(&self, password: &Password) {
        *self.lock_password() = Some(password.clone());
        self.announce(Announcement::Password(password.current()));
    }

    /// The word that lets students in, if one does.
    #[must_use]
    pub fn password(&self) -> Option<String> {
        self.lock_password().as_ref().map(Password::current)
    }

    /// Handles a member's request; returns a message for the member, if any.
    pub(super) fn act(
        self: &Arc<Self>,
        number: u64,
        act: &ClassAct,
        view: &View,
        observed: &Observed,
    ) -> Option<Notice> {
        let is_teacher = self.roster().members.get(&number).is_some_and(|member| member.role == Role::Teacher);
        let nobody = ("", &Credential::Nothing);
        match act {
            ClassAct::Remove(_) | ClassAct::Rename(..) | ClassAct::RenewPassword | ClassAct::ToggleDoor
                if !is_teacher =>
            {
                None
            }
            ClassAct::Remove(of) => self.remove(*of),
            ClassAct::Rename(of, name) => self.rename(*of, name),
            ClassAct::RenewPassword => {
                let renewed = self.lock_password().as_ref().map(Password::renew);
                let Some(password) = renewed else { return Some(Notice::NoPassword) };
                for announcement in &mut self.roster().announcements {
                    if matches!(announcement, Announcement::Password(_)) {
                        *announcement = Announcement::Password(password.clone());
                    }
                }
                self.log_act(LogEvent::PasswordRenewed, nobody, "");
                Some(Notice::PasswordRenewed)
            }
            ClassAct::ToggleDoor => {
                let mut roster = self.roster();
                roster.act(number, act, view, observed);
                let is_closed = roster.is_door_closed;
                drop(roster);
                self.log_act(if is_closed { LogEvent::DoorClosed } else { LogEvent::DoorOpened }, nobody, "");
                None
            }
            _ => {
                self.roster().act(number, act, view, observed);
                None
            }
        }
    }

    fn remove(self: &Arc<Self>, of: u64) -> Option<Notice> {
        let mut roster = self.roster();
        let removed = roster.remove(of);
        let whose =
            |number: &u64| roster.members.get(number).map(|member| (member.name.clone(), member.credential.clone()));
        let people: Vec<_> = removed.iter().filter_map(whose).collect();
        drop(roster);
        for (name, credential) in &people {
            self.log_act(LogEvent::Removed, (name, credential), "");
        }
        let class = Arc::clone(self);
        // who does not listen is hung up on; where there is no thread left, the connection's own limits end it
        let _ = thread::Builder::new().name("removal".to_owned()).spawn(move || {
            thread::sleep(PATIENCE);
            let roster = class.roster();
            removed.iter().filter_map(|number| roster.members.get(number)).for_each(|member| (member.hang_up)());
        });
        people.first().map(|(name, _)| Notice::Removed(name.clone()))
    }

    fn rename(&self, of: u64, name: &str) -> Option<Notice> {
        let mut roster = self.roster();
        let credential = roster.members.get(&of)?.credential.clone();
        let (before, name) = roster.rename(of, name)?;
        drop(roster);
        self.log_act(LogEvent::Renamed, (&before, &credential), &name);
        None
    }
}
