//! The keyframes of a run (weights at earlier steps) in a file: a tensor `[weights]` for each, named by its step, with all
//! weights in the order of `model.safetensors`.
//!
//! The file is not a part of a checkpoint: without it, only earlier steps cannot be displayed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use safetensors::SafeTensorError;
use serde::{Deserialize, Serialize};

use super::messages::KeyframesMessage;
use super::tensor_file::{TensorBytes, TensorFile, TensorFileError, serialize_tensors};
use crate::session::Keyframe;

/// The metadata of the file.
#[derive(Serialize, Deserialize)]
struct KeyframeMetadata {
    /// The attempt of the run, 1-based.
    attempt: u32,
    /// The CRC-32C of the weights of each keyframe, by step.
    crc32c: BTreeMap<u64, u32>,
}

/// The contents of the file.
///
/// # Errors
/// Never in practice.
pub fn keyframe_bytes(attempt: u32, keyframes: &[Keyframe]) -> Result<Vec<u8>, SafeTensorError> {
    let checksum = |frame: &Keyframe| (frame.step, crc32c::crc32c(bytemuck::cast_slice(&frame.weights)));
    let metadata = KeyframeMetadata { attempt, crc32c: keyframes.iter().map(checksum).collect() };
    let metadata = serde_json::to_string(&metadata).map_err(|error| SafeTensorError::IoError(error.into()))?;
    serialize_tensors(
        keyframes.iter().map(|frame| (frame.step.to_string(), TensorBytes::row(&frame.weights))),
        metadata,
    )
}

/// Reads the keyframes of an attempt up to `step`, in the order of their steps, from a file of at most `max_bytes` bytes of
/// numbers. `weights` is the number of weights of the model. Empty if there is no file, or if it is of another attempt.
///
/// # Errors
/// If the file cannot be read, is damaged, is larger, or belongs to another model.
pub fn read_keyframes(
    path: &Path,
    attempt: u32,
    step: u64,
    weights: usize,
    max_bytes: u64,
) -> Result<Vec<Keyframe>, TensorFileError> {
    let broken = |why: KeyframesMessage| TensorFileError::Broken(why.into());
    if !path.exists() {
        return Ok(Vec::new());
    }
    let file = TensorFile::open(path)?;
    if file.length() > max_bytes {
        return Err(broken(KeyframesMessage::TooLarge));
    }
    let metadata: Option<KeyframeMetadata> = file.metadata().and_then(|metadata| serde_json::from_str(metadata).ok());
    let metadata = metadata.ok_or_else(|| broken(KeyframesMessage::NoSteps))?;
    if metadata.attempt != attempt {
        return Ok(Vec::new());
    }
    let (tensors, _) = file.read()?;
    let mut frames = Vec::new();
    for tensor in tensors {
        let known = tensor.name.parse().ok().and_then(|at: u64| Some((at, *metadata.crc32c.get(&at)?)));
        let (at, checksum) =
            known.filter(|_| tensor.shape == [weights]).ok_or_else(|| broken(KeyframesMessage::OtherModel))?;
        if crc32c::crc32c(bytemuck::cast_slice(&tensor.numbers)) != checksum {
            return Err(broken(KeyframesMessage::WrongChecksum { step: at }));
        }
        if at <= step {
            frames.push(Keyframe { step: at, weights: Arc::new(tensor.numbers) });
        }
    }
    frames.sort_by_key(|frame| frame.step);
    Ok(frames)
}
