//! The toy lessons: at least 97 of 100 seeds complete all three sentences.

use std::path::Path;

use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::language_learner;

use crate::support::step;

/// Trains the lesson to its last step from this seed and returns whether it completes all three sentences.
fn learns(lesson: &str, seed: u64) -> bool {
    let seed = Override::set(&format!("seed={seed}")).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(lesson);
    let mut learner = language_learner(Config::read(&Origin::File(path), &[seed]).unwrap()).unwrap();
    let info = learner.info();
    for _ in 0..info.steps {
        step(learner.as_mut());
    }
    [("我 喜欢", "玩具"), ("我 爱", "爸爸"), ("我 讨厌", "挨打")].iter().all(|(prompt, expected)| {
        let (word, _) = learner.predictor().ask(prompt).unwrap().trace.ranking()[0];
        info.vocabulary[word] == *expected
    })
}

fn check(lesson: &'static str) {
    let missed = |seeds: std::ops::Range<u64>| seeds.filter(|seed| !learns(lesson, *seed)).collect::<Vec<_>>();
    let halves = [0..50, 50..100].map(|seeds| std::thread::spawn(move || missed(seeds)));
    let missed: Vec<u64> = halves.into_iter().flat_map(|half| half.join().unwrap()).collect();
    println!("{lesson}: {} of 100 seeds, missed: {missed:?}", 100 - missed.len());
    assert!(missed.len() <= 3, "missed: {missed:?}");
}

#[test]
#[ignore = "minutes"]
fn toy_lesson_97_of_100_seeds_complete_sentences() {
    check("toy.toml");
}

#[test]
#[ignore = "minutes"]
fn toy_nplm_lesson_97_of_100_seeds_complete_sentences() {
    check("toy-nplm.toml");
}

#[test]
#[ignore = "minutes"]
fn toy_transformer_lesson_97_of_100_seeds_complete_sentences() {
    check("toy-transformer.toml");
}
