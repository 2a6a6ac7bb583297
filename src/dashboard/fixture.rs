//! Fixed states of runs, for tests.

mod trace;

use crate::language::Message;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Architecture, Config, ModelConfig, Origin, Predict, TrainingConfig};
use crate::corpus::UnknownWord;
use crate::learning::{
    Answer, AskError, AttemptSettings, Continuation, Curves, Record, RunInfo, StepReport, TraceTarget, Validated,
    ValidationPoint, language_learner,
};
use crate::model::{GradientFlow, HeadAblation, QuantityKind, Role, TensorShape};
use crate::session::{
    Artifact, Cause, Failure, Observed, ObservedRun, Pace, PanicMessage, Pinned, Playback, Refusal, RunState,
    SaveProblem, SaveStatus, Snapshot,
};

pub use trace::lstm_of_one_unit;
use trace::{attention, quantity, trace};

/// Curves of this many steps.
fn curves(steps: u16) -> Curves {
    let mut curves = Curves::default();
    for step in 0..steps {
        let noise = 1.0 + 0.3 * f32::from(step * 7 % 13) / 13.0;
        let loss = 1.95 / (1.0 + f32::from(step) / 60.0) * noise;
        let gradient_norm = f64::from(loss * noise);
        let learning_rate = 0.01 * f64::from(5000 - step) / 5000.0;
        curves.push(&StepReport { loss, gradient_norm, learning_rate, ..StepReport::default() }, 0.0);
    }
    curves
}

/// A record of this many steps.
fn record(steps: u16) -> Record {
    let mut record = Record { step: steps.into(), curves: curves(steps), ..Record::default() };
    (0..100).for_each(|_| record.recent.push(0.0912));
    record
}

/// The tensor shapes of the toy lesson.
fn shapes() -> Vec<TensorShape> {
    let mut lesson = language_learner(Config::read(&Origin::toy(), &[]).unwrap()).unwrap();
    lesson.work().unwrap();
    lesson.shapes()
}

/// Mutable access for tests, to the first run.
impl Observed {
    pub(crate) fn run_mut(&mut self) -> &mut ObservedRun {
        &mut self.runs[0]
    }

    pub(crate) fn snapshot_mut(&mut self) -> &mut Snapshot {
        Arc::make_mut(&mut self.runs[0].snapshot)
    }

    pub(crate) fn answer_mut(&mut self) -> &mut Answer {
        Arc::make_mut(self.runs[0].answer.as_mut().unwrap())
    }

    /// Replaces the snapshot by the result of `change`.
    fn with(mut self, change: impl FnOnce(Snapshot) -> Snapshot) -> Self {
        let snapshot = self.snapshot_mut();
        *snapshot = change(snapshot.clone());
        self
    }
}

/// A run in the middle of training, with an answer to 我 讨厌.
pub fn running() -> Observed {
    Observed {
        runs: vec![ObservedRun {
            name: "LSTM".into(),
            snapshot: Arc::new(snapshot()),
            answer: Some(Arc::new(Answer {
                prompt: "我 讨厌".to_owned(),
                words: vec!["我".to_owned(), "讨厌".to_owned()],
                trace: trace(1, &[0.42, -0.07, -0.96, 0.71], 2, &[0.001, 0.002, 0.031, 0.0, 0.0519, 0.0001, 0.914]),
                trace_target: TraceTarget::ExpectedWord,
                traces_expected_word: true,
                unknown: None,
            })),
            before: None,
            pinned: ["玩具", "爸爸", "挨打"]
                .into_iter()
                .zip(["我 喜欢", "我 爱", "我 讨厌"])
                .map(|(word, prompt)| pinned(prompt, "挨打", word))
                .collect(),
            continuation: None,
            playback: Playback::default(),
        }],
        focus: 0,
        refusal: None,
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        run: Arc::new(RunInfo {
            title: "Three sentences".to_owned(),
            file: "configs/toy.toml".to_owned(),
            model: "LSTM 7→2→2→7".to_owned(),
            architecture: ModelConfig { hidden: 2, ..ModelConfig::default() },
            training: TrainingConfig::default(),
            reads_running_text: false,
            weights: 83,
            activations: 1000,
            multiplications: 1000,
            depth: 4,
            steps: 5000,
            words_per_epoch: 9,
            clip: None,
            spaces_are_words: false,
            validates: false,
            unknown_share: None,
            words: ["我", "喜欢", "玩具", "爱", "爸爸", "讨厌", "挨打"].map(str::to_owned).into(),
            vocabulary: ["我", "喜欢", "玩具", "爱", "爸爸", "讨厌", "挨打"].map(str::to_owned).into(),
            prompts: vec!["我 喜欢".to_owned()],
        }),
        attempt: 1,
        last_control: 0,
        seed: 42,
        state: RunState::Running,
        validating: None,
        record: record(1234),
        rate_factor: 1.0,
        next_learning_rate: 0.002,
        pace: Pace::from(400),
        in_step: None,
        steps_per_second: Some(399.6),
        shapes: shapes(),
        refused_model: None,
        save_status: None,
        moments: 1235,
    }
}

fn pinned(prompt: &str, word: &str, expected: &str) -> Pinned {
    let (prompt, word) = (prompt.to_owned(), word.to_owned());
    Pinned { prompt, word, probability: 0.914, expected: Arc::new([expected.to_owned()]) }
}

/// A transformer of two layers with three heads each, with an answer to five words.
pub fn transformer() -> Observed {
    let mut observed = running();
    let run = Arc::make_mut(&mut observed.snapshot_mut().run);
    run.model = "Transformer 7→2×(6, 3 heads, 24)→7".to_owned();
    run.architecture = ModelConfig { architecture: Architecture::Transformer, heads: 3, ..ModelConfig::default() };
    let (layers, heads, positions) = (2, 3, 5);
    let answer = observed.answer_mut();
    answer.words = ["我", "讨厌", "我", "爱", "讨厌"].map(str::to_owned).into();
    answer.trace.ids = vec![0, 5, 0, 3, 5];
    answer.trace.target = 6;
    let last = answer.trace.distribution.clone();
    let halfway = last.iter().map(|p| 0.5 * p + 0.5 / last.len() as f32).collect();
    answer.trace.logit_lens = vec![vec![1.0 / last.len() as f32; last.len()], halfway, last];
    answer.trace.input_gradient_norms = vec![0.02, 0.3, 0.01, 0.05, 0.62];
    let all_heads = (0..layers).flat_map(|layer| (0..heads).map(move |head| (layer, head)));
    answer.trace.head_ablations =
        all_heads.map(|(layer, head)| HeadAblation { layer, head, loss: 0.1 + (layer + head) as f32 }).collect();
    let numbers = |seed: usize, count| (0..count).map(|at| (at * (seed + 3) % 17) as f32 / 8.0 - 1.0).collect();
    let mut quantities = Vec::new();
    for layer in 0..layers {
        let activation =
            |term, width, seed| quantity(term, Role::Activation, Some(layer), width, numbers(seed, positions * width));
        quantities
            .extend([activation(QuantityKind::Residual, 6, layer), activation(QuantityKind::MlpUnit, 24, layer + 2)]);
        for head in 0..heads {
            let values = (0..positions).flat_map(|position| attention(layer, head, position, positions)).collect();
            let role = Role::Attention { head };
            quantities.push(quantity(QuantityKind::Attention, role, Some(layer), positions, values));
        }
    }
    quantities.push(quantity(QuantityKind::Embedding, Role::Embedding, None, 6, numbers(5, positions * 6)));
    quantities.iter_mut().for_each(|quantity| quantity.equations = &[]);
    answer.trace.quantities = quantities;
    let flow = |layer| GradientFlow {
        term: QuantityKind::Residual,
        layer: Some(layer),
        norms: vec![0.02, 0.03, 0.01, 0.05, 0.6],
        sum: None,
    };
    answer.trace.gradient_flow = (0..layers).map(flow).collect();
    observed
}

/// One to four runs in lockstep, the first of which is focused: LSTM, RNN, transformer, GRU.
pub fn duel(runs: usize) -> Observed {
    let run = |name: &str, model: &str, speed: f32, observed: Observed| {
        let mut run = observed.with(|snapshot| Snapshot { in_step: Some(true), ..snapshot }).runs.remove(0);
        run.name = name.into();
        let snapshot = Arc::make_mut(&mut run.snapshot);
        if !model.is_empty() {
            Arc::make_mut(&mut snapshot.run).model = model.to_owned();
        }
        let mut record = Record::default();
        for step in 0..1234_u16 {
            let loss = 1.95 / (1.0 + f32::from(step) * speed / 60.0);
            record.add_step(StepReport { loss, epoch: f64::from(step + 1) / 4.0, ..StepReport::default() });
            record.seconds += 0.0004 / f64::from(speed);
        }
        let validated = Validated { loss: 0.5, bits_per_character: None, accuracy: Some(f64::from(speed.min(1.0))) };
        record.add_validation(validated);
        snapshot.record = record;
        run
    };
    let mut all = vec![
        run("LSTM", "", 1.0, running()),
        run("RNN", "RNN 7→2→2→7", 0.2, running()),
        run("transformer", "", 2.0, transformer()),
        run("GRU", "GRU 7→2→2→7", 1.5, running()),
    ];
    // the runs differ in what they have learned
    all[1].pinned[2].word = "玩具".to_owned();
    all.truncate(runs);
    Observed { runs: all, focus: 0, refusal: None }
}

/// A run whose last checkpoint could not be saved because the disk is full.
pub fn not_saved() -> Observed {
    let problem = SaveProblem::NotSaved { step: 1200, error: Message::new("model.safetensors: no storage space") };
    let problems = BTreeMap::from([(Artifact::Checkpoint, problem)]);
    let save_status = Some(SaveStatus { folder: "run".to_owned(), saved: Some(1000), problems });
    running().with(|snapshot| Snapshot { save_status, ..snapshot })
}

/// A run 300 steps after a restart.
pub fn restarted() -> Observed {
    let settings = AttemptSettings {
        number: 1,
        model: "LSTM 7→2→2→7".to_owned(),
        weights: 83,
        seed: 42,
        ..AttemptSettings::default()
    };
    let earlier = snapshot().record.to_earlier_attempt(settings).map(Arc::new).into_iter().collect();
    running().with(|snapshot| Snapshot { seed: 43, record: Record { earlier, ..record(300) }, ..snapshot })
}

/// A run before its first step.
pub fn untouched() -> Observed {
    running().with(|snapshot| Snapshot {
        state: RunState::Paused,
        record: Record::default(),
        steps_per_second: None,
        shapes: Vec::new(),
        ..snapshot
    })
}

/// A finished run, with a rejected prompt.
pub fn refused() -> Observed {
    let unknown = UnknownWord {
        word: "苹果".to_owned(),
        nearest: Vec::new(),
        known: vec!["我".to_owned(), "喜欢".to_owned(), "玩具".to_owned()],
        count: 7,
        split: None,
    };
    let refusal = Some(Refusal { number: 1, prompt: Some("我 苹果".to_owned()), error: AskError::Unknown(unknown) });
    let finished =
        |snapshot| Snapshot { state: RunState::Finished, record: record(5000), steps_per_second: None, ..snapshot };
    Observed { refusal, ..running().with(finished) }
}

/// A saved run during a replay.
pub fn replayed() -> Observed {
    let status = SaveStatus { folder: "runs/toy".to_owned(), saved: Some(5000), ..SaveStatus::default() };
    let run =
        RunInfo { file: "runs/toy/checkpoints/000003-step-5000/config.toml".to_owned(), ..(*snapshot().run).clone() };
    let mut observed = running().with(|snapshot| Snapshot {
        run: run.into(),
        state: RunState::Replay,
        record: record(5000),
        steps_per_second: None,
        save_status: Some(status),
        ..snapshot
    });
    observed.run_mut().playback = Playback { shown: Some(300), is_playing: true, ..Playback::default() };
    observed
}

/// A run whose trainer has panicked.
pub fn panicked() -> Observed {
    let failure =
        Failure { step: 1235, cause: Cause::Panic(PanicMessage::Text { text: "index out of bounds".to_owned() }) };
    running().with(|snapshot| Snapshot { state: RunState::Failed(failure), steps_per_second: None, ..snapshot })
}

/// Two layers of 100 units over a prompt of 40 words, from 1,000.
pub fn large() -> Observed {
    let mut observed = running();
    let vocabulary: Vec<String> = (0..1000).map(|word| format!("word{word}")).collect();
    let hidden: Vec<f32> = (0..4000u16).map(|i| f32::from(i % 201) / 100.0 - 1.0).collect();
    observed.run_mut().answer = Some(Arc::new(Answer {
        prompt: vocabulary[..40].join(" "),
        words: vocabulary[..40].to_vec(),
        trace: trace(2, &hidden, 100, &[0.001; 1000]),
        trace_target: TraceTarget::ExpectedWord,
        traces_expected_word: false,
        unknown: None,
    }));
    let snapshot = observed.snapshot_mut();
    let run = RunInfo {
        words: vocabulary.clone(),
        vocabulary,
        model: "LSTM 1000→64→100→100→1000".to_owned(),
        ..(*snapshot.run).clone()
    };
    snapshot.run = Arc::new(run);
    observed
}

/// A run with generated text, and a pinned prompt that the corpus does not contain.
pub fn continued() -> Observed {
    let mut observed = validating();
    let words = "挨打 我 爱 爸爸 我 喜欢 玩具 我 讨厌 挨打 我 爱 爸爸 我 喜欢 玩具 我 讨厌 挨打";
    let continuation = Continuation { prompt: "我 讨厌".to_owned(), text: format!("我 讨厌 {words}") };
    let run = observed.run_mut();
    run.continuation = Some((1200, continuation));
    run.pinned.push(Pinned { expected: Arc::new([]), ..pinned("爱 我", "玩具", "") });
    observed
}

/// A run on running text, with validations and some clipped gradients.
pub fn validating() -> Observed {
    let mut observed = running();
    let snapshot = observed.snapshot_mut();
    let training = TrainingConfig { predict: Predict::Every, clip: 5.0, ..TrainingConfig::default() };
    let run = RunInfo { clip: Some(5.0), training, validates: true, ..(*snapshot.run).clone() };
    snapshot.run = Arc::new(run);
    for step in (200..=1200_u32).step_by(200) {
        let loss = 0.4 + 200.0 / f64::from(step) + f64::from(step) / 4000.0;
        let validated = Validated { loss, bits_per_character: Some(loss / 2.0), accuracy: Some(0.5) };
        snapshot.record.validations.push(ValidationPoint { step: u64::from(step), validated });
    }
    let step = StepReport { gradient_norm: 0.731, learning_rate: 0.002, epoch: 6.17, ..StepReport::default() };
    (snapshot.record.last_step, snapshot.record.clipped_steps) = (Some(step), 37);
    observed
}
