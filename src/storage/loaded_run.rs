//! A run as it is found in its folder: the last checkpoint that is whole.

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

/// A run that was kept.
pub struct LoadedRun {
    /// The configuration that was in force.
    pub config: Config,
    /// A learner that is where the run was.
    pub learner: Box<dyn Learner>,
    /// What else there was.
    pub checkpoint: Checkpoint,
    /// The folder of the checkpoint.
    pub checkpoint_folder: PathBuf,
    /// The manifest of the checkpoint.
    pub manifest: Manifest,
    /// What could not be used, and what is taken in its place.
    pub warnings: Vec<Message>,
}

/// How often the folder is looked at again when a checkpoint that was there is gone: another process may have let it go, and then
/// there is a later one.
const MAX_ATTEMPTS: u32 = 5;

/// CheckpointChoice checkpoint of a run is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointChoice {
    /// The last one.
    Last,
    /// The one with the best validation, or without any the last one.
    Best,
    /// The last one after this many steps.
    Step(u64),
}

impl CheckpointChoice {
    /// The names of those that will do, the best choice first.
    fn of(self, path: &Path) -> Result<Vec<String>, RunError> {
        let all = checkpoints(path);
        match self {
            Self::Last => Ok(all),
            Self::Best => {
                // the links are for others: a copy of the folder may have none
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

/// A checkpoint whose files are those of its manifest.
struct CheckpointFiles {
    folder: PathBuf,
    manifest: Manifest,
}

impl LoadedRun {
    /// Reads the last checkpoint that is whole into a learner, with some values of its configuration changed. Nothing is written:
    /// the run may go on meanwhile.
    ///
    /// # Errors
    /// When there is no run in the folder, no checkpoint is whole, or the changes make another model of it.
    pub fn read(
        path: &Path,
        overrides: &[Override],
        learner_of: impl Fn(Config) -> Result<Box<dyn Learner>, ConfigError>,
    ) -> Result<Self, RunError> {
        Self::read_one(path, CheckpointChoice::Last, overrides, learner_of)
    }

    /// The same of another checkpoint than the last.
    ///
    /// # Errors
    /// As [`read`](Self::read), and when there is no such checkpoint.
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
            let mut is_one_gone = false;
            for name in which.of(path)? {
                let folder = path.join(CHECKPOINTS).join(&name);
                match checkpoint::verify(&folder) {
                    // from here on it is whole: what does not fit is the user's to decide
                    Ok(manifest) => {
                        let checkpoint = CheckpointFiles { folder: folder.clone(), manifest };
                        match Self::restored(path, checkpoint, std::mem::take(&mut damaged), overrides, &learner_of) {
                            // whoever trains has removed it meanwhile, and there may be a later one
                            Err(_) if checkpoint::verify(&folder).is_err() => {
                                is_one_gone = true;
                                break;
                            }
                            read => return read,
                        }
                    }
                    Err(_) if !folder.exists() => is_one_gone = true,
                    Err(error) => damaged.push(error.into()),
                }
            }
            if !is_one_gone {
                break;
            }
        }
        let problem = Message::from(ResumeMessage::NoWholeCheckpoint { folder: path.to_owned() });
        let problem = limited(damaged, |more| ResumeMessage::MoreAreDamaged { more }.into())
            .into_iter()
            .fold(problem, Message::with_help);
        Err(RunError::mistake(problem, ResumeMessage::StartAnewOrRemove))
    }

    /// Restores a learner from the files of a checkpoint that is complete; `damaged` are the later ones that were skipped.
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
        let mut config = Config::read(&origin, overrides)?.of_a_run();
        let before = Config::read(&origin, &[])?;
        config.check_resume(&before, |key, takes_weights| {
            let own = path.join(CONFIG);
            let weights =
                if takes_weights { format!(" --weights {}", quoted(&folder.join(MODEL))) } else { String::new() };
            format!("rnn-tui {} --set {key}=…{weights} --run NEW", quoted(&own))
        })?;
        // as a run that changes while the program runs: what the optimizer and the schedule remember is of the rule before
        let mut began = config.clone();
        began.training.optimizer.name = before.training.optimizer.name;
        began.training.schedule = before.training.schedule.clone();
        let is_other_rule = began.training != config.training;
        let words = words_of_run(path);
        let has_words =
            |learner: &dyn Learner| words.as_ref().is_none_or(|words| learner.vocabulary() == words.as_slice());
        let mut learner = match learner_of(began.clone()) {
            // an earlier version knew the words of the texts to validate and to test with, too
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
        let planned = learner.learning_rate_of(&before.training);
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

/// No more damaged checkpoints are named than this.
const MAX_NAMED: usize = 8;

/// The first of many lines, and how many there are besides.
fn limited(mut lines: Vec<Message>, rest: impl FnOnce(usize) -> Message) -> Vec<Message> {
    if lines.len() > MAX_NAMED {
        let more = lines.len() - MAX_NAMED + 1;
        lines.truncate(MAX_NAMED - 1);
        lines.push(rest(more));
    }
    lines
}

fn skipped_checkpoints(damaged: Vec<Message>) -> Vec<Message> {
    let damaged = damaged.into_iter().map(|why| why.and(ResumeWarning::AnotherIsTaken)).collect();
    limited(damaged, |more| ResumeWarning::MoreAreDamaged { more }.into())
}

/// A share of the learning rate that nobody wonders about.
const MAX_RATE_CHANGE: f64 = 0.01;

/// What is said if the run goes on with another learning rate than it would have had.
fn rate_change(before: &Config, config: &Config, planned: f64, rate: f64, checkpoint: &Checkpoint) -> Option<Message> {
    let Checkpoint { record, rate_factor, .. } = checkpoint;
    if record.step >= config.training.steps || (rate - planned).abs() <= MAX_RATE_CHANGE * rate.max(planned) {
        return None;
    }
    let last = record.last_step.map_or(rate_factor * planned, |step| step.learning_rate);
    let changes = config.differences(before).into_iter().filter(|change| change.starts_with("`training.")).collect();
    Some(ResumeWarning::LearningRateJumps { last, step: record.step, next: rate_factor * rate, changes }.into())
}

/// Earlier moments of the run of a checkpoint, of which there may be so many MiB.
fn keyframes(path: &Path, checkpoint: &Checkpoint, most: usize) -> Result<Vec<Keyframe>, tensor_file::TensorFileError> {
    let weights = checkpoint.learner.weights.as_slice().iter().map(|tensor| tensor.numbers.len()).sum();
    let room = (most as u64) << 20;
    read_keyframes(&path.join(KEYFRAMES), checkpoint.attempt, checkpoint.record.step, weights, room)
}
