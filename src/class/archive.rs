//! What a class writes down of its sessions: a log, recordings.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::log::LogEntry;
use super::{Class, Departure, Log, Visitor, name};
use crate::dashboard::{Announcement, Language, Recording, Role};

/// What a class writes down of its sessions; nothing by default.
#[derive(Debug, Default)]
pub struct Archive {
    log: Option<Mutex<Log>>,
    recordings: Option<PathBuf>,
}

impl Archive {
    /// A log of who came, and recordings of every session in this folder.
    #[must_use]
    pub fn new(log: Option<Log>, recordings: Option<PathBuf>) -> Self {
        Self { log: log.map(Mutex::new), recordings }
    }

    /// A row is written as a whole or not at all, whoever panicked.
    fn log(&self) -> Option<MutexGuard<'_, Log>> {
        self.log.as_ref().map(|log| log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn has_prompts(&self) -> bool {
        self.log().is_some_and(|log| log.has_prompts)
    }
}

impl Class {
    /// What a visitor should know: whether anything is written down.
    pub(super) fn warning(&self, language: Language) -> Option<String> {
        let warning = match (self.archive.recordings.is_some(), self.archive.has_prompts()) {
            (true, _) => language.pick("this session is recorded", "此会话会被录制"),
            (false, true) => language.pick("what is asked here is logged", "这里的提问会被记录"),
            (false, false) => return None,
        };
        Some(warning.to_owned())
    }

    fn log(&self, entry: LogEntry<'_>) {
        let added = self.archive.log().map_or(Ok(()), |mut log| log.add(entry));
        if let Err(error) = added {
            self.announce(Announcement::LogIncomplete(error.to_string()));
        }
    }

    pub(super) fn log_arrival(&self, visitor: &Visitor, role: Role) {
        self.log(LogEntry {
            event: "came",
            name: &visitor.name,
            role: role.name(),
            from: &visitor.from,
            detail: &visitor.login,
        });
    }

    pub(super) fn log_departure(&self, visitor: &Visitor, role: Role, departure: &Departure) {
        let (name, from, detail) = (&visitor.name, &visitor.from, departure.to_string());
        self.log(LogEntry { event: "left", name, role: role.name(), from, detail: &detail });
    }

    /// Somebody of this name could not log in, and why.
    #[cfg(feature = "ssh")]
    pub(super) fn log_refusal(&self, name: &str, from: &str, why: &str) {
        let name = name::name(name).unwrap_or_default();
        self.log(LogEntry { event: "refused", name: &name, role: "", from, detail: why });
    }

    pub(super) fn log_prompt(&self, name: &str, role: Role, prompt: &str) {
        if self.archive.has_prompts() {
            self.log(LogEntry { event: "asked", name, role: role.name(), from: "", detail: prompt });
        }
    }

    /// What a visitor's session is recorded in, if it is; whoever comes again has another recording.
    pub(super) fn recording(&self, visitor: &Visitor) -> Option<Recording> {
        let folder = self.archive.recordings.as_ref()?;
        match new_recording(folder, &name::of_file(&visitor.name)) {
            Ok((file, path)) => Some(Recording::to(file, &path, &visitor.name, &visitor.terminal.name())),
            Err(error) => {
                self.miss_recording(visitor, format!("{}: {error}", folder.display()));
                None
            }
        }
    }

    /// Tells who teaches that a session is not recorded, or not to its end.
    pub(super) fn miss_recording(&self, visitor: &Visitor, why: String) {
        self.announce(Announcement::NotRecorded(visitor.name.clone(), why));
    }
}

/// A file that is readable by its owner alone, with a number that none of this name has.
fn new_recording(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let mut number: u64 = 1;
    loop {
        let path = folder.join(format!("{name}-{number}.cast"));
        match File::options().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|file| (file, path)),
        }
    }
}
