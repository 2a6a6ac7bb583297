//! Claims the folder of a new run or duel: creates it, or empties that of one that ended before its first checkpoint.

use std::fs::{self, File, Metadata, TryLockError};
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

/// Makes a [`RunError::Io`] about `path` from an error of the system.
pub(super) fn io_of(path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_owned();
    move |error| RunError::Io(path, error)
}

/// Creates an empty folder for a new run or duel, with its parents, or empties one that has nothing but the initial files of a
/// run or duel that ended before its first checkpoint. Returns its lock: until it is dropped, no other process can open the
/// folder.
///
/// # Errors
/// If the folder has other files, another process has it or one of its runs open, or it cannot be written.
pub(super) fn claim(path: &Path, disk: &dyn Disk) -> Result<FolderLock, RunError> {
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        // nothing can be resumed there, so the new run replaces it
        Ok(false) if is_run_or_duel(path) && has_only_initial_files(path) => {}
        Ok(false) => return Err(not_empty_error(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create_with_parents(disk, path)?,
        Err(error) => return Err(io_of(path)(error)),
    }
    let own_lock = lock(path)?;
    // a run of a duel can be resumed by itself, in another process
    let runs: Vec<_> = duel_run_folders(path).into_iter().filter(|run| run.join(LOCK).is_file()).collect();
    let _run_locks: Vec<FolderLock> = runs.iter().map(|run| lock(run)).collect::<Result<_, _>>()?;
    // another process may have written a checkpoint since the first check
    if !has_only_initial_files(path) {
        return Err(not_empty_error(path));
    }
    clear(path, disk, Some(LOCK));
    Ok(own_lock)
}

/// Whether a folder has a lock or a list of runs: then its files were written by this program, not only named alike.
fn is_run_or_duel(path: &Path) -> bool {
    [LOCK, DUEL, &unfinished(DUEL)].iter().any(|name| path.join(name).is_file())
}

/// The error about a folder that is not empty: how to resume what it has, if it is a run or a duel.
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

/// Removes the contents of a folder, except the entry named `but`. Errors are ignored.
pub(super) fn clear(path: &Path, disk: &dyn Disk, but: Option<&str>) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if but.is_none_or(|but| entry.file_name() != but) {
            let _ = disk.remove(&entry.path());
        }
    }
}

/// Creates a folder and its missing parents, outermost first, and syncs the folder above each.
fn create_with_parents(disk: &dyn Disk, path: &Path) -> Result<(), RunError> {
    let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    for folder in missing.collect::<Vec<_>>().into_iter().rev() {
        disk.create_folder(folder).map_err(|error| {
            RunError::mistake(Message::from(error).at(folder.to_owned()), FolderMessage::ChooseWritable)
        })?;
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _ = disk.sync(above); // a folder that can be written but not read cannot be synced
    }
    Ok(())
}

/// The lock of a folder, released when it is dropped.
///
/// Closing the file would not be enough: a process that is being started has a copy of it until it executes its program.
#[derive(Debug)]
pub(super) struct FolderLock(File);

impl FolderLock {
    /// The metadata of the lock file that this process has open.
    ///
    /// # Errors
    /// Those of the system.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        let _ = self.0.unlock(); // a file system without locks has none to release
    }
}

/// Locks a folder for this process: creates its lock file if there is none, and returns it locked.
///
/// # Errors
/// If another process has the lock, or the file cannot be opened. A file system without locks is no error.
pub(super) fn lock(path: &Path) -> Result<FolderLock, RunError> {
    let place = path.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .custom_flags(PLAIN_FILE)
        .open(&place)
        .map_err(io_of(&place))?;
    match file.try_lock() {
        Ok(()) => Ok(FolderLock(file)),
        // runs can be kept on file systems without locks
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(FolderLock(file)),
        Err(TryLockError::WouldBlock) => {
            let problem = FolderMessage::InUse { folder: path.to_owned() };
            Err(RunError::mistake(problem, FolderMessage::WaitOrChooseAnother))
        }
        Err(TryLockError::Error(error)) => Err(io_of(&place)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_with_copied_descriptor_is_released_on_drop() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap();
        let copy = held.0.try_clone().unwrap(); // as a process that is being started has it
        assert!(lock(folder.path()).is_err());
        drop(held);
        assert!(lock(folder.path()).is_ok());
        drop(copy);
    }
}
