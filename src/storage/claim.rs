//! The beginning of a folder: made, or taken from a run or a duel that ended before its first checkpoint.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::RunError;
use super::disk::{Disk, PLAIN_FILE};
use super::layout::{checkpoints, duel_run_folders, has_only_initial_files};
use super::messages::FolderMessage;
use super::names::{DUEL, LOCK, unfinished};
use crate::config::quoted;
use crate::language::Message;

/// The system's reason, and for which path.
pub(super) fn io_of(path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_owned();
    move |error| RunError::Io(path, error)
}

/// Makes an empty folder for something new, or empties one in which there is nothing but what a run or a duel makes before its first
/// checkpoint. Returns its lock: as long as that is open, no other process takes the folder.
pub(super) fn claim(path: &Path, disk: &dyn Disk) -> Result<File, RunError> {
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        // there is nothing to go on with, so that this one takes its place
        Ok(false) if is_run_or_duel(path) && has_only_initial_files(path) => {}
        Ok(false) => return Err(not_empty_error(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create_with_parents(disk, path)?,
        Err(error) => return Err(io_of(path)(error)),
    }
    let own = lock(path)?;
    // of a duel that began, one of its runs may go on by itself
    let runs: Vec<_> = duel_run_folders(path).into_iter().filter(|run| run.join(LOCK).is_file()).collect();
    let _of_runs: Vec<File> = runs.iter().map(|run| lock(run)).collect::<Result<_, _>>()?;
    // another process may have been here while the folder was looked at
    if !has_only_initial_files(path) {
        return Err(not_empty_error(path));
    }
    clear(path, disk, Some(LOCK));
    Ok(own)
}

/// Whether a run or a duel has begun in a folder, and no files of somebody else's only look so.
fn is_run_or_duel(path: &Path) -> bool {
    [LOCK, DUEL, &unfinished(DUEL)].iter().any(|name| path.join(name).is_file())
}

fn not_empty_error(path: &Path) -> RunError {
    let is_duel = path.join(DUEL).is_file();
    let folder = path.to_owned();
    let (problem, help) = if is_duel {
        (FolderMessage::NotEmpty { folder }, FolderMessage::ResumeDuel { folder: quoted(path) })
    } else if checkpoints(path).is_empty() {
        (FolderMessage::NotEmpty { folder }, FolderMessage::NeedsEmptyFolder)
    } else {
        (FolderMessage::KeepsRunAlready { folder }, FolderMessage::ResumeRun { folder: quoted(path) })
    };
    RunError::mistake(problem, help)
}

/// Removes what there is in a folder, but for one name, as far as that is possible.
pub(super) fn clear(path: &Path, disk: &dyn Disk, but: Option<&str>) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if but.is_none_or(|but| entry.file_name() != but) {
            let _ = disk.remove(&entry.path());
        }
    }
}

/// Makes a folder and those above it, each on the disk before the next.
fn create_with_parents(disk: &dyn Disk, path: &Path) -> Result<(), RunError> {
    let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    for folder in missing.collect::<Vec<_>>().into_iter().rev() {
        disk.create_folder(folder).map_err(|error| {
            RunError::mistake(Message::from(error).at(folder.to_owned()), FolderMessage::ChooseWritable)
        })?;
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _ = disk.sync(above); // one that may be written but not read cannot be synced
    }
    Ok(())
}

/// Opens a folder for this process alone, as long as the file is open.
pub(super) fn lock(path: &Path) -> Result<File, RunError> {
    let place = path.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .custom_flags(PLAIN_FILE)
        .open(&place)
        .map_err(io_of(&place))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        // a file system without locks keeps runs all the same
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let problem = FolderMessage::InUse { folder: path.to_owned() };
            Err(RunError::mistake(problem, FolderMessage::WaitOrChooseAnother))
        }
        Err(TryLockError::Error(error)) => Err(io_of(&place)(error)),
    }
}
