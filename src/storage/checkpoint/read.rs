//! Reading a checkpoint or a file of weights.

use std::path::Path;
use std::sync::Arc;

use super::super::messages::{FileMessage, TensorsMessage};
use super::super::names::{MODEL, TRAINING};
use super::super::tensor_file::TensorFile;
use super::error::{CheckpointError, damaged, damaged_because, io_of, tensor_file_error};
use super::tensors::{CARRIED, EMBEDDING, HEAD, OPTIMIZER, ORDER, TrainingMetadata};
use crate::learning::{LearnerState, StateLayout};
use crate::model::{Mismatch, NamedTensor, Tensors, described};
use crate::session::Checkpoint;

/// Upper bound on the bytes of the header and the record in a file of tensors, besides the tensors.
const MAX_OVERHEAD: u64 = 64 << 20;

/// Reads a [verified](super::verify) checkpoint, without keyframes, for a learner with this layout. Files that are much larger than
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
        let without = |prefix| tensor.name.strip_prefix(prefix).map(str::to_owned);
        match (without(OPTIMIZER), without(CARRIED)) {
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
pub(in crate::storage) fn check_descriptions(
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
pub(in crate::storage) fn ordered(
    name: &str,
    tensors: &Tensors,
    layout: &StateLayout,
) -> Result<Tensors, CheckpointError> {
    if is_shared(&tensors.descriptions(), layout)
        && tensors.get(HEAD).map(|tensor| &tensor.numbers) != tensors.get(EMBEDDING).map(|table| &table.numbers)
    {
        let why = TensorsMessage::NotTied { file: name.to_owned(), head: HEAD, embedding: EMBEDDING };
        return Err(CheckpointError::unusable(why));
    }
    Ok(layout.weights.iter().filter_map(|(name, _)| tensors.get(name).cloned()).collect())
}
