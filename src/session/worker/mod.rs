//! The loop of the training thread.

mod lockstep;
mod messages;
mod publish;
mod saving;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::pace::Metronome;
use super::panics::PanicMessage;
use super::published::{Published, lock};
use super::shared::Message;
use super::step_rate::StepRate;
use super::{
    Cause, CheckpointSender, Failure, Keyframes, Lane, Mode, Pace, PreparedRun, ResumeState, RunState, SaveReason,
    SaveStatus,
};
use crate::learning::{AskError, Learner, Progress, Record, RunInfo, StepError};
use crate::memory::OutOfMemory;

/// Shortest time between two snapshots: at most 30 per second.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(33);

/// The state of a training thread.
pub(super) struct Worker {
    learner: Box<dyn Learner>,
    messages: Receiver<Message>,
    /// Number of the last control that has been handled.
    last_control: u64,
    run: Arc<RunInfo>,
    /// 1-based attempt number.
    attempt: u64,
    /// Factor by which the user has scaled the scheduled learning rate.
    rate_factor: f64,
    state: RunState,
    record: Record,
    /// The step at which training pauses; the last step of the run by default.
    until: u64,
    metronome: Metronome,
    /// The pace to which [`Control::ToggleFullSpeed`](super::Control::ToggleFullSpeed) returns from full speed.
    pace_before_full: Pace,
    /// Its handle to the lockstep of several runs.
    lane: Option<Lane>,
    /// Whether it trains in lockstep, if there is one.
    is_in_step: bool,
    /// Start of a step whose duration is not added to the record yet.
    step_start: Option<Instant>,
    /// Start of the current validation; `None` while steps are taken.
    validating_since: Option<Instant>,
    checkpoint_sender: Option<CheckpointSender>,
    /// Persistence status of a replayed run.
    replayed_status: Option<SaveStatus>,
    keyframes: Arc<Mutex<Keyframes>>,
    /// Interval of the keyframes in steps, so that they are locked only when one is taken; `None` if none are taken.
    keyframe_every: Option<u64>,
    /// Number (from 1) and reason of the last rejected rebuild, if the last one was rejected.
    refused_model: Option<(u64, AskError)>,
    step_rate: StepRate,
    /// Snapshots are not published before this time while the run trains.
    next_snapshot: Instant,
    /// Weights of the same attempt are not published before this time while the run trains.
    next_model: Instant,
    /// Whether anything has changed since the last snapshot.
    has_news: bool,
}

/// Whether the thread continues.
#[derive(PartialEq)]
enum Flow {
    Continue,
    Stop,
}

impl Worker {
    /// Creates a worker, adds the first keyframe, and sends the first checkpoint of a new run that is saved.
    pub fn new(run: PreparedRun, messages: Receiver<Message>) -> Self {
        let PreparedRun { mut learner, resume, compared, mode, pace, rise, keyframes, lane, checkpoint_sender } = run;
        let is_resumed = resume.is_some();
        let new = ResumeState { record: Record::default(), rate_factor: 1.0, keyframes: Vec::new() };
        let ResumeState { mut record, rate_factor, keyframes: frames } = resume.unwrap_or(new);
        if !compared.is_empty() {
            // replace the runs that it was compared with before
            record.earlier.retain(|earlier| earlier.settings.name.is_none());
            record.earlier.extend(compared.into_iter().map(Arc::new));
        }
        learner.set_learning_rate_factor(rate_factor);
        if matches!(mode, Mode::Replay(_)) {
            learner.dry_run(); // there will be no step whose shapes could be recorded
        }
        let run = Arc::new(learner.info());
        let is_first = frames.is_empty();
        let mut keyframes = Keyframes::resumed(keyframes, frames);
        if is_first {
            keyframes.take(record.step, |weights| learner.copy_weights(weights));
        }
        let now = Instant::now();
        let (state, replayed_status) = match mode {
            Mode::Replay(status) => (RunState::Replay, Some(status)),
            _ if record.step >= run.steps && !learner.is_validating() => (RunState::Finished, None),
            Mode::Running => (RunState::Running, None),
            Mode::Paused => (RunState::Paused, None),
        };
        let mut worker = Self {
            step_rate: StepRate::default(),
            learner,
            messages,
            last_control: 0,
            attempt: 1,
            rate_factor,
            state,
            record,
            until: run.steps,
            metronome: rise.map_or_else(|| Metronome::new(pace), Metronome::rising),
            pace_before_full: if pace == Pace::Full { Pace::Full.slower() } else { pace },
            lane,
            is_in_step: true,
            step_start: None,
            validating_since: None,
            checkpoint_sender,
            replayed_status,
            keyframe_every: keyframes.every(),
            keyframes: Arc::new(Mutex::new(keyframes)),
            refused_model: None,
            next_snapshot: now,
            next_model: now,
            has_news: true,
            run,
        };
        worker.start_saving(is_resumed);
        worker
    }

    /// Trains and publishes until the run is stopped. A panic ends training, and the thread continues to handle messages.
    pub fn run(&mut self, published: &Published) {
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.run_loop(published))) {
            self.fail(if panic.is::<OutOfMemory>() {
                Cause::Step(StepError::out_of_memory())
            } else {
                Cause::Panic(PanicMessage::from_panic(panic.as_ref()))
            });
        }
        if let Some(lane) = &self.lane {
            lane.leave();
        }
    }

    /// The keyframes, which other threads share.
    pub fn keyframes(&self) -> Arc<Mutex<Keyframes>> {
        Arc::clone(&self.keyframes)
    }

    /// Ends training before the next step, and reports the failure to the writer.
    fn fail(&mut self, cause: Cause) {
        let failure = Failure { step: self.record.step + 1, cause };
        if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
            checkpoint_sender.fail(failure.clone());
        }
        self.state = RunState::Failed(failure);
        self.has_news = true;
    }

    /// Handles messages, trains and publishes until the run is stopped.
    fn run_loop(&mut self, published: &Published) {
        while self.handle_messages() == Flow::Continue {
            let now = Instant::now();
            self.count_time(now);
            self.update_lane();
            self.has_news |= self.checkpoint_sender.as_ref().is_some_and(CheckpointSender::take_news);
            if self.state != RunState::Running {
                let is_saving = self.checkpoint_sender.as_ref().is_some_and(CheckpointSender::is_busy);
                let until_saved = if is_saving { SNAPSHOT_INTERVAL } else { Duration::MAX };
                if self.has_news {
                    self.publish(published);
                }
                if self.wait_for_messages(until_saved) == Flow::Stop {
                    return;
                }
                continue;
            }
            // neither the pace nor the lockstep delays a validation
            let is_validating = self.learner.is_validating();
            let must_wait = !is_validating && self.must_wait_for_others();
            let wait = if is_validating || must_wait { None } else { self.metronome.wait(now) };
            if wait.is_none() && !must_wait {
                self.step_start = (!is_validating).then_some(now);
                self.validating_since = is_validating.then(|| self.validating_since.unwrap_or(now));
                self.work(now);
            }
            if self.has_news && now >= self.next_snapshot {
                self.count_time(Instant::now());
                self.publish(published);
            }
            if must_wait {
                self.wait_for_others();
            }
            if let Some(wait) = wait {
                let until_snapshot = self.next_snapshot.saturating_duration_since(now);
                let wait = if self.has_news { wait.min(until_snapshot) } else { wait };
                if self.wait_for_messages(wait) == Flow::Stop {
                    return;
                }
            }
        }
    }

    /// Adds the duration of a step that ended `now` to the seconds of training, unless that has been done. Time between steps does not
    /// count.
    fn count_time(&mut self, now: Instant) {
        if let Some(start) = self.step_start.take() {
            self.record.seconds += (now - start).as_secs_f64();
        }
    }

    /// Waits for a message, at most for `timeout`, and handles it.
    fn wait_for_messages(&mut self, timeout: Duration) -> Flow {
        match self.messages.recv_timeout(timeout) {
            Ok(message) => self.handle_message(message),
            Err(RecvTimeoutError::Timeout) => Flow::Continue,
            Err(RecvTimeoutError::Disconnected) => Flow::Stop,
        }
    }

    /// Handles all messages that have arrived, without waiting.
    fn handle_messages(&mut self) -> Flow {
        loop {
            match self.messages.try_recv() {
                Ok(message) => {
                    if self.handle_message(message) == Flow::Stop {
                        return Flow::Stop;
                    }
                }
                Err(TryRecvError::Empty) => return Flow::Continue,
                Err(TryRecvError::Disconnected) => return Flow::Stop,
            }
        }
    }

    /// Takes a step or validates a part; adds the result to the record, and takes a keyframe, ends or pauses training, and sends a
    /// checkpoint if one is due.
    fn work(&mut self, now: Instant) {
        self.has_news = true;
        let mut is_best = false;
        match self.learner.work() {
            Ok(Progress::Step(report)) => {
                self.record.add_step(report);
                if self.keyframe_every.is_some_and(|every| self.record.step.is_multiple_of(every)) {
                    self.take_keyframe();
                }
                if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
                    checkpoint_sender.step(self.record.step, report);
                }
                self.step_rate.begin(self.record.step);
            }
            Ok(Progress::Validating) => {}
            Ok(Progress::Validated(validated)) => {
                self.record.add_validation(validated);
                is_best = self.record.validations.best() == self.record.validations.last();
                if let (Some(checkpoint_sender), Some(point)) =
                    (&mut self.checkpoint_sender, self.record.validations.last())
                {
                    checkpoint_sender.validation(point);
                }
            }
            Err(error) => {
                self.fail(Cause::Step(error));
                return;
            }
        }
        if self.learner.is_validating() {
            return;
        }
        if self.record.step >= self.run.steps {
            self.state = RunState::Finished;
            self.record.test = self.learner.test();
        } else if self.record.step >= self.until {
            self.state = RunState::Paused;
        }
        let is_due = self
            .checkpoint_sender
            .as_ref()
            .is_some_and(|checkpoint_sender| checkpoint_sender.is_due(self.record.step, now));
        if is_best || is_due || self.state == RunState::Finished {
            self.save(SaveReason { is_best, is_requested: self.state == RunState::Finished });
        }
    }

    /// Adds a keyframe of the current step.
    fn take_keyframe(&mut self) {
        let mut keyframes = lock(&self.keyframes);
        keyframes.take(self.record.step, |weights| self.learner.copy_weights(weights));
        self.keyframe_every = keyframes.every();
    }
}
