//! The thread that writes what a [`Keeper`](crate::training::Keeper) hands over.

use std::io;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use super::metrics::{Event, Metric, seconds};
use super::{RunFolder, tensorboard};
use crate::config::RunConfig;
use crate::training::{Arrival, Checkpoint, Desk, Entry};

/// Metrics are written so often, and before each checkpoint.
const FLUSH: Duration = Duration::from_millis(500);
/// When the disk takes nothing, the oldest lines beyond so many bytes are lost.
const MOST_WAITING: usize = 4 << 20;

/// The thread.
#[derive(Debug)]
pub struct Writer {
    thread: JoinHandle<Desk>,
}

impl Writer {
    /// Starts it. `resumed_at` is the step at which the run goes on, if it is no new one; `config` says what is written.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(
        desk: Desk,
        folder: RunFolder,
        config: &RunConfig,
        attempt: u32,
        resumed_at: Option<u64>,
    ) -> io::Result<Self> {
        let (step, lines) = (resumed_at.unwrap_or(0), String::new());
        let events = config.tensorboard.then(|| (Vec::new(), None));
        let mut work = Work { desk, folder, keep: config.keep, attempt, step, lines, events };
        if resumed_at.is_some() {
            work.tell(Event::Resumed, SystemTime::now());
        }
        let is_resumed = resumed_at.is_some();
        let thread = thread::Builder::new().name("writer".to_owned()).spawn(move || work.run(is_resumed))?;
        Ok(Self { thread })
    }

    /// Waits until everything is written, after the trainer is gone. Says why if something is not.
    #[must_use]
    pub fn finish(self) -> Option<String> {
        match self.thread.join() {
            Ok(desk) => desk.status().problem,
            Err(_) => Some("the thread that writes has panicked: this is a fault of the program".to_owned()),
        }
    }
}

struct Work {
    desk: Desk,
    folder: RunFolder,
    keep: usize,
    attempt: u32,
    step: u64,
    /// Metrics that are not written yet.
    lines: String,
    /// The same for `TensorBoard`, if it is to have them, and the file they go to.
    events: Option<(Vec<u8>, Option<PathBuf>)>,
}

impl Work {
    fn run(mut self, mut is_resumed: bool) -> Desk {
        loop {
            match self.desk.next(FLUSH) {
                // a run that goes on has begun before
                Arrival::Entry(Entry::Began { .. }) if is_resumed => is_resumed = false,
                Arrival::Entry(entry) => self.take(entry),
                Arrival::Nothing => self.flush(),
                Arrival::End => {
                    self.flush();
                    return self.desk;
                }
            }
        }
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Began { attempt, model, seed } => {
                self.flush();
                self.events = self.events.take().map(|_| (Vec::new(), None));
                (self.attempt, self.step) = (attempt, 0);
                self.tell(Event::Began { model, seed }, SystemTime::now());
            }
            Entry::Steps(summary) => {
                self.step = summary.step;
                self.add(&Metric::of_steps(self.attempt, &summary));
            }
            Entry::Validation(point, time) => self.add(&Metric::of_validation(self.attempt, &point, time)),
            Entry::Checkpoint(checkpoint, is_best) => {
                self.save(&checkpoint, is_best);
                self.desk.give_back(checkpoint);
            }
        }
        if self.lines.len() > 1 << 16 {
            self.flush();
        }
    }

    fn save(&mut self, checkpoint: &Checkpoint, is_best: bool) {
        let step = checkpoint.record.step;
        match self.folder.save(checkpoint, is_best, self.keep) {
            Ok(folder) => {
                self.step = step;
                self.log(&format!("saved step {step} as {folder}{}", if is_best { ", the best" } else { "" }));
                self.tell(Event::Checkpoint { folder, best: is_best }, SystemTime::now());
                self.desk.tell(|kept| {
                    kept.saved = Some(step);
                    kept.problem = None;
                });
                self.save_keyframes(checkpoint);
                self.flush();
            }
            Err(error) => self.complain(&format!("step {step} is not saved: {error}")),
        }
    }

    fn save_keyframes(&self, checkpoint: &Checkpoint) {
        if !checkpoint.keyframes.is_empty()
            && let Err(error) = self.folder.save_keyframes(checkpoint.attempt, &checkpoint.keyframes)
        {
            self.complain(&format!("earlier moments are not saved: {error}"));
        }
    }

    fn tell(&mut self, event: Event, time: SystemTime) {
        self.add(&Metric { attempt: self.attempt, step: self.step, time: seconds(time), event });
    }

    fn add(&mut self, metric: &Metric) {
        if let Ok(line) = metric.line() {
            self.lines += &line;
        }
        if let (Some((records, _)), Some(record)) = (&mut self.events, tensorboard::record_of(metric))
            && records.len() < MOST_WAITING
        {
            records.extend(record);
        }
        if self.lines.len() > MOST_WAITING
            && let Some(end) = self.lines[..self.lines.len() / 2].rfind('\n')
        {
            self.lines.drain(..=end);
        }
    }

    fn flush(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        if let Err(error) = self.flush_events() {
            self.complain(&format!("TensorBoard's metrics are not written: {error}"));
        }
        match self.folder.add_metrics(&self.lines) {
            Ok(()) => self.lines.clear(),
            Err(error) => self.complain(&format!("metrics are not written: {error}")),
        }
    }

    fn flush_events(&mut self) -> io::Result<()> {
        let Some((records, file)) = &mut self.events else { return Ok(()) };
        let file = match file {
            Some(file) => file,
            none => none.insert(self.folder.begin_events(self.attempt, seconds(SystemTime::now()))?),
        };
        self.folder.add_events(file, records)?;
        records.clear();
        Ok(())
    }

    fn complain(&self, problem: &str) {
        self.log(problem);
        self.desk.tell(|kept| kept.problem = Some(problem.to_owned()));
    }

    /// A log that cannot be written is no reason to stop; what is wrong is in the status.
    fn log(&self, line: &str) {
        let _ = self.folder.log(&format!("{:.3} {line}", seconds(SystemTime::now())));
    }
}
