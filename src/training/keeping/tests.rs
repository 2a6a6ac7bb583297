use super::*;
use crate::config::{Config, Origin, Override};
use crate::training::{Progress, language_learner};

/// A run of the lesson, its keeper, and the desk of somebody who writes when the test says so.
struct Run {
    learner: Box<dyn Learner>,
    record: Record,
    rate_factor: f64,
    keeper: Keeper,
    desk: Desk,
}

const PLAIN: Occasion = Occasion { is_best: false, is_wanted: false };
const WANTED: Occasion = Occasion { is_best: false, is_wanted: true };

impl Run {
    fn new() -> Self {
        let config = Config::read(&Origin::BuiltIn, &[Override::set("training.steps=1000").unwrap()]).unwrap();
        let plan = Plan { checkpoint_every: Interval::Steps(0), metrics_every: 10, attempt: 1 };
        let (keeper, desk) = Keeper::new(plan, "run");
        let learner = language_learner(config).unwrap();
        Self { learner, record: Record::default(), rate_factor: 1.0, keeper, desk }
    }

    fn step(&mut self) {
        let Progress::Step(report) = self.learner.work().unwrap() else { panic!("the lesson has no validation") };
        self.record.step(report);
        self.keeper.step(self.record.step, report);
    }

    fn save(&mut self, occasion: Occasion) {
        let moment = Moment { record: &self.record, rate_factor: self.rate_factor, keyframes: &[] };
        self.keeper.save(self.learner.as_mut(), moment, occasion);
    }

    /// The checkpoint that has arrived, if one has.
    fn arrived(&self) -> Option<Box<Checkpoint>> {
        loop {
            match self.desk.next(Duration::ZERO) {
                Arrival::Entry(Entry::Checkpoint(checkpoint, _)) => return Some(checkpoint),
                Arrival::Entry(_) => {}
                Arrival::Nothing | Arrival::End => return None,
            }
        }
    }

    /// Attempt and step of the checkpoint that has arrived; it is written, or not.
    fn write(&self, is_saved: bool) -> Option<(u32, u64)> {
        let checkpoint = self.arrived()?;
        let place = (checkpoint.attempt, checkpoint.record.step);
        self.desk.give_back(checkpoint, is_saved);
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
    assert!(run.keeper.go_on() && run.keeper.is_busy());
    assert_eq!(run.write(true), Some((1, 2)), "the later of the two that waited");
    assert!(run.keeper.go_on() && !run.keeper.is_busy());
    assert!(!run.keeper.go_on(), "there is no more to tell");
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
    run.keeper.begin_anew("LSTM", 2);
    run.step();
    run.save(PLAIN);
    let mut written = Vec::new();
    while let Some(place) = run.write(true) {
        written.push(place);
        run.keeper.go_on();
    }
    assert_eq!(written, [(1, 0), (1, 1), (2, 1)]);
}

#[test]
fn the_last_ones_arrive_when_the_keeper_is_gone() {
    let mut run = Run::new();
    run.save(PLAIN);
    (0..13).for_each(|_| run.step());
    run.save(WANTED);
    let Run { keeper, desk, .. } = run;
    drop(keeper);
    let mut seen = Vec::new();
    loop {
        match desk.next(Duration::ZERO) {
            Arrival::Entry(Entry::Checkpoint(checkpoint, _)) => seen.push(("checkpoint", checkpoint.record.step)),
            Arrival::Entry(Entry::Steps(summary)) => seen.push(("steps", summary.step)),
            Arrival::Entry(_) => {}
            Arrival::Nothing => panic!("the end is told"),
            Arrival::End => break,
        }
    }
    assert_eq!(seen, [("checkpoint", 0), ("steps", 10), ("steps", 13), ("checkpoint", 13)]);
}

#[test]
fn that_nobody_writes_any_more_is_told() {
    let mut run = Run::new();
    run.save(PLAIN);
    run.desk = Keeper::new(run.keeper.plan, "").1; // the one there was is gone
    run.keeper.go_on();
    assert!(!run.keeper.is_busy());
    assert!(run.keeper.status().problem().unwrap().contains("the thread that writes has ended"));
}
