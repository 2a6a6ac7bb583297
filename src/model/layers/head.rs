//! The output layer: a linear layer, softmax and cross-entropy.

use std::f64::consts::LN_2;
use std::ops::Range;

use dfdx::prelude::Dim;
use rand::Rng;

use crate::model::dimensions::{Predictions, Vocab};
use crate::model::kernels::{
    Accumulate, Matrix, MatrixMut, Softmax, Threads, add_rows, product, scale, scale_and_add, softmax, sum_rows, take,
};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::parameters::{Label, Parameter, ParameterMut, uniform};
use crate::model::tensors::{Result, Tensor};

/// The target words of a pass and their positions.
///
/// Logits, loss and gradient are computed at these positions only: a batch of padded sentences of different lengths needs no other mask.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'a> {
    positions: Option<&'a [usize]>,
    ids: &'a [u32],
}

impl<'a> Targets<'a> {
    /// The target `ids[k]` is predicted at `positions[k]` = `t · batch + b`.
    ///
    /// # Panics
    /// If the numbers of positions and ids differ, or are 0.
    #[must_use]
    pub fn at(positions: &'a [usize], ids: &'a [u32]) -> Self {
        assert_eq!(positions.len(), ids.len(), "one position per word to be predicted");
        assert!(!ids.is_empty(), "nothing to predict");
        Self { positions: Some(positions), ids }
    }

    /// A target at every position: `ids` is `[Steps, Batch]`.
    ///
    /// # Panics
    /// If `ids` is empty.
    #[must_use]
    pub fn everywhere(ids: &'a [u32]) -> Self {
        assert!(!ids.is_empty(), "nothing to predict");
        Self { positions: None, ids }
    }

    /// The position of each target; `None` if every position has one.
    pub(in crate::model) fn positions(self) -> Option<&'a [usize]> {
        self.positions
    }

    /// The target words.
    #[must_use]
    pub fn words(self) -> &'a [u32] {
        self.ids
    }

    /// Number of targets.
    #[must_use]
    pub fn count(self) -> Predictions {
        Predictions(self.ids.len())
    }
}

/// The output layer: logits = `weight` `[V, H]` · h + `bias` `[V]`, as PyTorch's
/// [`nn.Linear`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html). A tied layer has no weight of its own: the embedding table
/// (Press & Wolf 2017) is passed to its methods.
#[derive(Clone, Debug)]
pub struct Head<H: Dim> {
    weight: Option<Parameter<(Vocab, H)>>,
    bias: Parameter<(Vocab,)>,
}

/// The memory of a pass through the output layer.
#[derive(Clone, Debug)]
pub struct HeadWorkspace {
    /// Logits; after [`Head::cross_entropy`] exp(logit − largest); after the methods that compute gradients ∂loss/∂logits.
    logits: Tensor<(Predictions, Vocab)>,
    /// The sum of the losses of each [group](GROUP) of targets.
    losses: Vec<f64>,
    /// The gradient of the bias from each group, `[groups, V]`.
    d_bias: Vec<f32>,
}

/// Targets per group. Losses and bias gradients are summed per group, then over groups, so the result does not depend on the number of threads.
const GROUP: usize = 32;

impl HeadWorkspace {
    pub(in crate::model) fn new(vocabulary: Vocab) -> Result<Self> {
        Ok(Self { logits: Tensor::zeros((Predictions(0), vocabulary))?, losses: Vec::new(), d_bias: Vec::new() })
    }

    /// The logits, or the numbers that replaced them, `[Predictions, V]`.
    #[must_use]
    pub fn logits(&self) -> &[f32] {
        self.logits.as_slice()
    }

    /// The shape of the logits.
    pub(in crate::model) fn shape(&self) -> (Predictions, Vocab) {
        self.logits.shape()
    }

    /// As [`logits`](Self::logits), mutable.
    pub(in crate::model) fn logits_mut(&mut self) -> &mut [f32] {
        self.logits.as_mut_slice()
    }

    /// As [`logits`](Self::logits), as a matrix.
    pub(in crate::model) fn matrix(&self) -> Matrix<'_, Predictions, Vocab> {
        self.logits.matrix()
    }

    /// As [`logits`](Self::logits), as a mutable matrix.
    pub(in crate::model) fn matrix_mut(&mut self) -> MatrixMut<'_, Predictions, Vocab> {
        self.logits.matrix_mut()
    }
}

impl<H: Dim> Head<H> {
    /// Creates a layer over `hidden` units, with weights drawn from U(−1/√H, 1/√H), PyTorch's default; without a weight of its own if `tied`.
    /// `hidden_axis` is the name of `hidden` in labels.
    ///
    /// # Errors
    /// If there is no memory for the weights.
    pub(in crate::model) fn new(
        hidden: H,
        hidden_axis: Axis,
        vocabulary: Vocab,
        tied: bool,
        random: &mut impl Rng,
    ) -> Result<Self> {
        let uniform = uniform(hidden.size());
        let axes = [Axis::Vocabulary, hidden_axis];
        let weight = Label::new(TensorName::new("head.weight"), TensorRole::OutputWeight, &axes);
        let bias = Label::new(TensorName::new("head.bias"), TensorRole::OutputBias, &[Axis::Vocabulary]);
        let weight = if tied { None } else { Some(Parameter::drawn(weight, (vocabulary, hidden), uniform, random)?) };
        Ok(Self { weight, bias: Parameter::drawn(bias, (vocabulary,), uniform, random)? })
    }

    /// The weight `[V, H]`: its own, or `shared()` if the layer is tied.
    pub(in crate::model) fn weight<'a>(
        &'a self,
        shared: impl FnOnce() -> Matrix<'a, Vocab, H>,
    ) -> Matrix<'a, Vocab, H> {
        self.weight.as_ref().map_or_else(shared, |weight| weight.value.matrix())
    }

    /// The gradient of the weight, `[V, H]`; `None` if the layer is tied.
    pub(in crate::model) fn weight_gradient(&mut self) -> Option<MatrixMut<'_, Vocab, H>> {
        self.weight.as_mut().map(|weight| weight.gradient.matrix_mut())
    }

    /// Computes the logits of `hidden`, one row per target, into `workspace`, without the bias.
    pub(in crate::model) fn forward(
        &self,
        hidden: Matrix<'_, Predictions, H>,
        weight: Matrix<'_, Vocab, H>,
        targets: Targets<'_>,
        workspace: &mut HeadWorkspace,
        threads: Threads,
    ) {
        let (vocabulary,) = self.bias.value.shape();
        workspace.logits.reshape((targets.count(), vocabulary));
        product(workspace.logits.matrix_mut(), Accumulate::Nothing, hidden, weight.transposed(), threads);
    }

    /// Adds the bias to the logits in `workspace`.
    pub(in crate::model) fn add_bias(&self, workspace: &mut HeadWorkspace) {
        for row in workspace.logits.as_mut_slice().chunks_exact_mut(self.bias.value.as_slice().len()) {
            add_rows(self.bias.value.as_slice(), row);
        }
    }

    /// The surprisal −log₂ p in bits of `next[k]` by row k of logits without bias; accurate also where p underflows an f32.
    pub(in crate::model) fn surprisals(&self, next: &[u32], workspace: &HeadWorkspace) -> Vec<f64> {
        let bias = self.bias.value.as_slice();
        let rows = workspace.logits.as_slice().chunks_exact(bias.len());
        let mut scratch = Vec::new();
        let surprisal = |(row, word): (&[f32], &u32)| {
            let logit = row[*word as usize] + bias[*word as usize];
            scratch.clear();
            scratch.extend_from_slice(row);
            let Softmax { largest, sum } = softmax(&mut scratch, bias);
            (f64::from(sum).ln() + f64::from(largest) - f64::from(logit)) / LN_2 + 0.0 // never -0
        };
        rows.zip(next).map(surprisal).collect()
    }

    /// Replaces the last row of logits without bias by probabilities, and returns it.
    pub(in crate::model) fn last_distribution<'p>(&self, workspace: &'p mut HeadWorkspace) -> &'p [f32] {
        let bias = self.bias.value.as_slice();
        let logits = workspace.logits.as_mut_slice();
        let last = logits.len() - bias.len();
        let row = &mut logits[last..];
        let Softmax { sum, .. } = softmax(row, bias);
        scale(row, 1.0 / sum);
        row
    }

    /// Mean cross-entropy in nats of logits without bias, as PyTorch's
    /// [`cross_entropy`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html).
    ///
    /// # Panics
    /// If a target is outside the vocabulary.
    pub(in crate::model) fn cross_entropy(
        &self,
        targets: Targets<'_>,
        workspace: &mut HeadWorkspace,
        threads: Threads,
    ) -> f32 {
        mean_loss(workspace, targets, self.bias.value.as_slice(), threads, |_, _, _, _| {})
    }

    /// As [`cross_entropy`](Self::cross_entropy), on one thread; replaces the logits by their gradient.
    pub(in crate::model) fn logit_gradient(&self, targets: Targets<'_>, workspace: &mut HeadWorkspace) -> f32 {
        let share = 1.0 / targets.count().0 as f32;
        mean_loss(workspace, targets, self.bias.value.as_slice(), Threads::ONE, |row, target, sum, _| {
            scale(row, share / sum);
            row[target] -= share;
        })
    }

    /// As [`logit_gradient`](Self::logit_gradient), on several threads; also computes the gradient of the bias.
    pub(in crate::model) fn cross_entropy_and_gradient(
        &mut self,
        targets: Targets<'_>,
        workspace: &mut HeadWorkspace,
        threads: Threads,
    ) -> f32 {
        let share = 1.0 / targets.count().0 as f32;
        let Parameter { value, gradient, .. } = &mut self.bias;
        let loss = mean_loss(workspace, targets, value.as_slice(), threads, |row, target, sum, d_bias| {
            scale_and_add(row, share / sum, d_bias);
            row[target] -= share;
            d_bias[target] -= share;
        });
        sum_rows(&workspace.d_bias, gradient.as_mut_slice(), threads);
        loss
    }

    pub(in crate::model) fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        if let Some(weight) = &mut self.weight {
            weight.show(visitor);
        }
        self.bias.show(visitor);
    }
}

/// Mean cross-entropy in nats. Replaces each row of logits by exp(logit − largest), then calls `finish` with the row, its target, its sum and the bias
/// gradient of its group, while the row is in the cache.
#[allow(clippy::cast_possible_truncation)] // the mean of f32
fn mean_loss(
    workspace: &mut HeadWorkspace,
    targets: Targets<'_>,
    bias: &[f32],
    threads: Threads,
    finish: impl Fn(&mut [f32], usize, f32, &mut [f32]) + Sync,
) -> f32 {
    let (width, groups) = (bias.len(), targets.ids.len().div_ceil(GROUP));
    let HeadWorkspace { logits, losses, d_bias, .. } = workspace;
    losses.resize(groups, 0.0);
    d_bias.resize(groups * width, 0.0);
    let group = |ids: &[u32], logits: &mut [f32], loss: &mut f64, d_bias: &mut [f32]| {
        d_bias.fill(0.0);
        *loss = 0.0; // f64, as many small losses are added
        for (row, &id) in logits.chunks_exact_mut(width).zip(ids) {
            let target = id as usize;
            let logit = row[target] + bias[target];
            let Softmax { largest, sum } = softmax(row, bias);
            *loss += f64::from(sum.ln() - (logit - largest)); // this order preserves the digits of a small loss
            finish(row, target, sum, d_bias);
        }
    };
    if groups == 1 {
        group(targets.ids, logits.as_mut_slice(), &mut losses[0], d_bias);
    } else {
        let (mut rest, mut losses, mut d_bias) = (logits.as_mut_slice(), &mut losses[..], &mut d_bias[..]);
        let threads = threads.for_numbers(rest.len());
        let part = |range: Range<usize>| {
            let ids = &targets.ids[range.start * GROUP..targets.ids.len().min(range.end * GROUP)];
            (
                ids,
                take(&mut rest, ids.len() * width),
                take(&mut losses, range.len()),
                take(&mut d_bias, range.len() * width),
            )
        };
        Threads::each(threads.ranges(groups, 1).map(part).collect(), |(ids, logits, losses, d_bias)| {
            let groups = ids.chunks(GROUP).zip(logits.chunks_mut(GROUP * width));
            for ((ids, logits), (loss, d_bias)) in groups.zip(losses.iter_mut().zip(d_bias.chunks_mut(width))) {
                group(ids, logits, loss, d_bias);
            }
        });
    }
    (workspace.losses.iter().sum::<f64>() / targets.count().0 as f64) as f32
}
