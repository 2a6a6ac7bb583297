//! One viewer of one run or several.

mod asking;
mod shared_runs;
mod watched_run;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use shared_runs::SharedRuns;
use watched_run::WatchedRun;

use super::notifier::Notifier;
use super::playback::{Player, ReplaySpeed};
use super::prompt_state::PromptState;
use super::{Budget, Observed, Query, Trainer};

/// A viewer of one run or several, with prompts, a generated text and a moment in time of its own. Its requests affect neither training
/// nor other viewers: answers are computed in responder threads, from weights that the training threads publish while there is a viewer.
///
/// [`observed`](Self::observed) is the state at the last [`update`](Self::update), [`settle`](Self::settle) or request.
#[derive(Debug)]
pub struct Viewer {
    /// At least one.
    runs: Vec<WatchedRun>,
    focus: usize,
    notifier: Arc<Notifier>,
    prompt_state: PromptState,
    player: Player,
    observed: Arc<Observed>,
    /// The budget of processor time that limits its answers while a run trains.
    budget: Option<Arc<Budget>>,
}

impl Viewer {
    /// Creates a viewer of these runs, each with a name. Asks the first prompt of the first run, and pins all prompts of that run.
    ///
    /// # Errors
    /// If no responder thread can be created.
    ///
    /// # Panics
    /// If `runs` is empty.
    pub fn new<'a>(trainers: impl IntoIterator<Item = (&'a str, &'a Trainer)>) -> io::Result<Self> {
        Ok(Self::with_budget(&SharedRuns::new(trainers)?, None))
    }

    /// Creates a viewer of shared runs; its answers are limited by `budget` while a run trains.
    fn with_budget(runs: &SharedRuns, budget: Option<Arc<Budget>>) -> Self {
        let notifier = Arc::new(Notifier::default());
        let runs = runs.runs.iter().map(|(name, shared)| WatchedRun::new(name, shared, &notifier));
        let runs: Vec<_> = runs.collect();
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

    /// Handles a request and asks all runs again; a later [`update`](Self::update) shows the answers.
    pub fn send(&mut self, query: Query) {
        let run = &self.runs[self.focus];
        let (reader, step) = (run.shared.reader.as_ref(), run.snapshot.record.step);
        let keyframes = || run.shared.published.keyframes();
        match query {
            Query::Ask(prompt) => self.prompt_state.ask(reader, prompt),
            Query::Append(prompt, word) => self.prompt_state.append(reader, prompt, word),
            Query::Shorten(prompt) => self.prompt_state.shorten(reader, prompt),
            Query::TogglePin(prompt) => self.prompt_state.toggle_pin(reader, prompt),
            Query::NextRun => self.focus_on((self.focus + 1) % self.runs.len()),
            Query::PreviousRun => self.focus_on((self.focus + self.runs.len() - 1) % self.runs.len()),
            Query::Trace(trace_target) => self.prompt_state.trace_target = trace_target,
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

    /// Focuses the run with this index; in a replay at its last keyframe up to the same step.
    fn focus_on(&mut self, run: usize) {
        self.focus = run;
        if let Some(step) = self.player.shown().map(|frame| frame.step) {
            self.player.show(&self.runs[run].shared.published.keyframes(), step);
        }
    }

    /// Takes new snapshots and answers, and asks again if the answers may have changed; returns whether anything has changed.
    pub fn update(&mut self) -> bool {
        let mut has_news = false;
        let mut is_restarted = false;
        for run in &mut self.runs {
            let latest = run.shared.published.latest();
            if Arc::ptr_eq(&latest, &run.snapshot) {
                continue;
            }
            has_news = true;
            let before = std::mem::replace(&mut run.snapshot, latest);
            if before.attempt != run.snapshot.attempt {
                run.store_answer(&before);
                (run.answers, run.continuation, is_restarted) = (None, None, true);
                run.rename();
            }
            if let Some((number, error)) = run.snapshot.refused_model.clone()
                && before.refused_model.as_ref().is_none_or(|(seen, _)| *seen != number)
            {
                self.prompt_state.refuse(None, error);
            }
        }
        if is_restarted {
            self.player.show_present();
            if self.prompt_state.refusal().is_some_and(|refusal| refusal.prompt.is_none()) {
                self.prompt_state.clear_refusal();
            }
        }
        has_news |= self.take_answers();
        self.ask_if_changed(is_restarted);
        if has_news {
            self.observe();
        }
        has_news
    }

    /// Whether a control is not handled yet, or an urgent question not answered.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.runs.iter().all(|run| run.has_handled_controls() && (run.is_answered() || !run.is_urgent))
    }

    /// [Updates](Self::update) until all controls are handled and all requests answered, for at most `patience`; returns whether
    /// anything has changed.
    pub fn settle(&mut self, patience: Duration) -> bool {
        self.settle_until(Instant::now() + patience, |run| run.is_answered() || !run.is_urgent)
    }

    /// [Updates](Self::update) until answers from the latest weights have arrived, for at most `patience`. Does not wait for runs whose
    /// last answers took longer than half of it. Returns whether anything has changed.
    pub fn refresh(&mut self, patience: Duration) -> bool {
        self.settle_until(Instant::now() + patience, |run| {
            run.is_answered() || run.answers.as_ref().is_some_and(|answers| answers.took > patience / 2)
        })
    }

    /// [Updates](Self::update) until all controls are handled and `is_enough` holds for every run, or until `deadline`; returns whether
    /// anything has changed.
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

    /// Takes the answers that have arrived from the responders, and the refusals among them; returns whether there are any.
    fn take_answers(&mut self) -> bool {
        let mut has_news = false;
        for run in &mut self.runs {
            let Some(mut answers) = run.slot.take_answers() else { continue };
            has_news = true;
            if let Some(Err(refused)) = answers.answer.take_if(|answer| answer.is_err()) {
                self.prompt_state.drop_prompt(refused.prompt, refused.error);
            }
            match answers.continuation.take() {
                Some(Ok(continuation)) => {
                    run.continuation = Some(continuation);
                    self.prompt_state.clear_refusal();
                }
                Some(Err(refused)) => self.prompt_state.refuse(Some(refused.prompt), refused.error),
                None => {}
            }
            run.answers = Some(answers);
        }
        has_news
    }

    /// Replaces the current view.
    fn observe(&mut self) {
        let runs = self.runs.iter().map(|run| run.observed(&self.player)).collect();
        let refusal = self.prompt_state.refusal().cloned();
        self.observed = Arc::new(Observed { runs, focus: self.focus, refusal });
    }
}
