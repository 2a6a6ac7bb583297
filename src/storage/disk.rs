//! What a run does to the disk, one operation at a time, so that a test can let each of them fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::messages::FileMessage;
use super::names::unfinished;
use crate::activity;
use crate::language::Message;

/// For opening files, but not those that links lead to, and without waiting for somebody at the other end of a pipe.
#[allow(clippy::cast_possible_wrap)] // the system's own type
pub(super) const PLAIN_FILE: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits() as i32;

/// How much is written before it is told that there is progress.
const SYNC_SIZE: usize = 8 << 20;

/// The operations that change something.
pub trait Disk: Send + Sync {
    /// Makes a folder in one that is there.
    ///
    /// # Errors
    /// The system's.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes a file with these bytes, which are on the disk afterwards.
    ///
    /// # Errors
    /// The system's; also if there is such a file.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Adds bytes to the end of a file that is there, or after its first `length` bytes, if a length is given.
    ///
    /// # Errors
    /// The system's; some of the bytes may be there.
    fn append(&self, path: &Path, length: Option<u64>, bytes: &[u8]) -> io::Result<()>;

    /// Makes sure that what a folder or a file holds is on the disk.
    ///
    /// # Errors
    /// The system's.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Gives a file, a folder or a link another name, in place of the file or link that has it.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// The system's.
    fn link(&self, target: &Path, link: &Path) -> io::Result<()>;

    /// Removes a file, a link, or a folder with everything in it. That there is none is no error.
    ///
    /// # Errors
    /// The system's.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The system's disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        // progress is reported for what is on the disk: syncing all of it at once would look like none on a slow one
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
        // a link in the folder of a run from elsewhere could lead to any file, and a pipe would be waited for
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
            // a file system that syncs files only
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

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// Reads a file of at most this many bytes; no pipe, for which one would wait, and no device, which has no end.
///
/// # Errors
/// The system's, and when it is something else or too long.
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, Message::from(FileMessage::NoFile)));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, Message::from(FileMessage::TooLong)));
    }
    Ok(bytes)
}

/// Puts `bytes` in place of a file, if there is one, in such a way that there always is a whole one.
///
/// # Errors
/// The disk's; the file is then as it was.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = sibling(path);
    disk.remove(&new)?;
    disk.write(&new, bytes)?;
    disk.rename(&new, path)?;
    disk.sync(path.parent().unwrap_or(path))
}

/// Lets `link` lead to `target`, in such a way that it always leads somewhere.
///
/// # Errors
/// The disk's; the link is then as it was.
pub fn relink(disk: &dyn Disk, target: &Path, link: &Path) -> io::Result<()> {
    let new = sibling(link);
    disk.remove(&new)?;
    disk.link(target, &new)?;
    disk.rename(&new, link)?;
    disk.sync(link.parent().unwrap_or(link))
}

/// The name that something has until it is whole.
fn sibling(path: &Path) -> std::path::PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(unfinished(&name))
}
