//! Questions of a viewer to the responders.

use std::time::Instant;

use super::Viewer;
use crate::session::question::Question;
use crate::session::{Keyframe, RunState};

impl Viewer {
    /// Asks again if a run has restarted (`is_restarted`), the replay has advanced, or weights have changed since the last answers. Advances a
    /// replay that is playing.
    pub(super) fn ask_if_changed(&mut self, is_restarted: bool) {
        let run = &self.runs[self.focus];
        let step = run.snapshot.record.step;
        // the keyframes are locked only while playing
        let has_advanced =
            self.player.is_playing() && self.player.play(&run.shared.published.keyframes(), Instant::now(), step);
        if is_restarted || has_advanced {
            return self.ask();
        }
        let is_present = self.player.shown().is_none();
        for index in 0..self.runs.len() {
            let run = &self.runs[index];
            let is_answered = run.asked == 0 || run.is_answered();
            if is_answered && is_present && run.has_other_weights() && run.shared.published.models() > 0 {
                let is_trained = run.snapshot.state == RunState::Running && run.answers.is_some();
                self.ask_run(index, !is_trained);
            }
        }
    }

    /// Asks all runs at once.
    pub(super) fn ask(&mut self) {
        for index in 0..self.runs.len() {
            self.ask_run(index, true);
        }
    }

    /// Asks the run with this index, unless it has published no weights yet.
    fn ask_run(&mut self, index: usize, is_urgent: bool) {
        let moment = self.keyframe(index);
        let run = &mut self.runs[index];
        if run.shared.published.models() == 0 {
            return; // `ask_if_changed` asks once there are weights
        }
        run.asked += 1;
        run.is_urgent = is_urgent;
        let question = Question {
            number: run.asked,
            attempt: run.snapshot.attempt,
            moment,
            prompt: self.prompt_state.prompt.clone(),
            trace_target: self.prompt_state.trace_target,
            pinned: self.prompt_state.pinned.clone(),
            generate: run.generate.take(),
            words: self.prompt_state.words,
            is_urgent,
            budget: self.budget.clone().filter(|_| run.snapshot.state == RunState::Running),
            turn: None,
        };
        run.shared.questions.ask(&run.slot, question);
    }

    /// The keyframe that is shown of the run with this index; `None` in the present. Of a run that is not focused it is the last one at or
    /// before the same step.
    fn keyframe(&self, index: usize) -> Option<Keyframe> {
        let shown = self.player.shown()?;
        if index == self.focus {
            return Some(shown.clone());
        }
        let keyframes = self.runs[index].shared.published.keyframes();
        keyframes.index_at(shown.step).and_then(|position| keyframes.frames().get(position)).cloned()
    }
}
