//! The folder of a duel (runs that are trained side by side): a folder for each run, and a list of them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RunError;
use super::claim::{FolderLock, claim, lock};
use super::disk::{Disk, replace};
use super::layout::check_is_run;
use super::messages::DuelMessage;
use super::names::DUEL;
use crate::config::Config;
use crate::language::Message;

/// Upper bound on the size of the list in bytes.
const MAX_LIST: u64 = 1 << 16;

/// An entry in the list of a duel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuelRun {
    /// The name that tells the run from the others.
    pub name: String,
    /// The model in one line, as it was when the run began.
    pub model: String,
    /// The name of its folder, beside the list.
    folder: String,
}

/// The contents of the list.
#[derive(Serialize, Deserialize)]
struct List {
    runs: Vec<DuelRun>,
}

impl DuelRun {
    /// Creates the entry of run `index` (0-based). The name of the folder is the 1-based number, a dash, and at most 24
    /// characters of `name` in lower case, with other characters than letters and digits as dashes.
    #[must_use]
    pub fn new(index: usize, name: &str, model: &str) -> Self {
        let plain = |c: char| if c.is_alphanumeric() { c.to_lowercase().next().unwrap_or(c) } else { '-' };
        let short: String = name.chars().map(plain).take(24).collect();
        let folder = format!("{}-{}", index + 1, short.trim_matches('-'));
        Self { name: name.to_owned(), model: model.to_owned(), folder }
    }

    /// The path of its folder, in the folder of the duel.
    #[must_use]
    pub fn path(&self, duel: &Path) -> PathBuf {
        duel.join(&self.folder)
    }
}

/// The lock on the folder of a duel: while it exists, no other process can open the folder.
#[derive(Debug)]
pub struct DuelLock {
    _lock: FolderLock,
}

/// Creates the folder of a new duel, or empties one that ended before its first checkpoint. The runs are created before the list is written: a folder without a
/// list can be claimed again, and every run of a list can be resumed.
///
/// # Errors
/// If the folder has other files, another process has it open, or it cannot be written.
pub fn create_duel(path: &Path, disk: &dyn Disk) -> Result<DuelLock, RunError> {
    claim(path, disk).map(|lock| DuelLock { _lock: lock })
}

/// Locks the folder of a duel for this process.
///
/// # Errors
/// If another process has the lock, or the lock file cannot be opened.
pub fn lock_duel(path: &Path) -> Result<DuelLock, RunError> {
    lock(path).map(|lock| DuelLock { _lock: lock })
}

/// Writes the list of the runs of a duel, whose folders must exist.
///
/// # Errors
/// If the list cannot be written.
pub fn write_list(path: &Path, runs: &[DuelRun], disk: &dyn Disk) -> Result<(), RunError> {
    let io_of = |error| RunError::Io(path.to_owned(), error);
    let list = serde_json::to_string_pretty(&List { runs: runs.to_vec() }).map_err(|error| io_of(error.into()))?;
    replace(disk, &path.join(DUEL), list.as_bytes()).map_err(io_of)
}

/// Reads the list of runs in the folder of a duel; `None` if there is no list.
///
/// # Errors
/// If the list cannot be read, is invalid, or lists a folder that is not that of a run beside it.
pub fn runs_of_duel(path: &Path) -> Result<Option<Vec<DuelRun>>, RunError> {
    let file = path.join(DUEL);
    let invalid =
        |why: Message| RunError::mistake(why.at(file.clone()), DuelMessage::ExpectedList { folder: path.to_owned() });
    match fs::metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(invalid(error.into())),
        Ok(file) if !file.is_file() || file.len() > MAX_LIST => return Err(invalid(DuelMessage::NoList.into())),
        Ok(_) => {}
    }
    let text = fs::read(&file).map_err(|error| invalid(error.into()))?;
    let list = serde_json::from_slice(&text);
    let List { runs } = list.map_err(|_| invalid(DuelMessage::NoList.into()))?;
    // a name with other components could lead anywhere
    let is_beside =
        |folder: &str| matches!(*Path::new(folder).components().collect::<Vec<_>>(), [Component::Normal(_)]);
    if runs.is_empty() || !runs.iter().all(|run| is_beside(&run.folder)) {
        return Err(invalid(DuelMessage::NoRunsBesideIt.into()));
    }
    if runs.len() > Config::MAX_RUNS {
        return Err(invalid(DuelMessage::TooManyRuns { limit: Config::MAX_RUNS }.into()));
    }
    let paths: BTreeSet<_> = runs.iter().map(|run| run.path(path)).collect();
    if paths.len() < runs.len() {
        return Err(invalid(DuelMessage::RunTwice.into()));
    }
    for run in &runs {
        check_is_run(&run.path(path))?;
    }
    Ok(Some(runs))
}

#[cfg(test)]
mod tests {
    use super::super::disk::SystemDisk;
    use super::*;

    #[test]
    fn duel_list_is_read_back_and_other_folders_are_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("duel");
        assert_eq!(runs_of_duel(&path).unwrap(), None);
        let runs = [DuelRun::new(0, "LSTM hidden 8", "LSTM 7→2→8→7"), DuelRun::new(1, "甲 / ..", "GRU")];
        drop(create_duel(&path, &SystemDisk).unwrap());
        write_list(&path, &runs, &SystemDisk).unwrap();
        assert!(runs_of_duel(&path).unwrap_err().to_string().contains("1-lstm-hidden-8 keeps no run"));
        for run in &runs {
            fs::create_dir_all(run.path(&path).join("checkpoints")).unwrap();
        }
        assert_eq!(runs_of_duel(&path).unwrap().unwrap(), runs);
        assert_eq!(runs[1].path(&path), path.join("2-甲"));
        fs::create_dir(runs[0].path(&path).join("checkpoints/000001-step-0")).unwrap();
        let again = create_duel(&path, &SystemDisk).unwrap_err().to_string();
        assert!(again.contains("is not empty") && again.contains("--resume"), "{again}");
        for list in ["{", "{\"runs\": []}", "{\"runs\": [{\"name\": \"x\", \"model\": \"\", \"folder\": \"../y\"}]}"] {
            fs::write(path.join(DUEL), list).unwrap();
            assert!(runs_of_duel(&path).is_err(), "{list}");
        }
        let refused = |folders: &[&str]| {
            let runs = folders.iter().map(|folder| DuelRun { folder: (*folder).to_owned(), ..runs[0].clone() });
            fs::write(path.join(DUEL), serde_json::to_vec(&List { runs: runs.collect() }).unwrap()).unwrap();
            runs_of_duel(&path).unwrap_err().to_string()
        };
        let folder = runs[0].folder.as_str();
        assert!(refused(&[folder, &format!("{folder}/")]).contains("names a run twice"));
        assert!(refused(&[folder; 5]).contains("names more than 4 runs"));
    }
}
