//! What a class writes to its log and its recordings.

use super::log_entry::{LogEntry, LogEvent};
use super::name;
use super::session_end::SessionEnd;
use super::state::Class;
use super::visitor::{Credential, Visitor};
use crate::dashboard::{Announcement, Recording, Role, WrittenDown};
use crate::language::Message;

impl Class {
    /// What the archive stores of a session with this recording.
    pub(super) fn written_down(&self, recording: Option<&Result<Recording, Message>>) -> Vec<WrittenDown> {
        let recorded = recording.map(|recording| match recording {
            Ok(_) => WrittenDown::Session,
            Err(why) => WrittenDown::NotTheSession(why.clone()),
        });
        let prompts = self.archive.has_prompts().then_some(WrittenDown::Prompts);
        let visits = self.archive.has_log().then_some(WrittenDown::Visit);
        [recorded, prompts, visits].into_iter().flatten().collect()
    }

    /// Replaces the password of the class in a text: a student may have typed it as a name or a prompt.
    fn without_password(&self, text: &str) -> String {
        match self.password() {
            Some(password) => text.replace(&password, "(password)"),
            None => text.to_owned(),
        }
    }

    /// Adds a row to the log; a failure is announced to teachers.
    pub(super) fn log(&self, entry: LogEntry<'_>) {
        let Some(mut log) = self.archive.log() else { return };
        let (name, detail) = (self.without_password(entry.name), self.without_password(entry.detail));
        let added = log.add(LogEntry { name: &name, detail: &detail, ..entry });
        drop(log);
        if let Err(error) = added {
            self.announce(Announcement::LogIncomplete(error.into()));
        }
    }

    /// Logs an event of a visitor, by the name that the class uses for them.
    fn log_visitor(&self, event: LogEvent, visitor: &Visitor, name: &str, role: Role, detail: &str) {
        let (from, key) = (visitor.from.as_str(), visitor.credential.key());
        let method = visitor.credential.method();
        self.log(LogEntry { event, name, role: role.name(), from, method, key: &key, detail });
    }

    /// Logs that a visitor has joined.
    pub(super) fn log_arrival(&self, visitor: &Visitor, name: &str, role: Role) {
        self.log_visitor(LogEvent::Came, visitor, name, role, "");
    }

    /// Logs how a session has ended, or why it could not start.
    pub(super) fn log_session_end(&self, visitor: &Visitor, name: &str, role: Role, session_end: &SessionEnd) {
        let event = if session_end.is_rejection() { LogEvent::Refused } else { LogEvent::Left };
        self.log_visitor(event, visitor, name, role, &session_end.to_string());
    }

    /// Logs a failed log-in: the name, the credential that was tried, and the reason. Beyond a rate limit only the number is logged.
    #[cfg(feature = "ssh")]
    pub(super) fn log_refusal(&self, name: &str, from: &str, credential: &Credential, why: &str) {
        let (name, method, key) = (name::name(name).unwrap_or_default(), credential.method(), credential.key());
        self.log(LogEntry { event: LogEvent::Refused, name: &name, role: "", from, method, key: &key, detail: why });
    }

    /// Logs an action of a teacher about a member with this name and credential.
    pub(super) fn log_act(&self, event: LogEvent, name: &str, credential: &Credential, detail: &str) {
        let (method, key) = (credential.method(), credential.key());
        self.log(LogEntry { name, method, key: &key, detail, ..LogEntry::new(event) });
    }

    /// Logs a prompt, after the number of earlier ones that were omitted by a rate limit.
    pub(super) fn log_prompt(&self, name: &str, role: Role, prompt: &str, omitted: u64) {
        if !self.archive.has_prompts() {
            return;
        }
        if let Some(mut log) = self.archive.log().filter(|_| omitted > 0) {
            let _ = log.add_omitted(&format!("asked by {name}"), omitted); // an error is reported by the next row
        }
        self.log(LogEntry { name, role: role.name(), detail: &name::prompt(prompt), ..LogEntry::new(LogEvent::Asked) });
    }

    /// Starts the recording of a session; `None` if sessions are not recorded. A failure is announced to teachers.
    pub(super) fn recording(&self, visitor: &Visitor, name: &str) -> Option<Result<Recording, Message>> {
        let folder = self.archive.recordings.as_ref()?;
        let recording = folder.begin(&self.without_password(name), &visitor.terminal.name());
        Some(recording.map_err(|error| {
            let why = Message::from(error).at(folder.path.clone());
            self.announce_failed_recording(name, why.clone());
            why
        }))
    }

    /// Announces to teachers that the session of this member is not recorded, or not to its end.
    pub(super) fn announce_failed_recording(&self, name: &str, why: Message) {
        self.announce(Announcement::NotRecorded(name.to_owned(), why));
    }
}
