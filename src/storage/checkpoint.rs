//! One checkpoint: a folder of files, and a manifest with their sizes and hashes, which is written last.
//!
//! | file | contents |
//! |---|---|
//! | `model.safetensors` | the weights, with PyTorch's names and shapes |
//! | `training.safetensors` | the rest of the training state: optimizer state, carried states, position in the text, record |
//! | `config.toml` | the configuration in force, a complete one |
//! | `manifest.json` | size and SHA-256 of the others |

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::{Disk, read_regular};
use super::messages::{FileMessage, TensorsMessage};
use super::names::{CONFIG, CORPUS, MANIFEST, MODEL, TEST, TRAINING, VALIDATION};
use super::tensor_file::{TensorBytes, TensorFile, TensorFileError, serialize_tensors};
use crate::activity::{self, Activity};
use crate::config::ModelConfig;
use crate::language::Message;
use crate::learning::{LearnerState, Position, Record, StateLayout};
use crate::memory::can_allocate;
use crate::model::{Mismatch, NamedTensor, Tensors, described};
use crate::session::Checkpoint;

/// The path from a checkpoint to the folder of its run, which has the texts.
const TEXTS: &str = "../../";

/// The name of the embedding table.
pub(super) const EMBEDDING: &str = "emb.weight";
/// The name of the weight matrix of the output layer.
pub(super) const HEAD: &str = "head.weight";
/// Prefix of the tensors of the optimizer state.
const OPTIMIZER: &str = "optimizer.";
/// Prefix of the carried states.
const CARRIED: &str = "carried.";
/// The name of the tensor with the order of the sentences.
const ORDER: &str = "order";

/// Upper bound on the size of a manifest in bytes.
const MAX_MANIFEST: u64 = 1 << 16;
/// Upper bound on the bytes of the header and the record in a file of tensors, besides the tensors.
const MAX_OVERHEAD: u64 = 64 << 20;

/// The manifest of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    version: u32,
    /// The attempt of the run, 1-based.
    pub attempt: u32,
    /// The number of completed steps.
    pub step: u64,
    /// The last validation loss in nats per word; `None` without validations, or if it is not finite.
    pub validation: Option<f64>,
    /// Whether that loss was the lowest of the attempt so far.
    pub is_best: bool,
    /// The other files of the checkpoint.
    files: Files,
    /// The texts of the run, which are in its folder.
    texts: Files,
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
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }

    /// The entry of a file on disk, which is read in parts of 64 KiB.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
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

/// The version of the format that is written; later ones are rejected.
const VERSION: u32 = 1;

/// The metadata of `training.safetensors`.
#[derive(Serialize, Deserialize)]
struct TrainingMetadata {
    attempt: u32,
    rate_factor: f64,
    position: Position,
    record: Record,
}

/// Upper bound on the bytes of a vocabulary that is stored with the weights, since headers are limited. The folder of the run
/// has the vocabulary, too.
const MAX_VOCABULARY_BYTES: usize = 8 << 20;

/// The metadata of `model.safetensors`.
#[derive(Serialize, Deserialize)]
pub(super) struct ModelMetadata {
    /// The words by id, one per row of embedding and head; `None` for a vocabulary that is too large.
    pub vocabulary: Option<Arc<Vec<String>>>,
    #[serde(flatten)]
    model: ModelConfig,
}

crate::messages! {
    /// Why a checkpoint cannot be written or read.
    #[derive(Debug)]
    pub enum CheckpointError {
        /// An error of the system, and the file that it is about.
        Io(file: String, error: io::Error) = "{file}: {error}", "{file}：{error}";
        /// A file is damaged, and why it is seen to be.
        Damaged(file: String, why: Message) = "{file} is damaged: {why}", "{file} 已损坏：{why}";
        /// It does not fit this configuration, or is invalid: why.
        Unusable(why: Message) = "{why}", "{why}";
    }
}

impl CheckpointError {
    /// Makes an [`Unusable`](Self::Unusable) error of any message.
    pub(super) fn unusable(why: impl Into<Message>) -> Self {
        Self::Unusable(why.into())
    }
}

impl std::error::Error for CheckpointError {}

/// Makes a [`CheckpointError::Io`] about `file` from an error of the system.
fn io_of(file: &str) -> impl Fn(io::Error) -> CheckpointError + '_ {
    move |error| CheckpointError::Io(file.to_owned(), error)
}

/// The error that `file` is damaged.
fn damaged(file: &str, why: impl Into<Message>) -> CheckpointError {
    CheckpointError::Damaged(file.to_owned(), why.into())
}

/// The error that `file` is damaged, with the error of a library as the reason.
fn damaged_because(file: &str, error: impl fmt::Display) -> CheckpointError {
    damaged(file, Message::new(error.to_string()))
}

/// Makes a [`CheckpointError`] about `file` from an error about a file of tensors.
pub(super) fn tensor_file_error(file: &str, error: TensorFileError) -> CheckpointError {
    match error {
        TensorFileError::Io(error) => io_of(file)(error),
        TensorFileError::Broken(why) => damaged(file, why),
        TensorFileError::OtherFile(kind) => {
            CheckpointError::unusable(TensorsMessage::NoSafetensors { file: file.to_owned(), kind })
        }
    }
}

/// Writes a checkpoint, without its keyframes, into `folder`, which must not exist. The manifest is written last, so a
/// checkpoint with a manifest is complete; it records `is_best` and `texts`.
///
/// # Errors
/// Those of the disk, and then what was written stays; if a weight is not finite, or if memory is too short, and then nothing
/// is written.
pub fn write(
    disk: &dyn Disk,
    folder: &Path,
    checkpoint: &Checkpoint,
    is_best: bool,
    texts: &Files,
) -> Result<Manifest, CheckpointError> {
    if let Some((name, number)) = checkpoint.learner.weights.not_finite() {
        return Err(CheckpointError::unusable(TensorsMessage::NotFinite { name: name.to_owned(), number }));
    }
    let numbers = |tensors: &Tensors| tensors.as_slice().iter().map(|tensor| tensor.numbers.len()).sum::<usize>();
    let learner = &checkpoint.learner;
    let bytes = 4 * (2 * numbers(&learner.weights) + numbers(&learner.optimizer) + numbers(&learner.carried));
    if !can_allocate(bytes) {
        return Err(CheckpointError::unusable(TensorsMessage::NoMemoryToWrite));
    }
    let place = folder.display().to_string();
    disk.create_folder(folder).map_err(io_of(&place))?;
    let mut files = Files::new();
    for (name, bytes) in files_of(checkpoint)? {
        let path = folder.join(name);
        disk.write(&path, &bytes).map_err(io_of(&path.display().to_string()))?;
        files.insert(name.to_owned(), FileEntry::of(&bytes));
    }
    let validation = checkpoint.record.validations.last().map(|point| point.validated.loss);
    let manifest = Manifest {
        version: VERSION,
        attempt: checkpoint.attempt,
        step: checkpoint.record.step,
        validation: validation.filter(|loss| loss.is_finite()),
        is_best,
        files,
        texts: texts.clone(),
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| damaged_because(MANIFEST, error))?;
    let path = folder.join(MANIFEST);
    disk.write(&path, text.as_bytes()).map_err(io_of(&path.display().to_string()))?;
    disk.sync(folder).map_err(io_of(&place))?;
    Ok(manifest)
}

/// The contents of all files but the manifest, by name.
fn files_of(checkpoint: &Checkpoint) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError> {
    let Checkpoint { attempt, learner, record, rate_factor, .. } = checkpoint;
    let metadata = TrainingMetadata {
        attempt: *attempt,
        rate_factor: *rate_factor,
        position: learner.position,
        record: record.clone(),
    };
    let metadata = toml::to_string(&metadata).map_err(|error| damaged_because(TRAINING, error))?;
    let kept = [(OPTIMIZER, &learner.optimizer), (CARRIED, &learner.carried)];
    let prefixed = |(prefix, tensor): (&str, _)| {
        let tensor: &NamedTensor = tensor;
        (format!("{prefix}{}", tensor.name), TensorBytes::of(tensor))
    };
    let kept =
        kept.into_iter().flat_map(|(prefix, tensors)| tensors.as_slice().iter().map(move |tensor| (prefix, tensor)));
    let kept = kept.map(prefixed);
    let order = (!learner.order.is_empty()).then(|| (ORDER.to_owned(), TensorBytes::integer_row(&learner.order)));
    let training = serialize_tensors(kept.chain(order), metadata).map_err(|error| damaged_because(TRAINING, error))?;
    let config = learner.config.to_toml_with_copied_texts(TEXTS).map_err(|error| damaged_because(CONFIG, error))?;
    Ok(vec![(MODEL, model_file(learner)?), (TRAINING, training), (CONFIG, config.into_bytes())])
}

/// The contents of `model.safetensors`. A tied embedding table is stored under both of its names, as in the `state_dict` of
/// PyTorch.
fn model_file(learner: &LearnerState) -> Result<Vec<u8>, CheckpointError> {
    let weights = &learner.weights;
    let own = weights.as_slice().iter().map(|tensor| (tensor.name.clone(), TensorBytes::of(tensor)));
    let shared = weights.get(EMBEDDING).filter(|_| learner.config.model.tie_embeddings);
    let shared = shared.map(|table| (HEAD.to_owned(), TensorBytes::of(table)));
    let letters: usize = learner.words.iter().map(String::len).sum();
    let words = (letters <= MAX_VOCABULARY_BYTES).then(|| Arc::clone(&learner.words));
    let metadata = ModelMetadata { vocabulary: words, model: learner.config.model.clone() };
    let metadata = toml::to_string(&metadata).map_err(|error| damaged_because(MODEL, error))?;
    serialize_tensors(own.chain(shared), metadata).map_err(|error| damaged_because(MODEL, error))
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
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
pub(super) fn is_checkpoint_copy(folder: &Path) -> bool {
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

impl Manifest {
    /// Sizes and hashes of the texts of the run.
    #[must_use]
    pub fn texts(&self) -> &Files {
        &self.texts
    }
}

/// Reads a [verified](verify) checkpoint, without keyframes, for a learner with this layout. Files that are much larger than
/// such a learner needs are rejected before they are read.
///
/// # Errors
/// If it belongs to another model, is damaged, or cannot be read.
pub fn read(folder: &Path, layout: &StateLayout) -> Result<Checkpoint, CheckpointError> {
    let weights = read_weights(&folder.join(MODEL), layout).map_err(|error| match error {
        CheckpointError::Io(_, error) => io_of(MODEL)(error),
        CheckpointError::Damaged(_, why) => damaged(MODEL, why),
        other @ CheckpointError::Unusable(_) => other,
    })?;
    let file = TensorFile::open(&folder.join(TRAINING)).map_err(|error| tensor_file_error(TRAINING, error))?;
    let numbers: usize = weights.as_slice().iter().map(|tensor| tensor.numbers.len()).sum();
    if file.length() > 16 * numbers as u64 + MAX_OVERHEAD {
        return Err(damaged(TRAINING, FileMessage::TooLarge));
    }
    let metadata = file.metadata().ok_or_else(|| damaged(TRAINING, FileMessage::NoPosition))?;
    let metadata: TrainingMetadata =
        toml::from_str(metadata).map_err(|error| damaged_because(TRAINING, error.message()))?;
    let (tensors, whole) = file.read().map_err(|error| tensor_file_error(TRAINING, error))?;
    let (mut optimizer, mut carried) = (Vec::new(), Vec::new());
    for tensor in tensors {
        let of = |prefix| tensor.name.strip_prefix(prefix).map(str::to_owned);
        match (of(OPTIMIZER), of(CARRIED)) {
            (Some(name), _) => optimizer.push(NamedTensor { name, ..tensor }),
            (None, Some(name)) => carried.push(NamedTensor { name, ..tensor }),
            (None, None) => {}
        }
    }
    let learner = LearnerState {
        config: layout.config.clone(),
        words: Arc::clone(&layout.words),
        weights,
        per_word: layout.per_word.clone(),
        optimizer: optimizer.into_iter().collect(),
        carried: carried.into_iter().collect(),
        order: whole.into_iter().find(|(name, _)| name == ORDER).map(|(_, order)| order).unwrap_or_default(),
        position: metadata.position,
    };
    let TrainingMetadata { attempt, rate_factor, record, .. } = metadata;
    Ok(Checkpoint { attempt, learner, record, rate_factor, keyframes: Vec::new() })
}

/// Reads a file of weights for a learner with this layout, in the order of the layout.
///
/// # Errors
/// If the file cannot be read, is damaged, or has other tensors; the message is then a table of all tensors expected and found.
pub fn read_weights(path: &Path, layout: &StateLayout) -> Result<Tensors, CheckpointError> {
    let name = path.display().to_string();
    let file = TensorFile::open(path).map_err(|error| tensor_file_error(&name, error))?;
    check_descriptions(&name, &file.descriptions(), layout)?;
    let (tensors, _) = file.read().map_err(|error| tensor_file_error(&name, error))?;
    ordered(&name, &tensors.into_iter().collect(), layout)
}

/// Checks names and descriptions of the tensors `found` in the file `name` against a layout. Tied tables may have both of their
/// names.
///
/// # Errors
/// If they differ, with a table of all tensors.
pub(super) fn check_descriptions(
    name: &str,
    found: &[(String, String)],
    layout: &StateLayout,
) -> Result<(), CheckpointError> {
    let described = |(name, shape): &(String, Vec<usize>)| (name.clone(), described("F32", shape));
    let mut expected: Vec<_> = layout.weights.iter().map(described).collect();
    // modules of PyTorch have both names of a tied table
    if is_shared(found, layout)
        && let Some((_, table)) = expected.iter().find(|(name, _)| name == EMBEDDING).cloned()
    {
        expected.push((HEAD.to_owned(), table));
    }
    Mismatch::check(&expected, found)
        .map_err(|mismatch| CheckpointError::unusable(TensorsMessage::OtherModel { file: name.to_owned(), mismatch }))
}

/// Whether the table is tied and is stored under both of its names.
fn is_shared(found: &[(String, String)], layout: &StateLayout) -> bool {
    layout.config.model.tie_embeddings && found.iter().any(|(name, _)| name == HEAD)
}

/// The tensors of the layout, in its order; the second name of a tied table is left out.
///
/// # Errors
/// If the two copies of a tied table differ.
pub(super) fn ordered(name: &str, tensors: &Tensors, layout: &StateLayout) -> Result<Tensors, CheckpointError> {
    if is_shared(&tensors.descriptions(), layout)
        && tensors.get(HEAD).map(|tensor| &tensor.numbers) != tensors.get(EMBEDDING).map(|table| &table.numbers)
    {
        let why = TensorsMessage::NotTied { file: name.to_owned(), head: HEAD, embedding: EMBEDDING };
        return Err(CheckpointError::unusable(why));
    }
    Ok(layout.weights.iter().filter_map(|(name, _)| tensors.get(name).cloned()).collect())
}
