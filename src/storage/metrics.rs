//! `metrics.jsonl`: the events of a run, a JSON object per line, in chronological order.
//!
//! | `kind` | when | keys beside `attempt`, `step`, `time` |
//! |---|---|---|
//! | `began` | the run begins, or restarts with the next attempt | `model`, `seed` |
//! | `resumed` | the run resumes from a checkpoint: earlier lines of this attempt with a later step are void | – |
//! | `steps` | after some steps; `step` is the last of them | `steps`, `loss`, `loss_min`, `loss_max`, `gradient_norm`, `gradient_norm_max`, `clipped`, `learning_rate`, `epoch` |
//! | `validation` | after a validation | `loss`, `bits_per_character` |
//! | `checkpoint` | a checkpoint was saved | `folder`, `best` |
//! | `failed` | training stopped before this step | `cause` |
//!
//! Losses are means in nats per predicted word, `time` is in seconds since 1970, and a number that is not finite is `null`.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::disk::PLAIN_FILE;
use super::messages::FileMessage;
use crate::language::Message;
use crate::learning::ValidationPoint;
use crate::session::StepSummary;

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The attempt of the run, 1-based.
    pub attempt: u32,
    /// The number of completed steps.
    pub step: u64,
    /// Seconds since 1970.
    pub time: f64,
    /// The event with its values.
    #[serde(flatten)]
    pub event: Event,
}

/// The event that a line records, by its `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)] // the table above says it
pub enum Event {
    Began {
        model: String,
        seed: u64,
    },
    Resumed,
    Steps {
        steps: u64,
        loss: Option<f64>,
        loss_min: Option<f64>,
        loss_max: Option<f64>,
        gradient_norm: Option<f64>,
        gradient_norm_max: Option<f64>,
        clipped: u64,
        learning_rate: Option<f64>,
        epoch: f64,
    },
    Validation {
        loss: Option<f64>,
        bits_per_character: Option<f64>,
    },
    Checkpoint {
        folder: String,
        best: bool,
    },
    Failed {
        cause: String,
    },
}

/// The number if it is finite.
fn finite(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}

/// Seconds since 1970; 0 for earlier times.
#[must_use]
pub fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

impl Metric {
    /// The line for a summary of consecutive steps.
    #[must_use]
    pub fn from_steps(attempt: u32, summary: &StepSummary) -> Self {
        let event = Event::Steps {
            steps: summary.steps,
            loss: finite(summary.loss()),
            loss_min: finite(summary.min_loss.into()),
            loss_max: finite(summary.max_loss.into()),
            gradient_norm: finite(summary.gradient_norm()),
            gradient_norm_max: finite(summary.max_gradient_norm),
            clipped: summary.clipped,
            learning_rate: finite(summary.last.learning_rate),
            epoch: summary.last.epoch,
        };
        Self { attempt, step: summary.step, time: seconds(summary.time), event }
    }

    /// The line for a validation.
    #[must_use]
    pub fn from_validation(attempt: u32, point: &ValidationPoint, time: SystemTime) -> Self {
        let bits_per_character = point.validated.bits_per_character.and_then(finite);
        let event = Event::Validation { loss: finite(point.validated.loss), bits_per_character };
        Self { attempt, step: point.step, time: seconds(time), event }
    }

    /// The line as JSON, with a line feed.
    ///
    /// # Errors
    /// Never in practice.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self).map(|text| text + "\n")
    }
}

/// Upper bound on the length of a line in bytes; longer ones are cut, and then invalid.
const MAX_LINE: u64 = 1 << 20;

/// Reads the metrics that count: steps that were repeated after a resume from an earlier checkpoint are left out, as is an
/// incomplete last line.
///
/// # Errors
/// If the file cannot be read or a line is invalid; the error has the number of the line.
pub fn read(path: &Path) -> io::Result<Vec<Metric>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut metrics: Vec<Metric> = Vec::new();
    for number in 1.. {
        let mut line = Vec::new();
        file.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') && (line.len() as u64) < MAX_LINE {
            break;
        }
        let metric: Metric = serde_json::from_slice(&line).map_err(|error| {
            let error = FileMessage::BadLine { number, error: error.to_string() };
            io::Error::new(io::ErrorKind::InvalidData, Message::from(error))
        })?;
        if metric.event == Event::Resumed {
            metrics.retain(|earlier| earlier.attempt != metric.attempt || earlier.step <= metric.step);
        }
        metrics.push(metric);
    }
    Ok(metrics)
}

/// Cuts off an incomplete last line, which a killed process left behind, and creates the file if there is none. Returns its
/// length in bytes.
///
/// # Errors
/// If the file cannot be read or changed, or is no regular file.
pub fn repair(path: &Path) -> io::Result<u64> {
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).custom_flags(PLAIN_FILE).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, Message::from(FileMessage::NoFile)));
    }
    let length = metadata.len();
    let mut whole = length;
    let mut part = vec![0; 1 << 12];
    while whole > 0 {
        let count = usize::try_from(whole).unwrap_or(usize::MAX).min(part.len());
        file.seek(SeekFrom::Start(whole - count as u64))?;
        file.read_exact(&mut part[..count])?;
        match part[..count].iter().rposition(|byte| *byte == b'\n') {
            Some(at) => {
                whole -= (count - 1 - at) as u64;
                break;
            }
            None => whole -= count as u64,
        }
    }
    if whole < length {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(whole)
}
