//! Runs that are trained side by side, from a configuration or from a folder, ready to start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rnn_tui::config::{Config, NamedConfig, Override};
use rnn_tui::corpus::Texts;
use rnn_tui::language::Message;
use rnn_tui::session::{Lockstep, PreparedRun};
use rnn_tui::storage::disk::SystemDisk;
use rnn_tui::storage::{DuelLock, DuelRun, Writer, create_duel, lock_duel, runs_of_duel, write_list};

use super::error::Failed;
use super::other_batches::other_batches;
use super::prepared_run::{Prepared, Storage};

rnn_tui::messages! {
    enum WeightsMessage {
        SeveralRuns = "several runs begin side by side", "几个运行并排开始";
        WeightsOfOne =
            "they are of one network: leave `--weights` out, or the rivals", "权重属于一个网络：请去掉 `--weights`，或去掉对手";
    }
}

/// Runs that are trained side by side, or a single one.
pub struct PreparedRuns {
    /// At least one.
    pub runs: Vec<Prepared>,
    /// The folder of all runs: that of the command line or of the configuration; `None` if they are not saved.
    folder: Option<PathBuf>,
    /// The lock on the folder of several resumed runs.
    lock: Option<DuelLock>,
}

/// Runs that are ready to start, their folders, and the threads that save them.
pub struct StoredRuns {
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
                let problem = Message::from(WeightsMessage::SeveralRuns).at("--weights");
                return Err(Failed::Mistake(problem.with_help(WeightsMessage::WeightsOfOne)));
            }
        }
        Ok(Self::side_by_side(runs, config.run_folder()))
    }

    /// Whether they are saved: they have a folder, and are not a replay.
    pub fn are_saved(&self) -> bool {
        self.folder.is_some() && !matches!(self.first().storage, Storage::Replayed(_))
    }

    /// Resumes the run of a folder, or the runs of a folder of several, which must learn the same batches.
    pub fn resumed(path: &Path, overrides: &[Override]) -> Result<Self, Failed> {
        let runs = runs_of_duel(path)?;
        let lock = runs.is_some().then(|| lock_duel(path)).transpose()?;
        let prepared = Self::of_folder(path, runs, |run| Prepared::resumed(run, overrides))?;
        if let Some(difference) = other_batches(&prepared.runs, path) {
            return Err(Failed::Mistake(difference));
        }
        Ok(Self { lock, ..prepared })
    }

    /// Loads the run or the runs of a folder for replay; warns if they have learned different batches.
    pub fn replayed(path: &Path) -> Result<Self, Failed> {
        let mut prepared = Self::of_folder(path, runs_of_duel(path)?, Prepared::replayed)?;
        if let Some(difference) = other_batches(&prepared.runs, path) {
            prepared.runs[0].warn(difference);
        }
        Ok(prepared)
    }

    /// The run of a folder, or the runs that its list names, each loaded by `prepared`.
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
            // a run whose network has changed has the name of the new one
            prepared.name = if model == run.model { run.name } else { model };
            Ok(prepared)
        };
        let runs: Vec<_> = runs.into_iter().map(named).collect::<Result<_, Failed>>()?;
        Ok(Self::side_by_side(runs, Some(path.to_owned())))
    }

    /// Makes several runs share the cores and step in lockstep.
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

    /// Creates the folders of new runs that are saved, and starts the threads that save.
    pub fn store(self) -> Result<StoredRuns, Failed> {
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
        let mut stored = StoredRuns { runs: Vec::new(), folder, folders: Vec::new(), writers: Vec::new(), lock };
        for (prepared, path) in runs.into_iter().zip(paths) {
            let name = prepared.name.clone();
            let (run, folder, writer) = prepared.store(path)?;
            stored.runs.push((name, run));
            stored.folders.push(folder);
            stored.writers.extend(writer);
        }
        // last, so that all runs in the list can be resumed
        if let (Some(path), false) = (&stored.folder, list.is_empty()) {
            write_list(path, &list, &SystemDisk)?;
        }
        Ok(stored)
    }
}
