//! Types of values that are more than a number, a name or a text. Their ranges are in [`Kind`](super::kind::Kind).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How fast training goes at its start, in steps per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StartPace {
    /// Steps per second; 0: full speed.
    Steady(u32),
    /// From the first to the second, so that one sees the first steps and need not wait for the last ones.
    Rising(u32, u32),
}

impl Default for StartPace {
    fn default() -> Self {
        Self::Steady(0)
    }
}

/// What the model is validated with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Validation {
    /// This share of the text, its end; 0: nothing.
    Share(f64),
    /// Another text.
    File(PathBuf),
}

impl Default for Validation {
    fn default() -> Self {
        Self::Share(0.0)
    }
}

/// The keys for one action, as they are written: `"q"` or `["q", "F10"]`.
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
