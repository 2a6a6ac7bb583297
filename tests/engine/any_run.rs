//! Any text and configuration of a user gives an error or a run, never a panic.

use std::cell::Cell;
use std::path::Path;

use proptest::prelude::*;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::{GenerateRequest, Learner, Progress, StepError, language_learner};
use rnn_tui::model::{CellName, Sampling};

/// Trains on `text` for twelve pieces of work, asks prompts and generates continuations. Returns `None` if the configuration is rejected.
fn try_out(text: &str, changes: &[String]) -> Option<Box<dyn Learner>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    std::fs::write(&path, text).unwrap();
    let mut options = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
    options.extend(changes.iter().map(|change| Override::set(change).unwrap()));
    let mut learner = Config::read(&Origin::toy(), &options).and_then(language_learner).ok()?;
    let prompts = learner.info().prompts;
    for _ in 0..12 {
        match learner.work() {
            Ok(Progress::Step(report)) => assert!(report.loss.is_finite() && report.epoch > 0.0),
            Ok(Progress::Validating) => {}
            Ok(Progress::Validated(validated)) => assert!(validated.loss >= 0.0),
            Err(StepError::Memory(what)) => unreachable!("{what}"),
            Err(StepError::Loss(_) | StepError::Gradient(_)) => break, // a learning rate can be too large
        }
    }
    if let Some(first) = prompts.first() {
        let answer = learner.predictor().ask(first);
        assert!(answer.is_ok(), "the suggested prompt is accepted: {answer:?}");
    }
    for prompt in prompts.iter().map(String::as_str).chain(["", "a b", "我"]) {
        let _ = learner.predictor().ask(prompt);
        let sampling = Sampling { temperature: 0.8, top_k: 3, top_p: 0.9 };
        let _ =
            learner.predictor().generate(&GenerateRequest { prompt: prompt.to_owned(), words: 3, sampling, sample: 0 });
    }
    Some(learner)
}

/// All cells, and the architectures without a cell.
fn networks() -> Vec<&'static str> {
    CellName::ALL.iter().map(|(name, _)| *name).chain(["nplm", "transformer"]).collect()
}

/// Returns a `model` table with the keys that this network has.
fn model_table(network: &str, [embedding, hidden, layers]: [usize; 3], dropout: f64, tied: bool) -> String {
    let stacked = format!("layers={layers}, dropout={dropout:.2}, tie_embeddings={tied}");
    let keys = match network {
        "nplm" => format!("architecture=\"nplm\", context={layers}, hidden={hidden}, embedding={embedding}"),
        "transformer" => {
            let embedding = embedding * layers;
            format!("architecture=\"transformer\", heads={layers}, mlp={hidden}, embedding={embedding}, {stacked}")
        }
        cell => {
            let hidden = if tied { embedding } else { hidden };
            format!("cell={cell:?}, hidden={hidden}, embedding={embedding}, {stacked}")
        }
    };
    format!("model={{ {keys} }}")
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

#[test]
fn run_any_text_and_configuration_never_panics() {
    const CASES: u32 = 120;
    let trained = Cell::new(0);
    proptest!(ProptestConfig::with_cases(CASES), |(
        text in "(a|b|c|the|我|爱|é|👩‍🏫|\\.| | | |\n|\r\n|\\PC){0,200}",
        (unit, tokenizer, network, predict) in (
            word(&["sentences", "text"]),
            word(&["words", "characters", "jieba"]),
            prop::sample::select(networks()),
            word(&["last", "every"]),
        ),
        (optimizer, schedule) in (word(&["adam", "adamw", "sgd", "rmsprop"]), word(&["constant", "step", "plateau", "cosine"])),
        (lowercase, eos, tied) in any::<(bool, bool, bool)>(),
        (min_count, most, batch, window) in (1..3, 0..6, 1..6, 1..9),
        (embedding, hidden, layers, threads) in (1..9usize, 1..9usize, 1..4usize, 1..3),
        (dropout, share, clip, rate) in (0.0..0.9, 0.0..0.6, 0.0..2.0, 0.001..10.0),
        (every, steps, warmup) in (0..4, 1..20, 0..5),
    )| {
        let changes = [
            format!("corpus.unit={unit}"),
            format!("corpus.tokenizer={tokenizer}"),
            format!("corpus.lowercase={lowercase}"),
            format!("corpus.end_of_sentence={}", eos && (unit == "text" || predict == "every")),
            format!("corpus.min_count={min_count}"),
            format!("corpus.max_vocabulary={most}"),
            format!("corpus.validation={share:.2}"),
            model_table(network, [embedding, hidden, layers], dropout, tied),
            format!("training.predict={}", if unit == "text" { "every" } else { predict }),
            format!("training.batch={batch}"),
            format!("training.window={window}"),
            format!("training.steps={steps}"),
            format!("training.clip={clip:.2}"),
            format!("training.threads={threads}"),
            format!("training.validate_every={}", if share < 0.005 { 0 } else { every }),
            format!("training.optimizer.name={optimizer}"),
            format!("training.optimizer.learning_rate={rate:.4}"),
            format!("training.schedule.name={schedule}"),
            format!("training.schedule.warmup={}", if schedule == "cosine" { warmup } else { 0 }),
        ];
        trained.set(trained.get() + u32::from(try_out(&text, &changes).is_some()));
    });
    // most rejected configurations would make the test vacuous
    assert!(trained.get() > CASES / 4, "only {} of {CASES} trained", trained.get());
}

#[test]
fn run_shipped_configurations_train_and_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let smaller = ["training.batch=2", "training.window=4"];
        let smaller = smaller.map(|change| Override::set(change).unwrap());
        let config = Config::read(&Origin::File(path.clone()), &smaller).unwrap();
        let mut learner = language_learner(config).unwrap_or_else(|error| unreachable!("{error}"));
        assert!(matches!(learner.work(), Ok(Progress::Step(_))), "{}", path.display());
        let prompt = learner.info().prompts.first().cloned().unwrap();
        assert!(!learner.predictor().ask(&prompt).unwrap().words.is_empty());
        count += 1;
    }
    assert!(count >= 6, "{count} configurations");
}

#[test]
#[ignore = "minutes"]
fn run_same_thread_count_is_bit_identical() {
    let text = "the cat sat on the mat and the dog sat on the cat while the sun shone on the mat ".repeat(40);
    let losses = |threads: usize| -> Vec<u32> {
        let changes = [
            "corpus.unit=text".to_owned(),
            "training.predict=every".to_owned(),
            "model.hidden=96".to_owned(),
            "model.embedding=64".to_owned(),
            "model.dropout=0.2".to_owned(),
            "training.batch=16".to_owned(),
            format!("training.threads={threads}"),
        ];
        let mut learner = try_out(&text, &changes).unwrap();
        let loss = |_| match learner.work() {
            Ok(Progress::Step(report)) => report.loss.to_bits(),
            other => unreachable!("{other:?}"),
        };
        (0..10).map(loss).collect()
    };
    assert_eq!(losses(2), losses(2));
    assert_eq!(losses(1), losses(1));
}
