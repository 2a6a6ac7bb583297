//! What the folder of a run contains.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use super::RunError;
use super::checkpoint;
use super::messages::FolderMessage;
use super::names::{
    CHECKPOINTS, CONFIG, CORPUS, DUEL, GIVEN_WEIGHTS, LOCK, LOG, METRICS, TENSORBOARD, TEST, VALIDATION, VOCABULARY,
    number_of, unfinished,
};
use crate::config::Config;

/// The names of all checkpoints, complete or not, the last one first.
pub fn checkpoints(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path.join(CHECKPOINTS)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| number_of(name).is_some());
    names.sort_by_key(|name| std::cmp::Reverse(number_of(name)));
    names
}

/// The checkpoints of one attempt, from their manifests.
#[derive(Clone, Debug, Default)]
pub struct AttemptCheckpoints {
    /// Names of those that were the best so far when they were saved, the last and therefore best one first.
    pub best: Vec<String>,
    /// The name of the last checkpoint.
    pub last: String,
}

/// The names of the best and the last checkpoints of each attempt, by their manifests. Checkpoints without a readable manifest
/// are ignored; whether their other files are complete is not checked. Empty if the folder cannot be read.
pub fn checkpoints_by_attempt(path: &Path) -> BTreeMap<u32, AttemptCheckpoints> {
    let mut all: BTreeMap<u32, AttemptCheckpoints> = BTreeMap::new();
    for name in checkpoints(path) {
        let Ok(manifest) = checkpoint::manifest(&path.join(CHECKPOINTS).join(&name)) else { continue };
        let attempt = all.entry(manifest.attempt).or_default();
        if manifest.is_best {
            attempt.best.push(name.clone());
        }
        if attempt.last.is_empty() {
            attempt.last = name;
        }
    }
    all
}

/// Names of the files and folders that a run has before its first checkpoint.
const INITIAL_FILES: [&str; 11] =
    [CONFIG, CORPUS, VALIDATION, TEST, VOCABULARY, GIVEN_WEIGHTS, METRICS, LOG, LOCK, CHECKPOINTS, TENSORBOARD];

/// Whether a folder has nothing but what a run, or a duel with its runs, has before its first checkpoint.
pub fn has_only_initial_files(path: &Path) -> bool {
    let runs = duel_run_folders(path);
    has_only(path, |entry, name| name == DUEL || name == unfinished(DUEL) || runs.contains(&entry.path()))
        && runs.iter().all(|run| has_only(run, |_, _| false))
}

/// Whether a folder has no checkpoints and nothing but initial files of a run, complete or not, and entries for which `may_be`
/// is true.
fn has_only(path: &Path, may_be: impl Fn(&DirEntry, &str) -> bool) -> bool {
    let is_own = |name: &str| INITIAL_FILES.iter().any(|own| *own == name || unfinished(own) == name);
    let mut entries = fs::read_dir(path).into_iter().flatten().flatten();
    checkpoints(path).is_empty()
        && entries.all(|entry| entry.file_name().to_str().is_some_and(|name| is_own(name) || may_be(&entry, name)))
}

/// Whether a folder has all that a run has before its first checkpoint, and nothing else.
pub fn has_all_initial_files(path: &Path) -> bool {
    let files = [CONFIG, CORPUS, VOCABULARY, METRICS, LOG];
    has_only(path, |_, _| false)
        && files.iter().all(|name| path.join(name).is_file())
        && path.join(CHECKPOINTS).is_dir()
}

/// The folders in a folder of a duel that are named like those of its runs: a number, a dash and a name.
pub fn duel_run_folders(path: &Path) -> Vec<PathBuf> {
    let is_run = |entry: &DirEntry| {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.split_once('-')?.0.parse::<usize>().ok());
        number.is_some_and(|number| (1..=Config::MAX_RUNS).contains(&number))
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
    };
    fs::read_dir(path).into_iter().flatten().flatten().filter(is_run).map(|entry| entry.path()).collect()
}

/// Checks that a folder is that of a run: that it has a folder of checkpoints.
///
/// # Errors
/// If it has none, with a hint if it is the folder of a duel.
pub fn check_is_run(path: &Path) -> Result<(), RunError> {
    // a link could lead to another run, whose checkpoints would be removed
    if fs::symlink_metadata(path.join(CHECKPOINTS)).is_ok_and(|folder| folder.is_dir()) {
        return Ok(());
    }
    let folder = path.to_owned();
    let help = if path.join(DUEL).is_file() {
        FolderMessage::NameOneOfDuel { folder: folder.clone() }
    } else {
        FolderMessage::ExpectedRun
    };
    Err(RunError::mistake(FolderMessage::KeepsNoRun { folder }, help))
}
