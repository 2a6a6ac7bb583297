//! The sections `[dashboard]` and `[keys]`: what a viewer starts with.

use serde::{Deserialize, Serialize};

use super::values::{self, StartPace};

/// `[dashboard]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DashboardConfig {
    /// Training steps per second at start; 0 = as fast as it goes; two numbers: from the first to the second within half a
    /// minute. Default: 0.
    pub pace: StartPace,
    /// Whether training waits for a key before its first step. Default: false.
    pub paused: bool,
    /// Frames per second at most, 1 to 60; a key is answered at once. Default: 10.
    #[serde(deserialize_with = "values::frames")]
    pub fps: u32,
    /// Prompts ready to be asked; the first one is asked from the start. Default: none.
    pub prompts: Vec<String>,
}

impl Default for DashboardConfig {
    fn default() -> Self {
        Self { pace: StartPace::default(), paused: false, fps: 10, prompts: Vec::new() }
    }
}

/// The keys for one action, as they are written: `"q"` or `["q", "F10"]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "values::OneOrMore")]
pub struct Keys(pub Vec<String>);
