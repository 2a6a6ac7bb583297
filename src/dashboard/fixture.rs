//! One run at fixed moments, for tests.

use std::sync::Arc;

use crate::corpus::UnknownWord;
use crate::model::{LayerTrace, Trace};
use crate::training::{
    Answer, AskError, Cause, Failure, History, Pace, Refusal, RunInfo, RunState, Snapshot, StepReport, Validated,
    ValidationPoint, Validations,
};

fn history(steps: u16) -> History {
    let mut history = History::default();
    for step in 0..steps {
        let noise = 1.0 + 0.3 * f32::from(step * 7 % 13) / 13.0;
        history.push(1.95 / (1.0 + f32::from(step) / 60.0) * noise);
    }
    history
}

/// In the middle of training, asked for 我 讨厌.
pub fn running() -> Snapshot {
    Snapshot {
        run: Arc::new(RunInfo {
            title: "Three sentences".to_owned(),
            file: "configs/toy.toml".to_owned(),
            model: "LSTM 7→2→2→7".to_owned(),
            weights: 83,
            steps: 5000,
            clip: None,
            spaces_are_words: false,
            validates: false,
            vocabulary: ["我", "喜欢", "玩具", "爱", "爸爸", "讨厌", "挨打"].map(str::to_owned).into(),
            prompts: vec!["我 喜欢".to_owned()],
        }),
        obeyed: 0,
        seed: 42,
        state: RunState::Running,
        step: 1234,
        pace: Pace::from(400),
        steps_per_second: Some(399.6),
        loss: Some(0.0912),
        history: history(1234),
        last_step: None,
        clipped_steps: 0,
        validations: Validations::default(),
        answer: Some(Answer {
            prompt: "我 讨厌".to_owned(),
            words: vec!["我".to_owned(), "讨厌".to_owned()],
            trace: trace(1, vec![0.42, -0.07, -0.96, 0.71], 2, &[0.001, 0.002, 0.031, 0.0, 0.0519, 0.0001, 0.914]),
        }),
        continuation: None,
        refusal: None,
    }
}

/// Layers that all have this hidden state `[Steps, units]`, and the distribution after the last step.
fn trace(layers: usize, hidden: Vec<f32>, units: usize, distribution: &[f32]) -> Trace {
    let steps = hidden.len() / units;
    let gates = ["i", "f", "g", "o"].map(|name| (name, hidden.clone())).into();
    let layer = LayerTrace { cell: hidden.clone(), hidden, gates, gradient_norms: vec![0.5; steps] };
    Trace { layers: vec![layer; layers], units, distributions: distribution.repeat(steps), target: 0 }
}

/// Before the first step.
pub fn untouched() -> Snapshot {
    Snapshot {
        state: RunState::Paused,
        step: 0,
        steps_per_second: None,
        loss: None,
        history: History::default(),
        ..running()
    }
}

/// After the last step, with a prompt that could not be answered.
pub fn refused() -> Snapshot {
    let unknown = UnknownWord {
        word: "苹果".to_owned(),
        nearest: Vec::new(),
        known: vec!["我".to_owned(), "喜欢".to_owned(), "玩具".to_owned()],
        cut: None,
    };
    Snapshot {
        state: RunState::Finished,
        step: 5000,
        steps_per_second: None,
        history: history(5000),
        refusal: Some(Refusal { number: 1, prompt: "我 苹果".to_owned(), error: AskError::Unknown(unknown) }),
        ..running()
    }
}

/// The trainer has panicked.
pub fn panicked() -> Snapshot {
    let failure = Failure { step: 1235, reason: "index out of bounds".to_owned(), cause: Cause::Panic };
    Snapshot { state: RunState::Failed(failure), steps_per_second: None, ..running() }
}

/// Two layers of 100 units over a prompt of 40 words, from 1,000.
pub fn large() -> Snapshot {
    let mut snapshot = running();
    let vocabulary: Vec<String> = (0..1000).map(|word| format!("word{word}")).collect();
    let hidden: Vec<f32> = (0..4000u16).map(|i| f32::from(i % 201) / 100.0 - 1.0).collect();
    snapshot.answer = Some(Answer {
        prompt: vocabulary[..40].join(" "),
        words: vocabulary[..40].to_vec(),
        trace: trace(2, hidden, 100, &[0.001; 1000]),
    });
    let run = RunInfo { vocabulary, model: "LSTM 1000→64→100→100→1000".to_owned(), ..(*snapshot.run).clone() };
    snapshot.run = Arc::new(run);
    snapshot
}

/// A running text with validations, gradients clipped now and then.
pub fn validating() -> Snapshot {
    let mut snapshot = running();
    let run = RunInfo { clip: Some(5.0), validates: true, ..(*snapshot.run).clone() };
    snapshot.run = Arc::new(run);
    for step in (200..=1200_u32).step_by(200) {
        let loss = 0.4 + 200.0 / f64::from(step) + f64::from(step) / 4000.0;
        let validated = Validated { loss, bits_per_character: Some(loss / 2.0) };
        snapshot.validations.push(ValidationPoint { step: u64::from(step), validated });
    }
    let step = StepReport { gradient_norm: 0.731, learning_rate: 0.002, epoch: 6.17, ..StepReport::default() };
    (snapshot.last_step, snapshot.clipped_steps) = (Some(step), 37);
    snapshot
}
