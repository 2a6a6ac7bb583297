//! The log and the recordings of a class.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::{LogEntry, LogEvent};
use super::visitor::Credential;
use super::{Class, Log, SessionEnd, Visitor, name};
use crate::dashboard::{Announcement, Recording, RecordingFailure, Role, WrittenDown};
use crate::language::Message;

/// The maximum size of the recording of one session, in bytes.
const MAX_RECORDING: u64 = 64 << 20;
/// The maximum size of all recordings of a class together, in bytes.
const MAX_RECORDINGS: u64 = 4 << 30;

/// The log and the folder of recordings of a class; neither by default.
#[derive(Debug, Default)]
pub struct Archive {
    log: Option<Mutex<Log>>,
    recordings: Option<RecordingFolder>,
}

/// The folder of recordings.
#[derive(Debug)]
pub struct RecordingFolder {
    path: PathBuf,
    /// Whether other accounts can read or enter it.
    pub is_open_to_others: bool,
    /// Bytes written to all recordings.
    written: Arc<AtomicU64>,
}

impl RecordingFolder {
    /// Opens the folder, or creates it for this account alone (mode 0700).
    ///
    /// # Errors
    /// If it cannot be created, or is no folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let is_new = !path.exists();
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        if is_new {
            fs::set_permissions(path, Permissions::from_mode(0o700))?; // whatever the umask takes away
        }
        let is_open_to_others = fs::metadata(path)?.permissions().mode() & 0o077 != 0;
        Ok(Self { path: path.to_owned(), is_open_to_others, written: Arc::default() })
    }

    /// Creates a file for the recording of a session, with a number that is not in use for this name.
    fn begin(&self, name: &str, terminal: &str) -> io::Result<Recording> {
        let (file, path) = new_recording(&self.path, &name::for_file(name))?;
        Ok(Recording::to(file, &path, name, terminal).within(MAX_RECORDING, (&self.written, MAX_RECORDINGS)))
    }
}

impl Archive {
    /// An archive with this log and this folder of recordings.
    #[must_use]
    pub fn new(log: Option<Log>, recordings: Option<RecordingFolder>) -> Self {
        Self { log: log.map(Mutex::new), recordings }
    }

    /// The locked log. It is consistent even after a panic: each row is written completely or not at all.
    fn log(&self) -> Option<MutexGuard<'_, Log>> {
        self.log.as_ref().map(|log| log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether prompts are logged.
    fn has_prompts(&self) -> bool {
        self.log().is_some_and(|log| log.has_prompts)
    }
}

impl Class {
    /// What the archive keeps of a session with this recording.
    pub(super) fn written_down(&self, recording: Option<&Result<Recording, Message>>) -> Vec<WrittenDown> {
        let recorded = recording.map(|recording| match recording {
            Ok(_) => WrittenDown::Session,
            Err(why) => WrittenDown::NotTheSession(why.clone()),
        });
        let prompts = self.archive.has_prompts().then_some(WrittenDown::Prompts);
        let visits = self.archive.log.is_some().then_some(WrittenDown::Visit);
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
    fn log_visitor(&self, event: LogEvent, (visitor, name): (&Visitor, &str), role: Role, detail: &str) {
        let (from, key) = (visitor.from.as_str(), visitor.credential.key());
        let method = visitor.credential.method();
        self.log(LogEntry { event, name, role: role.name(), from, method, key: &key, detail });
    }

    /// Logs that a visitor has joined.
    pub(super) fn log_arrival(&self, visitor: (&Visitor, &str), role: Role) {
        self.log_visitor(LogEvent::Came, visitor, role, "");
    }

    /// Logs how a session has ended, or why it could not start.
    pub(super) fn log_session_end(&self, visitor: (&Visitor, &str), role: Role, session_end: &SessionEnd) {
        let event = if session_end.is_rejection() { LogEvent::Refused } else { LogEvent::Left };
        self.log_visitor(event, visitor, role, &session_end.to_string());
    }

    /// Logs a failed log-in: the name, the credential that was tried, and the reason. Beyond a rate limit only the number is logged.
    #[cfg(feature = "ssh")]
    pub(super) fn log_refusal(&self, name: &str, from: &str, credential: &Credential, why: &str) {
        let (name, method, key) = (name::name(name).unwrap_or_default(), credential.method(), credential.key());
        self.log(LogEntry { event: LogEvent::Refused, name: &name, role: "", from, method, key: &key, detail: why });
    }

    /// Logs an action of a teacher: about the class if `name` is empty, otherwise about a member.
    pub(super) fn log_act(&self, event: LogEvent, (name, credential): (&str, &Credential), detail: &str) {
        let (method, key) = if name.is_empty() { ("", String::new()) } else { (credential.method(), credential.key()) };
        self.log(LogEntry { name, method, key: &key, detail, ..LogEntry::new(event) });
    }

    /// Logs a prompt, after the number of earlier ones that were omitted by a rate limit.
    pub(super) fn log_prompt(&self, name: &str, role: Role, prompt: &str, omitted: u64) {
        if !self.archive.has_prompts() {
            return;
        }
        if let Some(mut log) = self.archive.log().filter(|_| omitted > 0) {
            let _ = log.add_omitted(&format!("asked by {name}"), omitted); // the next row says why not
        }
        self.log(LogEntry { name, role: role.name(), detail: &name::prompt(prompt), ..LogEntry::new(LogEvent::Asked) });
    }

    /// Starts the recording of a session; `None` if sessions are not recorded. A failure is announced to teachers.
    pub(super) fn recording(&self, visitor: &Visitor, name: &str) -> Option<Result<Recording, Message>> {
        let folder = self.archive.recordings.as_ref()?;
        let begun = folder.begin(&self.without_password(name), &visitor.terminal.name());
        Some(begun.map_err(|error| {
            let why = Message::from(error).at(folder.path.clone());
            self.miss_recording(name, why.clone());
            why
        }))
    }

    /// Announces to teachers that the session of this member is not recorded, or not to its end.
    pub(super) fn miss_recording(&self, name: &str, why: Message) {
        self.announce(Announcement::NotRecorded(name.to_owned(), why));
    }
}

/// Watches whether the recording of a session fails.
#[derive(Debug, Default)]
pub(super) struct RecordingWatch {
    failure: Option<RecordingFailure>,
}

impl RecordingWatch {
    /// Watches this recording, if there is one.
    pub fn new(recording: Option<&Recording>) -> Self {
        Self { failure: recording.map(Recording::failure_watch) }
    }

    /// Why the recording has failed; returned once.
    pub fn take_failure(&mut self) -> Option<Message> {
        let why = self.failure.as_ref()?.get()?.clone();
        self.failure = None;
        Some(why.into())
    }
}

/// Creates `NAME-NUMBER.cast` with the first free number, readable by its owner alone.
fn new_recording(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let mut number: u64 = 1;
    loop {
        let path = folder.join(format!("{name}-{number}.cast"));
        match File::options().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            made => {
                let file = made?;
                file.set_permissions(Permissions::from_mode(0o600))?; // whatever the umask takes away
                return Ok((file, path));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_private_and_open_folder_is_reported() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("of/class");
        let folder = RecordingFolder::open(&path).unwrap();
        assert_eq!((mode(&path), folder.is_open_to_others), (0o700, false));
        let name = name::name(&format!("a{}", "\u{345}".repeat(7)).repeat(32)).unwrap();
        for _ in 0..2 {
            folder.begin(&name, "xterm").unwrap();
        }
        let recording = folder.begin(&name, "xterm").unwrap();
        let file = fs::read_dir(&path).unwrap().next().unwrap().unwrap();
        assert_eq!(mode(&file.path()), 0o600);
        drop(recording);
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        assert!(RecordingFolder::open(&path).unwrap().is_open_to_others);
        assert_eq!(mode(&path), 0o755, "it is for its owner to close it");
        fs::write(outer.path().join("file"), "").unwrap();
        assert!(RecordingFolder::open(&outer.path().join("file")).is_err());
    }
}
