//! The lesson of long memory: the first word decides the last, twenty words later. An RNN stays where guessing is, gated cells and
//! attention learn it; and the gradient tells why.

use std::path::Path;

use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::{Answer, Learner, language_learner};
use rnn_tui::model::QuantityKind;

use crate::support::step;

/// Within a minute at the lesson's pace.
const STEPS: u64 = 1500;

fn lesson(model: &str, seed: u64) -> Box<dyn Learner> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/recall.toml");
    let changes = [format!("seed={seed}"), model.to_owned()].map(|change| Override::set(&change).unwrap());
    language_learner(Config::read(&Origin::File(path), &changes).unwrap()).unwrap()
}

fn answers(learner: &dyn Learner) -> Vec<Answer> {
    let predictor = learner.predictor();
    learner.info().prompts.iter().map(|prompt| predictor.ask(prompt).unwrap()).collect()
}

/// ‖∂loss/∂term‖ at the first word over that at the last one.
fn ratio(answer: &Answer, term: QuantityKind) -> f64 {
    let norms = &answer.trace.flows(0).find(|flow| flow.term == term).unwrap().norms;
    f64::from(norms[0]) / f64::from(norms[norms.len() - 1])
}

/// After so many steps of the seed of the lesson: the loss of the right word after the first prompt, and how much of the gradient of
/// `term` at the last word is left at the first.
fn followed<const N: usize>(model: &str, term: QuantityKind, moments: [u64; N]) -> [(f64, f64); N] {
    let mut learner = lesson(model, 42);
    let mut done = 0;
    moments.map(|moment| {
        for _ in done..moment {
            step(learner.as_mut());
        }
        done = moment;
        let answer = answers(learner.as_ref()).remove(0);
        assert!(answer.traces_expected_word);
        (answer.trace.loss(), ratio(&answer, term))
    })
}

#[test]
#[ignore = "minutes"]
fn of_an_lstm_the_gradient_of_h_fades_and_that_of_c_survives_until_it_has_learned() {
    let [begin, middle, end] = followed("model.cell=lstm", QuantityKind::CellState, [0, 20, STEPS]);
    assert!(begin.0 > 0.1 && begin.1 > 0.5, "{begin:?}");
    assert!(middle.0 > 0.1 && middle.1 > 0.1, "{middle:?}");
    assert!(end.0 < 0.1, "{end:?}");
    let [begin, middle, _] = followed("model.cell=lstm", QuantityKind::HiddenState, [0, 20, STEPS]);
    assert!(begin.1 < 0.5 && middle.1 < 0.1, "{begin:?} {middle:?}");
}

#[test]
#[ignore = "minutes"]
fn of_a_gru_the_gradient_of_h_vanishes_at_first_and_survives_once_it_has_learned_to_keep() {
    let [begin, middle, end] = followed("model.cell=gru", QuantityKind::HiddenState, [0, 100, STEPS]);
    assert!(begin.0 > 0.1 && begin.1 < 0.01, "{begin:?}");
    assert!(middle.1 > 0.1, "{middle:?}");
    assert!(end.0 < 0.1 && end.1 > 0.1, "{end:?}");
}

#[test]
#[ignore = "minutes"]
fn of_an_rnn_the_gradient_of_h_vanishes_and_stays_so() {
    for (loss, ratio) in followed("model.cell=rnn", QuantityKind::HiddenState, [0, 100, STEPS]) {
        assert!(loss > 0.1 && ratio < 0.01, "loss {loss}, ratio {ratio}");
    }
}

#[test]
#[ignore = "minutes"]
fn of_a_transformer_the_first_word_is_one_step_away() {
    let [begin, middle, end] = followed("model.architecture=transformer", QuantityKind::Residual, [0, 30, STEPS]);
    // attention that is even yet: the share of one word among 21
    assert!(begin.0 > 0.1 && begin.1 > 1e-4, "{begin:?}");
    assert!(middle.1 > 1e-3, "{middle:?}");
    assert!(end.0 < 0.1, "{end:?}");
}

/// Of ten seeds, how many have both prompts right, and are sure of it.
fn learned(model: &'static str) -> usize {
    let is_learned = move |seed: u64| {
        let mut learner = lesson(model, seed);
        for _ in 0..STEPS {
            step(learner.as_mut());
        }
        answers(learner.as_ref()).iter().all(|answer| answer.traces_expected_word && answer.trace.loss() < 0.1)
    };
    let halves = [1..6, 6..11].map(|seeds| std::thread::spawn(move || seeds.filter(|seed| is_learned(*seed)).count()));
    halves.into_iter().map(|half| half.join().unwrap()).sum()
}

#[test]
#[ignore = "minutes"]
fn gated_cells_and_attention_learn_it_for_nine_of_ten_seeds() {
    for model in ["model.cell=lstm", "model.cell=gru", "model.architecture=transformer"] {
        let learned = learned(model);
        println!("{model}: {learned} of 10");
        assert!(learned >= 9, "{model}: {learned} of 10");
    }
}

#[test]
#[ignore = "minutes"]
fn an_rnn_does_not_learn_it_for_nine_of_ten_seeds() {
    let learned = learned("model.cell=rnn");
    assert!(learned <= 1, "{learned} of 10");
}
