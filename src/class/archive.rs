//! The log and the recordings of a class.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::Log;
use super::name;
use crate::dashboard::{Recording, RecordingFailure};
use crate::language::Message;

/// The maximum size of the recording of one session, in bytes.
const MAX_RECORDING: u64 = 64 << 20;
/// The maximum size of all recordings of a class together, in bytes.
const MAX_RECORDINGS: u64 = 4 << 30;

/// The log and the folder of recordings of a class; neither by default.
#[derive(Debug, Default)]
pub struct Archive {
    log: Option<Mutex<Log>>,
    pub(super) recordings: Option<RecordingFolder>,
}

/// The folder of recordings.
#[derive(Debug)]
pub struct RecordingFolder {
    pub(super) path: PathBuf,
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
    pub(super) fn begin(&self, name: &str, terminal: &str) -> io::Result<Recording> {
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
    pub(super) fn log(&self) -> Option<MutexGuard<'_, Log>> {
        self.log.as_ref().map(|log| log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether there is a log.
    pub(super) fn has_log(&self) -> bool {
        self.log.is_some()
    }

    /// Whether prompts are logged.
    pub(super) fn has_prompts(&self) -> bool {
        self.log().is_some_and(|log| log.has_prompts)
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
        Some(why)
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
