//! What is said when a configuration cannot be used.

use std::fmt;

/// One mistake in a configuration: where it stands, what is wrong, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// `file:line`, or the command-line option that set the value.
    pub place: String,
    /// The key and what is wrong with it.
    pub problem: String,
    /// What would be right. May be empty.
    pub help: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\n  {}", self.help) }
    }
}

impl std::error::Error for ConfigError {}
