//! Runs from a configuration, or from the folder of a run, ready to start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rnn_tui::config::{Config, NamedConfig, Override};
use rnn_tui::corpus::Texts;
use rnn_tui::language::Message;
use rnn_tui::learning::{AttemptSettings, LearnerState, language_learner, learner_of_texts};
use rnn_tui::printable;
use rnn_tui::session::{
    Checkpoint, CheckpointSender, Lockstep, Mode, Pace, PreparedRun, ResumeState, SavePolicy, SaveStatus,
};
use rnn_tui::storage::checkpoint::Files;
use rnn_tui::storage::disk::SystemDisk;
use rnn_tui::storage::{
    DuelLock, DuelRun, ImportedWeights, LoadedRun, Resumed, RunError, RunFolder, RunStart, UntrainedRun, Writer,
    create_duel, lock_duel, runs_of_duel, write_list,
};

use super::Failed;

rnn_tui::messages! {
    enum PrepareMessage {
        SeveralRuns = "several runs begin side by side", "几个运行并排开始";
        WeightsOfOne =
            "they are of one network: leave `--weights` out, or the rivals", "权重属于一个网络：请去掉 `--weights`，或去掉对手";
        OtherBatches { number: usize, name: String, differences: Vec<String> } =
            "run {number}, {name}, learns other batches than those beside it: {differences}",
            "第 {number} 个运行 {name} 学习的批次与旁边的运行不同：{differences}";
        OtherSeed { number: usize, name: String, own: u64, others: u64 } =
            "run {number}, {name}, learns other batches than those beside it: its seed is {own}, and theirs {others}",
            "第 {number} 个运行 {name} 学习的批次与旁边的运行不同：它的种子是 {own}，其他的是 {others}";
        OtherText { number: usize, name: String } =
            "run {number}, {name}, has learned another text than those beside it",
            "第 {number} 个运行 {name} 学的文本与旁边的运行不同";
        MakeTheSame { folder: PathBuf, values: String } =
            "where they can change, `--resume {folder} {values}` makes them the same",
            "在可以改变之处，`--resume {folder} {values}` 使它们相同";
        PutBack { folder: PathBuf } =
            "put back the run that began beside them, or go on with each by itself: `--resume {folder}/RUN`",
            "请放回原来的运行，或让每个运行单独继续：`--resume {folder}/RUN`";
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

/// Runs that are trained side by side, or a single one.
pub struct PreparedRuns {
    /// At least one.
    pub runs: Vec<Prepared>,
    /// Where all of them are kept together: given, or that of the configuration.
    folder: Option<PathBuf>,
    /// Of several runs that go on.
    lock: Option<DuelLock>,
}

/// Runs that are ready to start, and where they are kept.
pub struct KeptRuns {
    pub runs: Vec<(String, PreparedRun)>,
    /// The folder of all runs.
    pub folder: Option<PathBuf>,
    /// The folder of each run.
    pub folders: Vec<Option<PathBuf>>,
    /// The threads that save.
    pub writers: Vec<Writer>,
    /// The lock on the folder of several runs.
    pub lock: Option<DuelLock>,
}

/// A run before it starts.
pub struct Prepared {
    /// A name that differs from those of the other runs.
    pub name: String,
    pub config: Config,
    pub run: PreparedRun,
    pub storage: Storage,
    /// Warnings, which were printed already.
    pub warnings: Vec<Message>,
    /// The texts of a kept run.
    texts: Files,
}

/// Where a run is kept.
pub enum Storage {
    /// A new run, with its texts and the file of its initial weights, if there is one.
    New(Arc<Texts>, Option<PathBuf>),
    /// A resumed run: its folder, and the number of the attempt.
    Resumed(RunFolder, u32),
    /// A replayed run: its folder, to which nothing is written.
    Replayed(PathBuf),
}

impl PreparedRuns {
    /// The runs of a configuration. A single run starts with the weights of a file if one is given; words that the file does not have are
    /// rejected, or with `fresh_words` start with new weights.
    pub fn new(config: &Config, weights: Option<&Path>, fresh_words: bool) -> Result<Self, Failed> {
        let texts = Arc::new(Texts::read(config)?);
        let runs = config.runs().into_iter().map(|NamedConfig { name, config }| Prepared::new(name, config, &texts));
        let mut runs: Vec<_> = runs.collect::<Result<_, _>>()?;
        match (weights, runs.as_mut_slice()) {
            (None, _) => {}
            (Some(path), [run]) => run.take_weights(path, fresh_words)?,
            (Some(_), _) => {
                let problem = Message::from(PrepareMessage::SeveralRuns).at("--weights");
                return Err(Failed::Mistake(problem.with_help(PrepareMessage::WeightsOfOne)));
            }
        }
        Ok(Self::side_by_side(runs, config.run_folder()))
    }

    /// Whether they are saved.
    pub fn is_kept(&self) -> bool {
        self.folder.is_some() && !matches!(self.first().storage, Storage::Replayed(_))
    }

    /// Resumes the run of a folder, or the runs of a folder of several.
    pub fn resumed(path: &Path, overrides: &[Override]) -> Result<Self, Failed> {
        let runs = runs_of_duel(path)?;
        let lock = runs.is_some().then(|| lock_duel(path)).transpose()?;
        let prepared = Self::of_folder(path, runs, |run| Prepared::resumed(run, overrides))?;
        if let Some(stranger) = prepared.stranger(path) {
            return Err(Failed::Mistake(stranger));
        }
        Ok(Self { lock, ..prepared })
    }

    /// Loads the run or the runs of a folder for replay.
    pub fn replayed(path: &Path) -> Result<Self, Failed> {
        let mut prepared = Self::of_folder(path, runs_of_duel(path)?, Prepared::replayed)?;
        if let Some(stranger) = prepared.stranger(path) {
            prepared.runs[0].warn(stranger);
        }
        Ok(prepared)
    }

    fn of_folder(
        path: &Path,
        runs: Option<Vec<DuelRun>>,
        prepared: impl Fn(&Path) -> Result<Prepared, Failed>,
    ) -> Result<Self, Failed> {
        let Some(runs) = runs else {
            return Ok(Self { runs: vec![prepared(path)?], folder: Some(path.to_owned()), lock: None });
        };
        let named = |run: DuelRun| {
            let mut prepared = prepared(&run.path(path))?;
            let model = prepared.run.learner.info().model;
            // a run that has become one of another network is called by that
            prepared.name = if model == run.model { run.name } else { model };
            Ok(prepared)
        };
        let runs: Vec<_> = runs.into_iter().map(named).collect::<Result<_, Failed>>()?;
        Ok(Self::side_by_side(runs, Some(path.to_owned())))
    }

    /// A message about the first run that learns other batches than most others, so that their losses cannot be compared.
    fn stranger(&self, path: &Path) -> Option<Message> {
        let is_beside = |own: &Prepared, other: &Prepared| {
            own.texts == other.texts
                && own.config.differences_of_batches(&other.config).is_empty()
                && own.has_seed_of(other)
        };
        let beside = |own: &Prepared| self.runs.iter().filter(|other| is_beside(own, other)).count();
        // the largest group of equal runs is taken for those that started together
        let usual = self.runs.iter().rev().max_by_key(|run| beside(run))?;
        let (number, stranger) = self.runs.iter().enumerate().find(|(_, run)| !is_beside(usual, run))?;
        let (number, name) = (number + 1, stranger.name.clone());
        let folder = path.to_owned();
        let others = stranger.config.differences_of_batches(&usual.config);
        let (problem, help) = if stranger.texts == usual.texts && !others.is_empty() {
            let values = usual.config.differences_of_batches(&stranger.config).into_iter();
            let values: Vec<_> = values.map(|(key, value)| format!("--set {key}={value}")).collect();
            let others: Vec<_> = others.into_iter().map(|(key, value)| format!("`{key}` = {value}")).collect();
            let values = values.join(" ");
            (
                PrepareMessage::OtherBatches { number, name, differences: others },
                PrepareMessage::MakeTheSame { folder, values },
            )
        } else if stranger.texts == usual.texts {
            let [own, others] = [stranger, usual].map(|run| run.run.learner.seed());
            (PrepareMessage::OtherSeed { number, name, own, others }, PrepareMessage::PutBack { folder })
        } else {
            (PrepareMessage::OtherText { number, name }, PrepareMessage::PutBack { folder })
        };
        Some(Message::from(problem).at(path.to_owned()).with_help(help))
    }

    /// Several runs share the cores, and step in lockstep.
    fn side_by_side(mut runs: Vec<Prepared>, folder: Option<PathBuf>) -> Self {
        let count = runs.len();
        if count > 1 {
            for (prepared, lane) in runs.iter_mut().zip(Lockstep::lanes(count)) {
                prepared.run.learner.share_cores(count);
                prepared.run.lane = Some(lane);
            }
        }
        Self { runs, folder, lock: None }
    }

    /// The first run.
    pub fn first(&self) -> &Prepared {
        &self.runs[0]
    }

    /// Creates the folders of new runs that are kept, and starts the threads that save.
    pub fn keep(self) -> Result<KeptRuns, Failed> {
        let Self { runs, folder, mut lock } = self;
        let mut paths: Vec<Option<PathBuf>> = vec![folder.clone(); runs.len()];
        let mut list = Vec::new();
        let is_new = matches!(runs[0].storage, Storage::New(..));
        if let (true, true, Some(path)) = (is_new, runs.len() > 1, &folder) {
            let named = |(number, prepared): (usize, &Prepared)| {
                DuelRun::new(number, &prepared.name, &prepared.run.learner.info().model)
            };
            list = runs.iter().enumerate().map(named).collect();
            lock = Some(create_duel(path, &SystemDisk)?);
            paths = list.iter().map(|run| Some(run.path(path))).collect();
        }
        let mut kept = KeptRuns { runs: Vec::new(), folder, folders: Vec::new(), writers: Vec::new(), lock };
        for (prepared, path) in runs.into_iter().zip(paths) {
            let name = prepared.name.clone();
            let (run, folder, writer) = prepared.keep(path)?;
            kept.runs.push((name, run));
            kept.folders.push(folder);
            kept.writers.extend(writer);
        }
        // last, so that what is in the list can be resumed
        if let (Some(path), false) = (&kept.folder, list.is_empty()) {
            write_list(path, &list, &SystemDisk)?;
        }
        Ok(kept)
    }
}

impl Prepared {
    fn new(name: String, mut config: Config, texts: &Arc<Texts>) -> Result<Self, Failed> {
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
    fn has_seed_of(&self, other: &Self) -> bool {
        let attempt = |prepared: &Self| match &prepared.storage {
            Storage::Resumed(_, attempt) => *attempt,
            Storage::New(..) | Storage::Replayed(_) => 1,
        };
        attempt(self) != attempt(other) || self.run.learner.seed() == other.run.learner.seed()
    }

    /// Loads the weights of a file into a new run.
    fn take_weights(&mut self, path: &Path, fresh_words: bool) -> Result<(), Failed> {
        let learner = &mut self.run.learner;
        let mut as_new = LearnerState::default();
        learner.save(&mut as_new);
        let failed = |error: Message| Failed::Mistake(error.at("--weights"));
        let ImportedWeights { weights, notes } =
            ImportedWeights::read(path, &as_new, fresh_words).map_err(|error| failed(error.into()))?;
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
    fn resumed(path: &Path, overrides: &[Override]) -> Result<Self, Failed> {
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
    fn replayed(path: &Path) -> Result<Self, Failed> {
        let found = LoadedRun::read(path, &[], language_learner)?;
        let saved = Some(found.checkpoint.record.step);
        let kept = SaveStatus { folder: path.display().to_string(), saved, ..SaveStatus::default() };
        Ok(Self::found(found, Mode::Replay(kept), Storage::Replayed(path.to_owned())))
    }

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

    /// Adds kept runs as earlier attempts: curves behind this run's, and rows in the table.
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

    /// Writes a warning to stderr, and keeps it for the dashboard, which will cover it there.
    fn warn(&mut self, warning: impl Into<Message>) {
        let warning = warning.into();
        super::messages::warn(warning.clone());
        self.warnings.push(warning);
    }

    /// The run, its folder, and the thread that saves it, if it is trained. A new run is saved in `path`.
    fn keep(self, path: Option<PathBuf>) -> Result<(PreparedRun, Option<PathBuf>, Option<Writer>), Failed> {
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
        let plan = SavePolicy { checkpoint_every: config.run.checkpoint_every, metrics_every, attempt };
        let (checkpoint_sender, save_queue) = CheckpointSender::new(plan, &path.display().to_string());
        let writer = Writer::spawn(save_queue, folder, &config.run, attempt)?;
        run.checkpoint_sender = Some(checkpoint_sender);
        Ok((run, Some(path), Some(writer)))
    }
}

impl From<RunError> for Failed {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Config(error) => error.into(),
            RunError::Mistake(..) | RunError::Io(..) => Self::Mistake(error.into()),
        }
    }
}
