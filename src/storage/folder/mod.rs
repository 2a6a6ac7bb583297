//! The open folder of a run: checkpoints, metrics and the log are written to it.

mod open;
mod retention;

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::append_file::AppendFile;
use super::checkpoint::{self, CheckpointError, Files};
use super::claim::FolderLock;
use super::disk::{Disk, read_regular, replace};
use super::keyframe_file::keyframe_bytes;
use super::messages::FolderMessage;
use super::names::{CHECKPOINTS, CONFIG, KEYFRAMES, LOCK, LOG, SAVING, TENSORBOARD, checkpoint_name};
use super::{metrics, tensorboard};
use crate::config::Config;
use crate::language::Message;
use crate::printable;
use crate::session::{Checkpoint, Keyframe};

pub use open::{Resumed, RunStart, UntrainedRun};

/// The open folder of a run, locked for this process.
pub struct RunFolder {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    lock: FolderLock,
    /// The number of the next checkpoint.
    next: u64,
    /// Sizes and hashes of the texts.
    texts: Files,
    metrics: AppendFile,
}

impl fmt::Debug for RunFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFolder").field("path", &self.path).field("next", &self.next).finish_non_exhaustive()
    }
}

impl RunFolder {
    /// Sizes and hashes of the texts of the run.
    #[must_use]
    pub fn texts(&self) -> &Files {
        &self.texts
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a checkpoint under the next number, first under a temporary name. Returns the name of its folder.
    ///
    /// # Errors
    /// If it cannot be written, or the folder is no longer that of this run; earlier checkpoints are unchanged.
    pub fn save(&mut self, checkpoint: &Checkpoint, is_best: bool) -> Result<String, CheckpointError> {
        let io_of = |path: &Path| {
            let path = path.display().to_string();
            move |error| CheckpointError::Io(path, error)
        };
        self.check_ownership().map_err(io_of(&self.path))?;
        let (disk, checkpoints) = (self.disk.as_ref(), self.path.join(CHECKPOINTS));
        let saving = checkpoints.join(SAVING);
        disk.remove(&saving).map_err(io_of(&saving))?;
        let name = checkpoint_name(self.next, checkpoint.record.step);
        let written = checkpoint::write(disk, &saving, checkpoint, is_best, &self.texts)
            .and_then(|_| disk.rename(&saving, &checkpoints.join(&name)).map_err(io_of(&checkpoints.join(&name))));
        if let Err(error) = written {
            let _ = disk.remove(&saving); // an incomplete checkpoint takes space that the next one needs
            return Err(error);
        }
        self.next += 1;
        Ok(name)
    }

    /// Completes the save of the checkpoint `saved`: syncs the folder, points the links to it and to the best checkpoint of its
    /// attempt, writes the configuration in force, and removes checkpoints beyond the last `keep`, except the best of each attempt and
    /// those that links point to. Returns why there are no links if the file system does not support or permit them.
    ///
    /// # Errors
    /// If the folder is no longer that of this run or cannot be synced, nothing else is tried. Errors of links, configuration and
    /// removal are returned after all three were tried. No checkpoint that is to be retained is lost.
    pub fn finish_save(&self, saved: &str, config: &Config, keep: usize) -> io::Result<Option<Message>> {
        self.check_ownership()?;
        let (disk, checkpoints) = (self.disk.as_ref(), self.path.join(CHECKPOINTS));
        disk.sync(&checkpoints)?;
        let linked = self.link(&checkpoints.join(saved));
        // the configuration may have changed by a restart with another model or seed
        let path = self.path.join(CONFIG);
        let replaced = config.to_toml_with_copied_texts("").map_err(io::Error::other).and_then(|config| {
            let is_same = read_regular(&path, config.len() as u64).unwrap_or_default() == config.as_bytes();
            if is_same { Ok(()) } else { replace(disk, &path, config.as_bytes()) }
        });
        let pruned = self.prune(keep);
        let missing = match linked {
            Ok(()) => None,
            Err(error) if is_link_unsupported(&error) => Some(error.into()),
            Err(error) => return Err(error),
        };
        replaced.and(pruned).map(|_| missing)
    }

    /// Replaces the file of keyframes by these ones of an attempt.
    ///
    /// # Errors
    /// If they cannot be written; the file is then unchanged.
    pub fn save_keyframes(&self, attempt: u32, keyframes: &[Keyframe]) -> io::Result<()> {
        self.check_ownership()?;
        let bytes = keyframe_bytes(attempt, keyframes).map_err(io::Error::other)?;
        replace(self.disk.as_ref(), &self.path.join(KEYFRAMES), &bytes)
    }

    /// Appends lines to the metrics.
    ///
    /// # Errors
    /// Those of the disk; none of the lines then counts.
    pub fn add_metrics(&mut self, lines: &str) -> io::Result<()> {
        self.check_ownership()?;
        self.metrics.add(self.disk.as_ref(), lines.as_bytes())
    }

    /// Creates a file of metrics for `TensorBoard`, in a folder for each attempt. `time` is in seconds since 1970.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn begin_events(&self, attempt: u32, time: f64) -> io::Result<AppendFile> {
        self.check_ownership()?;
        let all = self.path.join(TENSORBOARD);
        let folder = all.join(attempt.to_string());
        for folder in [&all, &folder] {
            if !fs::symlink_metadata(folder).is_ok_and(|folder| folder.is_dir()) {
                self.disk.create_folder(folder)?;
            }
        }
        let file = folder.join(format!("events.out.tfevents.{time:.6}.rnn-tui"));
        AppendFile::create(file, self.disk.as_ref(), &tensorboard::beginning(time))
    }

    /// Appends records to a file of metrics for `TensorBoard`.
    ///
    /// # Errors
    /// Those of the disk; none of the records then counts.
    pub fn add_events(&self, file: &mut AppendFile, records: &[u8]) -> io::Result<()> {
        self.check_ownership()?;
        file.add(self.disk.as_ref(), records)
    }

    /// Appends a line to the log, with the time in seconds since 1970 before it.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn log(&self, line: &str) -> io::Result<()> {
        self.check_ownership()?;
        let line = format!("{:.3} {}\n", metrics::seconds(SystemTime::now()), printable(line));
        self.disk.append(&self.path.join(LOG), None, line.as_bytes())
    }

    /// Checks that the lock file is the one that this process locked: the folder could have been removed, or replaced by that
    /// of another run.
    fn check_ownership(&self) -> io::Result<()> {
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let there = fs::metadata(self.path.join(LOCK)).map(identity).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(error.kind(), Message::from(FolderMessage::Gone)),
            _ => error,
        })?;
        if there == identity(self.lock.metadata()?) {
            return Ok(());
        }
        Err(io::Error::other(Message::from(FolderMessage::TakenByAnotherRun)))
    }
}

/// Whether an error says that the file system has no symbolic links, such as exFAT.
fn is_link_unsupported(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported)
}
