//! Time of a step of the toy lesson, alone and in the training thread: `cargo bench --bench toy_step`.
//!
//! Compare the *fastest* column, as machines are noisy. Each sample is 1,000 steps: 5 ms per sample is 5 µs per step.

#![allow(missing_docs, clippy::unwrap_used)] // a benchmark may fail

use std::cell::RefCell;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::{Learner, language_learner};
use rnn_tui::session::{Control, Mode, Pace, PreparedRun, Trainer};

const STEPS: u64 = 1000;

fn main() {
    divan::main();
}

fn toy() -> Box<dyn Learner> {
    let endless = Override::set("training.steps=1000000000").unwrap();
    language_learner(Config::read(&Origin::toy(), &[endless]).unwrap()).unwrap()
}

/// Batch, forward, backward, check that numbers are finite, update.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn bare_steps(bencher: Bencher) {
    let learner = RefCell::new(toy());
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        let mut learner = learner.borrow_mut();
        for _ in 0..STEPS {
            learner.work().unwrap();
        }
    });
}

/// Steps in the training thread, including history, controls, pace and snapshots.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn steps_in_the_training_loop(bencher: Bencher) {
    let trainer = Trainer::spawn(PreparedRun::new(toy(), Pace::Full, Mode::Paused)).unwrap();
    let snapshot = RefCell::new(trainer.latest());
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        let mut snapshot = snapshot.borrow_mut();
        let goal = snapshot.record.step + STEPS;
        trainer.send(Control::RunTo(goal));
        while snapshot.record.step < goal {
            *snapshot = trainer.next(&snapshot, Duration::from_secs(1));
        }
    });
}
