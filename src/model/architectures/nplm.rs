//! The neural probabilistic language model of Bengio et al. 2003, before there was a recurrence: the last N words, one beside the
//! other, through a hidden layer. What lies further back does not exist.
//!
//! ```text
//! x = [e(w₋ₙ₊₁); …; e(w)]      the context: zeros where the text has not begun   [N·E]
//! h = tanh(W·x + b)            the hidden layer                                  [H]
//! logits = U·h + b′ (+ D·x)    D, the direct way, may be left out                [V]
//! ```

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};
use rand::{Rng, RngCore};

use super::{Cost, Model, Start, Work, Workspace};
use crate::model::dimensions::{Batch, Embed, Hidden, Predictions, Steps, Vocab};
use crate::model::kernels::{
    Accumulate, Lanes, Matrix, Threads, add_rows_by_word, product, simd_chunks, sum_rows, vectorized,
};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::layers::{Embedding, Head, HeadWorkspace, Ids, Targets};
use crate::model::parameters::{Label, Parameter, ParameterMut, uniform};
use crate::model::shapes::TensorShape;
use crate::model::tensors::{Result, Tensor};
use crate::model::trace::{Equation, GradientFlow, Part, Quantity, QuantityKind, Role, Trace, norms};
use crate::model::weights::{Mismatch, Tensors, described};

/// Stands for a word before the beginning of the text.
const NO_WORD: u32 = u32::MAX;

/// Sizes and options of an NPLM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NplmSpec {
    /// Vocabulary size.
    pub vocabulary: Vocab,
    /// Embedding size.
    pub embedding: Embed,
    /// Units of the hidden layer.
    pub hidden: Hidden,
    /// N: words of context; 0 counts as 1.
    pub context: usize,
    /// Whether there is a direct weight from context to logits.
    pub direct: bool,
}

impl NplmSpec {
    fn words(&self) -> usize {
        self.context.max(1)
    }

    fn context(&self) -> Context {
        Context(self.words(), self.embedding)
    }
}

/// The dimension of the concatenated embeddings of N words: N·E.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context(usize, Embed);

impl Dim for Context {
    fn size(&self) -> usize {
        self.0 * self.1.size()
    }
    /// Always `None`: the factors cannot be derived from the product.
    fn from_size(_: usize) -> Option<Self> {
        None
    }
}

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

/// Contexts, hidden layer, logits and gradients of one pass: one row per target.
#[derive(Clone, Debug)]
pub struct NplmWorkspace {
    threads: Threads,
    size: (Steps, Batch),
    /// The N − 1 words before the window, time first; none where the text has not begun.
    history: Vec<u32>,
    /// The words of every context, N for each row.
    words: Vec<u32>,
    context: Tensor<(Predictions, Context)>,
    d_context: Tensor<(Predictions, Context)>,
    /// The sums, then their gradients.
    sums: Tensor<(Predictions, Hidden)>,
    hidden: Tensor<(Predictions, Hidden)>,
    head: HeadWorkspace,
}

impl Workspace for NplmWorkspace {
    /// The words before the next window.
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

impl NplmWorkspace {
    /// The context of every prediction, `[Predictions, N·E]`.
    #[must_use]
    pub fn context(&self) -> &[f32] {
        self.context.as_slice()
    }

    /// The hidden layer of every prediction, `[Predictions, H]`.
    #[must_use]
    pub fn hidden(&self) -> &[f32] {
        self.hidden.as_slice()
    }

    /// Collects the context words of every target, and the last N − 1 words for the next window.
    fn read(&mut self, ids: Ids<'_>, start: Start<'_, Vec<u32>>, targets: Targets<'_>, context: usize) {
        let (batch, before) = (ids.batch().0, (context - 1) * ids.batch().0);
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
        // position t·batch + b: its words are those of the same sequence at t, …, t + N − 1 of history and window together
        let of_position = |position: usize| (0..context).map(move |k| word(position + k * batch));
        match targets.positions() {
            Some(positions) => self.words.extend(positions.iter().flat_map(|position| of_position(*position))),
            None => self.words.extend((0..ids.words().len()).flat_map(of_position)),
        }
        let next: Vec<u32> = (all - before..all).map(word).collect();
        self.history = next;
    }
}

impl Nplm {
    /// Computes the hidden layer of every target into `workspace`, from the words of its context.
    ///
    /// # Panics
    /// If an id is outside the vocabulary, a position outside the sequence, or the carry not of this batch.
    pub fn forward(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Vec<u32>>,
        targets: Targets<'_>,
        workspace: &mut NplmWorkspace,
    ) {
        workspace.read(ids, start, targets, self.spec.words());
        let NplmWorkspace { threads, words, context, sums, hidden, .. } = workspace;
        let rows = targets.count();
        context.reshape((rows, self.spec.context()));
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
        vectorized(Tanh(sums.as_slice(), hidden.as_mut_slice()));
    }

    /// Computes the logits without the bias.
    fn logits_without_bias(&self, targets: Targets<'_>, workspace: &mut NplmWorkspace) {
        let NplmWorkspace { threads, context, hidden, head, .. } = workspace;
        let weight = self.head_weight();
        self.head.forward(hidden.matrix(), weight, targets, head, *threads);
        if let Some(direct) = &self.direct {
            let weight = direct.value.matrix().transposed();
            product(head.matrix_mut(), Accumulate::Output, context.matrix(), weight, *threads);
        }
    }

    /// From the gradient of the logits to those of the hidden layer's sums and of the context.
    fn back_to_context(&self, workspace: &mut NplmWorkspace) {
        let NplmWorkspace { threads, context, d_context, sums, hidden, head, .. } = workspace;
        product(sums.matrix_mut(), Accumulate::Nothing, head.matrix(), self.head_weight(), *threads);
        vectorized(TanhGradient(hidden.as_slice(), sums.as_mut_slice()));
        d_context.reshape(context.shape());
        product(d_context.matrix_mut(), Accumulate::Nothing, sums.matrix(), self.weight.value.matrix(), *threads);
        if let Some(direct) = &self.direct {
            product(d_context.matrix_mut(), Accumulate::Output, head.matrix(), direct.value.matrix(), *threads);
        }
    }

    /// From the gradients of logits, sums and contexts to those of the weights.
    fn collect_gradients(&mut self, workspace: &NplmWorkspace) {
        let NplmWorkspace { threads, words, context, d_context, sums, hidden, head, .. } = workspace;
        let (d_logits, d_sums) = (head.matrix().transposed(), sums.matrix().transposed());
        if let Some(gradient) = self.head.weight_gradient() {
            product(gradient, Accumulate::Nothing, d_logits, hidden.matrix(), *threads);
        }
        if let Some(direct) = &mut self.direct {
            product(direct.gradient.matrix_mut(), Accumulate::Nothing, d_logits, context.matrix(), *threads);
        }
        product(self.weight.gradient.matrix_mut(), Accumulate::Nothing, d_sums, context.matrix(), *threads);
        sum_rows(sums.as_slice(), self.bias.gradient.as_mut_slice(), *threads);
        // where there is no word there is no row of the table either
        let (_, mut d_table) = self.embedding.table_and_gradient();
        add_rows_by_word(d_table.as_mut_slice(), false, words, d_context.as_slice(), *threads);
    }

    fn head_weight(&self) -> Matrix<'_, Vocab, Hidden> {
        self.head.weight(|| self.embedding.as_head(self.spec.hidden)) // its own: nothing is shared
    }

    /// The hidden layer and the vectors of the words at every position.
    fn quantities(&self, ids: &[u32], workspace: &NplmWorkspace) -> Vec<Quantity> {
        const EQUATIONS: &[Equation] = &[Equation {
            letters: "h = tanh(W·x + b)",
            numbers: &[Part::Text("tanh "), Part::Now(QuantityKind::PreActivation)],
            result: QuantityKind::HiddenLayer,
        }];
        let layer = |term, role, values: &[f32]| Quantity {
            term,
            role,
            layer: Some(0),
            width: self.spec.hidden.size(),
            values: values.to_vec(),
            equations: EQUATIONS,
        };
        let width = self.spec.embedding.size();
        // the last word of each context is that of its position
        let vectors = workspace.context.as_slice().chunks_exact(width).skip(self.spec.words() - 1);
        let embedding = Quantity {
            term: QuantityKind::Embedding,
            role: Role::Embedding,
            layer: None,
            width,
            values: vectors.step_by(self.spec.words()).take(ids.len()).flatten().copied().collect(),
            equations: &[],
        };
        vec![
            layer(QuantityKind::HiddenLayer, Role::Activation, workspace.hidden.as_slice()),
            layer(QuantityKind::PreActivation, Role::Sum, workspace.sums.as_slice()),
            embedding,
        ]
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
        let (context, axis) = (spec.context(), Axis::Times(spec.words(), &Axis::Embedding));
        let uniform = uniform(context.size());
        let label = |name, meaning, axes: &[Axis]| Label::new(TensorName::new(name), meaning, axes);
        let weight = label("hidden.weight", TensorRole::InputWeight, &[Axis::Hidden, axis]);
        let bias = label("hidden.bias", TensorRole::Bias, &[Axis::Hidden]);
        let way = label("direct.weight", TensorRole::DirectWeight, &[Axis::Vocabulary, axis]);
        Ok(Self {
            spec: *spec,
            embedding: Embedding::new(vocabulary, embedding, false, random)?,
            weight: Parameter::drawn(weight, (hidden, context), uniform, random)?,
            bias: Parameter::drawn(bias, (hidden,), uniform, random)?,
            head: Head::new((hidden, Axis::Hidden), vocabulary, false, random)?,
            direct: if direct { Some(Parameter::drawn(way, (vocabulary, context), uniform, random)?) } else { None },
        })
    }

    fn spec(&self) -> &Self::Spec {
        &self.spec
    }

    fn summary(spec: &Self::Spec) -> String {
        let NplmSpec { vocabulary, embedding, hidden, .. } = spec;
        let [v, e, h] = [vocabulary.size(), embedding.size(), hidden.size()];
        format!("NPLM {v}→{}×{e}→{h}→{v}", spec.words())
    }

    fn cost(spec: &Self::Spec, work: Work) -> Cost {
        let NplmSpec { vocabulary, embedding, hidden, direct, .. } = spec;
        let [v, e, h] = [vocabulary.size(), embedding.size(), hidden.size()].map(|size| size as u128);
        let context = spec.context().size() as u128;
        let direct = if *direct { v * context } else { 0 };
        Cost {
            weights: v * e + h * (context + 1) + v * (h + 1) + direct,
            activations: work.predictions as u128 * (2 * context + 2 * h + v),
            multiplications: 3 * work.predictions as u128 * (h * context + v * h + direct),
            depth: 2,
        }
    }

    fn workspace(&self, threads: Threads) -> Result<Self::Workspace> {
        let NplmSpec { vocabulary, hidden, .. } = self.spec;
        let (none, context) = (Predictions(0), self.spec.context());
        Ok(NplmWorkspace {
            threads,
            size: (Steps(0), Batch(0)),
            history: Vec::new(),
            words: Vec::new(),
            context: Tensor::zeros((none, context))?,
            d_context: Tensor::zeros((none, context))?,
            sums: Tensor::zeros((none, hidden))?,
            hidden: Tensor::zeros((none, hidden))?,
            head: HeadWorkspace::new(vocabulary)?,
        })
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
        self.back_to_context(workspace);
        self.collect_gradients(workspace);
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
        assert!(!ids.is_empty(), "a text of no words has no next word");
        let mut workspace = self.workspace(Threads::ONE)?;
        let text = Ids::new(ids, Steps(ids.len()), Batch(1));
        let everywhere = Targets::everywhere(ids); // at every position, whatever the target
        self.forward(text, Start::Zeros, everywhere, &mut workspace);
        self.logits_without_bias(everywhere, &mut workspace);
        let quantities = self.quantities(ids, &workspace);
        let mut trace = Trace {
            ids: ids.to_vec(),
            target: 0,
            surprisals: self.head.surprisals(&ids[1..], &workspace.head),
            distribution: self.head.last_distribution(&mut workspace.head).to_vec(),
            input_gradient_norms: vec![0.0; ids.len()],
            context: Some(self.spec.words()),
            quantities,
            gradient_flow: Vec::new(),
            logit_lens: Vec::new(),
            silenced: Vec::new(),
        };
        trace.target = target.unwrap_or_else(|| trace.most_probable());

        let (position, word) = ([ids.len() - 1], [trace.target]);
        let last = Targets::at(&position, &word);
        self.forward(text, Start::Zeros, last, &mut workspace);
        self.logits_without_bias(last, &mut workspace);
        self.head.logit_gradient(last, &mut workspace.head);
        self.back_to_context(&mut workspace);
        // the words of the last context end the text; nothing reaches those before
        let found = norms(workspace.d_context.as_slice(), self.spec.embedding.size());
        let of_words = trace.input_gradient_norms.iter_mut().rev().zip(found.iter().rev());
        of_words.for_each(|(norm, found)| *norm = *found);
        let norms = trace.input_gradient_norms.clone();
        trace.gradient_flow = vec![GradientFlow { term: QuantityKind::Embedding, layer: None, norms, sum: None }];
        Ok(trace)
    }

    fn shapes(&mut self, workspace: &Self::Workspace) -> Vec<TensorShape> {
        use Axis::{Batch, Embedding, Hidden, Predictions, Steps};

        let NplmWorkspace { size, context, hidden, head, .. } = workspace;
        if size.0.0 == 0 {
            return Vec::new();
        }
        let mut weights = Vec::new();
        self.visit(&mut |weight| weights.push(weight.tensor_shape()));
        let mut weights = weights.into_iter();
        let axis = Axis::Times(self.spec.words(), &Embedding);
        let named = TensorName::new;
        let mut shapes = vec![TensorShape::new(named("ids"), TensorRole::Ids, [Steps, Batch], size)];
        shapes.extend(weights.next());
        shapes.push(TensorShape::new(named("context"), TensorRole::Context, [Predictions, axis], &context.shape()));
        shapes.extend(weights.by_ref().take(2));
        shapes.push(TensorShape::new(named("hidden"), TensorRole::HiddenLayer, [Predictions, Hidden], &hidden.shape()));
        shapes.extend(weights);
        shapes.extend(TensorShape::of_predictions(head.shape()));
        shapes
    }

    /// The words before the window, each plus one, so that 0 stands for none: exact in f32 up to 2²⁴ words.
    fn save_carry(carry: &Self::Carry, tensors: &mut Tensors) {
        let numbers: Vec<f32> = carry.iter().map(|word| word.wrapping_add(1) as f32).collect();
        tensors.push("words", &[numbers.len()], &numbers);
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // ids, which are checked
    fn load_carry(spec: &Self::Spec, streams: usize, tensors: &Tensors) -> std::result::Result<Self::Carry, Mismatch> {
        let words = |count: usize| vec![("words".to_owned(), described("F32", &[count]))];
        let expected = words((spec.words() - 1) * streams);
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

/// tanh of every number.
struct Tanh<'a>(&'a [f32], &'a mut [f32]);

impl WithSimd for Tanh<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for at in simd_chunks::<S>(self.0.len()) {
            Lanes::load(simd, &self.0[at.clone()]).tanh().store(&mut self.1[at]);
        }
    }
}

/// From the gradient of tanh, whose values these are, to that of what it was taken of.
struct TanhGradient<'a>(&'a [f32], &'a mut [f32]);

impl WithSimd for TanhGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for at in simd_chunks::<S>(self.0.len()) {
            let (h, d) = (Lanes::load(simd, &self.0[at.clone()]), Lanes::load(simd, &self.1[at.clone()]));
            (d * (h * h).one_minus()).store(&mut self.1[at]);
        }
    }
}
