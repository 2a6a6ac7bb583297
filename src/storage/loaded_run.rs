//! Reads a run from its folder: the last checkpoint that is complete.

use std::path::{Path, PathBuf};

use super::checkpoint::{self, Manifest};
use super::imported_weights::words_of_run;
use super::keyframe_file::read_keyframes;
use super::layout::{check_is_run, checkpoints, checkpoints_by_attempt};
use super::messages::{ResumeMessage, ResumeWarning};
use super::names::{CHECKPOINTS, CONFIG, KEYFRAMES, MODEL};
use super::{RunError, tensor_file};
use crate::activity::{self, Activity};
use crate::config::{Config, ConfigError, Origin, Override, RunConfig, quoted};
use crate::language::Message;
use crate::learning::Learner;
use crate::session::{Checkpoint, Keyframe};

/// A run as it was read from its folder.
pub struct LoadedRun {
    /// The configuration in force, with overrides.
    pub config: Config,
    /// A learner with the state of the checkpoint.
    pub learner: Box<dyn Learner>,
    /// The contents of the checkpoint, with the keyframes of the run.
    pub checkpoint: Checkpoint,
    /// The folder of the checkpoint.
    pub checkpoint_folder: PathBuf,
    /// The manifest of the checkpoint.
    pub manifest: Manifest,
    /// Damaged checkpoints that were skipped, and other differences from the saved run.
    pub warnings: Vec<Message>,
}

/// How often the list of checkpoints is read: a process that trains may remove one that is about to be read, and then there is
/// a later one.
const MAX_ATTEMPTS: u32 = 5;

/// Which checkpoint of a run to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointChoice {
    /// The last one.
    Last,
    /// The last one that was the best so far; without validations the last one.
    Best,
    /// The last one after this many steps.
    Step(u64),
}

impl CheckpointChoice {
    /// The names of matching checkpoints, the preferred one first.
    fn of(self, path: &Path) -> Result<Vec<String>, RunError> {
        let all = checkpoints(path);
        match self {
            Self::Last => Ok(all),
            Self::Best => {
                // not by the links: a copy of the folder may have none
                let attempts = checkpoints_by_attempt(path);
                let best = attempts.values().rev().find(|attempt| !attempt.best.is_empty());
                let mut names = best.map(|attempt| attempt.best.clone()).unwrap_or_default();
                let others: Vec<_> = all.into_iter().filter(|name| !names.contains(name)).collect();
                names.extend(others);
                Ok(names)
            }
            Self::Step(step) => {
                let of_step = |name: &String| name.ends_with(&format!("-step-{step}"));
                let found: Vec<_> = all.iter().filter(|name| of_step(name)).cloned().collect();
                if !found.is_empty() {
                    return Ok(found);
                }
                let steps = all.iter().rev().filter_map(|name| Some(name.split_once("-step-")?.1.to_owned())).collect();
                let problem = ResumeMessage::NoCheckpointOfStep { folder: path.to_owned(), step };
                Err(RunError::mistake(problem, ResumeMessage::CheckpointsOfSteps { steps }))
            }
        }
    }
}

/// A checkpoint that was verified against its manifest.
struct CheckpointFiles {
    folder: PathBuf,
    manifest: Manifest,
}

impl LoadedRun {
    /// Reads the last complete checkpoint into a learner, with `overrides` of its configuration. Writes nothing, so that
    /// another process may train the run meanwhile.
    ///
    /// # Errors
    /// If the folder has no run, no checkpoint is complete, or the overrides need other weights.
    pub fn read(
        path: &Path,
        overrides: &[Override],
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Self, RunError> {
        Self::read_one(path, CheckpointChoice::Last, overrides, learner_of)
    }

    /// As [`read`](Self::read), with a choice of the checkpoint.
    ///
    /// # Errors
    /// As [`read`](Self::read), and if there is no such checkpoint.
    pub fn read_one(
        path: &Path,
        which: CheckpointChoice,
        overrides: &[Override],
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Self, RunError> {
        check_is_run(path)?;
        let mut damaged = Vec::new();
        for _ in 0..MAX_ATTEMPTS {
            damaged.clear();
            let mut is_one_removed = false;
            for name in which.of(path)? {
                let folder = path.join(CHECKPOINTS).join(&name);
                match checkpoint::verify(&folder) {
                    // it is complete: from here on errors are returned, and no other checkpoint is tried
                    Ok(manifest) => {
                        let checkpoint = CheckpointFiles { folder: folder.clone(), manifest };
                        match Self::restored(path, checkpoint, std::mem::take(&mut damaged), overrides, &learner_of) {
                            // the process that trains has removed it, and there may be a later one
                            Err(_) if checkpoint::verify(&folder).is_err() => {
                                is_one_removed = true;
                                break;
                            }
                            read => return read,
                        }
                    }
                    Err(_) if !folder.exists() => is_one_removed = true,
                    Err(error) => damaged.push(error.into()),
                }
            }
            if !is_one_removed {
                break;
            }
        }
        let problem = Message::from(ResumeMessage::NoWholeCheckpoint { folder: path.to_owned() });
        let problem = limited(damaged, |more| ResumeMessage::MoreAreDamaged { more }.into())
            .into_iter()
            .fold(problem, Message::with_help);
        Err(RunError::mistake(problem, ResumeMessage::StartAnewOrRemove))
    }

    /// Restores a learner from a verified checkpoint; `damaged` are the errors of later ones that were skipped.
    fn restored(
        path: &Path,
        CheckpointFiles { folder, manifest }: CheckpointFiles,
        damaged: Vec<Message>,
        overrides: &[Override],
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Self, RunError> {
        if let Err(error) = checkpoint::verify_texts(path, &manifest) {
            return Err(RunError::mistake(error, ResumeMessage::PutTextBack));
        }
        let origin = Origin::File(folder.join(CONFIG));
        let mut config = Config::read(&origin, overrides)?.for_existing_run();
        let before = Config::read(&origin, &[])?;
        config.check_resume(&before, |key, takes_weights| {
            let config = path.join(CONFIG);
            let weights =
                if takes_weights { format!(" --weights {}", quoted(&folder.join(MODEL))) } else { String::new() };
            format!("rnn-tui {} --set {key}=…{weights} --run NEW", quoted(&config))
        })?;
        // the saved state is that of the earlier optimizer and schedule; the learner is changed to the new ones below
        let mut began = config.clone();
        began.training.optimizer.name = before.training.optimizer.name;
        began.training.schedule = before.training.schedule.clone();
        let is_other_rule = began.training != config.training;
        let words = words_of_run(path);
        let has_words =
            |learner: &dyn Learner| words.as_ref().is_none_or(|words| learner.vocabulary() == words.as_slice());
        let mut learner = match learner_of(began.clone()) {
            // earlier versions had the words of the validation and test texts in the vocabulary
            read if config.has_other_texts() && !read.as_ref().is_ok_and(|learner| has_words(learner.as_ref())) => {
                match learner_of(began.with_words_of_all_texts()) {
                    Ok(learner) if has_words(learner.as_ref()) => {
                        config = config.with_words_of_all_texts();
                        learner
                    }
                    _ => read?,
                }
            }
            read => read?,
        };
        let layout = learner.layout();
        let refused = |why: Message| {
            let values = before.differences(&config);
            let why = if values.is_empty() { why } else { why.and(ResumeMessage::Had { values }) };
            RunError::mistake(why.at(folder.clone()), ResumeMessage::GoOnWithSameValues)
        };
        let _busy = activity::begin(Activity::Loading(folder.display().to_string()), 0);
        let mut checkpoint = checkpoint::read(&folder, &layout).map_err(|error| refused(error.into()))?;
        learner.restore(&checkpoint.learner).map_err(|error| refused(error.into()))?;
        let planned = learner.learning_rate_with(&before.training);
        if is_other_rule {
            learner.retune(&config.settings()).map_err(refused)?;
        }
        let mut warnings = skipped_checkpoints(damaged);
        warnings.extend(rate_change(&before, &config, planned, learner.learning_rate(), &checkpoint));
        match keyframes(
            path,
            &checkpoint,
            before.run.keyframes.max(config.run.keyframes).max(RunConfig::default().keyframes),
        ) {
            Ok(keyframes) => checkpoint.keyframes = keyframes,
            Err(why) => {
                let why = Message::from(why).at(path.join(KEYFRAMES));
                warnings.push(why.and(ResumeWarning::NoEarlierMoments));
            }
        }
        Ok(Self { config, learner, checkpoint, checkpoint_folder: folder, manifest, warnings })
    }
}

/// Upper bound on the damaged checkpoints that are listed.
const MAX_NAMED: usize = 8;

/// The first lines of a list, and one line made by `rest` of the number of others if there are too many.
fn limited(mut lines: Vec<Message>, rest: impl FnOnce(usize) -> Message) -> Vec<Message> {
    if lines.len() > MAX_NAMED {
        let more = lines.len() - MAX_NAMED + 1;
        lines.truncate(MAX_NAMED - 1);
        lines.push(rest(more));
    }
    lines
}

/// Warnings about damaged checkpoints in whose place another one was read.
fn skipped_checkpoints(damaged: Vec<Message>) -> Vec<Message> {
    let damaged = damaged.into_iter().map(|why| why.and(ResumeWarning::AnotherIsTaken)).collect();
    limited(damaged, |more| ResumeWarning::MoreAreDamaged { more }.into())
}

/// A relative change of the learning rate up to which no warning is given.
const MAX_RATE_CHANGE: f64 = 0.01;

/// A warning if resuming changes the learning rate from `planned` to `rate` (both before the factor that was set by hand) by
/// more than 1 %; `None` for a finished run.
fn rate_change(before: &Config, config: &Config, planned: f64, rate: f64, checkpoint: &Checkpoint) -> Option<Message> {
    let Checkpoint { record, rate_factor, .. } = checkpoint;
    if record.step >= config.training.steps || (rate - planned).abs() <= MAX_RATE_CHANGE * rate.max(planned) {
        return None;
    }
    let last = record.last_step.map_or(rate_factor * planned, |step| step.learning_rate);
    let changes = config.differences(before).into_iter().filter(|change| change.starts_with("`training.")).collect();
    Some(ResumeWarning::LearningRateJumps { last, step: record.step, next: rate_factor * rate, changes }.into())
}

/// Reads the keyframes of the attempt of a checkpoint up to its step, from a file of at most `max_mib` MiB.
fn keyframes(
    path: &Path,
    checkpoint: &Checkpoint,
    max_mib: usize,
) -> Result<Vec<Keyframe>, tensor_file::TensorFileError> {
    let weights = checkpoint.learner.weights.as_slice().iter().map(|tensor| tensor.numbers.len()).sum();
    let max_bytes = (max_mib as u64) << 20;
    read_keyframes(&path.join(KEYFRAMES), checkpoint.attempt, checkpoint.record.step, weights, max_bytes)
}
