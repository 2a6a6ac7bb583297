//! The memory of a pass through an NPLM, reused by every step.

use super::spec::{Context, NplmSpec};
use crate::model::architectures::{Start, Workspace};
use crate::model::dimensions::{Batch, Hidden, Predictions, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{HeadWorkspace, Ids, Targets};
use crate::model::tensors::{Result, Tensor};

/// Placeholder for a word before the beginning of the text.
pub(super) const NO_WORD: u32 = u32::MAX;

/// Contexts, hidden layer, logits and gradients of one pass: one row per target.
#[derive(Clone, Debug)]
pub struct NplmWorkspace {
    pub(super) threads: Threads,
    pub(super) size: (Steps, Batch),
    /// The N − 1 words before the next window, `[N − 1, Batch]`; [`NO_WORD`] before the beginning of the text.
    history: Vec<u32>,
    /// The words of every context, `[Predictions, N]`.
    pub(super) words: Vec<u32>,
    pub(super) context: Tensor<(Predictions, Context)>,
    pub(super) d_context: Tensor<(Predictions, Context)>,
    /// W·x + b, then ∂loss/∂(W·x + b).
    pub(super) sums: Tensor<(Predictions, Hidden)>,
    pub(super) hidden: Tensor<(Predictions, Hidden)>,
    pub(super) head: HeadWorkspace,
}

impl NplmWorkspace {
    pub(super) fn new(spec: &NplmSpec, threads: Threads) -> Result<Self> {
        let (none, context) = (Predictions(0), spec.context_dim());
        Ok(Self {
            threads,
            size: (Steps(0), Batch(0)),
            history: Vec::new(),
            words: Vec::new(),
            context: Tensor::zeros((none, context))?,
            d_context: Tensor::zeros((none, context))?,
            sums: Tensor::zeros((none, spec.hidden))?,
            hidden: Tensor::zeros((none, spec.hidden))?,
            head: HeadWorkspace::new(spec.vocabulary)?,
        })
    }

    /// The context of every target, `[Predictions, N·E]`.
    #[must_use]
    pub fn context(&self) -> &[f32] {
        self.context.as_slice()
    }

    /// The hidden layer of every target, `[Predictions, H]`.
    #[must_use]
    pub fn hidden(&self) -> &[f32] {
        self.hidden.as_slice()
    }

    /// Collects the context words of every target, N per row, and stores the last N − 1 words for the next window. A carried history of another
    /// size is replaced by an empty one.
    ///
    /// # Panics
    /// If the given carry has another number of sequences, or a position is outside the sequence.
    pub(super) fn read(
        &mut self,
        ids: Ids<'_>,
        start: Start<'_, Vec<u32>>,
        targets: Targets<'_>,
        context_words: usize,
    ) {
        let (batch, before) = (ids.batch().0, (context_words - 1) * ids.batch().0);
        match start {
            Start::Carried if self.history.len() == before => {}
            Start::From(words) => self.history.clone_from(words),
            Start::Carried | Start::Zeros => {
                self.history.clear();
                self.history.resize(before, NO_WORD);
            }
        }
        assert_eq!(self.history.len(), before, "the words before the window are those of as many sequences");
        self.size = (ids.steps(), ids.batch());
        let all = self.history.len() + ids.words().len();
        let word = |at: usize| at.checked_sub(before).map_or_else(|| self.history[at], |at| ids.words()[at]);
        self.words.clear();
        // history and window are one sequence: the context of position t·batch + b is the words of sequence b at t, …, t + N − 1 of both together
        let context = |position: usize| (0..context_words).map(move |k| word(position + k * batch));
        match targets.positions() {
            Some(positions) => self.words.extend(positions.iter().flat_map(|position| context(*position))),
            None => self.words.extend((0..ids.words().len()).flat_map(context)),
        }
        let next: Vec<u32> = (all - before..all).map(word).collect();
        self.history = next;
    }
}

impl Workspace for NplmWorkspace {
    /// The N − 1 words before the next window, `[N − 1, Batch]`.
    type Carry = Vec<u32>;

    fn set_threads(&mut self, threads: Threads) {
        self.threads = threads;
    }

    fn logits(&self) -> &[f32] {
        self.head.logits()
    }

    fn carry(&self) -> Vec<u32> {
        self.history.clone()
    }
}
