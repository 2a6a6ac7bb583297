//! The thread that writes what a [`CheckpointSender`](crate::session::CheckpointSender) hands over.

use std::io;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use super::checkpoint::CheckpointError;
use super::metrics::{Event, Metric, seconds};
use super::{AppendFile, RunFolder, tensorboard};
use crate::activity::WriterGuard;
use crate::config::RunConfig;
use crate::session::{Artifact, Checkpoint, SaveEvent, SaveProblem, SaveQueue};

/// Time between two writes of metrics; they are also written before each checkpoint.
const FLUSH_INTERVAL: Duration = Duration::from_millis(500);
/// Bytes of metrics beyond which they are written at once.
const MAX_BUFFERED: usize = 1 << 16;
/// Bytes of metrics beyond which the oldest are lost if the disk takes none.
const MAX_UNWRITTEN: usize = 4 << 20;

/// The thread that writes a run to disk.
#[derive(Debug)]
pub struct Writer {
    thread: JoinHandle<SaveQueue>,
}

impl Writer {
    /// Starts the thread for an attempt that begins or resumes.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn spawn(save_queue: SaveQueue, folder: RunFolder, config: &RunConfig, attempt: u32) -> io::Result<Self> {
        let events = config.tensorboard.then(Events::default);
        let lines = String::new();
        let work =
            Work { save_queue, folder, keep: config.keep, attempt, step: 0, lines, enough: MAX_BUFFERED, events };
        let writing = WriterGuard::begin(); // from before the first checkpoint is handed over
        let thread = thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let _writing = writing;
            work.run()
        })?;
        Ok(Self { thread })
    }

    /// Waits until everything is written, after the trainer is gone. Says what is not, and why.
    #[must_use]
    pub fn finish(self) -> Vec<SaveProblem> {
        match self.thread.join() {
            Ok(save_queue) => {
                let problems = save_queue.status().problems.into_iter();
                problems.filter(|(part, _)| part.is_needed()).map(|(_, problem)| problem).collect()
            }
            Err(_) => vec![SaveProblem::WriterPanicked],
        }
    }
}

struct Work {
    save_queue: SaveQueue,
    folder: RunFolder,
    keep: usize,
    attempt: u32,
    step: u64,
    /// Metrics that are not written yet.
    lines: String,
    /// Bytes of metrics at which the next write is tried.
    enough: usize,
    /// The metrics for `TensorBoard`, if it is configured.
    events: Option<Events>,
}

/// Metrics for `TensorBoard`.
#[derive(Default)]
struct Events {
    /// Records that are not written yet.
    records: Vec<u8>,
    /// The file; created with the first records.
    file: Option<AppendFile>,
}

impl Work {
    fn run(mut self) -> SaveQueue {
        loop {
            match self.save_queue.next(FLUSH_INTERVAL) {
                Ok(event) => self.handle(event),
                Err(RecvTimeoutError::Timeout) => self.flush(),
                Err(RecvTimeoutError::Disconnected) => {
                    self.flush();
                    return self.save_queue;
                }
            }
        }
    }

    fn handle(&mut self, event: SaveEvent) {
        match event {
            SaveEvent::Began { attempt, model, seed } => {
                self.flush();
                self.events = self.events.take().map(|_| Events::default());
                (self.attempt, self.step) = (attempt, 0);
                self.add_event(Event::Began { model, seed });
            }
            SaveEvent::Resumed(step) => {
                self.step = step;
                self.add_event(Event::Resumed);
            }
            SaveEvent::Failed(failure) => {
                self.step = failure.step;
                self.log(&failure.message().to_string());
                self.add_event(Event::Failed { cause: failure.cause.message().to_string() });
                self.flush();
            }
            SaveEvent::Steps(summary) => {
                self.step = summary.step;
                self.add(&Metric::from_steps(self.attempt, &summary));
            }
            SaveEvent::Validation(point, time) => self.add(&Metric::from_validation(self.attempt, &point, time)),
            SaveEvent::Checkpoint(checkpoint, reason) => {
                self.flush(); // metrics of earlier steps are on the disk before the checkpoint
                let is_saved = self.save(&checkpoint, reason.is_best);
                self.save_queue.finish(checkpoint, is_saved);
            }
        }
        if self.lines.len() > self.enough {
            self.flush();
        }
    }

    /// Writes a checkpoint, reports problems, and adds it to the metrics. Returns whether it is on the disk.
    fn save(&mut self, checkpoint: &Checkpoint, is_best: bool) -> bool {
        let (attempt, step) = (checkpoint.attempt, checkpoint.record.step);
        let mut saved = self.folder.save(checkpoint, is_best);
        // the last checkpoint is worth more than those before
        if let Err(CheckpointError::Io(_, error)) = &saved
            && error.kind() == io::ErrorKind::StorageFull
            && self.folder.prune(1).is_ok_and(|prune| prune > 0)
        {
            saved = self.folder.save(checkpoint, is_best);
        }
        let name = match saved {
            Ok(name) => name,
            Err(error) => {
                self.report(Artifact::Checkpoint, Some(SaveProblem::NotSaved { step, error: error.into() }));
                return false;
            }
        };
        self.report(Artifact::Checkpoint, None);
        let tidied = self.folder.finish_save(&name, &checkpoint.learner.config, self.keep);
        let without_links = tidied.as_ref().ok().and_then(Clone::clone);
        self.report(Artifact::Links, without_links.map(|reason| SaveProblem::NoLinks { reason }));
        self.report(
            Artifact::Folder,
            tidied.err().map(|error| SaveProblem::FolderNotTidied { step, error: error.into() }),
        );
        if !checkpoint.keyframes.is_empty() {
            let saved = self.folder.save_keyframes(attempt, &checkpoint.keyframes);
            self.report(Artifact::Keyframes, saved.err().map(|error| SaveProblem::NoKeyframes { error: error.into() }));
        }
        self.log(&format!("saved step {step} as {name}{}", if is_best { ", the best" } else { "" }));
        let event = Event::Checkpoint { folder: name, best: is_best };
        self.add(&Metric { attempt, step, time: seconds(SystemTime::now()), event });
        self.flush();
        true
    }

    /// Adds an event of the current attempt and step to the metrics.
    fn add_event(&mut self, event: Event) {
        self.add(&Metric { attempt: self.attempt, step: self.step, time: seconds(SystemTime::now()), event });
    }

    /// Adds a line to the unwritten metrics. Beyond [`MAX_UNWRITTEN`] bytes the older half is dropped and reported as lost.
    fn add(&mut self, metric: &Metric) {
        if let Ok(line) = metric.line() {
            self.lines += &line;
        }
        if let (Some(events), Some(record)) = (&mut self.events, tensorboard::record_of(metric))
            && events.records.len() < MAX_UNWRITTEN
        {
            events.records.extend(record);
        }
        if self.lines.len() > MAX_UNWRITTEN
            && let Some(end) = self.lines[..self.lines.len() / 2].rfind('\n')
        {
            self.lines.drain(..=end);
            self.report(Artifact::LostMetrics, Some(SaveProblem::MetricsLost));
        }
    }

    /// Writes the metrics that are not written yet, and reports whether that failed.
    fn flush(&mut self) {
        if !self.lines.is_empty() {
            let written = self.folder.add_metrics(&self.lines);
            if written.is_ok() {
                self.lines.clear();
            }
            self.enough = self.lines.len() + MAX_BUFFERED; // failed writes are not retried for every line
            self.report(
                Artifact::Metrics,
                written.err().map(|error| SaveProblem::MetricsNotWritten { error: error.into() }),
            );
        }
        let written = self.flush_events();
        let not_written = |error: io::Error| SaveProblem::TensorBoardNotWritten { error: error.into() };
        self.report(Artifact::TensorBoard, written.err().map(not_written));
    }

    /// Appends the unwritten records to the events of the attempt, whose file is created for the first of them.
    fn flush_events(&mut self) -> io::Result<()> {
        let Some(Events { records, file }) = self.events.as_mut().filter(|events| !events.records.is_empty()) else {
            return Ok(());
        };
        let file = match file {
            Some(file) => file,
            none => none.insert(self.folder.begin_events(self.attempt, seconds(SystemTime::now()))?),
        };
        self.folder.add_events(file, records)?;
        records.clear();
        Ok(())
    }

    /// Sets or, with `None`, clears the problem of an artifact in the persistence status, and logs a problem that is new.
    fn report(&self, part: Artifact, problem: Option<SaveProblem>) {
        let mut is_new = false;
        self.save_queue.update_status(|status| match &problem {
            Some(problem) => is_new = status.problems.insert(part, problem.clone()).as_ref() != Some(problem),
            None => _ = status.problems.remove(&part),
        });
        if let Some(problem) = problem.filter(|_| is_new) {
            self.log(&problem.to_string());
        }
    }

    /// Appends a line to the log. Errors are ignored: training goes on without a log.
    fn log(&self, line: &str) {
        let _ = self.folder.log(line);
    }
}
