//! From hidden states to words: a linear layer, softmax and cross-entropy.

use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, SplitTape, Tape, TensorFromVec};
use rand::Rng;

use super::dimensions::{Batch, Predictions, Steps};
use super::kernels::{Matrix, MatrixMut, product};
use super::lstm::uniform_bound;
use super::tensors::{Result, Tensor, drawn, values};
use super::{ParameterName, ParameterVisitor};

/// Which words are to be predicted from where.
///
/// Only these positions have a logit, a loss and a gradient: sentences of different lengths in one batch, filled up to the
/// longest, need no other mask.
#[derive(Clone, Copy, Debug)]
pub struct Targets<'a> {
    positions: &'a [usize],
    ids: &'a [u32],
}

impl<'a> Targets<'a> {
    /// The word `ids[k]` is to be predicted from the hidden state at `positions[k]` = `t · batch + b`.
    ///
    /// # Panics
    /// If there are not as many positions as ids, or none.
    #[must_use]
    pub fn new(positions: &'a [usize], ids: &'a [u32]) -> Self {
        assert_eq!(positions.len(), ids.len(), "one position per word to be predicted");
        assert!(!ids.is_empty(), "nothing to predict");
        Self { positions, ids }
    }
}

/// The output layer: logits = `weight` `[V, H]` · h + `bias` `[V]`, as PyTorch's
/// [`nn.Linear`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
#[derive(Clone, Debug)]
pub struct Head<H: Dim, V: Dim> {
    weight: Tensor<(V, H)>,
    bias: Tensor<(V,)>,
}

impl<H: Dim, V: Dim> Head<H, V> {
    /// A layer whose weights are drawn from U(−1/√H, 1/√H), PyTorch's default.
    pub(super) fn new(device: &Cpu, hidden: H, vocabulary: V, random: &mut impl Rng) -> Result<Self> {
        let bound = uniform_bound(hidden);
        Ok(Self {
            weight: drawn(device, (vocabulary, hidden), bound, random)?,
            bias: drawn(device, (vocabulary,), bound, random)?,
        })
    }

    /// Mean cross-entropy in nats of the targets, as PyTorch's
    /// [`cross_entropy`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html):
    /// linear layer, softmax and loss as one operation on the tape of `hidden`.
    ///
    /// # Errors
    /// When there is no memory for it.
    ///
    /// # Panics
    /// If a target lies outside `hidden` or the vocabulary.
    pub fn cross_entropy<T: Tape<f32, Cpu>>(
        &self,
        hidden: Tensor<(Steps, Batch, H), T>,
        targets: Targets<'_>,
    ) -> Result<Tensor<(), T>> {
        let (hidden, mut tape) = hidden.split_tape();
        let (vocabulary, units) = *self.weight.shape();
        let predictions = Predictions(targets.ids.len());

        let every_hidden = values(&hidden);
        let mut rows = Vec::with_capacity(predictions.0 * units.size());
        for position in targets.positions {
            rows.extend_from_slice(&every_hidden[position * units.size()..][..units.size()]);
        }
        let weight = values(&self.weight);
        let mut logits = self.logits_of(&weight, &rows, predictions);
        let mut total = 0.0; // f64: the sum of many small losses
        for (row, &id) in logits.chunks_exact_mut(vocabulary.size()).zip(targets.ids) {
            let logit = row[id as usize];
            let Softmax { largest, log_sum } = softmax(row);
            total += f64::from(log_sum - (logit - largest)); // in this order no digit of a small loss is lost
        }
        #[allow(clippy::cast_possible_truncation)] // the result is an f32 tensor
        let mean = (total / predictions.0 as f64) as f32;
        let loss = hidden.device().try_tensor_from_vec(vec![mean], ())?;

        if T::OWNS_TAPE {
            let (head, result) = (self.clone(), loss.clone());
            let (positions, ids) = (targets.positions.to_vec(), targets.ids.to_vec());
            let probabilities = logits;
            tape.add_backward_op(move |gradients| {
                let scale = gradients.get_or_alloc_mut(&result)?[0] / predictions.0 as f32;
                let mut d_logits = probabilities;
                for (row, &id) in d_logits.chunks_exact_mut(vocabulary.size()).zip(&ids) {
                    row[id as usize] -= 1.0;
                    for p in row {
                        *p *= scale;
                    }
                }
                let d_rows = Matrix::new(&d_logits, predictions, vocabulary);
                product(
                    MatrixMut::new(gradients.get_or_alloc_mut(&head.weight)?, vocabulary, units),
                    1.0,
                    d_rows.transposed(),
                    Matrix::new(&rows, predictions, units),
                );
                let d_bias = gradients.get_or_alloc_mut(&head.bias)?;
                for d_row in d_logits.chunks_exact(vocabulary.size()) {
                    d_bias.iter_mut().zip(d_row).for_each(|(sum, d)| *sum += d);
                }
                // the rows are read for the last time: their gradient takes their place
                let mut d_hidden_rows = rows;
                product(
                    MatrixMut::new(&mut d_hidden_rows, predictions, units),
                    0.0,
                    d_rows,
                    Matrix::new(&weight, vocabulary, units),
                );
                let d_hidden = gradients.get_or_alloc_mut(&hidden)?;
                for (position, d_row) in positions.iter().zip(d_hidden_rows.chunks_exact(units.size())) {
                    let row = &mut d_hidden[position * units.size()..][..units.size()];
                    row.iter_mut().zip(d_row).for_each(|(sum, d)| *sum += d);
                }
                Ok(())
            });
        }
        Ok(loss.put_tape(tape))
    }

    /// Logits `[Steps, Batch, V]` of every position.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn logits(&self, hidden: &Tensor<(Steps, Batch, H)>) -> Result<Tensor<(Steps, Batch, V)>> {
        let (steps, batch, _) = *hidden.shape();
        let (vocabulary, _) = *self.weight.shape();
        let logits = self.logits_of(&values(&self.weight), &values(hidden), Predictions(steps.0 * batch.0));
        self.weight.device().try_tensor_from_vec(logits, (steps, batch, vocabulary))
    }

    /// The probability of each word to come next `[V]`, from the hidden state of one position `[H]`.
    pub(super) fn distribution(&self, hidden: &[f32]) -> Vec<f32> {
        let mut distribution = self.logits_of(&values(&self.weight), hidden, Predictions(1));
        softmax(&mut distribution);
        distribution
    }

    fn logits_of(&self, weight: &[f32], rows: &[f32], predictions: Predictions) -> Vec<f32> {
        let (vocabulary, units) = *self.weight.shape();
        let mut logits = values(&self.bias).repeat(predictions.0);
        product(
            MatrixMut::new(&mut logits, predictions, vocabulary),
            1.0,
            Matrix::new(rows, predictions, units),
            Matrix::new(weight, vocabulary, units).transposed(),
        );
        logits
    }

    pub(super) fn visit(&mut self, visitor: &mut impl ParameterVisitor) -> Result<()> {
        visitor.visit(ParameterName::HeadWeight, &mut self.weight)?;
        visitor.visit(ParameterName::HeadBias, &mut self.bias)
    }
}

/// What is left of the logits once they are probabilities.
pub(super) struct Softmax {
    /// The largest logit.
    largest: f32,
    /// log Σ exp(logit − largest)
    log_sum: f32,
}

/// Turns logits into probabilities in place, shifted by the largest logit, so that no exponential overflows.
pub(super) fn softmax(logits: &mut [f32]) -> Softmax {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for logit in &mut *logits {
        *logit = (*logit - largest).exp();
        sum += *logit;
    }
    for p in logits {
        *p /= sum;
    }
    Softmax { largest, log_sum: sum.ln() }
}
