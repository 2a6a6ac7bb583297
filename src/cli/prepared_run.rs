//! A run from a configuration, or from its folder, ready to start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rnn_tui::config::{Config, Override};
use rnn_tui::corpus::Texts;
use rnn_tui::language::Message;
use rnn_tui::learning::{AttemptSettings, LearnerState, language_learner, learner_of_texts};
use rnn_tui::printable;
use rnn_tui::session::{Checkpoint, CheckpointSender, Mode, Pace, PreparedRun, ResumeState, SavePolicy, SaveStatus};
use rnn_tui::storage::checkpoint::Files;
use rnn_tui::storage::disk::SystemDisk;
use rnn_tui::storage::{ImportedWeights, LoadedRun, Resumed, RunError, RunFolder, RunStart, UntrainedRun, Writer};

use super::error::Failed;
use super::messages;

rnn_tui::messages! {
    enum PrepareMessage {
        NoCheckpoint { folder: PathBuf } =
            "{folder} has no checkpoint yet: it begins", "{folder} 还没有检查点：从头开始";
        AllStepsTaken { folder: PathBuf, steps: u64 } =
            "{folder} has taken all its {steps} steps: `--steps N` goes on to the Nth",
            "{folder} 的 {steps} 步都已完成：`--steps N` 继续到第 N 步";
        StepsTaken { folder: PathBuf, taken: u64 } =
            "{folder} has taken {taken} steps: `--steps N` goes on to the Nth",
            "{folder} 已完成 {taken} 步：`--steps N` 继续到第 N 步";
        OtherWords =
            "it knows other words, and its loss is that of another text", "它认识的词不同，其损失是另一文本的损失";
    }
}

/// The number of lines in the metrics of a run that sets no number of steps between them.
const METRICS_LINES: u64 = 1000;

/// A run before it starts.
pub struct Prepared {
    /// A name that differs from those of the other runs.
    pub name: String,
    pub config: Config,
    pub run: PreparedRun,
    pub storage: Storage,
    /// Warnings, already printed.
    pub warnings: Vec<Message>,
    /// The texts in the folder of a resumed or replayed run.
    pub texts: Files,
}

/// The folder of a run.
pub enum Storage {
    /// A new run, with its texts and the file of its initial weights, if there is one.
    New(Arc<Texts>, Option<PathBuf>),
    /// A resumed run: its folder, and the number of the attempt.
    Resumed(RunFolder, u32),
    /// A replayed run: its folder, to which nothing is written.
    Replayed(PathBuf),
}

impl Prepared {
    /// A new run of a configuration, which is changed to fit the texts.
    pub fn new(name: String, mut config: Config, texts: &Arc<Texts>) -> Result<Self, Failed> {
        let learner = learner_of_texts(&mut config, texts)?;
        let run = PreparedRun::new(learner, Pace::Full, Mode::Paused);
        Ok(Self {
            name,
            config,
            run,
            storage: Storage::New(Arc::clone(texts), None),
            warnings: Vec::new(),
            texts: Files::new(),
        })
    }

    /// Whether its batches come in the same order; not compared if the runs are at different attempts, as each restart changes the seed.
    pub fn has_seed_of(&self, other: &Self) -> bool {
        let attempt = |prepared: &Self| match &prepared.storage {
            Storage::Resumed(_, attempt) => *attempt,
            Storage::New(..) | Storage::Replayed(_) => 1,
        };
        attempt(self) != attempt(other) || self.run.learner.seed() == other.run.learner.seed()
    }

    /// Loads the weights of a file into a new run, and warns about the notes on them. Without `fresh_words`, words that the file does not have
    /// are an error.
    pub fn take_weights(&mut self, path: &Path, fresh_words: bool) -> Result<(), Failed> {
        let learner = &mut self.run.learner;
        let mut initial = LearnerState::default();
        learner.save(&mut initial);
        let failed = |error: Message| Failed::Mistake(error.at("--weights"));
        let ImportedWeights { weights, notes } =
            ImportedWeights::read(path, &initial, fresh_words).map_err(|error| failed(error.into()))?;
        learner.load_weights(&weights).map_err(|error| failed(error.into()))?;
        if let Storage::New(_, file) = &mut self.storage {
            *file = Some(path.to_owned());
        }
        for note in notes {
            self.warn(note.at(format!("--weights {}", path.display())));
        }
        Ok(())
    }

    /// Resumes the run of a folder; one without a checkpoint starts.
    pub fn resumed(path: &Path, overrides: &[Override]) -> Result<Self, Failed> {
        let disk = Arc::new(SystemDisk);
        if let Some(untrained) = RunFolder::open_untrained(path, overrides, disk.clone(), language_learner)? {
            let UntrainedRun { folder, config, learner } = untrained;
            let (name, texts) = (config.model.network_name(), folder.texts().clone());
            let run = PreparedRun::new(learner, Pace::Full, Mode::Paused);
            let mut prepared =
                Self { name, config, run, storage: Storage::Resumed(folder, 1), warnings: Vec::new(), texts };
            prepared.warn(PrepareMessage::NoCheckpoint { folder: path.to_owned() });
            return Ok(prepared);
        }
        let Resumed { folder, found } = RunFolder::resume(path, overrides, disk, language_learner)?;
        let (steps, taken) = (found.config.training.steps, found.checkpoint.record.step);
        let attempt = found.checkpoint.attempt;
        let mut prepared = Self::found(found, Mode::Paused, Storage::Resumed(folder, attempt));
        if taken >= steps {
            let folder = path.to_owned();
            prepared.warn(if taken == steps {
                PrepareMessage::AllStepsTaken { folder, steps }
            } else {
                PrepareMessage::StepsTaken { folder, taken }
            });
        }
        Ok(prepared)
    }

    /// Loads the run of a folder for replay.
    pub fn replayed(path: &Path) -> Result<Self, Failed> {
        let found = LoadedRun::read(path, &[], language_learner)?;
        let saved = Some(found.checkpoint.record.step);
        let kept = SaveStatus { folder: path.display().to_string(), saved, ..SaveStatus::default() };
        Ok(Self::found(found, Mode::Replay(kept), Storage::Replayed(path.to_owned())))
    }

    /// The run of a folder at its checkpoint, in `mode`; prints the warnings about the folder.
    fn found(found: LoadedRun, mode: Mode, storage: Storage) -> Self {
        let LoadedRun { config, learner, checkpoint, warnings, manifest, .. } = found;
        let Checkpoint { record, rate_factor, keyframes, .. } = checkpoint;
        let resume = Some(ResumeState { record, rate_factor, keyframes });
        let run = PreparedRun { resume, ..PreparedRun::new(learner, Pace::Full, mode) };
        let name = config.model.network_name();
        let texts = manifest.texts().clone();
        let mut prepared = Self { name, config, run, storage, warnings: Vec::new(), texts };
        for warning in warnings {
            prepared.warn(warning);
        }
        prepared
    }

    /// Adds the runs of `folders` as earlier attempts: curves behind this run's, and rows in the table. Warns about a run with another vocabulary.
    pub fn compare(&mut self, folders: &[PathBuf]) -> Result<(), Failed> {
        for (at, folder) in folders.iter().enumerate() {
            let failed = |error: RunError| Failed::Mistake(Message::from(error).at("--compare"));
            let found = LoadedRun::read(folder, &[], language_learner).map_err(failed)?;
            let option = format!("--compare {}", folder.display());
            for warning in &found.warnings {
                self.warn(warning.clone().at(option.clone()));
            }
            if found.learner.vocabulary() != self.run.learner.vocabulary() {
                self.warn(Message::from(PrepareMessage::OtherWords).at(option));
            }
            let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
            // a number for its colour: attempts of this session count from 1
            let settings = AttemptSettings {
                name: Some(printable(&name)),
                ..AttemptSettings::new(4 - at as u64 % 4, &found.learner.info(), found.learner.seed())
            };
            self.run.compared.extend(found.checkpoint.record.to_earlier_attempt(settings));
        }
        Ok(())
    }

    /// Prints a warning to stderr, and stores it for the dashboard, which covers stderr.
    pub fn warn(&mut self, warning: impl Into<Message>) {
        let warning = warning.into();
        messages::warn(warning.clone());
        self.warnings.push(warning);
    }

    /// Creates the folder of a new run at `path`, and starts the thread that saves the run. Returns the run, its folder, and that thread; both
    /// are `None` for a new run without `path`, and a replayed run has a folder only.
    pub fn store(self, path: Option<PathBuf>) -> Result<(PreparedRun, Option<PathBuf>, Option<Writer>), Failed> {
        let Self { config, mut run, storage, .. } = self;
        let (folder, attempt) = match (storage, path) {
            (Storage::Replayed(path), _) => return Ok((run, Some(path), None)),
            (Storage::New(..), None) => return Ok((run, None, None)),
            (Storage::Resumed(folder, attempt), _) => (folder, attempt),
            (Storage::New(texts, weights), Some(path)) => {
                let words = run.learner.vocabulary();
                let start = RunStart { texts: &texts, words, weights: weights.as_deref() };
                (RunFolder::create(&path, &config, start, Arc::new(SystemDisk))?, 1)
            }
        };
        let path = folder.path().to_owned();
        let metrics_every = match config.run.metrics_every {
            0 => (config.training.steps / METRICS_LINES).max(1),
            every => every,
        };
        let policy = SavePolicy { checkpoint_every: config.run.checkpoint_every, metrics_every, attempt };
        let (checkpoint_sender, save_queue) = CheckpointSender::new(policy, &path.display().to_string());
        let writer = Writer::spawn(save_queue, folder, &config.run, attempt)?;
        run.checkpoint_sender = Some(checkpoint_sender);
        Ok((run, Some(path), Some(writer)))
    }
}
