//! Errors about the folder of a run.

use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::language::Message;

crate::messages! {
    /// Why a run cannot be saved, opened or read.
    #[derive(Debug)]
    pub enum RunError {
        /// A mistake that the user can correct: what is wrong, and the way out.
        Mistake(problem: Message, help: Message) = "{problem}\n  {help}", "{problem}\n  {help}";
        /// An error of the system, and the path that it is about.
        Io(path: PathBuf, error: io::Error) = "{path}: {error}", "{path}：{error}";
        /// Its configuration is invalid.
        Config(error: ConfigError) = "{error}", "{error}";
    }
}

impl RunError {
    /// A mistake that the user can correct: what is wrong, and the way out.
    pub(super) fn mistake(problem: impl Into<Message>, help: impl Into<Message>) -> Self {
        Self::Mistake(problem.into(), help.into())
    }
}

impl std::error::Error for RunError {}

impl From<ConfigError> for RunError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}
