//! The backward pass of an NPLM.

use super::elementwise::tanh_gradient;
use super::{Nplm, NplmWorkspace};
use crate::model::kernels::{Accumulate, add_rows_by_word, product, sum_rows};

impl Nplm {
    /// ∂loss/∂logits → ∂loss/∂context and ∂loss/∂(W·x + b), which replaces the sums.
    pub(super) fn backward_to_context(&self, workspace: &mut NplmWorkspace) {
        let NplmWorkspace { threads, context, d_context, sums, hidden, head, .. } = workspace;
        product(sums.matrix_mut(), Accumulate::Nothing, head.matrix(), self.head_weight(), *threads);
        tanh_gradient(hidden.as_slice(), sums.as_mut_slice());
        d_context.reshape(context.shape());
        product(d_context.matrix_mut(), Accumulate::Nothing, sums.matrix(), self.weight.value.matrix(), *threads);
        if let Some(direct) = &self.direct {
            product(d_context.matrix_mut(), Accumulate::Output, head.matrix(), direct.value.matrix(), *threads);
        }
    }

    /// Computes the gradients of the weights, except the output layer's bias, after [`backward_to_context`](Self::backward_to_context).
    pub(super) fn weight_gradients(&mut self, workspace: &NplmWorkspace) {
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
        // `NO_WORD` is outside the table, so its rows are skipped
        let (_, mut d_table) = self.embedding.table_and_gradient();
        add_rows_by_word(d_table.as_mut_slice(), false, words, d_context.as_slice(), *threads);
    }
}
