//! The lesson itself: three sentences are learned, whatever the seed.

#![allow(clippy::unwrap_used)] // a test may fail

mod support;

use support::{step, toy};

/// Whether 5,000 steps from this seed complete all three sentences.
fn learns(seed: u64) -> bool {
    let mut learner = toy(&[&format!("seed={seed}")]);
    let info = learner.info();
    for _ in 0..info.steps {
        step(learner.as_mut());
    }
    [("我 喜欢", "玩具"), ("我 爱", "爸爸"), ("我 讨厌", "挨打")].iter().all(|(prompt, expected)| {
        let (word, _) = learner.ask(prompt).unwrap().trace.ranking()[0];
        info.vocabulary[word] == *expected
    })
}

#[test]
fn at_least_97_of_100_seeds_complete_the_three_sentences() {
    let halves =
        [0..50, 50..100].map(|seeds| std::thread::spawn(|| seeds.filter(|seed| !learns(*seed)).collect::<Vec<_>>()));
    let missed: Vec<u64> = halves.into_iter().flat_map(|half| half.join().unwrap()).collect();
    println!("{} of 100 seeds, missed: {missed:?}", 100 - missed.len());
    assert!(missed.len() <= 3, "missed: {missed:?}");
}
