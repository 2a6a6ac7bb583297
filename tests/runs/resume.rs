//! A resumed run continues bit for bit as if it had not been interrupted.

use std::fmt::Write as _;
use std::path::Path;

use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::{Learner, LearnerState, Progress, RestoreError, language_learner};
use rnn_tui::model::CellName;

const OPTIMIZERS: [&str; 5] = [
    "name=\"adam\"",
    "name=\"adamw\", weight_decay=0.1",
    "name=\"sgd\"",
    "name=\"sgd\", momentum=0.9",
    "name=\"rmsprop\", momentum=0.9",
];
const SCHEDULES: [&str; 4] =
    ["name=\"constant\"", "name=\"step\", from_epoch=1", "name=\"plateau\", patience=0", "name=\"cosine\", warmup=9"];
const UNITS: [&str; 2] = ["sentences", "text"];

/// Writes a corpus with sentences of two to seven words; returns its path.
fn write_corpus(folder: &Path) -> String {
    let mut text = String::new();
    for sentence in 0..40 {
        for word in 0..2 + sentence % 6 {
            let _ = write!(text, "w{} ", (sentence * 7 + word * 3) % 31);
        }
        text.push('\n');
    }
    let path = folder.join("corpus.txt");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Settings of every architecture: each cell with two layers and dropout; NPLM with a context longer than the window, and of one word; the
/// dfdx engine; a transformer.
fn models() -> Vec<String> {
    let sizes = "embedding=5, hidden=6";
    let recurrent = |(cell, _): &(&str, CellName)| format!("{{ cell=\"{cell}\", layers=2, dropout=0.3, {sizes} }}");
    let nplm = |context| format!("{{ architecture=\"nplm\", context={context}, direct=true, {sizes} }}");
    let dfdx = format!("{{ engine=\"dfdx\", layers=2, dropout=0.3, {sizes} }}");
    let transformer = "{ architecture=\"transformer\", embedding=6, heads=2, layers=2, dropout=0.3 }".to_owned();
    CellName::ALL.iter().map(recurrent).chain([6, 1].map(nplm)).chain([dfdx, transformer]).collect()
}

/// A learner of `corpus` that validates every seven steps, with settings changed.
fn learner(corpus: &str, changes: &[String]) -> Box<dyn Learner> {
    let mut overrides = vec![Override::text("--corpus", "corpus.path", corpus)];
    let common = "corpus.validation=0.2 training.predict=every training.batch=3 training.window=4 training.clip=0.5 training.validate_every=7 \
                  training.steps=60";
    let common = common.split_whitespace().map(str::to_owned);
    let says_model = changes.iter().any(|change| change.starts_with("model="));
    let model = (!says_model).then(|| format!("model={}", models()[0]));
    overrides.extend(
        model.into_iter().chain(common).chain(changes.iter().cloned()).map(|change| Override::set(&change).unwrap()),
    );
    language_learner(Config::read(&Origin::toy(), &overrides).unwrap()).unwrap()
}

/// Reports of the next `steps` steps and validations; an interrupted validation restarts.
fn reports(learner: &mut dyn Learner, steps: usize) -> Vec<Progress> {
    let mut reports = Vec::new();
    while reports.len() < steps {
        match learner.work().unwrap() {
            Progress::Validating => {}
            progress => reports.push(progress),
        }
    }
    reports
}

/// A saved copy of the state of a learner.
fn saved(learner: &mut dyn Learner) -> LearnerState {
    let mut state = LearnerState::default();
    learner.save(&mut state);
    state
}

#[test]
#[ignore = "minutes"]
fn resume_from_any_step_is_bit_exact() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = write_corpus(folder.path());
    let mut moments = (0..90).cycle();
    for model in models() {
        for optimizer in OPTIMIZERS {
            for schedule in SCHEDULES {
                for unit in UNITS {
                    let changes = [
                        format!("model={model}"),
                        format!("training.optimizer={{ {optimizer}, learning_rate=0.05 }}"),
                        format!("training.schedule={{ {schedule} }}"),
                        format!("corpus.unit={unit}"),
                    ];
                    let mut first = learner(&corpus, &changes);
                    let stop = moments.next().unwrap();
                    for _ in 0..stop {
                        first.work().unwrap();
                    }
                    let state = saved(first.as_mut());
                    let mut second = learner(&corpus, &changes);
                    second.restore(&state).unwrap();
                    assert_eq!(saved(second.as_mut()), state, "{changes:?} after {stop}");
                    assert_eq!(reports(first.as_mut(), 25), reports(second.as_mut(), 25), "{changes:?} after {stop}");
                    assert_eq!(saved(first.as_mut()), saved(second.as_mut()), "{changes:?} after {stop}");
                }
            }
        }
    }
}

#[test]
fn resume_before_first_step_is_bit_exact() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = write_corpus(folder.path());
    for unit in UNITS {
        let changes = [format!("corpus.unit={unit}")];
        let mut first = learner(&corpus, &changes);
        let state = saved(first.as_mut());
        let mut second = learner(&corpus, &changes);
        second.restore(&state).unwrap();
        assert_eq!(reports(first.as_mut(), 25), reports(second.as_mut(), 25), "{unit}");
    }
}

#[test]
fn resume_with_other_window_continues_epoch_and_learning_rate() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = write_corpus(folder.path());
    let learner_with_window = |window: usize| {
        let schedule = "training.schedule={ name=\"step\", from_epoch=1, factor=0.5 }".to_owned();
        learner(&corpus, &["corpus.unit=text".to_owned(), schedule, format!("training.window={window}")])
    };
    let report = |learner: &mut dyn Learner| loop {
        if let Progress::Step(report) = learner.work().unwrap() {
            return report;
        }
    };
    let mut first = learner_with_window(4);
    let before = (0..40).map(|_| report(first.as_mut())).last().unwrap();
    assert!(before.epoch > 2.0 && before.learning_rate < 0.05, "{before:?}");
    for window in [1, 2, 16] {
        let mut second = learner_with_window(window);
        second.restore(&saved(first.as_mut())).unwrap();
        let after = report(second.as_mut());
        // three streams with about 46 predicted words each
        let max_advance = window as f64 / 40.0;
        assert!(after.epoch > before.epoch && after.epoch - before.epoch <= max_advance, "{before:?} {after:?}");
        assert!(after.learning_rate >= before.learning_rate / 2.0 && after.learning_rate <= before.learning_rate);
    }
}

#[test]
fn dry_run_reports_shapes_without_side_effects() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = write_corpus(folder.path());
    for unit in UNITS {
        let changes = [format!("corpus.unit={unit}")];
        let mut plain = learner(&corpus, &changes);
        let mut rehearsed = learner(&corpus, &changes);
        assert_eq!(rehearsed.shapes(), []);
        for _ in 0..2 {
            rehearsed.dry_run();
            let shapes = rehearsed.shapes();
            assert_eq!(reports(plain.as_mut(), 1), reports(rehearsed.as_mut(), 1), "{unit}");
            assert_eq!(shapes, plain.shapes(), "{unit}");
        }
        assert_eq!(saved(plain.as_mut()), saved(rehearsed.as_mut()), "{unit}");
    }
}

#[test]
fn restore_rejects_other_model_optimizer_or_text() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = write_corpus(folder.path());
    let text = "corpus.unit=text".to_owned();
    let mut first = learner(&corpus, std::slice::from_ref(&text));
    reports(first.as_mut(), 3);
    let state = saved(first.as_mut());
    let refusal = |change: &str, state: &LearnerState| {
        learner(&corpus, &[text.clone(), change.to_owned()]).restore(state).unwrap_err()
    };
    assert!(matches!(refusal("model.hidden=7", &state), RestoreError::Weights(_)));
    assert!(matches!(refusal("training.optimizer.name=sgd", &state), RestoreError::Optimizer(_)));
    assert!(matches!(refusal("training.batch=4", &state), RestoreError::Carried(_)));
    assert_eq!(refusal("corpus.unit=sentences", &state), RestoreError::Position);
    let weight = state.weights.as_slice()[0].clone();
    let mut numbers = weight.numbers.clone();
    numbers[1] = f32::NAN;
    let mut broken = state.clone();
    broken.weights.clear();
    broken.weights.push(&weight.name, &weight.shape, &numbers);
    let Err(RestoreError::NotFinite(name, number)) = learner(&corpus, std::slice::from_ref(&text)).restore(&broken)
    else {
        panic!("weights that are not numbers are accepted");
    };
    assert!(name == "emb.weight" && number.is_nan());
}

#[test]
#[ignore = "minutes"]
fn resume_tests_pass_on_every_instruction_set() {
    crate::support::instruction_sets::run_all_tests_of(module_path!(), "resume_tests_pass_on_every_instruction_set");
}
