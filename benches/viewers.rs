//! Cost of viewers for training: `cargo bench --bench viewers`. Each sample is some tenths of a second of training with the given number
//! of viewers, which refresh ten times a second as the dashboard does; the second one also rewinds or asks at each refresh. Compare the
//! *fastest* of 0 and 2: the target for two viewers is at most 2 %.

#![allow(missing_docs, clippy::unwrap_used)] // a benchmark may fail

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use divan::Bencher;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::language_learner;
use rnn_tui::session::{Control, Mode, Pace, PreparedRun, Query, Trainer, Viewer};

fn main() {
    divan::main();
}

/// Configuration, and steps per sample.
const RUNS: &[(&str, u64)] = &[("toy", 150_000), ("characters", 40)];

#[divan::bench(args = RUNS.iter().flat_map(|(name, _)| [0, 1, 2].map(|count| format!("{name} {count}"))), sample_count = 12, sample_size = 1)]
fn training_with_viewers(bencher: Bencher, run: &str) {
    let (name, count) = run.split_once(' ').unwrap();
    let steps = RUNS.iter().find(|(other, _)| *other == name).unwrap().1;
    let path = format!("{}/configs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let changes = ["training.steps=1000000000", "training.threads=1"].map(|change| Override::set(change).unwrap());
    let config = Config::read(&Origin::File(path.into()), &changes).unwrap();
    let prompts = config.dashboard.prompts.clone();
    let run = PreparedRun::new(language_learner(config).unwrap(), Pace::Full, Mode::Paused);
    let trainer = Trainer::spawn(PreparedRun { keyframes: 64 << 20, ..run }).unwrap();
    let is_over = AtomicBool::new(false);
    let watch = &|mut viewer: Viewer, is_busy: bool| {
        let mut refreshes = 0;
        while !is_over.load(Ordering::Relaxed) {
            if is_busy {
                let prompt = prompts.get(refreshes % prompts.len().max(1)).cloned();
                viewer.send(prompt.filter(|_| refreshes % 2 == 0).map_or(Query::Travel(-1), Query::Ask));
                refreshes += 1;
            }
            viewer.refresh(Duration::from_millis(10));
            thread::sleep(Duration::from_millis(100));
        }
    };
    thread::scope(|scope| {
        for number in 0..count.parse::<usize>().unwrap() {
            let viewer = Viewer::new([("run", &trainer)]).unwrap();
            scope.spawn(move || watch(viewer, number == 1));
        }
        let mut snapshot = trainer.latest();
        bencher.bench_local(|| {
            let goal = snapshot.record.step + steps;
            trainer.send(Control::RunTo(goal));
            while snapshot.record.step < goal {
                snapshot = trainer.next(&snapshot, Duration::from_secs(1));
            }
        });
        is_over.store(true, Ordering::Relaxed);
    });
}

/// Time to answer a short prompt during training, alone and while another viewer asks prompts of this many characters one after the
/// other. Compare the *slowest*: the target is a delay of at most 200 ms.
#[divan::bench(args = [0, 1000, 10_000], sample_count = 100, sample_size = 1)]
fn answer_beside_a_long_prompt(bencher: Bencher, letters: usize) {
    let path = format!("{}/configs/characters.toml", env!("CARGO_MANIFEST_DIR"));
    let changes = ["training.steps=1000000000", "training.threads=1"].map(|change| Override::set(change).unwrap());
    let config = Config::read(&Origin::File(path.into()), &changes).unwrap();
    let run = PreparedRun::new(language_learner(config).unwrap(), Pace::Full, Mode::Running);
    let trainer = Trainer::spawn(run).unwrap();
    let is_over = AtomicBool::new(false);
    let ask = |viewer: &mut Viewer, prompt: &str| {
        viewer.send(Query::Ask(prompt.to_owned()));
        viewer.settle(Duration::from_mins(1));
    };
    let [mut one, mut other] = [(); 2].map(|()| Viewer::new([("run", &trainer)]).unwrap());
    ask(&mut one, "the"); // the first prompt waits for a predictor
    thread::scope(|scope| {
        scope.spawn(|| {
            let prompt = "the ".repeat(letters / 4);
            while letters > 0 && !is_over.load(Ordering::Relaxed) {
                ask(&mut other, &prompt);
            }
        });
        let prompts = ["the", "a"];
        let mut asked = 0;
        bencher.bench_local(|| {
            asked += 1;
            ask(&mut one, prompts[asked % 2]);
        });
        is_over.store(true, Ordering::Relaxed);
    });
}
