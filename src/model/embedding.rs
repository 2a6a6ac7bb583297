//! Words as vectors: a table with one row per word, looked up by id.

use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, Tape, TensorFromVec};
use rand::Rng;
use rand_distr::StandardNormal;

use super::dimensions::{Batch, Steps};
use super::tensors::{Result, Tensor, drawn};
use super::{ParameterName, ParameterVisitor};

/// Word ids, time first: position `t · batch + b` holds step `t` of sequence `b`.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    words: &'a [u32],
    steps: Steps,
    batch: Batch,
}

impl<'a> Ids<'a> {
    /// Sees `ids` as `[steps, batch]`.
    ///
    /// # Panics
    /// If `ids` does not hold exactly `steps × batch` ids.
    #[must_use]
    pub fn new(ids: &'a [u32], steps: Steps, batch: Batch) -> Self {
        assert_eq!(ids.len(), steps.0 * batch.0, "{steps:?} × {batch:?}");
        Self { words: ids, steps, batch }
    }
}

/// The embedding table, `weight` `[V, E]`, as PyTorch's
/// [`nn.Embedding`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
#[derive(Clone, Debug)]
pub struct Embedding<V: Dim, E: Dim> {
    weight: Tensor<(V, E)>,
}

impl<V: Dim, E: Dim> Embedding<V, E> {
    /// A table drawn from N(0, 1), PyTorch's default.
    pub(super) fn new(device: &Cpu, vocabulary: V, embedding: E, random: &mut impl Rng) -> Result<Self> {
        Ok(Self { weight: drawn(device, (vocabulary, embedding), StandardNormal, random)? })
    }

    /// `[Steps, Batch]` ids → `[Steps, Batch, E]` vectors, as one operation on `tape`.
    ///
    /// # Errors
    /// When there is no memory for the vectors.
    ///
    /// # Panics
    /// If an id is not below the size of the vocabulary.
    pub fn forward<T: Tape<f32, Cpu>>(&self, ids: Ids<'_>, mut tape: T) -> Result<Tensor<(Steps, Batch, E), T>> {
        let (_, width) = *self.weight.shape();
        let mut rows = Vec::with_capacity(ids.words.len() * width.size());
        for &id in ids.words {
            rows.extend((0..width.size()).map(|column| self.weight[[id as usize, column]]));
        }
        let output = self.weight.device().try_tensor_from_vec(rows, (ids.steps, ids.batch, width))?;

        if T::OWNS_TAPE {
            let (weight, result, ids) = (self.weight.clone(), output.clone(), ids.words.to_vec());
            tape.add_backward_op(move |gradients| {
                let d_output = gradients.get_or_alloc_mut(&result)?.to_vec();
                let d_weight = gradients.get_or_alloc_mut(&weight)?;
                for (&id, d_row) in ids.iter().zip(d_output.chunks_exact(width.size())) {
                    let row = &mut d_weight[id as usize * width.size()..][..width.size()];
                    row.iter_mut().zip(d_row).for_each(|(sum, d)| *sum += d);
                }
                Ok(())
            });
        }
        Ok(output.put_tape(tape))
    }

    pub(super) fn visit(&mut self, visitor: &mut impl ParameterVisitor) -> Result<()> {
        visitor.visit(ParameterName::Embedding, &mut self.weight)
    }
}
