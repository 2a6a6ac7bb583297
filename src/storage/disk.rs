//! File operations of a run, one at a time, behind a trait, so that tests can make each of them fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::messages::FileMessage;
use super::names::unfinished;
use crate::activity;
use crate::language::Message;

/// Flags to open a file with: fails for symbolic links, and does not block on a pipe.
#[allow(clippy::cast_possible_wrap)] // the system's own type
pub(super) const PLAIN_FILE: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits() as i32;

/// Bytes that are written between two syncs; each sync is reported as progress.
const SYNC_SIZE: usize = 8 << 20;

/// The operations that change files.
pub trait Disk: Send + Sync {
    /// Creates a folder; its parent must exist.
    ///
    /// # Errors
    /// Those of the system.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Creates a file with these contents and syncs it.
    ///
    /// # Errors
    /// Those of the system; also if the file exists.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Appends bytes to an existing regular file; with a `length`, the file is first cut to at most that many bytes.
    ///
    /// # Errors
    /// Those of the system; a part of the bytes may have been written.
    fn append(&self, path: &Path, length: Option<u64>, bytes: &[u8]) -> io::Result<()>;

    /// Syncs a file or folder to the disk.
    ///
    /// # Errors
    /// Those of the system; that a file system cannot sync folders is no error.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Renames a file, folder or link, and replaces a file or link of the new name.
    ///
    /// # Errors
    /// Those of the system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Creates the symbolic link `link` to `target`.
    ///
    /// # Errors
    /// Those of the system.
    fn link(&self, target: &Path, link: &Path) -> io::Result<()>;

    /// Removes a file, a link, or a folder with its contents. A missing path is no error.
    ///
    /// # Errors
    /// Those of the system.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The [`Disk`] of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        // one sync of everything would look like a stall on a slow disk
        for (number, piece) in bytes.chunks(SYNC_SIZE).enumerate() {
            if number > 0 {
                file.sync_data()?;
                activity::count_write();
            }
            file.write_all(piece)?;
        }
        file.sync_all()?;
        activity::count_write();
        Ok(())
    }

    fn append(&self, path: &Path, length: Option<u64>, bytes: &[u8]) -> io::Result<()> {
        // in a folder from elsewhere a link could lead to any file, and a pipe could block
        let mut file = OpenOptions::new().append(true).custom_flags(PLAIN_FILE).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, Message::from(FileMessage::NoFile)));
        }
        if let Some(length) = length
            && file.metadata()?.len() > length
        {
            file.set_len(length)?;
        }
        file.write_all(bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        match File::open(path)?.sync_all() {
            // some file systems sync files only
            Err(error) if is_unsupported(&error) && path.is_dir() => Ok(()),
            done => done,
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, target: &Path, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, link)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(error) => Err(error),
        };
        removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    }
}

/// Whether an error says that the file system does not support an operation.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// Reads a regular file of at most `max_length` bytes. Links, pipes and devices are rejected: reading them could block or never
/// end.
///
/// # Errors
/// Those of the system; also if it is no regular file or longer.
pub fn read_regular(path: &Path, max_length: u64) -> io::Result<Vec<u8>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, Message::from(FileMessage::NoFile)));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max_length + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_length {
        return Err(io::Error::new(io::ErrorKind::InvalidData, Message::from(FileMessage::TooLong)));
    }
    Ok(bytes)
}

/// Replaces the contents of a file atomically, or creates it: writes a temporary file beside it and renames that.
///
/// # Errors
/// Those of the disk; the file is then unchanged, unless syncing its folder failed.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = sibling(path);
    disk.remove(&new)?;
    disk.write(&new, bytes)?;
    disk.rename(&new, path)?;
    disk.sync(path.parent().unwrap_or(path))
}

/// Points the link `link` to `target` atomically, or creates it.
///
/// # Errors
/// Those of the disk; the link is then unchanged, unless syncing its folder failed.
pub fn relink(disk: &dyn Disk, target: &Path, link: &Path) -> io::Result<()> {
    let new = sibling(link);
    disk.remove(&new)?;
    disk.link(target, &new)?;
    disk.rename(&new, link)?;
    disk.sync(link.parent().unwrap_or(link))
}

/// The path of the temporary file beside `path`.
fn sibling(path: &Path) -> std::path::PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(unfinished(&name))
}
