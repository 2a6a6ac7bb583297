//! Word ids and the embedding: a table with one row per word, looked up by id.

use dfdx::prelude::Dim;
use rand::Rng;
use rand::distributions::Distribution;
use rand_distr::StandardNormal;

use crate::model::dimensions::{Batch, Embed, Steps, Vocab};
use crate::model::kernels::{Matrix, MatrixMut, Threads, add_rows_by_word};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::parameters::{Label, Parameter, ParameterMut, uniform};
use crate::model::tensors::{Result, Tensor};

/// Word ids, time first: position `t · batch + b` holds step `t` of sequence `b`.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    words: &'a [u32],
    steps: Steps,
    batch: Batch,
}

impl<'a> Ids<'a> {
    /// Interprets `ids` as `[steps, batch]`.
    ///
    /// # Panics
    /// If `ids` does not hold exactly `steps × batch` ids.
    #[must_use]
    pub fn new(ids: &'a [u32], steps: Steps, batch: Batch) -> Self {
        assert_eq!(ids.len(), steps.0 * batch.0, "{steps:?} × {batch:?}");
        Self { words: ids, steps, batch }
    }

    /// Number of time steps.
    pub(in crate::model) fn steps(self) -> Steps {
        self.steps
    }

    /// The ids, `[Steps, Batch]`.
    #[must_use]
    pub fn words(self) -> &'a [u32] {
        self.words
    }

    /// The ids of a step, `[Batch]`.
    #[inline(always)]
    pub(in crate::model) fn at(self, step: usize) -> &'a [u32] {
        &self.words[step * self.batch.0..][..self.batch.0]
    }

    /// Number of sequences.
    pub(in crate::model) fn batch(self) -> Batch {
        self.batch
    }
}

/// The embedding table, `weight` `[V, E]`, as PyTorch's
/// [`nn.Embedding`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
#[derive(Clone, Debug)]
pub struct Embedding {
    weight: Parameter<(Vocab, Embed)>,
}

impl Embedding {
    /// A table drawn from N(0, 1), PyTorch's default. A table that is tied to the output layer's weight is drawn from that weight's distribution,
    /// U(−1/√E, 1/√E): otherwise the first logits would be far too large.
    ///
    /// # Errors
    /// If there is no memory for the table.
    pub(in crate::model) fn new(
        vocabulary: Vocab,
        embedding: Embed,
        tied: bool,
        random: &mut impl Rng,
    ) -> Result<Self> {
        if tied {
            Self::drawn(vocabulary, embedding, uniform(embedding.size()), random)
        } else {
            Self::drawn(vocabulary, embedding, StandardNormal, random)
        }
    }

    /// A table drawn from `distribution`.
    ///
    /// # Errors
    /// If there is no memory for the table.
    pub(in crate::model) fn drawn(
        vocabulary: Vocab,
        embedding: Embed,
        distribution: impl Distribution<f32>,
        random: &mut impl Rng,
    ) -> Result<Self> {
        let label =
            Label::new(TensorName::new("emb.weight"), TensorRole::EmbeddingTable, &[Axis::Vocabulary, Axis::Embedding]);
        Ok(Self { weight: Parameter::drawn(label, (vocabulary, embedding), distribution, random)? })
    }

    /// Looks up `ids`: `[Steps, Batch]` → `[Steps, Batch, E]`. Reshapes `vectors`.
    ///
    /// # Panics
    /// If an id is outside the vocabulary.
    pub fn forward(&self, ids: Ids<'_>, vectors: &mut Tensor<(Steps, Batch, Embed)>) {
        let (_, width) = self.weight.value.shape();
        vectors.reshape((ids.steps, ids.batch, width));
        let table = self.weight.value.as_slice();
        for (vector, &id) in vectors.as_mut_slice().chunks_exact_mut(width.size()).zip(ids.words) {
            vector.copy_from_slice(&table[id as usize * width.size()..][..width.size()]);
        }
    }

    /// Adds the gradient of each vector, `[Steps, Batch, E]`, to the gradient of its word's row, which is zeroed first unless `adds`.
    pub(in crate::model) fn backward(
        &mut self,
        ids: Ids<'_>,
        d_vectors: &Tensor<(Steps, Batch, Embed)>,
        adds: bool,
        threads: Threads,
    ) {
        let gradient = self.weight.gradient.as_mut_slice();
        add_rows_by_word(gradient, adds, ids.words, d_vectors.as_slice(), threads);
    }

    /// The table and its gradient, both `[V, E]`.
    pub(in crate::model) fn table_and_gradient(&mut self) -> (Matrix<'_, Vocab, Embed>, MatrixMut<'_, Vocab, Embed>) {
        (self.weight.value.matrix(), self.weight.gradient.matrix_mut())
    }

    /// The table, `[V, E]`.
    pub(in crate::model) fn table(&self) -> Matrix<'_, Vocab, Embed> {
        self.weight.value.matrix()
    }

    /// The table as the weight `[V, H]` of an output layer over `hidden` units.
    ///
    /// # Panics
    /// If the embedding size is not `hidden`.
    pub(in crate::model) fn as_head<H: Dim>(&self, hidden: H) -> Matrix<'_, Vocab, H> {
        self.weight.value.matrix().with_columns(hidden)
    }

    /// The gradient of the table, with the shape of [`as_head`](Self::as_head).
    pub(in crate::model) fn as_head_gradient<H: Dim>(&mut self, hidden: H) -> MatrixMut<'_, Vocab, H> {
        self.weight.gradient.matrix_mut().with_columns(hidden)
    }

    pub(in crate::model) fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.weight.show(visitor);
    }
}
