//! Runs on disk: checkpoints that PyTorch can open, metrics, and everything that is needed to resume.
//!
//! ```text
//! DIR/config.toml        the configuration in force       DIR/metrics.jsonl      a line per event, append-only
//! DIR/corpus.txt         the text                         DIR/log.txt            what was written, and what could not be
//! DIR/vocabulary.json    the words, by id                 DIR/checkpoints/…      one folder each
//! DIR/latest, DIR/best   links to the last and the best checkpoint
//! DIR/keyframes.safetensors  the weights at earlier moments
//! DIR/tensorboard/…      the same metrics for TensorBoard, if asked for
//! ```

mod append_file;
pub mod checkpoint;
mod claim;
pub mod disk;
mod duel_folder;
mod error;
pub mod folder;
mod imported_weights;
mod keyframe_file;
mod layout;
mod loaded_run;
mod messages;
pub mod metrics;
mod names;
pub mod tensor_file;
pub mod tensorboard;
mod weights_advice;
mod writer;

pub use append_file::AppendFile;
pub use duel_folder::{DuelLock, DuelRun, create_duel, lock_duel, runs_of_duel, write_list};
pub use error::RunError;
pub use folder::{Resumed, RunFolder, RunStart, UntrainedRun};
pub use imported_weights::ImportedWeights;
pub use loaded_run::{CheckpointChoice, LoadedRun};
pub use writer::Writer;
