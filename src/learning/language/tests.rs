use std::collections::BTreeSet;

use super::architectures::{learner_of, recurrent_spec};
use super::*;
use crate::config::{ModelConfig, Origin, Override, RunSettings};
use crate::model::dimensions::Vocab;
use crate::model::{Lstm, Recurrent};

type LstmLearner = LanguageLearner<Recurrent<Lstm>>;

fn toy(change: &str) -> LstmLearner {
    let mut config = Config::read(&Origin::toy(), &[Override::set(change).unwrap()]).unwrap();
    let corpus = Arc::new(Corpus::load(&mut config).unwrap());
    lstm(config, corpus)
}

fn lstm(config: Config, corpus: Arc<Corpus>) -> LstmLearner {
    let spec = recurrent_spec(&config.model, Vocab(corpus.vocabulary().words().len()));
    LanguageLearner::new(&spec, config, corpus, learner_of).unwrap()
}

/// The bits of all weights.
fn weights(learner: &mut LstmLearner) -> Vec<u32> {
    let mut bits = Vec::new();
    learner.run.model.visit(&mut |parameter| bits.extend(parameter.value.iter().map(|weight| weight.to_bits())));
    bits
}

/// Sets weights that make the last words of the sentences as improbable as f32 allows.
fn make_targets_improbable(learner: &mut LstmLearner) {
    let sign = |word: usize| if [2, 4, 6].contains(&word) { -1.0 } else { 1.0 };
    learner.run.model.visit(&mut |parameter| match parameter.label.name.to_string().as_str() {
        "head.weight" => {
            parameter.value.iter_mut().enumerate().for_each(|(index, weight)| *weight = sign(index / 2) * 3e38);
        }
        // hidden states far enough from zero for the largest logits, near enough for finite ones
        "rnn.bias_ih_l0" => parameter.value.copy_from_slice(&[0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]),
        _ => parameter.value.fill(0.0),
    });
}

#[test]
fn step_loss_not_finite_fails_and_keeps_weights() {
    // after the first step the weights are about 1e38, so that the sums of the second one overflow
    let mut learner = toy("training.optimizer.learning_rate=1e38");
    learner.step().unwrap();
    let before = weights(&mut learner);
    assert!(matches!(learner.step(), Err(StepError::Loss(_))));
    assert_eq!(weights(&mut learner), before);
}

#[test]
fn step_only_gradient_not_finite_fails_and_keeps_weights() {
    let mut learner = toy("training.batch=1"); // the mean over more sentences would be finite
    make_targets_improbable(&mut learner);
    let before = weights(&mut learner);
    let result = learner.step();
    assert!(matches!(result, Err(StepError::Gradient(_))), "{result:?}");
    assert_eq!(weights(&mut learner), before);
}

/// The bits of the losses of the first six steps on a text of one line.
fn losses(changes: &[&str]) -> Vec<u32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("line.txt");
    std::fs::write(&path, "the cat sat on the mat and the dog sat on the cat").unwrap();
    let mut options = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
    let common = ["training.batch=1", "training.predict=every", "model.layers=2"];
    options.extend(common.iter().chain(changes).map(|change| Override::set(change).unwrap()));
    let mut config = Config::read(&Origin::toy(), &options).unwrap();
    let corpus = Arc::new(Corpus::load(&mut config).unwrap());
    let mut learner = lstm(config, corpus);
    (0..6).map(|_| learner.step().unwrap().loss.to_bits()).collect()
}

#[test]
fn losses_of_text_in_one_window_equal_those_of_sentence() {
    let sentence = losses(&["corpus.unit=sentences"]);
    assert_eq!(losses(&["corpus.unit=text", "training.window=12"]), sentence);
    assert_eq!(losses(&["corpus.unit=text", "training.window=1000"]), sentence);
    assert_ne!(losses(&["corpus.unit=text", "training.window=11"]), sentence);
}

#[test]
fn answer_most_probable_unknown_word_is_not_first_or_traced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.txt");
    // every third word occurs once
    let text: String = (0..30).fold(String::new(), |text, number| text + &format!("i am name{number}\n"));
    std::fs::write(&path, text).unwrap();
    let mut options = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
    options.extend(["corpus.min_count=2", "training.batch=5"].map(|change| Override::set(change).unwrap()));
    let mut learner = language_learner(Config::read(&Origin::toy(), &options).unwrap()).unwrap();
    (0..50).for_each(|_| _ = learner.work().unwrap());
    let answer = learner.predictor().ask("i am").unwrap();
    let unknown = answer.unknown.unwrap();
    assert_eq!(answer.trace.ranking()[0].0, unknown, "no other word follows in the text");
    let ranking = answer.ranking();
    assert_eq!((ranking[1].0, ranking.len()), (unknown, 3));
    assert_eq!(answer.trace.target as usize, ranking[0].0, "the loss of the answer is traced");
}

#[test]
fn rebuilt_with_each_network_in_turn_trains_and_saves_valid_config() {
    let changes =
        ["model.hidden=6", "model.embedding=6", "model.layers=2", "model.forget_bias=1", "model.tie_embeddings=true"];
    let changes = changes.map(|change| Override::set(change).unwrap());
    let learner = language_learner(Config::read(&Origin::toy(), &changes).unwrap()).unwrap();
    let before = learner.info().settings();
    let mut model = before.model.clone();
    let (mut networks, folder) = (Vec::new(), tempfile::tempdir().unwrap());
    for _ in 0..2 * ModelConfig::networks().count() {
        model.change_network(true);
        let mut settings = RunSettings { model: model.clone(), ..before.clone() };
        settings.normalize();
        let mut other = learner.rebuilt(&settings, 1).unwrap();
        let normalized = settings.model;
        assert!(matches!(other.work(), Ok(Progress::Step(_))), "{normalized:?}");
        // a saved configuration with a key that the network does not use would be rejected
        let path = folder.path().join("config.toml");
        std::fs::write(&path, other.layout().config.to_toml().unwrap()).unwrap();
        Config::read(&Origin::File(path), &[]).unwrap();
        networks.push(normalized.network());
        model = if networks.len().is_multiple_of(2) { other.info().architecture } else { model };
    }
    let (first, second) = networks.split_at(ModelConfig::networks().count());
    assert_eq!(first, second, "the networks repeat");
    let all = ModelConfig::networks().map(|(architecture, cell)| {
        let model = ModelConfig { architecture, cell, ..before.model.clone() };
        model.network()
    });
    assert_eq!(first.iter().copied().collect::<BTreeSet<_>>(), all.collect(), "each of them is reached");
}
