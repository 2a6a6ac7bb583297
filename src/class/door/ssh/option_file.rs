//! Files that an option of the class names: keys, a notice.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::retry_on_intr;

use crate::memory::Size;

/// Timeout for a writer of a FIFO.
const WRITER_TIMEOUT: Duration = Duration::from_secs(10);

crate::messages! {
    /// Why a file that an option names cannot be used.
    #[derive(Debug)]
    pub enum FileError {
        System { error: io::Error } = "{error}", "{error}";
        SilentPipe = "it is a pipe, and no program writes to it", "这是管道，而没有程序写入";
        TooLong { max_size: Size } = "it has more than {max_size}", "它超过 {max_size}";
        NotUtf8 = "this is not UTF-8", "这不是 UTF-8";
        Empty = "it says nothing", "其中没有内容";
    }
}

impl FileError {
    /// The kind of an error of the system; `None` if the content of the file is wrong.
    #[must_use]
    pub fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::System { error } => Some(error.kind()),
            Self::SilentPipe => Some(io::ErrorKind::TimedOut),
            Self::TooLong { .. } | Self::NotUtf8 | Self::Empty => None,
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::System { error }
    }
}

/// Reads a file or pipe of at most `max_bytes` bytes.
///
/// # Errors
/// I/O errors, a file that is longer, or a FIFO without a writer.
pub fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    read_opened(open(path)?, max_bytes)
}

/// Opens a file without blocking on a FIFO that has no writer.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.union(OFlags::NOCTTY);
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Like [`read`], for an open file.
pub(super) fn read_opened(file: File, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    read_within(file, max_bytes, WRITER_TIMEOUT)
}

fn read_within(file: File, max_bytes: u64, timeout: Duration) -> Result<Vec<u8>, FileError> {
    let is_regular = file.metadata()?.is_file();
    let mut bytes = Vec::new();
    let mut rest = file.take(max_bytes + 1);
    loop {
        let is_silent = !is_regular && !has_bytes(rest.get_ref(), timeout)?;
        match rest.read_to_end(&mut bytes) {
            // a FIFO with a writer would block instead
            Ok(0) if is_silent && bytes.is_empty() => {
                return Err(FileError::SilentPipe);
            }
            Ok(_) if bytes.len() as u64 > max_bytes => {
                return Err(FileError::TooLong { max_size: Size(max_bytes) });
            }
            Ok(_) => return Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether the file is readable or at its end within this time.
fn has_bytes(file: &File, timeout: Duration) -> io::Result<bool> {
    let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
    Ok(retry_on_intr(|| poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&timeout)))? > 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn pipe_is_read_to_end_and_times_out_without_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let moment = Duration::from_millis(50);
        let silent = read_within(open(&path).unwrap(), 100, moment).unwrap_err();
        assert_eq!(silent.to_string(), "it is a pipe, and no program writes to it");
        // an open writer may take longer, for example to type a passphrase
        let reader = open(&path).unwrap();
        let mut writer = File::options().write(true).open(&path).unwrap();
        let reading = std::thread::spawn(move || read_within(reader, 100, moment));
        std::thread::sleep(4 * moment);
        writer.write_all(b"some keys").unwrap();
        drop(writer);
        assert_eq!(reading.join().unwrap().unwrap(), b"some keys");
    }

    #[test]
    fn file_beyond_limit_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [b'x'; 101]).unwrap();
        assert_eq!(read(&path, 101).unwrap().len(), 101);
        assert_eq!(read(&path, 100).unwrap_err().to_string(), "it has more than 100 B");
        assert!(read(folder.path(), 100).is_err());
    }
}
