//! Errors of reading and writing a checkpoint.

use std::fmt;
use std::io;

use super::super::messages::TensorsMessage;
use super::super::tensor_file::TensorFileError;
use crate::language::Message;

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
    pub(in crate::storage) fn unusable(why: impl Into<Message>) -> Self {
        Self::Unusable(why.into())
    }
}

impl std::error::Error for CheckpointError {}

/// Makes a [`CheckpointError::Io`] about `file` from an error of the system.
pub(super) fn io_of(file: &str) -> impl Fn(io::Error) -> CheckpointError + '_ {
    move |error| CheckpointError::Io(file.to_owned(), error)
}

/// The error that `file` is damaged.
pub(super) fn damaged(file: &str, why: impl Into<Message>) -> CheckpointError {
    CheckpointError::Damaged(file.to_owned(), why.into())
}

/// The error that `file` is damaged, with the error of a library as the reason.
pub(super) fn damaged_because(file: &str, error: impl fmt::Display) -> CheckpointError {
    damaged(file, Message::new(error.to_string()))
}

/// Makes a [`CheckpointError`] about `file` from an error about a file of tensors.
pub(in crate::storage) fn tensor_file_error(file: &str, error: TensorFileError) -> CheckpointError {
    match error {
        TensorFileError::Io(error) => io_of(file)(error),
        TensorFileError::Broken(why) => damaged(file, why),
        TensorFileError::OtherFile(kind) => {
            CheckpointError::unusable(TensorsMessage::NoSafetensors { file: file.to_owned(), kind })
        }
    }
}
