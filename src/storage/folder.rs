//! The folder of a run: made for a new one, opened to go on.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::append_file::AppendFile;
use super::checkpoint::{self, CheckpointError, FileEntry, Files};
use super::claim::{claim, clear, io_of, lock};
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

/// The folder of a run. As long as it is open, no other process opens it.
pub struct RunFolder {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    lock: File,
    /// The number of the next checkpoint.
    next: u64,
    /// What the run learns from.
    texts: Files,
    metrics: AppendFile,
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
    pub found: LoadedRun,
}

/// What a new run begins with.
#[derive(Clone, Copy, Debug)]
pub struct RunStart<'a> {
    /// The texts as they were read.
    pub texts: &'a Texts,
    /// The words by id.
    pub words: &'a [String],
    /// The file whose weights it begins with, if they are not drawn.
    pub weights: Option<&'a Path>,
}

/// A run that ended before its first checkpoint, and begins.
pub struct Begun {
    /// Its folder.
    pub folder: RunFolder,
    /// Its configuration.
    pub config: Config,
    /// A learner that has learned nothing yet.
    pub learner: Box<dyn Learner>,
}

impl RunFolder {
    /// Makes the folder of a new run, with a copy of the texts as they were read.
    ///
    /// # Errors
    /// When there is something in it already, or it cannot be written; then nothing is left of it.
    pub fn create(path: &Path, config: &Config, start: RunStart<'_>, disk: Arc<dyn Disk>) -> Result<Self, RunError> {
        let _busy = activity::begin(Activity::CreatingRunFolder(path.display().to_string()), 0);
        let lock = claim(path, disk.as_ref())?;
        match fill(path, config, start, disk.as_ref()) {
            Ok(texts) => {
                let metrics = AppendFile::new(path.join(METRICS), 0);
                Ok(Self { path: path.to_owned(), disk, lock, next: 1, texts, metrics })
            }
            Err(error) => {
                clear(path, disk.as_ref(), None); // half of a run is in the way of the next try
                Err(error)
            }
        }
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
        check_is_run(path)?;
        let lock = lock(path)?;
        let mut found = LoadedRun::read(path, overrides, learner_of)?;
        let metrics = path.join(METRICS);
        let length = metrics::repair(&metrics).map_err(io_of(&metrics))?;
        remove_leftovers(path, disk.as_ref())?;
        let next = checkpoints(path).iter().filter_map(|name| number_of(name)).max().unwrap_or(0) + 1;
        let texts = found.manifest.texts().clone();
        let folder = Self { path: path.to_owned(), disk, lock, next, texts, metrics: AppendFile::new(metrics, length) };
        // the links are for others: the run needs none
        if let Err(error) = folder.link(&found.checkpoint_folder) {
            found.warnings.push(error.into());
        }
        folder.rewrite_vocabulary(found.learner.vocabulary()).map_err(io_of(&path.join(VOCABULARY)))?;
        for warning in &found.warnings {
            folder.log(&warning.to_string()).map_err(io_of(&path.join(LOG)))?;
        }
        Ok(Resumed { folder, found })
    }

    /// Opens the folder of a run that ended before its first checkpoint, to begin it with some of its values changed; `None` if there is
    /// a checkpoint, or not even all that a run makes before.
    ///
    /// # Errors
    /// When there is no run in it, another process has it, or it can have no such values.
    pub fn begin_again(
        path: &Path,
        overrides: &[Override],
        disk: Arc<dyn Disk>,
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Option<Begun>, RunError> {
        check_is_run(path)?;
        if !has_all_initial_files(path) {
            return Ok(None);
        }
        let lock = lock(path)?;
        // whoever had it may have saved one while the folder was looked at
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
        // what was told of steps that were not kept is void
        let metrics = AppendFile::new(path.join(METRICS), 0);
        let folder = Self { path: path.to_owned(), disk, lock, next: 1, texts, metrics };
        folder.rewrite_vocabulary(learner.vocabulary()).map_err(io_of(&path.join(VOCABULARY)))?;
        Ok(Some(Begun { folder, config, learner }))
    }

    /// The texts that it learns from.
    #[must_use]
    pub fn texts(&self) -> &Files {
        &self.texts
    }

    /// The words by id are there for others, who could not tell that they are wrong.
    fn rewrite_vocabulary(&self, words: &[String]) -> io::Result<()> {
        let (path, text) = (self.path.join(VOCABULARY), serde_json::to_string_pretty(words)?);
        if read_regular(&path, text.len() as u64).unwrap_or_default() == text.as_bytes() {
            return Ok(());
        }
        replace(self.disk.as_ref(), &path, text.as_bytes())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Saves a checkpoint. Returns its folder's name.
    ///
    /// # Errors
    /// When it cannot be written; then those before are as they were.
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
            let _ = disk.remove(&saving); // half of one takes room that the next one needs
            return Err(error);
        }
        self.next += 1;
        Ok(name)
    }

    /// Makes what is beside the checkpoints follow the one that was saved last: the folder is on the disk, the links lead to it and to
    /// the best one, the configuration is that in force; all but the last `keep`, and of each attempt the
    /// best (without validations the last), are let go. Returns why there are no links where the file system has none.
    ///
    /// # Errors
    /// The disk's, after all that could be done. All checkpoints that matter are there in any case.
    pub fn finish_save(&self, saved: &str, config: &Config, keep: usize) -> io::Result<Option<Message>> {
        self.check_ownership()?;
        let (disk, checkpoints) = (self.disk.as_ref(), self.path.join(CHECKPOINTS));
        disk.sync(&checkpoints)?;
        let linked = self.link(&checkpoints.join(saved));
        // what is in force after a restart with another model or seed
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

    /// Lets the links lead to a checkpoint, and to the best one of its attempt.
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

    /// Lets one link lead to a checkpoint.
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
        // who copies a folder may follow its links: a copy of an earlier checkpoint would be taken for the last one
        if is_folder {
            disk.remove(&link).map_err(named)?;
        }
        relink(disk, &target, &link).map_err(named)
    }

    /// Lets go of all checkpoints but the last `keep` and those of each attempt that are not let go: the last one that was the best,
    /// without validations the last one. Returns how many that were.
    pub(super) fn prune(&self, keep: usize) -> io::Result<usize> {
        let attempts = checkpoints_by_attempt(&self.path);
        let retained = attempts.values().map(|attempt| attempt.best.first().unwrap_or(&attempt.last).clone());
        // a link that could not be made leads to an earlier one
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
            self.disk.rename(&folder.join(name), &removing)?; // at no moment is there half of a checkpoint
            self.disk.remove(&removing)?;
            count += 1;
        }
        Ok(count)
    }

    /// Saves the weights at earlier moments of an attempt, in place of those saved before.
    ///
    /// # Errors
    /// When they cannot be written; then those before are as they were.
    pub fn save_keyframes(&self, attempt: u32, keyframes: &[Keyframe]) -> io::Result<()> {
        self.check_ownership()?;
        let bytes = keyframe_bytes(attempt, keyframes).map_err(io::Error::other)?;
        replace(self.disk.as_ref(), &self.path.join(KEYFRAMES), &bytes)
    }

    /// Adds lines to the metrics.
    ///
    /// # Errors
    /// The disk's; then none of them counts.
    pub fn add_metrics(&mut self, lines: &str) -> io::Result<()> {
        self.check_ownership()?;
        self.metrics.add(self.disk.as_ref(), lines.as_bytes())
    }

    /// Begins a file of metrics for `TensorBoard`; each attempt has a folder of its own.
    ///
    /// # Errors
    /// The disk's.
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

    /// Adds records to such a file.
    ///
    /// # Errors
    /// The disk's; then none of them counts.
    pub fn add_events(&self, file: &mut AppendFile, records: &[u8]) -> io::Result<()> {
        self.check_ownership()?;
        file.add(self.disk.as_ref(), records)
    }

    /// Adds a line to the log, after the time in seconds since 1970.
    ///
    /// # Errors
    /// The disk's.
    pub fn log(&self, line: &str) -> io::Result<()> {
        self.check_ownership()?;
        let line = format!("{:.3} {}\n", metrics::seconds(SystemTime::now()), printable(line));
        self.disk.append(&self.path.join(LOG), None, line.as_bytes())
    }

    /// Somebody may have removed the folder, and made another run in its place.
    fn check_ownership(&self) -> io::Result<()> {
        let of = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let there = fs::metadata(self.path.join(LOCK)).map(of).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(error.kind(), Message::from(FolderMessage::Gone)),
            _ => error,
        })?;
        if there == of(self.lock.metadata()?) {
            return Ok(());
        }
        Err(io::Error::other(Message::from(FolderMessage::TakenByAnotherRun)))
    }
}

/// Whether there can be no symbolic links, as on exFAT or in a folder of Windows.
fn is_link_unsupported(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported)
}

/// Removes what a process that was killed has left unfinished.
fn remove_leftovers(path: &Path, disk: &dyn Disk) -> Result<(), RunError> {
    let files = [KEYFRAMES, CONFIG, VOCABULARY, LATEST, BEST].map(|name| path.join(unfinished(name)));
    for leftover in [SAVING, REMOVING].map(|name| path.join(CHECKPOINTS).join(name)).iter().chain(&files) {
        disk.remove(leftover).map_err(io_of(leftover))?;
    }
    Ok(())
}

/// Weights of a file are in none of its own before the first checkpoint, and others would be another run.
fn check_weights_were_drawn(path: &Path) -> Result<(), RunError> {
    let Ok(file) = read_regular(&path.join(GIVEN_WEIGHTS), MAX_PATH_FILE) else { return Ok(()) };
    let weights = printable(&String::from_utf8_lossy(&file));
    let problem = ResumeMessage::BeganWithWeights { folder: path.to_owned(), weights: weights.clone() };
    let help = ResumeMessage::BeginAgain { config: path.join(CONFIG), folder: path.to_owned(), weights };
    Err(RunError::mistake(problem, help))
}

const MAX_PATH_FILE: u64 = 1 << 16;

/// Writes what is in the folder of a run from its beginning. Returns what is known of its texts.
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
