//! A file that only grows, by complete pieces.

use std::io;
use std::path::PathBuf;

use super::disk::Disk;

/// A file to which pieces are appended. A failed append may leave a part of a piece behind, which the next append cuts off.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    /// Bytes of all complete pieces.
    length: u64,
}

impl AppendFile {
    /// Refers to an existing file of which the first `length` bytes are complete pieces. Does not access the disk.
    #[must_use]
    pub fn new(path: PathBuf, length: u64) -> Self {
        Self { path, length }
    }

    /// Creates a file with one piece.
    ///
    /// # Errors
    /// Those of the disk; the file is then removed again.
    pub fn create(path: PathBuf, disk: &dyn Disk, piece: &[u8]) -> io::Result<Self> {
        if let Err(error) = disk.write(&path, piece) {
            let _ = disk.remove(&path);
            return Err(error);
        }
        Ok(Self { path, length: piece.len() as u64 })
    }

    /// Appends a piece after the complete ones; what follows those is cut off first.
    ///
    /// # Errors
    /// Those of the disk; the piece then does not count.
    pub fn add(&mut self, disk: &dyn Disk, piece: &[u8]) -> io::Result<()> {
        disk.append(&self.path, Some(self.length), piece)?;
        self.length += piece.len() as u64;
        Ok(())
    }
}
