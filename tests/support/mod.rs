//! What several tests need.

#![allow(dead_code, clippy::unwrap_used)] // each test uses its part

use std::sync::Arc;
use std::time::{Duration, Instant};

use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::model::Trace;
use rnn_tui::training::{Answer, AskError, LanguageLearner, Learner, RunInfo, Snapshot, StepError, Trainer};

/// The toy lesson with some of its values changed: `training.steps=10`.
pub fn toy(changes: &[&str]) -> LanguageLearner {
    let changes: Vec<_> = changes.iter().map(|change| Override::set(change).unwrap()).collect();
    LanguageLearner::new(Config::read(&Origin::BuiltIn, &changes).unwrap()).unwrap()
}

/// A learner that does nothing but count, and panics in its `panics_at`th step.
#[derive(Default)]
pub struct Counter {
    pub steps: u64,
    pub seed: u64,
    pub panics_at: Option<u64>,
    /// After how many steps prompts panic.
    pub answers_until: Option<u64>,
    pub is_slow: bool,
}

impl Learner for Counter {
    fn info(&self) -> RunInfo {
        RunInfo {
            file: "counter".to_owned(),
            steps: 1000,
            vocabulary: vec!["one".to_owned(), "two".to_owned()],
            prompts: vec!["one".to_owned()],
            ..RunInfo::default()
        }
    }

    fn step(&mut self) -> Result<f32, StepError> {
        self.steps += 1;
        assert_ne!(Some(self.steps), self.panics_at, "the counter was told to panic");
        if self.is_slow {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(1.0 / self.steps as f32)
    }

    fn ask(&self, prompt: &str) -> Result<Answer, AskError> {
        assert!(self.answers_until.is_none_or(|until| self.steps <= until), "a prompt was told to panic");
        let trace = Trace { hidden: vec![vec![0.5]], units: 1, distribution: vec![0.25, 0.75] };
        let answer = Answer { prompt: prompt.to_owned(), words: vec![prompt.to_owned()], trace };
        if prompt.is_empty() { Err(AskError::Empty) } else { Ok(answer) }
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn restart(&mut self, seed: u64) -> Result<(), StepError> {
        *self = Self { seed, is_slow: self.is_slow, ..Self::default() };
        Ok(())
    }
}

/// Waits for a snapshot that `is_right`. The time is no requirement, only the end of a test that would never end.
#[track_caller]
pub fn wait_for(trainer: &Trainer, is_right: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut snapshot = trainer.latest();
    while !is_right(&snapshot) {
        assert!(Instant::now() < deadline, "never came; the last snapshot is {snapshot:?}");
        snapshot = trainer.next(&snapshot, Duration::from_millis(100));
    }
    snapshot
}
