//! Opens the folder of a run: a new one, one with checkpoints, or one that ended before its first checkpoint.

use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use super::super::append_file::AppendFile;
use super::super::checkpoint::{FileEntry, Files};
use super::super::claim::{claim, clear, io_of, lock};
use super::super::disk::{Disk, read_regular, replace};
use super::super::layout::{check_is_run, checkpoints, has_all_initial_files};
use super::super::messages::ResumeMessage;
use super::super::names::{
    BEST, CHECKPOINTS, CONFIG, CORPUS, GIVEN_WEIGHTS, KEYFRAMES, LATEST, LOG, METRICS, REMOVING, SAVING, TEST,
    VALIDATION, VOCABULARY, number_of, unfinished,
};
use super::super::{LoadedRun, RunError, metrics};
use super::RunFolder;
use crate::activity::{self, Activity};
use crate::config::{Config, ConfigError, Origin, Override};
use crate::corpus::Texts;
use crate::learning::Learner;
use crate::printable;

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

/// A run that ended before its first checkpoint, opened to train from step 0.
pub struct UntrainedRun {
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

    /// Opens the folder of a run that ended before its first checkpoint, to train it from step 0 with `overrides` of its
    /// configuration. `None` if it has a checkpoint, or lacks one of its initial files.
    ///
    /// # Errors
    /// If the folder has no run, another process has it open, it began with given weights, or the overrides are not allowed for
    /// a run.
    pub fn open_untrained(
        path: &Path,
        overrides: &[Override],
        disk: Arc<dyn Disk>,
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Option<UntrainedRun>, RunError> {
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
        let (config, before) = (Config::read(&origin, overrides)?.for_existing_run(), Config::read(&origin, &[])?);
        config.check_resume(&before, |key, _| {
            format!("rnn-tui {} --set {key}=… --run NEW", path.join(CONFIG).display())
        })?;
        let learner = learner_of(config.clone())?;
        remove_leftovers(path, disk.as_ref())?;
        let mut texts = Files::new();
        for name in [CORPUS, VALIDATION, TEST] {
            let file = path.join(name);
            if file.exists() {
                texts.insert(name.to_owned(), FileEntry::from_file(&file).map_err(io_of(&file))?);
            }
        }
        // metrics of steps before the first checkpoint are void
        let metrics = AppendFile::new(path.join(METRICS), 0);
        let folder = Self { path: path.to_owned(), disk, lock, next: 1, texts, metrics };
        folder.rewrite_vocabulary(learner.vocabulary()).map_err(io_of(&path.join(VOCABULARY)))?;
        Ok(Some(UntrainedRun { folder, config, learner }))
    }

    /// Writes `vocabulary.json` if it differs from `words`. Other programs read it; this one does not depend on it.
    fn rewrite_vocabulary(&self, words: &[String]) -> io::Result<()> {
        let (path, text) = (self.path.join(VOCABULARY), serde_json::to_string_pretty(words)?);
        if read_regular(&path, text.len() as u64).unwrap_or_default() == text.as_bytes() {
            return Ok(());
        }
        replace(self.disk.as_ref(), &path, text.as_bytes())
    }
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
    let help = ResumeMessage::StartNewRun { config: path.join(CONFIG), folder: path.to_owned(), weights };
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
        files.insert(name.to_owned(), FileEntry::from_bytes(text));
    }
    let invalid = |error: &dyn fmt::Display| RunError::Io(path.to_owned(), io::Error::other(error.to_string()));
    write(CONFIG, config.to_toml_with_copied_texts("").map_err(|error| invalid(&error))?.as_bytes())?;
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
