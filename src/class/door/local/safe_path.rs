//! Whether another account could replace a folder on a path.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::place_error::PlaceError;

/// The maximum number of symbolic links on the path.
const MAX_LINKS: usize = 40;
/// The flags to open a folder for traversal, without following a link.
const ENTER: OFlags = {
    let flags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    #[cfg(target_os = "linux")]
    let flags = flags.union(OFlags::PATH);
    flags
};

/// Opens a folder, resolving the path as the system does, and checks that only `trusted` accounts could replace a folder on it. Missing
/// folders are created if `create` has a mode.
///
/// # Errors
/// If another account could replace a folder, or the last one is a symbolic link.
pub(super) fn walk(path: &Path, trusted: &[u32], create: Option<Mode>) -> Result<(OwnedFd, Stat), PlaceError> {
    let root = || rustix::fs::open("/", ENTER, Mode::empty());
    let (mut folder, mut at, mut links) = (root()?, PathBuf::from("/"), 0);
    let mut stat = rustix::fs::fstat(&folder)?;
    let mut parts = parts_of(path);
    while let Some(part) = parts.pop_front() {
        if part == ".." {
            folder = rustix::fs::openat(&folder, "..", ENTER, Mode::empty())?;
            stat = rustix::fs::fstat(&folder)?;
            at.pop();
            continue;
        }
        let found = || rustix::fs::statat(&folder, &part, AtFlags::SYMLINK_NOFOLLOW);
        let entry = match (found(), create) {
            (Err(Errno::NOENT), Some(mode)) => {
                match rustix::fs::mkdirat(&folder, &part, mode) {
                    // regardless of the umask
                    Ok(()) => rustix::fs::chmodat(&folder, &part, mode, AtFlags::empty())?,
                    Err(Errno::EXIST) => {} // created meanwhile: it is checked like any other
                    Err(error) => return Err(error.into()),
                }
                found()?
            }
            (found, _) => found?,
        };
        if can_be_replaced(&stat, &entry, trusted) {
            return Err(PlaceError::ReplaceableFolder { folder: at, owner: stat.st_uid, mode: stat.st_mode & 0o7777 });
        }
        if FileType::from_raw_mode(entry.st_mode) == FileType::Symlink {
            if parts.is_empty() {
                return Err(PlaceError::Link { folder: at.join(part) });
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(Errno::LOOP.into());
            }
            let target = rustix::fs::readlinkat(&folder, &part, Vec::new())?;
            let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
            if target.is_absolute() {
                (folder, at) = (root()?, PathBuf::from("/"));
                stat = rustix::fs::fstat(&folder)?;
            }
            parts_of(&target).into_iter().rev().for_each(|part| parts.push_front(part));
            continue;
        }
        folder = rustix::fs::openat(&folder, &part, ENTER, Mode::empty())?;
        stat = rustix::fs::fstat(&folder)?; // of the opened folder, not of the name
        at.push(part);
    }
    Ok((folder, stat))
}

/// The names and `..` of a path.
fn parts_of(path: &Path) -> VecDeque<OsString> {
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

/// Whether an account that is not trusted can replace an entry of a folder.
fn can_be_replaced(folder: &Stat, entry: &Stat, trusted: &[u32]) -> bool {
    let is_trusted = |uid: u32| uid == 0 || trusted.contains(&uid);
    // a group with the number of its owner is private, as on many systems
    let is_own_group = folder.st_gid != 0 && folder.st_gid == folder.st_uid;
    let written = if is_own_group { 0o002 } else { 0o022 };
    let is_open = folder.st_mode & written != 0;
    let is_sticky = folder.st_mode & 0o1000 != 0;
    // the owner of a folder in a sticky one is checked when it is entered
    let is_folder = FileType::from_raw_mode(entry.st_mode) == FileType::Directory;
    !is_trusted(folder.st_uid) || (is_open && !(is_sticky && (is_folder || is_trusted(entry.st_uid))))
}

/// Checks that a folder belongs to this owner, and that its mode has no bit of `closed`.
///
/// # Errors
/// If it does not, with its owner and mode.
pub(super) fn check_folder(path: &Path, folder: &Stat, owner: u32, closed: u32) -> Result<(), PlaceError> {
    if folder.st_uid == owner && folder.st_mode & closed == 0 {
        return Ok(());
    }
    Err(PlaceError::Folder { folder: path.to_owned(), owner: folder.st_uid, mode: folder.st_mode & 0o7777 })
}

/// The last folder on `path`, itself included, that neither its group nor others can enter; `None` if there is none.
pub(super) fn closed_folder(path: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let can_enter =
        |folder: &&Path| std::fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & 0o011 != 0);
    path.ancestors().find(|folder| !can_enter(folder)).map(Path::to_owned)
}
