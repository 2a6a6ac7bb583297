//! The folder of a run: created for a new one, opened to resume one.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::append_file::AppendFile;
use super::checkpoint::{self, CheckpointError, FileEntry, Files};
use super::claim::{FolderLock, claim, clear, io_of, lock};
use super::disk::{Disk, read_regular, relink, replace};
use super::keyframe_file::keyframe_bytes;
use super::layout::{check_is_run, checkpoints, checkpoints_by_attempt, has_all_initial_files};
use super::messages::{FolderMessage, ResumeMessage};
use super::names::{
    BEST, CHECKPOINTS, CONFIG, CORPUS, GIVEN_WEIGHTS, KEYFRAMES, LATEST, LOCK, LOG, METRICS, REMOVING, SAVING,
    TENSORBOARD, TEST, VALIDATION, VOCABULARY, checkpoint_name, number_of, unfinished,
};
use super::{LoadedRun, RunError, metrics, tensorboard};
use crate::activity::{self, Activity};
use crate::config::{Config, ConfigError, Origin, Override};
use crate::corpus::Texts;
use crate::language::Message;
use crate::learning::Learner;
use crate::printable;
use crate::session::{Checkpoint, Keyframe};

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

/// A run that was opened at its last checkpoint.
pub struct Resumed {
    /// Its folder, locked.
    pub folder: RunFolder,
    /// The contents of the checkpoint.
    pub found: LoadedRun,
}

/// The initial contents of the folder of a run, besides its configuration.
#[derive(Clone, Copy, Debug)]
pub struct RunStart<'a> {
    /// The texts as they were read.
    pub texts: &'a Texts,
    /// The vocabulary by id.
    pub words: &'a [String],
    /// The file with the initial weights, if they were not drawn at random.
    pub weights: Option<&'a Path>,
}

/// A run that ended before its first checkpoint, opened to restart at step 0.
pub struct Restarted {
    /// Its folder, locked.
    pub folder: RunFolder,
    /// Its configuration, with overrides.
    pub config: Config,
    /// An untrained learner of this configuration.
    pub learner: Box<dyn Learner>,
}

impl RunFolder {
    /// Creates the folder of a new run, with copies of the texts, the configuration and the vocabulary.
    ///
    /// # Errors
    /// If the folder has other files or cannot be written; what was written is then removed.
    pub fn create(path: &Path, config: &Config, start: RunStart<'_>, disk: Arc<dyn Disk>) -> Result<Self, RunError> {
        let _busy = activity::begin(Activity::CreatingRunFolder(path.display().to_string()), 0);
        let lock = claim(path, disk.as_ref())?;
        match fill(path, config, start, disk.as_ref()) {
            Ok(texts) => {
                let metrics = AppendFile::new(path.join(METRICS), 0);
                Ok(Self { path: path.to_owned(), disk, lock, next: 1, texts, metrics })
            }
            Err(error) => {
                clear(path, disk.as_ref(), None); // an incomplete folder would block the next attempt to create it
                Err(error)
            }
        }
    }

    /// Opens the folder of a run to resume it from its last complete checkpoint, with `overrides` of its configuration. Cuts
    /// off incomplete metrics, removes temporary files, corrects the links and the vocabulary, and logs the warnings.
    ///
    /// # Errors
    /// If the folder has no run, another process has it open, no checkpoint is complete, or the overrides need other weights.
    pub fn resume(
        path: &Path,
        overrides: &[Override],
        disk: Arc<dyn Disk>,
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Resumed, RunError> {
        check_is_run(path)?;
        let lock = lock(path)?;
        let mut found = LoadedRun::read(path, overrides, learner_of)?;
        let metrics = path.join(METRICS);
        let length = metrics::repair(&metrics).map_err(io_of(&metrics))?;
        remove_leftovers(path, disk.as_ref())?;
        let next = checkpoints(path).iter().filter_map(|name| number_of(name)).max().unwrap_or(0) + 1;
        let texts = found.manifest.texts().clone();
        let folder = Self { path: path.to_owned(), disk, lock, next, texts, metrics: AppendFile::new(metrics, length) };
        // the links serve other programs; the run does not need them
        if let Err(error) = folder.link(&found.checkpoint_folder) {
            found.warnings.push(error.into());
        }
        folder.rewrite_vocabulary(found.learner.vocabulary()).map_err(io_of(&path.join(VOCABULARY)))?;
        for warning in &found.warnings {
            folder.log(&warning.to_string()).map_err(io_of(&path.join(LOG)))?;
        }
        Ok(Resumed { folder, found })
    }

    /// Opens the folder of a run that ended before its first checkpoint, to restart it at step 0 with `overrides` of its
    /// configuration. `None` if it has a checkpoint, or lacks one of its initial files.
    ///
    /// # Errors
    /// If the folder has no run, another process has it open, it began with given weights, or the overrides are not allowed for
    /// a run.
    pub fn restart(
        path: &Path,
        overrides: &[Override],
        disk: Arc<dyn Disk>,
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Option<Restarted>, RunError> {
        check_is_run(path)?;
        if !has_all_initial_files(path) {
            return Ok(None);
        }
        let lock = lock(path)?;
        // another process may have saved a checkpoint before the folder was locked
        if !has_all_initial_files(path) {
            return Ok(None);
        }
        check_weights_were_drawn(path)?;
        let origin = Origin::File(path.join(CONFIG));
        let (config, before) = (Config::read(&origin, overrides)?.of_a_run(), Config::read(&origin, &[])?);
        config.check_resume(&before, |key, _| {
            format!("rnn-tui {} --set {key}=… --run NEW", path.join(CONFIG).display())
        })?;
        let learner = learner_of(config.clone())?;
        remove_leftovers(path, disk.as_ref())?;
        let mut texts = Files::new();
        for name in [CORPUS, VALIDATION, TEST] {
            let file = path.join(name);
            if file.exists() {
                texts.insert(name.to_owned(), FileEntry::of_file(&file).map_err(io_of(&file))?);
            }
        }
        // metrics of steps before the first checkpoint are void
        let metrics = AppendFile::new(path.join(METRICS), 0);
        let folder = Self { path: path.to_owned(), disk, lock, next: 1, texts, metrics };
        folder.rewrite_vocabulary(learner.vocabulary()).map_err(io_of(&path.join(VOCABULARY)))?;
        Ok(Some(Restarted { folder, config, learner }))
    }

    /// Sizes and hashes of the texts of the run.
    #[must_use]
    pub fn texts(&self) -> &Files {
        &self.texts
    }

    /// Writes `vocabulary.json` if it differs from `words`. Other programs read it; this one does not depend on it.
    fn rewrite_vocabulary(&self, words: &[String]) -> io::Result<()> {
        let (path, text) = (self.path.join(VOCABULARY), serde_json::to_string_pretty(words)?);
        if read_regular(&path, text.len() as u64).unwrap_or_default() == text.as_bytes() {
            return Ok(());
        }
        replace(self.disk.as_ref(), &path, text.as_bytes())
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
    /// attempt, writes the configuration in force, and prunes to `keep` checkpoints. Returns why there are no
    /// links if the file system does not support them.
    ///
    /// # Errors
    /// Those of the disk, after the other parts have been tried. No checkpoint that is to be retained is lost.
    pub fn finish_save(&self, saved: &str, config: &Config, keep: usize) -> io::Result<Option<Message>> {
        self.check_ownership()?;
        let (disk, checkpoints) = (self.disk.as_ref(), self.path.join(CHECKPOINTS));
        disk.sync(&checkpoints)?;
        let linked = self.link(&checkpoints.join(saved));
        // the configuration may have changed by a restart with another model or seed
        let (config, path) = (config.to_toml_beside("").map_err(io::Error::other)?, self.path.join(CONFIG));
        let is_same = read_regular(&path, config.len() as u64).unwrap_or_default() == config.as_bytes();
        let replaced = if is_same { Ok(()) } else { replace(disk, &path, config.as_bytes()) };
        let pruned = self.prune(keep);
        let missing = match linked {
            Ok(()) => None,
            Err(error) if is_link_unsupported(&error) => Some(error.into()),
            Err(error) => return Err(error),
        };
        replaced.and(pruned).map(|_| missing)
    }

    /// Points the links to the checkpoint `latest` and to the best one of the last attempt.
    fn link(&self, latest: &Path) -> io::Result<()> {
        let all = checkpoints_by_attempt(&self.path);
        let best = all.values().next_back().and_then(|attempt| attempt.best.first());
        let latest = latest.file_name().map(|name| name.to_string_lossy().into_owned());
        let link = |(name, checkpoint): (&str, Option<&String>)| match checkpoint {
            Some(checkpoint) => self.set_link(name, checkpoint),
            None => Ok(()),
        };
        let [latest, best] = [(LATEST, latest.as_ref()), (BEST, best)].map(link);
        latest.and(best)
    }

    /// Points the link `name` to a checkpoint, in place of a link or of a copy of a checkpoint.
    ///
    /// # Errors
    /// Those of the disk; also if a folder with other files has that name.
    fn set_link(&self, name: &str, checkpoint: &str) -> io::Result<()> {
        let (target, link, disk) = (Path::new(CHECKPOINTS).join(checkpoint), self.path.join(name), self.disk.as_ref());
        if fs::read_link(&link).is_ok_and(|leads_to| leads_to == target) {
            return Ok(());
        }
        let named = |error: io::Error| io::Error::new(error.kind(), Message::from(error).at(link.clone()));
        let is_folder = fs::symlink_metadata(&link).is_ok_and(|there| there.is_dir());
        if is_folder && !checkpoint::is_checkpoint_copy(&link) {
            let why = Message::from(FolderMessage::LinkIsFolder);
            return Err(named(io::Error::new(io::ErrorKind::Unsupported, why)));
        }
        // copying a folder may replace its links by copies of checkpoints, which become outdated
        if is_folder {
            disk.remove(&link).map_err(named)?;
        }
        relink(disk, &target, &link).map_err(named)
    }

    /// Removes all checkpoints but the last `keep` (at least one), the best one of each attempt (without validations the last
    /// one), and those that links point to. Returns how many were removed.
    pub(super) fn prune(&self, keep: usize) -> io::Result<usize> {
        let attempts = checkpoints_by_attempt(&self.path);
        let retained = attempts.values().map(|attempt| attempt.best.first().unwrap_or(&attempt.last).clone());
        // a link that could not be updated points to an earlier checkpoint
        let linked = [LATEST, BEST].into_iter().filter_map(|link| {
            let target = fs::read_link(self.path.join(link)).ok()?;
            Some(target.file_name()?.to_str()?.to_owned())
        });
        let retained: BTreeSet<String> = retained.chain(linked).collect();
        let (folder, removing) = (self.path.join(CHECKPOINTS), self.path.join(CHECKPOINTS).join(REMOVING));
        let names = checkpoints(&self.path); // the last one first
        let mut count = 0;
        for name in names.iter().skip(keep.max(1)).filter(|name| !retained.contains(*name)) {
            self.disk.remove(&removing)?;
            self.disk.rename(&folder.join(name), &removing)?; // a checkpoint is never seen half removed
            self.disk.remove(&removing)?;
            count += 1;
        }
        Ok(count)
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

/// Removes temporary files and folders that a killed process left behind.
fn remove_leftovers(path: &Path, disk: &dyn Disk) -> Result<(), RunError> {
    let files = [KEYFRAMES, CONFIG, VOCABULARY, LATEST, BEST].map(|name| path.join(unfinished(name)));
    for leftover in [SAVING, REMOVING].map(|name| path.join(CHECKPOINTS).join(name)).iter().chain(&files) {
        disk.remove(leftover).map_err(io_of(leftover))?;
    }
    Ok(())
}

/// Checks that a run did not begin with given weights: before the first checkpoint the folder does not have them, and random
/// ones would make another run.
fn check_weights_were_drawn(path: &Path) -> Result<(), RunError> {
    let Ok(file) = read_regular(&path.join(GIVEN_WEIGHTS), MAX_PATH_FILE) else { return Ok(()) };
    let weights = printable(&String::from_utf8_lossy(&file));
    let problem = ResumeMessage::BeganWithWeights { folder: path.to_owned(), weights: weights.clone() };
    let help = ResumeMessage::BeginAgain { config: path.join(CONFIG), folder: path.to_owned(), weights };
    Err(RunError::mistake(problem, help))
}

/// Upper bound on the size of the file with the path of the given weights, in bytes.
const MAX_PATH_FILE: u64 = 1 << 16;

/// Writes the initial files of a run. Returns sizes and hashes of its texts.
fn fill(path: &Path, config: &Config, start: RunStart<'_>, disk: &dyn Disk) -> Result<Files, RunError> {
    let RunStart { texts, words, weights } = start;
    let write = |name: &str, bytes: &[u8]| {
        let file = path.join(name);
        disk.write(&file, bytes).map_err(io_of(&file))
    };
    let mut files = Files::new();
    let texts = [(CORPUS, Some(&texts.training)), (VALIDATION, texts.validation.as_ref()), (TEST, texts.test.as_ref())];
    for (name, text) in texts {
        let Some(text) = text.map(|text| text.as_str().as_bytes()) else { continue };
        write(name, text)?;
        files.insert(name.to_owned(), FileEntry::of(text));
    }
    let invalid = |error: &dyn fmt::Display| RunError::Io(path.to_owned(), io::Error::other(error.to_string()));
    write(CONFIG, config.to_toml_beside("").map_err(|error| invalid(&error))?.as_bytes())?;
    write(VOCABULARY, serde_json::to_string_pretty(words).map_err(|error| invalid(&error))?.as_bytes())?;
    if let Some(weights) = weights {
        let weights = std::path::absolute(weights).map_err(io_of(weights))?;
        write(GIVEN_WEIGHTS, weights.as_os_str().as_bytes())?;
    }
    write(METRICS, b"")?;
    write(LOG, b"")?;
    let checkpoints = path.join(CHECKPOINTS);
    disk.create_folder(&checkpoints).map_err(io_of(&checkpoints))?;
    disk.sync(path).map_err(io_of(path))?;
    Ok(files)
}
