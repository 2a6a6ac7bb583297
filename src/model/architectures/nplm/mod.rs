//! The neural probabilistic language model of Bengio et al. 2003, a feed-forward model: the embeddings of the last N words, concatenated, go
//! through one hidden layer. Earlier words have no influence.
//!
//! ```text
//! x = [e(w₋ₙ₊₁); …; e(w)]      the context, zeros before the beginning of the text   [N·E]
//! h = tanh(W·x + b)            the hidden layer                                      [H]
//! logits = U·h + b′ (+ D·x)    D, the direct weight, is optional                     [V]
//! ```

mod elementwise;
mod gradients;
mod shapes;
mod spec;
mod trace;
mod workspace;

use dfdx::prelude::Dim;
use rand::{Rng, RngCore};

use super::{Cost, Model, Start, Work};
use crate::model::dimensions::{Batch, Hidden, Steps, Vocab};
use crate::model::kernels::{Accumulate, Matrix, Threads, product};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::layers::{Embedding, Head, Ids, Targets};
use crate::model::parameters::{Label, Parameter, ParameterMut, uniform};
use crate::model::shapes::TensorShape;
use crate::model::tensors::Result;
use crate::model::trace::Trace;
use crate::model::weights::{Mismatch, Tensors, described};

use elementwise::tanh;
use spec::Context;
pub use spec::NplmSpec;
use workspace::NO_WORD;
pub use workspace::NplmWorkspace;

/// A model that predicts each word from the N words before it.
#[derive(Clone, Debug)]
pub struct Nplm {
    spec: NplmSpec,
    embedding: Embedding,
    weight: Parameter<(Hidden, Context)>,
    bias: Parameter<(Hidden,)>,
    head: Head<Hidden>,
    direct: Option<Parameter<(Vocab, Context)>>,
}

impl Nplm {
    /// Computes the hidden layer of every target into `workspace`, from the words of its context, and stores the last words of `ids`
    /// there as the carry of the next window. A carry in the workspace of another batch size is replaced by no words.
    ///
    /// # Panics
    /// If a word is outside the vocabulary, a position outside the sequence, or the carry in [`Start::From`] not of this batch.
    pub fn forward(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Vec<u32>>,
        targets: Targets<'_>,
        workspace: &mut NplmWorkspace,
    ) {
        workspace.read(ids, start, targets, self.spec.context_words());
        let NplmWorkspace { threads, words, context, sums, hidden, .. } = workspace;
        let rows = targets.count();
        context.reshape((rows, self.spec.context_dim()));
        let width = self.spec.embedding.size();
        let table = self.embedding.table();
        for (vector, word) in context.as_mut_slice().chunks_exact_mut(width).zip(&*words) {
            match *word {
                NO_WORD => vector.fill(0.0),
                word => vector.copy_from_slice(&table.as_slice()[word as usize * width..][..width]),
            }
        }
        sums.reshape((rows, self.spec.hidden));
        hidden.reshape((rows, self.spec.hidden));
        let weight = self.weight.value.matrix().transposed();
        let bias = Accumulate::Row(self.bias.value.as_slice());
        product(sums.matrix_mut(), bias, context.matrix(), weight, *threads);
        tanh(sums.as_slice(), hidden.as_mut_slice());
    }

    /// Computes U·h (+ D·x) of every target into `workspace`, the logits without the bias, after [`forward`](Self::forward).
    fn logits_without_bias(&self, targets: Targets<'_>, workspace: &mut NplmWorkspace) {
        let NplmWorkspace { threads, context, hidden, head, .. } = workspace;
        let weight = self.head_weight();
        self.head.forward(hidden.matrix(), weight, targets, head, *threads);
        if let Some(direct) = &self.direct {
            let weight = direct.value.matrix().transposed();
            product(head.matrix_mut(), Accumulate::Output, context.matrix(), weight, *threads);
        }
    }

    /// U, `[V, H]`. The head always has a weight of its own here: an NPLM is never tied.
    fn head_weight(&self) -> Matrix<'_, Vocab, Hidden> {
        self.head.weight(|| self.embedding.as_head(self.spec.hidden))
    }
}

impl Model for Nplm {
    type Spec = NplmSpec;
    type Workspace = NplmWorkspace;
    /// The N − 1 words before the next window of every stream, time first.
    type Carry = Vec<u32>;

    /// Weights are drawn from PyTorch's default distributions.
    fn new(spec: &Self::Spec, random: &mut impl Rng) -> Result<Self> {
        let NplmSpec { vocabulary, embedding, hidden, direct, .. } = *spec;
        let (context, axis) = (spec.context_dim(), Axis::Times(spec.context_words(), &Axis::Embedding));
        let uniform = uniform(context.size());
        let label = |name, meaning, axes: &[Axis]| Label::new(TensorName::new(name), meaning, axes);
        let weight = label("hidden.weight", TensorRole::InputWeight, &[Axis::Hidden, axis]);
        let bias = label("hidden.bias", TensorRole::Bias, &[Axis::Hidden]);
        let direct_weight = label("direct.weight", TensorRole::DirectWeight, &[Axis::Vocabulary, axis]);
        Ok(Self {
            spec: *spec,
            embedding: Embedding::new(vocabulary, embedding, false, random)?,
            weight: Parameter::drawn(weight, (hidden, context), uniform, random)?,
            bias: Parameter::drawn(bias, (hidden,), uniform, random)?,
            head: Head::new(hidden, Axis::Hidden, vocabulary, false, random)?,
            direct: if direct {
                Some(Parameter::drawn(direct_weight, (vocabulary, context), uniform, random)?)
            } else {
                None
            },
        })
    }

    fn spec(&self) -> &Self::Spec {
        &self.spec
    }

    fn summary(spec: &Self::Spec) -> String {
        spec.summary()
    }

    fn cost(spec: &Self::Spec, work: Work) -> Cost {
        spec.cost(work)
    }

    fn workspace(&self, threads: Threads) -> Result<Self::Workspace> {
        NplmWorkspace::new(&self.spec, threads)
    }

    fn loss(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut Self::Workspace,
    ) -> f32 {
        self.forward(ids, start, targets, workspace);
        self.logits_without_bias(targets, workspace);
        self.head.cross_entropy(targets, &mut workspace.head, workspace.threads)
    }

    fn loss_and_gradients(
        &mut self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut Self::Workspace,
        _: &mut dyn RngCore,
    ) -> f32 {
        self.forward(ids, start, targets, workspace);
        self.logits_without_bias(targets, workspace);
        let loss = self.head.cross_entropy_and_gradient(targets, &mut workspace.head, workspace.threads);
        self.backward_to_context(workspace);
        self.weight_gradients(workspace);
        loss
    }

    fn next_logits<'w>(
        &self,
        ids: &[u32],
        start: Start<'_, Self::Carry>,
        workspace: &'w mut Self::Workspace,
    ) -> &'w mut [f32] {
        let (last, word) = ([ids.len() - 1], [0]);
        let targets = Targets::at(&last, &word);
        self.forward(Ids::new(ids, Steps(ids.len()), Batch(1)), start, targets, workspace);
        self.logits_without_bias(targets, workspace);
        self.head.add_bias(&mut workspace.head);
        workspace.head.logits_mut()
    }

    fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.embedding.visit(visitor);
        self.weight.show(visitor);
        self.bias.show(visitor);
        self.head.visit(visitor);
        if let Some(direct) = &mut self.direct {
            direct.show(visitor);
        }
    }

    fn trace(&self, ids: &[u32], target: Option<u32>) -> Result<Trace> {
        self.traced(ids, target)
    }

    fn shapes(&mut self, workspace: &Self::Workspace) -> Vec<TensorShape> {
        self.tensor_shapes(workspace)
    }

    /// The ids of the carried words plus 1, so that 0 is "no word"; exact in f32 up to 2²⁴ words.
    fn save_carry(carry: &Self::Carry, tensors: &mut Tensors) {
        let numbers: Vec<f32> = carry.iter().map(|word| word.wrapping_add(1) as f32).collect();
        tensors.push("words", &[numbers.len()], &numbers);
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // ids, which are checked
    fn load_carry(spec: &Self::Spec, streams: usize, tensors: &Tensors) -> std::result::Result<Self::Carry, Mismatch> {
        let words = |count: usize| vec![("words".to_owned(), described("F32", &[count]))];
        let expected = words((spec.context_words() - 1) * streams);
        Mismatch::check(&expected, &tensors.descriptions())?;
        let numbers = tensors.get("words").map(|tensor| tensor.numbers.as_slice()).unwrap_or_default();
        let vocabulary = spec.vocabulary.size();
        if numbers.iter().any(|number| !(number.fract() == 0.0 && (0.0..=vocabulary as f32).contains(number))) {
            return Mismatch::check(&expected, &[("words".to_owned(), "numbers that are no words".to_owned())])
                .map(|()| Vec::new());
        }
        Ok(numbers.iter().map(|number| (*number as u32).wrapping_sub(1)).collect())
    }
}
