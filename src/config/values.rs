//! Types of values other than numbers, names and texts. Their ranges are in [`Kind`](super::kind::Kind).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The speed of training at its start, in steps per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StartPace {
    /// Steps per second; 0: full speed.
    Steady(u32),
    /// Rises from the first to the second: the first steps are visible, and the last ones fast.
    Rising(u32, u32),
}

impl Default for StartPace {
    fn default() -> Self {
        Self::Steady(0)
    }
}

/// The validation text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Validation {
    /// The last share of the training text; 0: no validation.
    Share(f64),
    /// A file.
    File(PathBuf),
}

impl Default for Validation {
    fn default() -> Self {
        Self::Share(0.0)
    }
}

/// The keyboard keys of an action, as they are written: `"q"` or `["q", "F10"]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "OneOrMore")]
pub struct Keys(pub Vec<String>);

/// A text or a list of texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Keys {
    fn from(keys: OneOrMore) -> Self {
        match keys {
            OneOrMore::One(key) => Self(vec![key]),
            OneOrMore::More(keys) => Self(keys),
        }
    }
}
