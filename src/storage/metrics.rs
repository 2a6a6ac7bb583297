//! `metrics.jsonl`: what happened, a JSON object a line, in the order in which it happened.
//!
//! | `kind` | when | keys beside `attempt`, `step`, `time` |
//! |---|---|---|
//! | `began` | the run begins, or begins anew with the next attempt | `model`, `seed` |
//! | `resumed` | it goes on from a checkpoint: lines of this attempt with a later step are void | – |
//! | `steps` | after some steps; `step` is the last of them | `steps`, `loss`, `loss_min`, `loss_max`, `gradient_norm`, `gradient_norm_max`, `clipped`, `learning_rate`, `epoch` |
//! | `validation` | after a validation | `loss`, `bits_per_character` |
//! | `checkpoint` | one was saved | `folder`, `best` |
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

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// How often the run had begun.
    pub attempt: u32,
    /// Steps taken.
    pub step: u64,
    /// Seconds since 1970.
    pub time: f64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
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

fn finite(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}

/// Seconds since 1970.
#[must_use]
pub fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

impl Metric {
    /// Of steps that follow each other.
    #[must_use]
    pub fn of_steps(attempt: u32, summary: &StepSummary) -> Self {
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

    /// Of a validation.
    #[must_use]
    pub fn of_validation(attempt: u32, point: &ValidationPoint, time: SystemTime) -> Self {
        let bits_per_character = point.validated.bits_per_character.and_then(finite);
        let event = Event::Validation { loss: finite(point.validated.loss), bits_per_character };
        Self { attempt, step: point.step, time: seconds(time), event }
    }

    /// As a line of the file.
    ///
    /// # Errors
    /// Never in practice.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self).map(|text| text + "\n")
    }
}

/// A line of more bytes is none of ours.
const MAX_LINE: u64 = 1 << 20;

/// What still counts: without the steps that were taken again after the run was resumed at an earlier one. A line that is cut
/// off at the end of the file does not count.
///
/// # Errors
/// When the file cannot be read, or a line in it is none of this format; the error says which.
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

/// Cuts off what follows the last whole line: a process was ended while it wrote. Makes the file if there is none. Returns its
/// length.
///
/// # Errors
/// When the file cannot be read or changed.
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
