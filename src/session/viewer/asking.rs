//! When a viewer asks the responder, and what.

use std::time::Instant;

use super::Viewer;
use crate::session::question::Question;
use crate::session::{Keyframe, RunState};

impl Viewer {
    /// Asks again if the model has been replaced, the replay has advanced, or the weights have changed since the last answers.
    pub(super) fn ask_anew(&mut self, begun_anew: bool) {
        let run = &self.runs[self.focus];
        let step = run.snapshot.record.step;
        // the keyframes are locked only while playing
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

    /// Asks all runs at once.
    pub(super) fn ask(&mut self) {
        for at in 0..self.runs.len() {
            self.ask_run(at, true);
        }
    }

    /// Puts a question to a run, unless that has published no weights yet.
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

    /// The keyframe of a run that is shown; of a run that is not in focus, the last one at or before the same step.
    fn moment_of(&self, at: usize) -> Option<Keyframe> {
        let shown = self.player.shown()?;
        if at == self.focus {
            return Some(shown.clone());
        }
        let keyframes = self.runs[at].shared.published.keyframes();
        keyframes.index_at(shown.step).and_then(|at| keyframes.frames().get(at)).cloned()
    }
}
