//! The weights at earlier moments of a run, in a file of their own: a tensor `[weights]` for each moment, named by its step, the
//! weights one after the other as they are in `model.safetensors`.
//!
//! It is no part of a checkpoint, which is whole without it: only the way back in time is lost with it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use safetensors::SafeTensorError;
use serde::{Deserialize, Serialize};

use super::messages::KeyframesMessage;
use super::tensor_file::{TensorBytes, TensorFile, TensorFileError, serialize_tensors};
use crate::session::Keyframe;

/// What the file tells beside its tensors.
#[derive(Serialize, Deserialize)]
struct KeyframeMetadata {
    /// How often the run had begun.
    attempt: u32,
    /// The checksum of each moment's weights, by step.
    crc32c: BTreeMap<u64, u32>,
}

/// The bytes of the file.
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

/// Reads the moments of an attempt up to a step, of a model that has this many weights, from a file of at most `room` bytes.
///
/// # Errors
/// When it cannot be read, is damaged, larger, or of another model. That there is no file, or one of another attempt, is no error.
pub fn read_keyframes(
    path: &Path,
    attempt: u32,
    step: u64,
    weights: usize,
    room: u64,
) -> Result<Vec<Keyframe>, TensorFileError> {
    let broken = |why: KeyframesMessage| TensorFileError::Broken(why.into());
    if !path.exists() {
        return Ok(Vec::new());
    }
    let file = TensorFile::open(path)?;
    if file.length() > room {
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
