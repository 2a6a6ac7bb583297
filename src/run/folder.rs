//! The folder of a run: made for a new one, opened to go on.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint::{self, CONFIG, CheckpointError};
use super::disk::{Disk, relink, replace};
use super::keyframe_file::keyframe_bytes;
use super::layout::{
    BEST, CHECKPOINTS, CORPUS, KEYFRAMES, LATEST, LOCK, LOG, METRICS, REMOVING, SAVING, TENSORBOARD, VALIDATION,
    VOCABULARY, check_that_it_keeps_a_run, checkpoint_name, checkpoints, number_of,
};
use super::{Found, RunError, metrics, tensorboard};
use crate::config::{Config, ConfigError, CorpusFile, Override};
use crate::training::{Checkpoint, Keyframe, Learner};

/// The folder of a run. As long as it is open, no other process opens it.
pub struct RunFolder {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    _lock: File,
    /// The number of the next checkpoint.
    next: u64,
    /// Bytes of the metrics that are whole lines.
    metrics: u64,
}

impl fmt::Debug for RunFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFolder").field("path", &self.path).field("next", &self.next).finish_non_exhaustive()
    }
}

/// A run that can go on.
pub struct Resumed {
    /// Its folder.
    pub folder: RunFolder,
    /// Where it was.
    pub found: Found,
}

impl RunFolder {
    /// Makes the folder of a new run, with a copy of the texts.
    ///
    /// # Errors
    /// When there is something in it already, or it cannot be written.
    pub fn create(path: &Path, config: &Config, words: &[String], disk: Arc<dyn Disk>) -> Result<Self, RunError> {
        let io_of = |path: &Path| {
            let path = path.to_owned();
            move |error| RunError::Io(path.clone(), error)
        };
        match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => {
                let what = if path.join(CHECKPOINTS).is_dir() { "keeps a run already" } else { "is not empty" };
                let help = if path.join(CHECKPOINTS).is_dir() {
                    format!("`--resume {}` goes on with it; a new run needs another folder", path.display())
                } else {
                    "a run needs a folder of its own: none yet, or an empty one".to_owned()
                };
                return Err(RunError::Mistake(format!("{} {what}", path.display()), help));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io_of(path)(error)),
        }
        disk.create_folder(path).map_err(io_of(path))?;
        let lock = lock(path)?;
        let checkpoints = path.join(CHECKPOINTS);
        disk.create_folder(&checkpoints).map_err(io_of(&checkpoints))?;
        let write = |name: &str, bytes: &[u8]| disk.write(&path.join(name), bytes).map_err(io_of(&path.join(name)));
        let text = match config.corpus_file() {
            CorpusFile::BuiltIn(text) => text.as_bytes().to_vec(),
            CorpusFile::Path(corpus) => fs::read(&corpus).map_err(io_of(&corpus))?,
        };
        write(CORPUS, &text)?;
        if let Some(validation) = config.validation_file() {
            write(VALIDATION, &fs::read(&validation).map_err(io_of(&validation))?)?;
        }
        let invalid = |error: &dyn fmt::Display| RunError::Io(path.to_owned(), io::Error::other(error.to_string()));
        write(CONFIG, config.to_toml_beside("").map_err(|error| invalid(&error))?.as_bytes())?;
        write(VOCABULARY, serde_json::to_string_pretty(words).map_err(|error| invalid(&error))?.as_bytes())?;
        write(METRICS, b"")?;
        write(LOG, b"")?;
        disk.sync(path).map_err(io_of(path))?;
        Ok(Self { path: path.to_owned(), disk, _lock: lock, next: 1, metrics: 0 })
    }

    /// Opens the folder of a run to go on from its last checkpoint that is whole, with some of its values changed.
    ///
    /// # Errors
    /// When there is no run in it, another process has it, no checkpoint is whole, or the changes make another model of it.
    pub fn resume(
        path: &Path,
        overrides: &[Override],
        disk: Arc<dyn Disk>,
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Resumed, RunError> {
        check_that_it_keeps_a_run(path)?;
        let lock = lock(path)?;
        let found = Found::read(path, overrides, learner_of)?;
        let metrics = path.join(METRICS);
        let metrics = metrics::repair(&metrics).map_err(|error| RunError::Io(metrics, error))?;
        let leftovers = [SAVING, REMOVING].map(|name| path.join(CHECKPOINTS).join(name));
        for leftover in leftovers {
            disk.remove(&leftover).map_err(|error| RunError::Io(leftover, error))?;
        }
        let next = checkpoints(path).iter().filter_map(|name| number_of(name)).max().unwrap_or(0) + 1;
        let folder = Self { path: path.to_owned(), disk, _lock: lock, next, metrics };
        Ok(Resumed { folder, found })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Saves a checkpoint and lets go of those that are no longer wanted: all but the last `keep` and the best. Returns its
    /// folder's name.
    ///
    /// # Errors
    /// When it cannot be written; then those before are as they were.
    pub fn save(&mut self, checkpoint: &Checkpoint, is_best: bool, keep: usize) -> Result<String, CheckpointError> {
        let disk = Arc::clone(&self.disk);
        let checkpoints = self.path.join(CHECKPOINTS);
        let saving = checkpoints.join(SAVING);
        let io_of = |what: &str| {
            let what = what.to_owned();
            move |error| CheckpointError::Io(what.clone(), error)
        };
        disk.remove(&saving).map_err(io_of(SAVING))?;
        if let Err(error) = checkpoint::write(disk.as_ref(), &saving, checkpoint) {
            let _ = disk.remove(&saving); // half of one takes room that the next one needs
            return Err(error);
        }
        let name = checkpoint_name(self.next, checkpoint.record.step);
        disk.rename(&saving, &checkpoints.join(&name)).map_err(io_of(&name))?;
        self.next += 1;
        disk.sync(&checkpoints).map_err(io_of(CHECKPOINTS))?;
        let target = Path::new(CHECKPOINTS).join(&name);
        relink(disk.as_ref(), &target, &self.path.join(LATEST)).map_err(io_of(LATEST))?;
        if is_best {
            relink(disk.as_ref(), &target, &self.path.join(BEST)).map_err(io_of(BEST))?;
        }
        // what is in force after a restart with another model or seed
        let config =
            checkpoint.learner.config.to_toml_beside("").map_err(|error| io_of(CONFIG)(io::Error::other(error)))?;
        let known = fs::read(self.path.join(CONFIG)).unwrap_or_default();
        if known != config.as_bytes() {
            replace(disk.as_ref(), &self.path.join(CONFIG), config.as_bytes()).map_err(io_of(CONFIG))?;
        }
        self.let_go(keep).map_err(io_of(REMOVING))?;
        Ok(name)
    }

    /// Saves the weights at earlier moments of an attempt, in place of those saved before.
    ///
    /// # Errors
    /// When they cannot be written; then those before are as they were.
    pub fn save_keyframes(&self, attempt: u32, keyframes: &[Keyframe]) -> io::Result<()> {
        let bytes = keyframe_bytes(attempt, keyframes).map_err(io::Error::other)?;
        replace(self.disk.as_ref(), &self.path.join(KEYFRAMES), &bytes)
    }

    /// Adds lines to the metrics.
    ///
    /// # Errors
    /// The disk's.
    pub fn add_metrics(&mut self, lines: &str) -> io::Result<()> {
        // what an attempt that failed has left is cut off
        self.disk.append(&self.path.join(METRICS), Some(self.metrics), lines.as_bytes())?;
        self.metrics += lines.len() as u64;
        Ok(())
    }

    /// Begins a file of metrics for `TensorBoard`; each attempt has a folder of its own. Returns the file.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin_events(&self, attempt: u32, time: f64) -> io::Result<PathBuf> {
        let folder = self.path.join(TENSORBOARD).join(attempt.to_string());
        self.disk.create_folder(&folder)?;
        let file = folder.join(format!("events.out.tfevents.{time:.6}.rnn-tui"));
        self.disk.write(&file, &tensorboard::beginning(time))?;
        Ok(file)
    }

    /// Adds records to such a file.
    ///
    /// # Errors
    /// The disk's.
    pub fn add_events(&self, file: &Path, records: &[u8]) -> io::Result<()> {
        self.disk.append(file, None, records)
    }

    /// Adds a line to the log.
    ///
    /// # Errors
    /// The disk's.
    pub fn log(&self, line: &str) -> io::Result<()> {
        self.disk.append(&self.path.join(LOG), None, format!("{line}\n").as_bytes())
    }

    fn let_go(&self, keep: usize) -> io::Result<()> {
        let best = fs::read_link(self.path.join(BEST)).ok();
        let best = best.and_then(|link| Some(link.file_name()?.to_string_lossy().into_owned()));
        let names = checkpoints(&self.path); // the last one first
        for name in names.iter().skip(keep.max(1)).filter(|name| Some(*name) != best.as_ref()) {
            let (checkpoints, removing) = (self.path.join(CHECKPOINTS), self.path.join(CHECKPOINTS).join(REMOVING));
            self.disk.remove(&removing)?;
            self.disk.rename(&checkpoints.join(name), &removing)?; // at no moment is there half of a checkpoint
            self.disk.remove(&removing)?;
        }
        Ok(())
    }
}

fn lock(path: &Path) -> Result<File, RunError> {
    let place = path.join(LOCK);
    let of = |error| RunError::Io(place.clone(), error);
    let file = File::options().create(true).truncate(false).write(true).open(&place).map_err(of)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let help = "wait for it to end, or choose another folder".to_owned();
            Err(RunError::Mistake(format!("another process keeps its run in {}", path.display()), help))
        }
        Err(TryLockError::Error(error)) => Err(of(error)),
    }
}
