use super::*;
use crate::config::{Config, Origin, Override};
use crate::learning::{Progress, language_learner};

/// A run of the lesson, its keeper, and the desk of somebody who writes when the test says so.
struct Run {
    learner: Box<dyn Learner>,
    record: Record,
    rate_factor: f64,
    checkpoint_sender: CheckpointSender,
    save_queue: SaveQueue,
}

const PLAIN: SaveReason = SaveReason { is_best: false, is_requested: false };
const WANTED: SaveReason = SaveReason { is_best: false, is_requested: true };

impl Run {
    fn new() -> Self {
        let config = Config::read(&Origin::toy(), &[Override::set("training.steps=1000").unwrap()]).unwrap();
        let plan = SavePolicy { checkpoint_every: Interval::Steps(0), metrics_every: 10, attempt: 1 };
        let (checkpoint_sender, save_queue) = CheckpointSender::new(plan, "run");
        let learner = language_learner(config).unwrap();
        Self { learner, record: Record::default(), rate_factor: 1.0, checkpoint_sender, save_queue }
    }

    fn step(&mut self) {
        let Progress::Step(report) = self.learner.work().unwrap() else { panic!("the lesson has no validation") };
        self.record.step(report);
        self.checkpoint_sender.step(self.record.step, report);
    }

    fn save(&mut self, reason: SaveReason) {
        let moment = CheckpointInputs { record: &self.record, rate_factor: self.rate_factor, keyframes: &[], bytes: 0 };
        self.checkpoint_sender.save(self.learner.as_mut(), moment, reason);
    }

    /// The checkpoint that has arrived, if one has.
    fn arrived(&self) -> Option<Box<Checkpoint>> {
        loop {
            match self.save_queue.next(Duration::ZERO) {
                Received::SaveEvent(SaveEvent::Checkpoint(checkpoint, _)) => return Some(checkpoint),
                Received::SaveEvent(_) => {}
                Received::Nothing | Received::End => return None,
            }
        }
    }

    /// Attempt and step of the checkpoint that has arrived; it is written, or not.
    fn write(&self, is_saved: bool) -> Option<(u32, u64)> {
        let checkpoint = self.arrived()?;
        let place = (checkpoint.attempt, checkpoint.record.step);
        self.save_queue.give_back(checkpoint, is_saved);
        Some(place)
    }
}

#[test]
fn a_copy_that_waits_is_handed_over_when_the_one_before_is_written_and_not_only_at_the_next_save() {
    let mut run = Run::new();
    run.save(PLAIN);
    for _ in 0..2 {
        run.step();
        run.save(PLAIN);
    }
    assert_eq!(run.write(true), Some((1, 0)));
    assert_eq!(run.write(true), None, "nobody has looked yet");
    assert!(run.checkpoint_sender.go_on() && run.checkpoint_sender.is_busy());
    assert_eq!(run.write(true), Some((1, 2)), "the later of the two that waited");
    assert!(run.checkpoint_sender.go_on() && !run.checkpoint_sender.is_busy());
    assert!(!run.checkpoint_sender.go_on(), "there is no more to tell");
}

#[test]
fn what_is_on_the_disk_is_not_written_again_and_what_is_not_is() {
    let mut run = Run::new();
    run.step();
    run.save(WANTED);
    run.save(WANTED);
    assert_eq!(run.write(false), Some((1, 1)));
    run.save(WANTED);
    assert_eq!(run.write(true), Some((1, 1)), "the first time it could not be written");
    run.save(WANTED);
    assert_eq!(run.write(true), None);
}

#[test]
fn another_learning_rate_is_another_moment() {
    let mut run = Run::new();
    run.save(WANTED);
    assert_eq!(run.write(true), Some((1, 0)));
    run.rate_factor = 0.5;
    run.save(WANTED);
    assert_eq!(run.arrived().unwrap().rate_factor, 0.5);
}

#[test]
fn the_end_of_an_attempt_is_written_although_the_next_one_has_begun() {
    let mut run = Run::new();
    run.save(PLAIN);
    run.step();
    run.save(WANTED);
    run.learner.restart(2).unwrap();
    run.record = Record::default();
    run.checkpoint_sender.begin_anew("LSTM", 2);
    run.step();
    run.save(PLAIN);
    let mut written = Vec::new();
    while let Some(place) = run.write(true) {
        written.push(place);
        run.checkpoint_sender.go_on();
    }
    assert_eq!(written, [(1, 0), (1, 1), (2, 1)]);
}

#[test]
fn the_last_ones_arrive_when_the_keeper_is_gone() {
    let mut run = Run::new();
    run.save(PLAIN);
    (0..13).for_each(|_| run.step());
    run.save(WANTED);
    let Run { checkpoint_sender, save_queue, .. } = run;
    drop(checkpoint_sender);
    let mut seen = Vec::new();
    loop {
        match save_queue.next(Duration::ZERO) {
            Received::SaveEvent(SaveEvent::Checkpoint(checkpoint, _)) => {
                seen.push(("checkpoint", checkpoint.record.step));
            }
            Received::SaveEvent(SaveEvent::Steps(summary)) => seen.push(("steps", summary.step)),
            Received::SaveEvent(_) => {}
            Received::Nothing => panic!("the end is told"),
            Received::End => break,
        }
    }
    assert_eq!(seen, [("checkpoint", 0), ("steps", 10), ("steps", 13), ("checkpoint", 13)]);
}

#[test]
fn that_nobody_writes_any_more_is_told() {
    let mut run = Run::new();
    run.save(PLAIN);
    run.save_queue = CheckpointSender::new(run.checkpoint_sender.plan, "").1; // the one there was is gone
    run.checkpoint_sender.go_on();
    assert!(!run.checkpoint_sender.is_busy());
    assert!(run.checkpoint_sender.status().problem().unwrap().contains("the thread that writes has ended"));
}
