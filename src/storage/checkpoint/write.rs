//! Writing a checkpoint.

use std::path::Path;
use std::sync::Arc;

use super::super::disk::Disk;
use super::super::messages::TensorsMessage;
use super::super::names::{CONFIG, MANIFEST, MODEL, TRAINING};
use super::super::tensor_file::{TensorBytes, serialize_tensors};
use super::error::{CheckpointError, damaged_because, io_of};
use super::manifest::{FileEntry, Files, Manifest, VERSION};
use super::tensors::{CARRIED, EMBEDDING, HEAD, ModelMetadata, OPTIMIZER, ORDER, TrainingMetadata};
use crate::learning::LearnerState;
use crate::memory::can_allocate;
use crate::model::{NamedTensor, Tensors};
use crate::session::Checkpoint;

/// The path from a checkpoint to the folder of its run, which has the texts.
const TEXTS: &str = "../../";

/// Upper bound on the bytes of a vocabulary that is stored with the weights, since headers are limited. The folder of the run
/// has the vocabulary, too.
const MAX_VOCABULARY_BYTES: usize = 8 << 20;

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
        files.insert(name.to_owned(), FileEntry::from_bytes(&bytes));
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
    let state = [(OPTIMIZER, &learner.optimizer), (CARRIED, &learner.carried)];
    let prefixed = |(prefix, tensor): (&str, _)| {
        let tensor: &NamedTensor = tensor;
        (format!("{prefix}{}", tensor.name), TensorBytes::from_tensor(tensor))
    };
    let tensors =
        state.into_iter().flat_map(|(prefix, tensors)| tensors.as_slice().iter().map(move |tensor| (prefix, tensor)));
    let tensors = tensors.map(prefixed);
    let order = (!learner.order.is_empty()).then(|| (ORDER.to_owned(), TensorBytes::integer_row(&learner.order)));
    let training =
        serialize_tensors(tensors.chain(order), metadata).map_err(|error| damaged_because(TRAINING, error))?;
    let config = learner.config.to_toml_with_copied_texts(TEXTS).map_err(|error| damaged_because(CONFIG, error))?;
    Ok(vec![(MODEL, model_file(learner)?), (TRAINING, training), (CONFIG, config.into_bytes())])
}

/// The contents of `model.safetensors`. A tied embedding table is stored under both of its names, as in the `state_dict` of
/// PyTorch.
fn model_file(learner: &LearnerState) -> Result<Vec<u8>, CheckpointError> {
    let weights = &learner.weights;
    let own = weights.as_slice().iter().map(|tensor| (tensor.name.clone(), TensorBytes::from_tensor(tensor)));
    let shared = weights.get(EMBEDDING).filter(|_| learner.config.model.tie_embeddings);
    let shared = shared.map(|table| (HEAD.to_owned(), TensorBytes::from_tensor(table)));
    let letters: usize = learner.words.iter().map(String::len).sum();
    let words = (letters <= MAX_VOCABULARY_BYTES).then(|| Arc::clone(&learner.words));
    let metadata = ModelMetadata { vocabulary: words, model: learner.config.model.clone() };
    let metadata = toml::to_string(&metadata).map_err(|error| damaged_because(MODEL, error))?;
    serialize_tensors(own.chain(shared), metadata).map_err(|error| damaged_because(MODEL, error))
}
