//! The loop inside the training thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use super::checkpointing::CheckpointInputs;
use super::conversation::{Conversation, guarded, message_of};
use super::pace::Metronome;
use super::playback::{Player, ReplaySpeed};
use super::published::Published;
use super::step_rate::StepRate;
use super::{
    Cause, CheckpointSender, Command, Failure, Keyframes, Pace, ResumeState, RunState, SaveReason, SaveStatus,
    Snapshot, TrainerOptions,
};
use crate::config::ModelConfig;
use crate::learning::{AskError, Learner, Progress, Record, RunInfo, StepError};

/// Time between two snapshots: 30 a second.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(33);
/// Making a snapshot of a large model takes time, too; of all time at most one part in this many.
const SNAPSHOT_SHARE: u32 = 50;
/// By how much the learning rate can be changed by hand.
const LARGEST_FACTOR: f64 = 1024.0;

const WANTED: SaveReason = SaveReason { is_best: false, is_requested: true };

/// A command and its number, counted from 1.
pub(super) type NumberedCommand = (u64, Command);

pub(super) struct Worker {
    learner: Box<dyn Learner>,
    orders: Receiver<NumberedCommand>,
    last_command: u64,
    run: Arc<RunInfo>,
    rate_factor: f64,
    state: RunState,
    record: Record,
    /// After how many steps training stops next: those of the run, if nobody said otherwise.
    until: u64,
    metronome: Metronome,
    pace_before_full: Pace,
    checkpoint_sender: Option<CheckpointSender>,
    /// Where the run is kept that is only seen again.
    shown: Option<SaveStatus>,
    player: Player,
    conversation: Conversation,
    step_rate: StepRate,
    next_snapshot: Instant,
    /// Whether something has happened since the last snapshot.
    news: bool,
}

/// Whether the thread goes on.
#[derive(PartialEq)]
enum Flow {
    Continue,
    Stop,
}

impl Worker {
    pub fn new(mut learner: Box<dyn Learner>, orders: Receiver<NumberedCommand>, outset: TrainerOptions) -> Self {
        let TrainerOptions { pace, rise, running, before, shown, mut checkpoint_sender, keyframes } = outset;
        let goes_on = before.is_some();
        let nothing = ResumeState { record: Record::default(), rate_factor: 1.0, keyframes: Vec::new() };
        let ResumeState { record, rate_factor, keyframes: frames } = before.unwrap_or(nothing);
        learner.scale_learning_rate(rate_factor);
        if shown.is_some() {
            learner.dry_run(); // there will be no step whose shapes could be told
        }
        let run = Arc::new(learner.info());
        let is_first = frames.is_empty();
        let mut player = Player::new(Keyframes::going_on(keyframes, frames));
        if is_first {
            player.take(record.step, |weights| learner.copy_weights(weights));
        }
        match &mut checkpoint_sender {
            Some(checkpoint_sender) if goes_on => checkpoint_sender.resume(learner.as_ref(), &record, rate_factor),
            Some(checkpoint_sender) => {
                checkpoint_sender.begin(&run.model, learner.seed());
                // from now on there always is a checkpoint
                let moment = CheckpointInputs { record: &record, rate_factor, keyframes: player.frames() };
                checkpoint_sender.save(learner.as_mut(), moment, SaveReason::default());
            }
            None => {}
        }
        let now = Instant::now();
        let state = match running {
            _ if shown.is_some() => RunState::Replay,
            _ if record.step >= run.steps && !learner.is_validating() => RunState::Finished,
            true => RunState::Running,
            false => RunState::Paused,
        };
        Self {
            conversation: Conversation::new(learner.as_ref(), &run),
            step_rate: StepRate::default(),
            learner,
            orders,
            last_command: 0,
            rate_factor,
            state,
            record,
            until: run.steps,
            metronome: rise.map_or_else(|| Metronome::new(pace), Metronome::rising),
            pace_before_full: if pace == Pace::Full { Pace::Full.slower() } else { pace },
            checkpoint_sender,
            shown,
            player,
            next_snapshot: now,
            news: true,
            run,
        }
    }

    /// Trains and answers until it is told to stop, whatever panics on the way.
    pub fn run(&mut self, published: &Published) {
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.run_loop(published))) {
            self.fail(Cause::Panic(message_of(panic.as_ref())));
        }
    }

    fn fail(&mut self, cause: Cause) {
        let step = self.record.step + 1;
        if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
            checkpoint_sender.failed(step, cause.to_string());
        }
        self.state = RunState::Failed(Failure { step, cause });
        self.news = true;
    }

    fn run_loop(&mut self, published: &Published) {
        while self.listen() == Flow::Continue {
            let now = Instant::now();
            if self.player.play(now, self.record.step) {
                self.show();
            }
            self.news |= self.checkpoint_sender.as_mut().is_some_and(CheckpointSender::go_on); // how a checkpoint was written is news, too
            if self.state != RunState::Running {
                let is_saving = self.checkpoint_sender.as_ref().is_some_and(CheckpointSender::is_busy);
                let until_saved = if is_saving { SNAPSHOT_INTERVAL } else { Duration::MAX };
                let until_next_moment = self.player.wait(now).unwrap_or(Duration::MAX);
                if self.news {
                    self.publish(published);
                }
                if self.wait_for_orders(until_saved.min(until_next_moment)) == Flow::Stop {
                    return;
                }
                continue;
            }
            // no pace holds a validation up
            let wait = if self.learner.is_validating() { None } else { self.metronome.wait(now) };
            if wait.is_none() {
                self.work(now);
            }
            if self.news && now >= self.next_snapshot {
                self.publish(published);
            }
            if let Some(wait) = wait {
                let until_snapshot = self.next_snapshot.saturating_duration_since(now);
                let wait = if self.news { wait.min(until_snapshot) } else { wait };
                let wait = self.player.wait(now).map_or(wait, |next_moment| wait.min(next_moment));
                if self.wait_for_orders(wait) == Flow::Stop {
                    return;
                }
            }
        }
    }

    /// Obeys a command if one arrives in time.
    fn wait_for_orders(&mut self, longest: Duration) -> Flow {
        match self.orders.recv_timeout(longest) {
            Ok(order) => self.obey(order),
            Err(RecvTimeoutError::Timeout) => Flow::Continue,
            Err(RecvTimeoutError::Disconnected) => Flow::Stop,
        }
    }

    /// Obeys every command that has arrived.
    fn listen(&mut self) -> Flow {
        loop {
            match self.orders.try_recv() {
                Ok(order) => {
                    if self.obey(order) == Flow::Stop {
                        return Flow::Stop;
                    }
                }
                Err(TryRecvError::Empty) => return Flow::Continue,
                Err(TryRecvError::Disconnected) => return Flow::Stop,
            }
        }
    }

    fn obey(&mut self, (number, command): NumberedCommand) -> Flow {
        self.last_command = number;
        self.news = true;
        self.next_snapshot = Instant::now(); // whoever commands wants to see the effect
        match command {
            Command::Stop => {
                self.save(WANTED);
                return Flow::Stop;
            }
            Command::Save => self.save(WANTED),
            Command::Travel(by) => {
                self.player.travel(by, self.record.step);
                self.show();
            }
            Command::Show(step) => {
                self.player.show(if step < self.record.step { Some(step) } else { None });
                self.show();
            }
            Command::Replay => {
                self.player.toggle(Instant::now());
                self.show();
            }
            Command::ReplayFaster => self.player.set_speed(ReplaySpeed::faster, Instant::now()),
            Command::ReplaySlower => self.player.set_speed(ReplaySpeed::slower, Instant::now()),
            Command::Return => {
                self.player.show(None);
                self.show();
            }
            Command::Pause if self.state == RunState::Running => self.state = RunState::Paused,
            Command::Resume => self.go_until(self.run.steps),
            Command::RunTo(step) => self.go_until(step.clamp(self.record.step, self.run.steps)),
            Command::StepOnce if matches!(self.state, RunState::Running | RunState::Paused) => {
                self.until = self.record.step + 1;
                self.state = RunState::Running;
                self.work(Instant::now()); // at once, whatever the pace
            }
            Command::Faster => self.set_pace(self.metronome.pace().faster()),
            Command::Slower => self.set_pace(self.metronome.pace().slower()),
            Command::ToggleFullSpeed if self.metronome.pace() == Pace::Full => self.set_pace(self.pace_before_full),
            Command::ToggleFullSpeed => self.set_pace(Pace::Full),
            Command::Restart => self.restart(self.learner.seed().wrapping_add(1) & u64::MAX >> 1), // at most 2⁶³−1
            Command::Repeat => self.restart(self.learner.seed()),
            Command::Rebuild { model, seed } => self.rebuild(&model, seed),
            Command::ScaleLearningRate(factor) => {
                self.rate_factor = (self.rate_factor * factor).clamp(1.0 / LARGEST_FACTOR, LARGEST_FACTOR);
                self.learner.scale_learning_rate(self.rate_factor);
            }
            Command::UsualLearningRate => {
                self.rate_factor = 1.0;
                self.learner.scale_learning_rate(self.rate_factor);
            }
            Command::Ask(prompt) => self.conversation.ask(self.learner.as_ref(), prompt),
            Command::Append(prompt, word) => self.conversation.append(self.learner.as_ref(), prompt, word),
            Command::Shorten(prompt) => self.conversation.shorten(self.learner.as_ref(), prompt),
            Command::TogglePin(prompt) => self.conversation.toggle_pin(self.learner.as_ref(), prompt),
            Command::Generate(request) => {
                let step = self.player.status().shown.unwrap_or(self.record.step);
                self.conversation.generate(self.learner.as_ref(), &request, step);
            }
            Command::Pause | Command::StepOnce => {}
        }
        Flow::Continue
    }

    fn go_until(&mut self, step: u64) {
        if matches!(self.state, RunState::Running | RunState::Paused)
            && (self.record.step < step || self.learner.is_validating())
        {
            self.until = step;
            self.state = RunState::Running;
            self.metronome.rest(Instant::now());
            self.step_rate.count_anew();
        }
    }

    fn set_pace(&mut self, pace: Pace) {
        if self.metronome.pace() != Pace::Full {
            self.pace_before_full = self.metronome.pace();
        }
        self.metronome.set_pace(pace);
        self.step_rate.count_anew();
    }

    fn restart(&mut self, seed: u64) {
        self.save(WANTED); // what is kept is not lost
        let restarted = self.learner.restart(seed);
        self.begin_anew(restarted);
    }

    fn rebuild(&mut self, model: &ModelConfig, seed: u64) {
        match guarded(|| self.learner.rebuilt(model, seed).map_err(AskError::Model)) {
            Ok(mut learner) => {
                self.save(WANTED);
                learner.scale_learning_rate(self.rate_factor);
                self.run = Arc::new(learner.info());
                self.learner = learner;
                self.conversation.forgive();
                self.begin_anew(Ok(()));
            }
            Err(error) => self.conversation.refuse(None, error),
        }
    }

    /// What was told of the run before is forgotten, but for its losses.
    fn begin_anew(&mut self, restarted: Result<(), StepError>) {
        self.record = std::mem::take(&mut self.record).begin_anew();
        self.shown = None;
        self.conversation.forget_continuation();
        self.player.clear();
        self.player.take(0, |weights| self.learner.copy_weights(weights));
        self.show();
        if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
            checkpoint_sender.begin_anew(&self.run.model, self.learner.seed());
        }
        self.until = self.run.steps;
        self.metronome.rest(Instant::now());
        self.metronome.begin_anew();
        let paused = self.state == RunState::Paused;
        self.state = match restarted {
            Ok(()) if paused => RunState::Paused, // to go on step by step
            Ok(()) => RunState::Running,
            Err(error) => RunState::Failed(Failure { step: 1, cause: Cause::Step(error) }),
        };
        self.step_rate.count_anew();
    }

    fn work(&mut self, now: Instant) {
        self.news = true;
        let mut is_best = false;
        match self.learner.work() {
            Ok(Progress::Step(report)) => {
                self.record.step(report);
                self.player.take(self.record.step, |weights| self.learner.copy_weights(weights));
                if let Some(checkpoint_sender) = &mut self.checkpoint_sender {
                    checkpoint_sender.step(self.record.step, report);
                }
                self.step_rate.begin(self.record.step);
            }
            Ok(Progress::Validating) => {}
            Ok(Progress::Validated(validated)) => {
                self.record.validation(validated);
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
        if self.record.step == self.run.steps {
            self.state = RunState::Finished;
            self.record.test = self.learner.test();
        } else if self.record.step == self.until {
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

    /// Answers as the model did at the moment that is shown.
    fn show(&mut self) {
        self.learner.set_answering_weights(self.player.weights());
        self.news = true;
    }

    /// Hands a checkpoint over.
    fn save(&mut self, reason: SaveReason) {
        // a learner that has failed in the middle of a step is not where the last one ended
        if let (Some(checkpoint_sender), false) =
            (&mut self.checkpoint_sender, matches!(self.state, RunState::Failed(_)))
        {
            let (record, rate_factor) = (&self.record, self.rate_factor);
            checkpoint_sender.save(
                self.learner.as_mut(),
                CheckpointInputs { record, rate_factor, keyframes: self.player.frames() },
                reason,
            );
        }
    }

    fn publish(&mut self, published: &Published) {
        let start = Instant::now();
        self.news = false; // whatever panics below does so once
        let answer = self.conversation.answer(self.learner.as_ref());
        let pinned = self.conversation.pinned(self.learner.as_ref(), &self.run.vocabulary);
        published.replace(Snapshot { answer, pinned, ..self.snapshot() });
        let now = Instant::now();
        self.next_snapshot = now + SNAPSHOT_INTERVAL.max((now - start) * SNAPSHOT_SHARE);
    }

    /// The run as it is now, without an answer.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot {
            run: Arc::clone(&self.run),
            last_command: self.last_command,
            seed: self.learner.seed(),
            rate_factor: self.rate_factor,
            next_learning_rate: self.learner.learning_rate(),
            state: self.state.clone(),
            record: self.record.clone(),
            pace: self.metronome.pace(),
            steps_per_second: self.steps_per_second(),
            shapes: catch_unwind(AssertUnwindSafe(|| self.learner.shapes())).unwrap_or_default(),
            answer: None,
            pinned: Vec::new(),
            continuation: self.conversation.continuation().cloned(),
            refusal: self.conversation.refusal().cloned(),
            playback: self.player.status(),
            kept: self.checkpoint_sender.as_ref().map(CheckpointSender::status).or_else(|| self.shown.clone()),
        }
    }

    fn steps_per_second(&mut self) -> Option<f64> {
        let is_running = self.state == RunState::Running;
        is_running.then(|| self.step_rate.per_second(self.record.step, self.learner.is_validating())).flatten()
    }
}
