//! One viewer of one run or several.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::notifier::Notifier;
use super::playback::{Player, ReplaySpeed};
use super::prompt_state::PromptState;
use super::responder::{Answers, Question, Slot};
use super::shared::Shared;
use super::{AnswerBefore, Budget, Keyframe, Observed, ObservedRun, Playback, Query, RunState, Snapshot, Trainer};
use crate::config::ModelConfig;
use crate::learning::{Answer, Continuation, GenerateRequest};

/// Somebody who watches runs, and asks: with a prompt, pinned prompts, a continued text and a moment in time of their own. Nobody
/// else sees anything of it, and training goes on as if nobody had asked: answers are computed in other threads, from weights that
/// the training threads publish while there is a viewer.
///
/// Sees the runs as they were at the last [`update`](Self::update) or [`settle`](Self::settle).
#[derive(Debug)]
pub struct Viewer {
    /// At least one.
    runs: Vec<WatchedRun>,
    focus: usize,
    notifier: Arc<Notifier>,
    prompt_state: PromptState,
    player: Player,
    observed: Arc<Observed>,
    /// What its answers may take while a run is trained, with those of others.
    budget: Option<Arc<Budget>>,
}

/// Runs that any number of viewers may watch, in whatever threads they are. Nothing of a run can be changed by it:
///
/// ```compile_fail,E0599
/// # fn of(runs: &rnn_tui::session::SharedRuns) {
/// runs.send(rnn_tui::session::Control::Restart); // who watches changes nothing
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SharedRuns {
    runs: Vec<(Arc<str>, Arc<Shared>)>,
}

impl SharedRuns {
    /// Of these runs, each with a name.
    ///
    /// # Errors
    /// If no responder thread can be created.
    ///
    /// # Panics
    /// If `runs` is empty.
    pub fn of<'a>(trainers: impl IntoIterator<Item = (&'a str, &'a Trainer)>) -> io::Result<Self> {
        let share = |(name, trainer): (&str, &Trainer)| Ok((name.into(), Arc::clone(trainer.watched()?)));
        let runs: Vec<_> = trainers.into_iter().map(share).collect::<io::Result<_>>()?;
        assert!(!runs.is_empty(), "there is no run to watch");
        Ok(Self { runs })
    }

    /// Creates a viewer with the first run's first prompt, and all of that run's prompts pinned.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        Viewer::new(self, None)
    }

    /// The same, whose answers share what many viewers may take of the machine's time while a run is trained.
    #[must_use]
    pub fn viewer_within(&self, budget: &Arc<Budget>) -> Viewer {
        Viewer::new(self, Some(Arc::clone(budget)))
    }
}

/// A run, and what this viewer knows of it.
#[derive(Debug)]
struct WatchedRun {
    name: Arc<str>,
    /// The network that the name was given to.
    named: ModelConfig,
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    snapshot: Arc<Snapshot>,
    /// Number of the last request to the responder.
    asked: u64,
    /// Whether the answer is waited for.
    is_urgent: bool,
    /// A text that is to be continued, and has not been asked for.
    generate: Option<GenerateRequest>,
    answers: Option<Answers>,
    /// The last answer of the attempt before this one, and the model that gave it.
    before: Option<AnswerBefore>,
    continuation: Option<(u64, Continuation)>,
}

impl WatchedRun {
    fn has_handled_controls(&self) -> bool {
        self.snapshot.last_control >= self.shared.sent()
    }

    fn is_answered(&self) -> bool {
        self.answers.as_ref().is_some_and(|answers| answers.number == self.asked)
    }

    /// Whether the weights have changed since the last request.
    fn has_other_weights(&self) -> bool {
        self.answers.as_ref().is_none_or(|answers| answers.models != self.shared.published.models())
    }

    /// What the model says to the last prompt.
    fn answer(&self) -> Option<&Arc<Answer>> {
        self.answers.as_ref()?.answer.as_ref()?.as_ref().ok()
    }

    /// Keeps the last answer of an attempt that is over; if it has given none, that of the attempt before.
    fn keep_answer(&mut self, over: &Snapshot) {
        let kept =
            self.answer().map(|answer| AnswerBefore { answer: Arc::clone(answer), model: over.run.model.clone() });
        self.before = kept.or_else(|| self.before.take());
    }

    /// Renames a run after its network if that has changed.
    fn rename(&mut self) {
        let run = &self.snapshot.run;
        if run.architecture != self.named {
            (self.name, self.named) = (run.model.as_str().into(), run.architecture.clone());
        }
    }

    fn observed(&self, player: &Player) -> ObservedRun {
        let answers = self.answers.as_ref();
        let answer = self.answer().cloned();
        let is_alike = |before: &&AnswerBefore| {
            let same =
                |answer: &Arc<Answer>| answer.prompt == before.answer.prompt && answer.loss_of == before.answer.loss_of;
            answer.as_ref().is_some_and(same)
        };
        ObservedRun {
            name: Arc::clone(&self.name),
            snapshot: Arc::clone(&self.snapshot),
            before: self.before.as_ref().filter(is_alike).cloned(),
            answer,
            pinned: answers.map(|answers| answers.pinned.clone()).unwrap_or_default(),
            continuation: self.continuation.clone(),
            playback: Playback {
                shown: answers.and_then(|answers| answers.shown),
                is_playing: player.is_playing(),
                speed: player.speed(),
            },
        }
    }
}

impl Viewer {
    /// Of these runs, each with a name; the first one's first prompt is asked, and all its prompts are pinned.
    ///
    /// # Errors
    /// If no responder thread can be created.
    ///
    /// # Panics
    /// If `runs` is empty.
    pub fn of<'a>(trainers: impl IntoIterator<Item = (&'a str, &'a Trainer)>) -> io::Result<Self> {
        Ok(Self::new(&SharedRuns::of(trainers)?, None))
    }

    fn new(runs: &SharedRuns, budget: Option<Arc<Budget>>) -> Self {
        let notifier = Arc::new(Notifier::default());
        let watch = |(name, shared): &(Arc<str>, Arc<Shared>)| {
            shared.published.add_viewer(&notifier);
            shared.look();
            WatchedRun {
                name: Arc::clone(name),
                named: shared.published.latest().run.architecture.clone(),
                slot: Arc::new(Slot::new(Arc::clone(&notifier))),
                snapshot: shared.published.latest(),
                shared: Arc::clone(shared),
                asked: 0,
                is_urgent: true,
                generate: None,
                answers: None,
                before: None,
                continuation: None,
            }
        };
        let runs: Vec<WatchedRun> = runs.runs.iter().map(watch).collect();
        let (player, first) = (Player::default(), &runs[0]);
        let prompt_state = PromptState::new(first.shared.reader.as_ref(), &first.snapshot.run.prompts);
        let observed = runs.iter().map(|run| run.observed(&player)).collect();
        let observed = Arc::new(Observed { runs: observed, focus: 0, refusal: None });
        Self { runs, focus: 0, notifier, prompt_state, player, observed, budget }
    }

    /// The current view. The same `Arc` as before if nothing has changed.
    #[must_use]
    pub fn observed(&self) -> &Arc<Observed> {
        &self.observed
    }

    /// The current prompt, if it is valid.
    #[must_use]
    pub fn prompt(&self) -> Option<&str> {
        self.prompt_state.prompt.as_deref()
    }

    /// Sends a request; a later [`update`](Self::update) shows the answer.
    pub fn send(&mut self, query: Query) {
        let run = &self.runs[self.focus];
        let (reader, step) = (run.shared.reader.as_ref(), run.snapshot.record.step);
        let keyframes = || run.shared.published.keyframes();
        match query {
            Query::Ask(prompt) => self.prompt_state.ask(reader, prompt),
            Query::Append(prompt, word) => self.prompt_state.append(reader, prompt, word),
            Query::Shorten(prompt) => self.prompt_state.shorten(reader, prompt),
            Query::TogglePin(prompt) => self.prompt_state.toggle_pin(reader, prompt),
            Query::NextRun => self.look_at((self.focus + 1) % self.runs.len()),
            Query::PreviousRun => self.look_at((self.focus + self.runs.len() - 1) % self.runs.len()),
            Query::Trace(loss_of) => self.prompt_state.loss_of = loss_of,
            Query::Generate(request) => self.runs.iter_mut().for_each(|run| run.generate = Some(request.clone())),
            Query::Travel(by) => self.player.travel(&keyframes(), by, step),
            Query::Show(moment) if moment < step => self.player.show(&keyframes(), moment),
            Query::Show(_) | Query::Return => self.player.show_present(),
            Query::Replay => self.player.toggle(&keyframes(), Instant::now()),
            Query::ReplayFaster => self.player.set_speed(&keyframes(), ReplaySpeed::faster, Instant::now()),
            Query::ReplaySlower => self.player.set_speed(&keyframes(), ReplaySpeed::slower, Instant::now()),
        }
        self.ask();
        self.observe();
    }

    /// Looks at another run, at the same moment.
    fn look_at(&mut self, run: usize) {
        self.focus = run;
        if let Some(step) = self.player.shown().map(|frame| frame.step) {
            self.player.show(&self.runs[run].shared.published.keyframes(), step);
        }
    }

    /// Takes over new snapshots and answers, and asks again what may have another answer; returns whether anything has changed.
    pub fn update(&mut self) -> bool {
        let mut has_news = false;
        let mut begun_anew = false;
        for run in &mut self.runs {
            let latest = run.shared.published.latest();
            if Arc::ptr_eq(&latest, &run.snapshot) {
                continue;
            }
            has_news = true;
            let before = std::mem::replace(&mut run.snapshot, latest);
            if before.attempt != run.snapshot.attempt {
                run.keep_answer(&before);
                (run.answers, run.continuation, begun_anew) = (None, None, true);
                run.rename();
            }
            if let Some((number, error)) = run.snapshot.refused_model.clone()
                && before.refused_model.as_ref().is_none_or(|(seen, _)| *seen != number)
            {
                self.prompt_state.refuse(None, error);
            }
        }
        if begun_anew {
            self.player.show_present();
            if self.prompt_state.refusal().is_some_and(|refusal| refusal.prompt.is_none()) {
                self.prompt_state.forgive();
            }
        }
        has_news |= self.take_answers();
        self.ask_anew(begun_anew);
        if has_news {
            self.observe();
        }
        has_news
    }

    /// Whether a control is still to be handled or a request to be answered.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.runs.iter().all(|run| run.has_handled_controls() && (run.is_answered() || !run.is_urgent))
    }

    /// [Updates](Self::update) until all controls are handled and all requests answered, for at most `patience`; returns whether
    /// anything has changed.
    pub fn settle(&mut self, patience: Duration) -> bool {
        self.settle_until(Instant::now() + patience, |run| run.is_answered() || !run.is_urgent)
    }

    /// [Updates](Self::update), and waits for the answers of the weights that there are now, at most for `patience`; not at all
    /// where they took longer the last time.
    pub fn refresh(&mut self, patience: Duration) -> bool {
        self.settle_until(Instant::now() + patience, |run| {
            run.is_answered() || run.answers.as_ref().is_some_and(|answers| answers.took > patience / 2)
        })
    }

    fn settle_until(&mut self, deadline: Instant, is_enough: impl Fn(&WatchedRun) -> bool) -> bool {
        let mut has_news = false;
        loop {
            let seen = self.notifier.count();
            has_news |= self.update();
            if self.runs.iter().all(|run| run.has_handled_controls() && is_enough(run))
                || !self.notifier.wait(seen, deadline)
            {
                return has_news;
            }
        }
    }

    fn take_answers(&mut self) -> bool {
        let mut has_news = false;
        for run in &mut self.runs {
            let Some(mut answers) = run.slot.take_answers() else { continue };
            has_news = true;
            if let Some(Err(refused)) = answers.answer.take_if(|answer| answer.is_err()) {
                self.prompt_state.give_up(refused.prompt, refused.error);
            }
            match answers.continuation.take() {
                Some(Ok(continuation)) => {
                    run.continuation = Some(continuation);
                    self.prompt_state.forgive();
                }
                Some(Err(refused)) => self.prompt_state.refuse(Some(refused.prompt), refused.error),
                None => {}
            }
            run.answers = Some(answers);
        }
        has_news
    }

    /// Asks what may have another answer than before: at another moment, of other weights, of another model.
    fn ask_anew(&mut self, begun_anew: bool) {
        let run = &self.runs[self.focus];
        let step = run.snapshot.record.step;
        // the lock is for those who play
        let is_next =
            self.player.is_playing() && self.player.play(&run.shared.published.keyframes(), Instant::now(), step);
        if begun_anew || is_next {
            return self.ask();
        }
        let is_present = self.player.shown().is_none();
        for at in 0..self.runs.len() {
            let run = &self.runs[at];
            let is_answered = run.asked == 0 || run.is_answered();
            if is_answered && is_present && run.has_other_weights() && run.shared.published.models() > 0 {
                let is_trained = run.snapshot.state == RunState::Running && run.answers.is_some();
                self.ask_run(at, !is_trained);
            }
        }
    }

    fn ask(&mut self) {
        for at in 0..self.runs.len() {
            self.ask_run(at, true);
        }
    }

    fn ask_run(&mut self, at: usize, is_urgent: bool) {
        let moment = self.moment_of(at);
        let run = &mut self.runs[at];
        if run.shared.published.models() == 0 {
            return; // there will be a first one soon
        }
        run.asked += 1;
        run.is_urgent = is_urgent;
        let question = Question {
            number: run.asked,
            attempt: run.snapshot.attempt,
            moment,
            prompt: self.prompt_state.prompt.clone(),
            loss_of: self.prompt_state.loss_of,
            pinned: self.prompt_state.pinned.clone(),
            generate: run.generate.take(),
            words: self.prompt_state.words,
            is_urgent,
            budget: self.budget.clone().filter(|_| run.snapshot.state == RunState::Running),
            turn: None,
        };
        run.shared.questions.ask(&run.slot, question);
    }

    /// The moment of a run that is shown: of one that is not in focus, the one that is closest before.
    fn moment_of(&self, at: usize) -> Option<Keyframe> {
        let shown = self.player.shown()?;
        if at == self.focus {
            return Some(shown.clone());
        }
        let keyframes = self.runs[at].shared.published.keyframes();
        keyframes.at(shown.step).and_then(|at| keyframes.frames().get(at)).cloned()
    }

    fn observe(&mut self) {
        let runs = self.runs.iter().map(|run| run.observed(&self.player)).collect();
        let refusal = self.prompt_state.refusal().cloned();
        self.observed = Arc::new(Observed { runs, focus: self.focus, refusal });
    }
}
