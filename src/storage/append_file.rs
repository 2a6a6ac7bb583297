//! A file that only ever grows, from one whole piece to the next.

use std::io;
use std::path::PathBuf;

use super::disk::Disk;

/// Such a file. What an attempt that failed has left is cut off by the next one.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    /// Bytes of the pieces that are whole.
    length: u64,
}

impl AppendFile {
    /// A file that is there, and whole.
    #[must_use]
    pub fn new(path: PathBuf, length: u64) -> Self {
        Self { path, length }
    }

    /// Makes a file that begins with a piece.
    ///
    /// # Errors
    /// The disk's; there is no such file then.
    pub fn create(path: PathBuf, disk: &dyn Disk, piece: &[u8]) -> io::Result<Self> {
        if let Err(error) = disk.write(&path, piece) {
            let _ = disk.remove(&path);
            return Err(error);
        }
        Ok(Self { path, length: piece.len() as u64 })
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// The disk's.
    pub fn add(&mut self, disk: &dyn Disk, piece: &[u8]) -> io::Result<()> {
        disk.append(&self.path, Some(self.length), piece)?;
        self.length += piece.len() as u64;
        Ok(())
    }
}
