use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::*;
use crate::config::{Config, Origin, Override};
use crate::learning::{Learner, Progress, language_learner};

const PLAIN: SaveReason = SaveReason { is_best: false, is_requested: false };
const REQUESTED: SaveReason = SaveReason::REQUESTED;

/// A run of the toy lesson with both ends of its queue; the test is the writer.
struct Run {
    learner: Box<dyn Learner>,
    record: Record,
    rate_factor: f64,
    checkpoint_sender: CheckpointSender,
    save_queue: SaveQueue,
}

impl Run {
    fn new() -> Self {
        let config = Config::read(&Origin::toy(), &[Override::set("training.steps=1000").unwrap()]).unwrap();
        let policy = SavePolicy { checkpoint_every: Interval::Steps(0), metrics_every: 10, attempt: 1 };
        let (mut checkpoint_sender, save_queue) = CheckpointSender::new(policy, "run");
        checkpoint_sender.begin("LSTM", 1);
        let learner = language_learner(config).unwrap();
        Self { learner, record: Record::default(), rate_factor: 1.0, checkpoint_sender, save_queue }
    }

    fn step(&mut self) {
        let Progress::Step(report) = self.learner.work().unwrap() else { panic!("the lesson has no validation") };
        self.record.add_step(report);
        self.checkpoint_sender.step(self.record.step, report);
    }

    fn save(&mut self, reason: SaveReason) {
        let inputs = CheckpointInputs {
            learner: self.learner.as_mut(),
            record: &self.record,
            rate_factor: self.rate_factor,
            keyframes: &[],
            bytes: 0,
        };
        self.checkpoint_sender.save(inputs, reason);
    }

    fn restart(&mut self) {
        self.learner.restart(2).unwrap();
        self.record = Record::default();
        self.checkpoint_sender.begin_next_attempt("LSTM", 2);
    }

    /// Takes the next checkpoint from the queue, if there is one.
    fn next_checkpoint(&self) -> Option<Box<Checkpoint>> {
        loop {
            match self.save_queue.next(Duration::ZERO) {
                Ok(SaveEvent::Checkpoint(checkpoint, _)) => return Some(checkpoint),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Takes the next checkpoint and finishes it; returns its attempt and step.
    fn write(&self, is_saved: bool) -> Option<(u32, u64)> {
        let checkpoint = self.next_checkpoint()?;
        let written = (checkpoint.attempt, checkpoint.record.step);
        self.save_queue.finish(checkpoint, is_saved);
        Some(written)
    }
}

#[test]
fn sender_slow_writer_gets_the_first_and_the_latest_checkpoint() {
    let mut run = Run::new();
    run.save(PLAIN);
    for _ in 0..2 {
        run.step();
        run.save(PLAIN);
    }
    assert!(run.checkpoint_sender.is_busy() && !run.checkpoint_sender.take_news());
    assert_eq!(run.write(true), Some((1, 0)));
    assert!(run.checkpoint_sender.is_busy() && run.checkpoint_sender.take_news());
    assert_eq!(run.write(true), Some((1, 2)), "the later of the two that waited");
    assert!(!run.checkpoint_sender.is_busy() && run.checkpoint_sender.take_news());
    assert_eq!(run.write(true), None);
    assert!(!run.checkpoint_sender.take_news());
}

#[test]
fn sender_unchanged_run_is_copied_again_only_after_a_failure() {
    let mut run = Run::new();
    run.step();
    run.save(REQUESTED);
    run.save(REQUESTED);
    assert_eq!(run.write(false), Some((1, 1)));
    run.save(REQUESTED);
    assert_eq!(run.write(true), Some((1, 1)), "the first time it could not be written");
    run.save(REQUESTED);
    assert_eq!(run.write(true), None);
}

#[test]
fn sender_other_rate_factor_is_a_change() {
    let mut run = Run::new();
    run.save(REQUESTED);
    assert_eq!(run.write(true), Some((1, 0)));
    run.rate_factor = 0.5;
    run.save(REQUESTED);
    assert_eq!(run.next_checkpoint().unwrap().rate_factor, 0.5);
}

#[test]
fn sender_restart_writes_the_end_of_the_attempt_before() {
    let mut run = Run::new();
    run.save(PLAIN);
    run.step();
    run.save(REQUESTED);
    run.restart();
    run.step();
    run.save(PLAIN);
    let written: Vec<_> = std::iter::from_fn(|| run.write(true)).collect();
    assert_eq!(written, [(1, 0), (1, 1), (2, 1)]);
}

#[test]
fn status_restart_counts_no_checkpoint_of_the_attempt_before() {
    let mut run = Run::new();
    run.step();
    run.save(REQUESTED);
    assert_eq!((run.write(true), run.checkpoint_sender.status().saved), (Some((1, 1)), Some(1)));
    run.step();
    run.save(REQUESTED);
    run.restart();
    assert_eq!((run.write(true), run.checkpoint_sender.status().saved), (Some((1, 2)), None));
}

#[test]
fn queue_sender_dropped_gives_everything_before_the_end() {
    let mut run = Run::new();
    run.save(PLAIN);
    (0..13).for_each(|_| run.step());
    run.save(REQUESTED);
    let Run { checkpoint_sender, save_queue, .. } = run;
    drop(checkpoint_sender);
    let mut seen = Vec::new();
    loop {
        match save_queue.next(Duration::ZERO) {
            Ok(SaveEvent::Checkpoint(checkpoint, _)) => seen.push(("checkpoint", checkpoint.record.step)),
            Ok(SaveEvent::Steps(summary)) => seen.push(("steps", summary.step)),
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error, RecvTimeoutError::Disconnected);
                break;
            }
        }
    }
    assert_eq!(seen, [("checkpoint", 0), ("steps", 10), ("steps", 13), ("checkpoint", 13)]);
}

#[test]
fn sender_writer_gone_reports_a_problem() {
    let mut run = Run::new();
    run.save(PLAIN);
    run.save_queue = Run::new().save_queue; // drops its own
    assert!(run.checkpoint_sender.take_news() && !run.checkpoint_sender.is_busy());
    assert!(run.checkpoint_sender.status().problem() == Some(&SaveProblem::WriterEnded));
    run.step();
    run.save(REQUESTED);
    assert!(!run.checkpoint_sender.is_busy(), "without a writer nothing is queued");
}
