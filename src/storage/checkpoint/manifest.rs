//! The manifest of a checkpoint: sizes and hashes of its files and of the texts of the run.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::disk::read_regular;
use super::super::messages::FileMessage;
use super::super::names::{CONFIG, CORPUS, MANIFEST, MODEL, TEST, TRAINING, VALIDATION};
use super::error::{CheckpointError, damaged, damaged_because, io_of};
use crate::activity::{self, Activity};

/// Upper bound on the size of a manifest in bytes.
const MAX_MANIFEST: u64 = 1 << 16;

/// The version of the format that is written; later ones are rejected.
pub(super) const VERSION: u32 = 1;

/// The manifest of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub(super) version: u32,
    /// The attempt of the run, 1-based.
    pub attempt: u32,
    /// The number of completed steps.
    pub step: u64,
    /// The last validation loss in nats per word; `None` without validations, or if it is not finite.
    pub validation: Option<f64>,
    /// Whether that loss was the lowest of the attempt so far.
    pub is_best: bool,
    /// The other files of the checkpoint.
    pub(super) files: Files,
    /// The texts of the run, which are in its folder.
    pub(super) texts: Files,
}

/// Sizes and hashes of files by name.
pub type Files = BTreeMap<String, FileEntry>;

/// Size and SHA-256 of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    bytes: u64,
    sha256: String,
}

impl FileEntry {
    /// The entry of a file with these contents.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }

    /// The entry of a file on disk, which is read in parts of 64 KiB.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let (mut bytes, mut hash, mut part) = (0, Sha256::new(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut part)? {
                0 => return Ok(Self { bytes, sha256: hex(&hash.finalize()) }),
                count => {
                    hash.update(&part[..count]);
                    bytes += count as u64;
                }
            }
        }
    }

    /// Checks that a regular file has this size and hash. Reads it in parts of 64 KiB, and calls `read` with the length of
    /// each.
    ///
    /// # Errors
    /// If the file cannot be read or differs.
    fn verify(&self, path: &Path, read: &dyn Fn(u64)) -> Result<(), CheckpointError> {
        let name = &path.display().to_string();
        // reading a pipe could block, reading a device could never end
        let metadata = fs::symlink_metadata(path).map_err(io_of(name))?;
        if !metadata.is_file() {
            return Err(damaged(name, FileMessage::NoFile));
        }
        if metadata.len() != self.bytes {
            return Err(damaged(name, FileMessage::WrongLength { length: metadata.len(), expected: self.bytes }));
        }
        let mut file = File::open(path).map_err(io_of(name))?.take(self.bytes);
        let mut hash = Sha256::new();
        let mut part = vec![0; 1 << 16];
        loop {
            match file.read(&mut part).map_err(io_of(name))? {
                0 => break,
                count => {
                    hash.update(&part[..count]);
                    read(count as u64);
                }
            }
        }
        if hex(&hash.finalize()) != self.sha256 {
            return Err(damaged(name, FileMessage::WrongHash));
        }
        Ok(())
    }
}

impl Manifest {
    /// Sizes and hashes of the texts of the run.
    #[must_use]
    pub fn texts(&self) -> &Files {
        &self.texts
    }
}

/// Reads the manifest of the checkpoint in `folder`.
///
/// # Errors
/// If it cannot be read, is damaged, or has a later version of the format.
pub fn manifest(folder: &Path) -> Result<Manifest, CheckpointError> {
    let path = folder.join(MANIFEST);
    let name = &path.display().to_string();
    let bytes = read_regular(&path, MAX_MANIFEST).map_err(io_of(name))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| damaged_because(name, error))?;
    if manifest.version > VERSION {
        return Err(CheckpointError::unusable(FileMessage::LaterVersion { file: name.clone() }));
    }
    Ok(manifest)
}

/// Whether a folder is a copy of a checkpoint: it has a manifest, and no files but those of a checkpoint and those that file
/// managers add.
pub(in crate::storage) fn is_checkpoint_copy(folder: &Path) -> bool {
    const OWN: [&str; 4] = [MODEL, TRAINING, CONFIG, MANIFEST];
    const ADDED: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    manifest(folder).is_ok()
        && entries.all(|entry| OWN.iter().chain(&ADDED).any(|own| entry.file_name().to_str() == Some(own)))
}

/// Checks the files of a checkpoint against its manifest, in parts of 64 KiB. Returns the manifest.
///
/// # Errors
/// If a file is missing, cannot be read, or differs, or the manifest does not list all files.
pub fn verify(folder: &Path) -> Result<Manifest, CheckpointError> {
    let manifest = manifest(folder)?;
    let needed = [MODEL, TRAINING, CONFIG];
    if let Some(name) = needed.into_iter().find(|name| !manifest.files.contains_key(*name)) {
        return Err(damaged(&folder.join(MANIFEST).display().to_string(), FileMessage::FileNotNamed { name }));
    }
    let files = || needed.into_iter().filter_map(|name| Some((name, manifest.files.get(name)?)));
    let bytes = files().map(|(_, entry)| entry.bytes).fold(0, u64::saturating_add);
    let busy = activity::begin(Activity::Loading(folder.display().to_string()), bytes);
    for (name, entry) in files() {
        entry.verify(&folder.join(name), &|read| busy.add_done(read))?;
    }
    Ok(manifest)
}

/// Checks the texts in the folder `run` against a manifest.
///
/// # Errors
/// If a text is missing, cannot be read, or differs, or the manifest lists a file that is no text of a run.
pub fn verify_texts(run: &Path, manifest: &Manifest) -> Result<(), CheckpointError> {
    let ours = [CORPUS, VALIDATION, TEST];
    if let Some(name) = manifest.texts.keys().find(|name| !ours.contains(&name.as_str())) {
        return Err(CheckpointError::unusable(FileMessage::UnknownText { name: name.clone() }));
    }
    let bytes = manifest.texts.values().map(|entry| entry.bytes).fold(0, u64::saturating_add);
    let busy = activity::begin(Activity::Reading(run.display().to_string()), bytes);
    manifest.texts.iter().try_for_each(|(name, entry)| entry.verify(&run.join(name), &|read| busy.add_done(read)))
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
