//! From the command line to a learner that can begin, or go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rnn_tui::config::{Config, Override};
use rnn_tui::corpus::Texts;
use rnn_tui::learning::{Learner, LearnerState, language_learner, learner_of_texts};
use rnn_tui::session::{Checkpoint, CheckpointSender, ResumeState, SavePolicy, SaveStatus};
use rnn_tui::storage::disk::SystemDisk;
use rnn_tui::storage::{LoadedRun, OtherWeights, Resumed, RunError, RunFolder, Writer};

use super::Failed;

/// Of a run that keeps no other number of steps for a line of its metrics.
const LINES_OF_METRICS: u64 = 1000;

/// Everything a run begins with.
pub struct PreparedRun {
    pub config: Config,
    pub learner: Box<dyn Learner>,
    /// What had happened before, if the run goes on.
    pub before: Option<ResumeState>,
    /// Where the run is kept, if it is.
    pub path: Option<PathBuf>,
    /// Whether it is only to be seen again.
    pub is_shown: bool,
    /// What is not as it was left.
    pub warnings: Vec<String>,
    /// What a new run learns from, until it is kept.
    texts: Option<Texts>,
    folder: Option<RunFolder>,
    attempt: u32,
}

impl PreparedRun {
    /// A new run, which has the weights of a file if one is given; then words that the file does not know are refused, or begin
    /// afresh.
    pub fn new(mut config: Config, weights: Option<&Path>, fresh_words: bool) -> Result<Self, Failed> {
        let texts = Texts::read(&config)?;
        let learner = learner_of_texts(&mut config, &texts)?;
        let mut prepared = Self {
            config,
            learner,
            before: None,
            path: None,
            is_shown: false,
            warnings: Vec::new(),
            texts: Some(texts),
            folder: None,
            attempt: 1,
        };
        if let Some(path) = weights {
            prepared.take_weights(path, fresh_words)?;
        }
        Ok(prepared)
    }

    fn take_weights(&mut self, path: &Path, fresh_words: bool) -> Result<(), Failed> {
        let mut as_new = LearnerState::default();
        self.learner.save(&mut as_new);
        let failed = |error: &dyn std::fmt::Display| Failed::Prompt(format!("--weights: {error}"));
        let OtherWeights { weights, notes } =
            OtherWeights::read(path, &as_new, fresh_words).map_err(|error| failed(&error))?;
        self.learner.load_weights(&weights).map_err(|error| failed(&error))?;
        for note in notes {
            self.warn(format!("--weights {}: {note}", path.display()));
        }
        Ok(())
    }

    /// The run of a folder, which goes on where it was.
    pub fn resumed(path: &Path, overrides: &[Override]) -> Result<Self, Failed> {
        let resumed = RunFolder::resume(path, overrides, Arc::new(SystemDisk), language_learner)?;
        let Resumed { folder, found } = resumed;
        let mut prepared = Self { folder: Some(folder), ..Self::found(path, found) };
        let steps = prepared.config.training.steps;
        let taken = prepared.before.as_ref().map(|before| before.record.step).filter(|taken| *taken >= steps);
        if let Some(taken) = taken {
            let all = if taken == steps { "all its " } else { "" };
            prepared.warn(format!("{} has taken {all}{taken} steps: `--steps N` goes on to the Nth", path.display()));
        }
        Ok(prepared)
    }

    /// The run of a folder, to be seen again.
    pub fn replayed(path: &Path) -> Result<Self, Failed> {
        Ok(Self { is_shown: true, ..Self::found(path, LoadedRun::read(path, &[], language_learner)?) })
    }

    fn found(path: &Path, LoadedRun { config, learner, checkpoint, warnings, .. }: LoadedRun) -> Self {
        let Checkpoint { attempt, record, rate_factor, keyframes, .. } = checkpoint;
        let before = Some(ResumeState { record, rate_factor, keyframes });
        let path = Some(path.to_owned());
        let mut prepared = Self {
            config,
            learner,
            before,
            path,
            is_shown: false,
            warnings: Vec::new(),
            texts: None,
            folder: None,
            attempt,
        };
        for warning in warnings {
            prepared.warn(warning);
        }
        prepared
    }

    /// Says something that will have scrolled away, or be covered, when somebody looks.
    fn warn(&mut self, warning: String) {
        super::warn(&warning);
        self.warnings.push(warning);
    }

    /// How a run is kept that is only to be seen again.
    pub fn shown(&self) -> Option<SaveStatus> {
        let folder = self.path.as_ref().filter(|_| self.is_shown)?.display().to_string();
        let saved = self.before.as_ref().map(|before| before.record.step);
        Some(SaveStatus { folder, saved, ..SaveStatus::default() })
    }

    /// Makes the folder of a run that is to be kept, and starts the thread that writes into it.
    pub fn keep(&mut self) -> Result<Option<(CheckpointSender, Writer)>, Failed> {
        let folder = match (self.folder.take(), self.texts.take(), self.config.run_folder()) {
            (Some(folder), ..) => folder,
            (None, Some(texts), Some(path)) => {
                let words = self.learner.vocabulary();
                RunFolder::create(&path, &self.config, (&texts, words), Arc::new(SystemDisk))?
            }
            (None, ..) => return Ok(None),
        };
        self.path = Some(folder.path().to_owned());
        let run = &self.config.run;
        let metrics_every = match run.metrics_every {
            0 => (self.config.training.steps / LINES_OF_METRICS).max(1),
            every => every,
        };
        let plan = SavePolicy { checkpoint_every: run.checkpoint_every, metrics_every, attempt: self.attempt };
        let (checkpoint_sender, save_queue) = CheckpointSender::new(plan, &folder.path().display().to_string());
        let writer = Writer::spawn(save_queue, folder, run, self.attempt)?;
        Ok(Some((checkpoint_sender, writer)))
    }
}

impl From<RunError> for Failed {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Config(error) => Self::Config(error),
            RunError::Mistake(..) | RunError::Io(..) => Self::Prompt(error.to_string()),
        }
    }
}
