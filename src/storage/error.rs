//! Why a run cannot be kept, or taken up again.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;

/// Why a run cannot be kept, or taken up again.
#[derive(Debug)]
pub enum RunError {
    /// A mistake that the user can mend: what, and the way out.
    Mistake(String, String),
    /// The system's reason, and for which path.
    Io(PathBuf, io::Error),
    /// Its configuration cannot be used.
    Config(ConfigError),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistake(problem, help) => write!(f, "{problem}\n  {help}"),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Config(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {}

impl From<ConfigError> for RunError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}
