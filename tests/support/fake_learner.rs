//! A learner without a model, for tests of the code around learners.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rnn_tui::config::RunSettings;
use rnn_tui::corpus::RawText;
use rnn_tui::language::Message;
use rnn_tui::learning::{
    Answer, AskError, Continuation, Evaluation, GenerateRequest, Learner, LearnerState, PartsDone, Predictor, Progress,
    PromptReader, RestoreError, RunInfo, StateLayout, StepError, StepReport, TraceTarget, Validated,
};
use rnn_tui::model::{GradientFlow, Quantity, QuantityKind, Role, TensorShape, Tensors, Trace};

/// Counts its steps; panics in step `panics_at`.
#[derive(Default)]
pub struct FakeLearner {
    pub steps: u64,
    pub seed: u64,
    pub panics_at: Option<u64>,
    /// Prompts panic after this many steps.
    pub answers_until: Option<u64>,
    /// Each step sleeps for 5 ms, and training has 1,000,000 steps instead of 1000.
    pub is_slow: bool,
    /// Number of parts of the validation after the last step.
    pub validation_parts: u64,
    /// Number of validation parts done.
    pub validated_parts: u64,
    pub asked: Asked,
    /// Number of predictors created.
    pub predictors: Arc<AtomicUsize>,
    /// Locked while a prompt of more than 100 words is answered, so that a test can delay such a prompt.
    pub gate: Arc<Mutex<()>>,
}

impl Learner for FakeLearner {
    fn info(&self) -> RunInfo {
        RunInfo {
            file: "fake".to_owned(),
            steps: if self.is_slow { 1_000_000 } else { 1000 },
            vocabulary: vec!["one".to_owned(), "two".to_owned()],
            prompts: vec!["one".to_owned()],
            ..RunInfo::default()
        }
    }

    fn vocabulary(&self) -> &[String] {
        &[]
    }

    fn work(&mut self) -> Result<Progress, StepError> {
        if self.is_validating() {
            self.validated_parts += 1;
            std::thread::sleep(Duration::from_millis(2));
            let validated = Validated { loss: 0.5, bits_per_character: None, accuracy: None };
            let is_last = self.validated_parts == self.validation_parts;
            return Ok(if is_last { Progress::Validated(validated) } else { Progress::Validating });
        }
        self.steps += 1;
        assert_ne!(Some(self.steps), self.panics_at, "it panics as configured");
        if self.is_slow {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Progress::Step(StepReport { loss: 1.0 / self.steps as f32, ..StepReport::default() }))
    }

    fn validation_progress(&self) -> Option<PartsDone> {
        let progress = PartsDone { done: self.validated_parts, total: self.validation_parts };
        (self.steps == 1000 && progress.done < progress.total).then_some(progress)
    }

    fn reader(&self) -> Arc<dyn PromptReader> {
        Arc::new(FakeReader)
    }

    fn predictor(&self) -> Box<dyn Predictor> {
        self.predictors.fetch_add(1, Ordering::Relaxed);
        let (steps, answers_until) = (self.steps, self.answers_until);
        Box::new(FakePredictor { steps, answers_until, asked: self.asked.clone(), gate: self.gate.clone() })
    }

    fn rebuilt(&self, _: &RunSettings, _: u64) -> Result<Box<dyn Learner>, Message> {
        Err(Message::new("a fake learner has no settings"))
    }

    fn retune(&mut self, _: &RunSettings) -> Result<(), Message> {
        Err(Message::new("a fake learner has no settings"))
    }

    fn learning_rate(&self) -> f64 {
        0.1
    }

    fn set_learning_rate_factor(&mut self, _: f64) {}

    fn evaluate(&mut self, _: Option<&RawText>) -> Result<Evaluation, Message> {
        Err(Message::new("there is nothing to evaluate"))
    }

    fn shapes(&mut self) -> Vec<TensorShape> {
        Vec::new()
    }

    fn dry_run(&mut self) {}

    fn seed(&self) -> u64 {
        self.seed
    }

    fn restart(&mut self, seed: u64) -> Result<(), StepError> {
        *self = Self { seed, is_slow: self.is_slow, asked: self.asked.clone(), ..Self::default() };
        Ok(())
    }

    fn save(&mut self, _: &mut LearnerState) {}

    fn layout(&mut self) -> StateLayout {
        LearnerState::default().layout()
    }

    fn restore(&mut self, _: &LearnerState) -> Result<(), RestoreError> {
        Ok(())
    }

    fn copy_weights(&mut self, weights: &mut Vec<f32>) {
        weights.push(self.steps as f32);
    }

    fn load_weights(&mut self, _: &Tensors) -> Result<(), RestoreError> {
        Ok(())
    }
}

/// Maps every word to id 0.
struct FakeReader;

impl PromptReader for FakeReader {
    fn read(&self, prompt: &str) -> Result<Vec<u32>, AskError> {
        if prompt.is_empty() { Err(AskError::Empty) } else { Ok(vec![0; prompt.split_whitespace().count()]) }
    }

    fn append(&self, prompt: &str, word: u32) -> Result<String, AskError> {
        Ok(format!("{prompt} {word}"))
    }

    fn shorten(&self, _: &str) -> Result<String, AskError> {
        Err(AskError::Empty)
    }

    fn observed_next_words(&self, _: &str) -> Result<Vec<String>, AskError> {
        Ok(vec!["two".to_owned()])
    }
}

/// Prompts answered by a fake learner: thread name, step, prompt.
pub type Asked = Arc<Mutex<Vec<(Option<String>, u64, String)>>>;

/// Gives the same answer at every step; panics after step `answers_until`.
#[derive(Clone)]
struct FakePredictor {
    steps: u64,
    answers_until: Option<u64>,
    asked: Asked,
    gate: Arc<Mutex<()>>,
}

impl Predictor for FakePredictor {
    fn duplicate(&self) -> Box<dyn Predictor> {
        Box::new(self.clone())
    }

    fn set_weights(&mut self, weights: &[f32]) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count
        let steps = weights[0] as u64;
        self.steps = steps;
    }

    fn ask_and_trace(&self, prompt: &str, trace_target: TraceTarget) -> Result<Answer, AskError> {
        assert!(self.answers_until.is_none_or(|until| self.steps <= until), "a prompt was set to panic");
        let is_long = prompt.split_whitespace().count() > 100;
        let _open = is_long.then(|| self.gate.lock().unwrap());
        let thread = std::thread::current().name().map(str::to_owned);
        self.asked.lock().unwrap().push((thread, self.steps, prompt.to_owned()));
        let hidden = Quantity {
            term: QuantityKind::HiddenState,
            role: Role::State,
            layer: Some(0),
            width: 1,
            values: vec![0.5],
            equations: &[],
        };
        let trace = Trace {
            ids: vec![0],
            target: 1,
            distribution: vec![0.25, 0.75],
            surprisals: Vec::new(),
            input_gradient_norms: vec![1.0],
            context: None,
            quantities: vec![hidden],
            gradient_flow: vec![GradientFlow {
                term: QuantityKind::HiddenState,
                layer: Some(0),
                norms: vec![1.0],
                sum: None,
            }],
            logit_lens: Vec::new(),
            head_ablations: Vec::new(),
        };
        let (prompt, words) = (prompt.to_owned(), vec![prompt.to_owned()]);
        Ok(Answer { prompt, words, trace, trace_target, traces_expected_word: false, unknown: None })
    }

    fn generate(&self, request: &GenerateRequest) -> Result<Continuation, AskError> {
        let text = format!("{}{}", request.prompt, " two".repeat(request.words));
        Ok(Continuation { prompt: request.prompt.clone(), text })
    }
}
