//! A run with the answers to one viewer's questions.

use std::sync::Arc;

use crate::config::ModelConfig;
use crate::learning::{Answer, Continuation, GenerateRequest};
use crate::session::answers::Answers;
use crate::session::notifier::Notifier;
use crate::session::playback::Player;
use crate::session::questions::Slot;
use crate::session::shared::Shared;
use crate::session::{AnswerBefore, ObservedRun, Playback, Snapshot};

/// A run with the last answers to this viewer.
#[derive(Debug)]
pub(super) struct WatchedRun {
    name: Arc<str>,
    /// The network at the time when the run got its name.
    named: ModelConfig,
    pub shared: Arc<Shared>,
    pub slot: Arc<Slot>,
    pub snapshot: Arc<Snapshot>,
    /// Number of the last question to the run; 0 before the first one.
    pub asked: u64,
    /// Whether the last question is urgent.
    pub is_urgent: bool,
    /// A text to continue that is not part of a question yet.
    pub generate: Option<GenerateRequest>,
    pub answers: Option<Answers>,
    /// The last answer of the attempt before this one, and the model that gave it.
    before: Option<AnswerBefore>,
    pub continuation: Option<(u64, Continuation)>,
}

impl WatchedRun {
    /// Registers the viewer with the run, whose training thread publishes weights from then on.
    pub fn new(name: &Arc<str>, shared: &Arc<Shared>, notifier: &Arc<Notifier>) -> Self {
        shared.published.add_viewer(notifier);
        shared.notify_of_viewer();
        Self {
            name: Arc::clone(name),
            named: shared.published.latest().run.architecture.clone(),
            slot: Arc::new(Slot::new(Arc::clone(notifier))),
            snapshot: shared.published.latest(),
            shared: Arc::clone(shared),
            asked: 0,
            is_urgent: true,
            generate: None,
            answers: None,
            before: None,
            continuation: None,
        }
    }

    /// Whether all controls sent to the run have been handled.
    pub fn has_handled_controls(&self) -> bool {
        self.snapshot.last_control >= self.shared.sent()
    }

    /// Whether the last question has been answered.
    pub fn is_answered(&self) -> bool {
        self.answers.as_ref().is_some_and(|answers| answers.number == self.asked)
    }

    /// Whether the weights have changed since the last request.
    pub fn has_other_weights(&self) -> bool {
        self.answers.as_ref().is_none_or(|answers| answers.models != self.shared.published.models())
    }

    /// The answer to the prompt; `None` if it was refused, or there is none yet.
    pub fn answer(&self) -> Option<&Arc<Answer>> {
        self.answers.as_ref()?.answer.as_ref()?.as_ref().ok()
    }

    /// Stores the last answer as that of the attempt of this snapshot, which has ended. Without an answer the one stored before stays.
    pub fn store_answer(&mut self, ended: &Snapshot) {
        let answer =
            self.answer().map(|answer| AnswerBefore { answer: Arc::clone(answer), model: ended.run.model.clone() });
        self.before = answer.or_else(|| self.before.take());
    }

    /// Names the run after its network if that has changed since it got its name.
    pub fn rename(&mut self) {
        let run = &self.snapshot.run;
        if run.architecture != self.named {
            (self.name, self.named) = (run.model.as_str().into(), run.architecture.clone());
        }
    }

    /// The run as the viewer sees it.
    pub fn observed(&self, player: &Player) -> ObservedRun {
        let answers = self.answers.as_ref();
        let answer = self.answer().cloned();
        let is_alike = |before: &&AnswerBefore| {
            let same = |answer: &Arc<Answer>| {
                answer.prompt == before.answer.prompt && answer.trace_target == before.answer.trace_target
            };
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
