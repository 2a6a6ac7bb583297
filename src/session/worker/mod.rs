//! The loop inside the training thread.

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

/// Time between two snapshots: 30 a second.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(33);

pub(super) struct Worker {
    learner: Box<dyn Learner>,
    messages: Receiver<Message>,
    last_control: u64,
    run: Arc<RunInfo>,
    /// 1-based attempt number.
    attempt: u64,
    rate_factor: f64,
    state: RunState,
    record: Record,
    /// The step at which training pauses next; that of the whole run by default.
    until: u64,
    metronome: Metronome,
    pace_before_full: Pace,
    /// Its place among the runs beside it.
    lane: Option<Lane>,
    is_in_step: bool,
    /// When the step began whose time is not counted yet.
    step_began: Option<Instant>,
    /// Since when there is no step because of a validation.
    validating_since: Option<Instant>,
    checkpoint_sender: Option<CheckpointSender>,
    /// Persistence status of a replayed run.
    shown: Option<SaveStatus>,
    keyframes: Arc<Mutex<Keyframes>>,
    /// Keyframes are taken each time after this many steps: for the other steps they need not be locked.
    keyframe_every: Option<u64>,
    refused_model: Option<(u64, AskError)>,
    step_rate: StepRate,
    next_snapshot: Instant,
    next_model: Instant,
    /// Whether anything has changed since the last snapshot.
    news: bool,
}

/// Whether the thread goes on.
#[derive(PartialEq)]
enum Flow {
    Continue,
    Stop,
}

impl Worker {
    pub fn new(run: PreparedRun, messages: Receiver<Message>) -> Self {
        let PreparedRun { mut learner, resume, compared, mode, pace, rise, keyframes, lane, checkpoint_sender } = run;
        let goes_on = resume.is_some();
        let nothing = ResumeState { record: Record::default(), rate_factor: 1.0, keyframes: Vec::new() };
        let ResumeState { mut record, rate_factor, keyframes: frames } = resume.unwrap_or(nothing);
        if !compared.is_empty() {
            // in the place of those that it was compared with before
            record.earlier.retain(|earlier| earlier.settings.name.is_none());
            record.earlier.extend(compared.into_iter().map(Arc::new));
        }
        learner.scale_learning_rate(rate_factor);
        if matches!(mode, Mode::Replay(_)) {
            learner.dry_run(); // there will be no step whose shapes could be told
        }
        let run = Arc::new(learner.info());
        let is_first = frames.is_empty();
        let mut keyframes = Keyframes::going_on(keyframes, frames);
        if is_first {
            keyframes.take(record.step, |weights| learner.copy_weights(weights));
        }
        let now = Instant::now();
        let (state, shown) = match mode {
            Mode::Replay(kept) => (RunState::Replay, Some(kept)),
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
            step_began: None,
            validating_since: None,
            checkpoint_sender,
            shown,
            keyframe_every: keyframes.every(),
            keyframes: Arc::new(Mutex::new(keyframes)),
            refused_model: None,
            next_snapshot: now,
            next_model: now,
            news: true,
            run,
        };
        worker.begin_saving(goes_on);
        worker
    }

    /// Trains and publishes until it is stopped, catching panics.
    pub fn run(&mut self, published: &Published) {
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.run_loop(published))) {
            self.fail(if panic.is::<OutOfMemory>() {
                Cause::Step(StepError::out_of_memory())
            } else {
                Cause::Panic(PanicMessage::of(panic.as_ref()))
            });
        }
        if let Some(lane) = &self.lane {
            lane.leave(); // nobody waits for a run that has ended
        }
    }

    pub fn keyframes(&self) -> Arc<Mutex<Keyframes>> {
        Arc::clone(&self.keyframes)
    }

    fn fail(&mut self, cause: Cause) {
        let failure = Failure { step: self.record.step + 1, cause };
        if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
            checkpoint_sender.fail(failure.clone());
        }
        self.state = RunState::Failed(failure);
        self.news = true;
    }

    fn run_loop(&mut self, published: &Published) {
        while self.listen() == Flow::Continue {
            let now = Instant::now();
            self.count_time(now);
            self.update_lane();
            self.news |= self.checkpoint_sender.as_ref().is_some_and(CheckpointSender::take_news);
            if self.state != RunState::Running {
                let is_saving = self.checkpoint_sender.as_ref().is_some_and(CheckpointSender::is_busy);
                let until_saved = if is_saving { SNAPSHOT_INTERVAL } else { Duration::MAX };
                if self.news {
                    self.publish(published);
                }
                if self.wait_for_messages(until_saved) == Flow::Stop {
                    return;
                }
                continue;
            }
            // no pace holds a validation up
            let is_validating = self.learner.is_validating();
            let must_wait = !is_validating && self.must_wait_for_others();
            let wait = if is_validating || must_wait { None } else { self.metronome.wait(now) };
            if wait.is_none() && !must_wait {
                self.step_began = (!is_validating).then_some(now);
                self.validating_since = is_validating.then(|| self.validating_since.unwrap_or(now));
                self.work(now);
            }
            if self.news && now >= self.next_snapshot {
                self.count_time(Instant::now());
                self.publish(published);
            }
            if must_wait {
                self.wait_for_others();
            }
            if let Some(wait) = wait {
                let until_snapshot = self.next_snapshot.saturating_duration_since(now);
                let wait = if self.news { wait.min(until_snapshot) } else { wait };
                if self.wait_for_messages(wait) == Flow::Stop {
                    return;
                }
            }
        }
    }

    /// Adds the time of the step that has ended to that of all steps: what is done besides does not count.
    fn count_time(&mut self, now: Instant) {
        if let Some(began) = self.step_began.take() {
            self.record.seconds += (now - began).as_secs_f64();
        }
    }

    /// Handles a message if one arrives in time.
    fn wait_for_messages(&mut self, longest: Duration) -> Flow {
        match self.messages.recv_timeout(longest) {
            Ok(message) => self.handle_message(message),
            Err(RecvTimeoutError::Timeout) => Flow::Continue,
            Err(RecvTimeoutError::Disconnected) => Flow::Stop,
        }
    }

    /// Handles all messages that have arrived.
    fn listen(&mut self) -> Flow {
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

    fn work(&mut self, now: Instant) {
        self.news = true;
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

    fn take_keyframe(&mut self) {
        let mut keyframes = lock(&self.keyframes);
        keyframes.take(self.record.step, |weights| self.learner.copy_weights(weights));
        self.keyframe_every = keyframes.every();
    }
}
