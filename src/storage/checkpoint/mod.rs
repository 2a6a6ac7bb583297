//! One checkpoint: a folder of files, and a manifest with their sizes and hashes, which is written last.
//!
//! | file | contents |
//! |---|---|
//! | `model.safetensors` | the weights, with PyTorch's names and shapes |
//! | `training.safetensors` | the rest of the training state: optimizer state, carried states, position in the text, record |
//! | `config.toml` | the configuration in force, a complete one |
//! | `manifest.json` | size and SHA-256 of the others |

mod error;
mod manifest;
mod read;
mod tensors;
mod write;

pub use error::CheckpointError;
pub(super) use error::tensor_file_error;
pub(super) use manifest::is_checkpoint_copy;
pub use manifest::{FileEntry, Files, Manifest, manifest, verify, verify_texts};
pub(super) use read::{check_descriptions, ordered};
pub use read::{read, read_weights};
pub(super) use tensors::{EMBEDDING, HEAD, ModelMetadata};
pub use write::write;
