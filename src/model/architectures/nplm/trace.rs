//! The trace of an NPLM.

use dfdx::prelude::Dim;

use super::{Nplm, NplmWorkspace};
use crate::model::architectures::Start;
use crate::model::dimensions::{Batch, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{Ids, Targets};
use crate::model::tensors::Result;
use crate::model::trace::{Equation, GradientFlow, Part, Quantity, QuantityKind, Role, Trace, norms};

impl Nplm {
    /// As [`Model::trace`](crate::model::Model::trace); the gradient of words before the last context is 0.
    pub(super) fn traced(&self, ids: &[u32], target: Option<u32>) -> Result<Trace> {
        assert!(!ids.is_empty(), "a text of no words has no next word");
        let mut workspace = NplmWorkspace::new(&self.spec, Threads::ONE)?;
        let text = Ids::new(ids, Steps(ids.len()), Batch(1));
        let everywhere = Targets::everywhere(ids); // only the positions matter
        self.forward(text, Start::Zeros, everywhere, &mut workspace);
        self.logits_without_bias(everywhere, &mut workspace);
        let quantities = self.quantities(ids, &workspace);
        let mut trace = Trace {
            ids: ids.to_vec(),
            target: 0,
            surprisals: self.head.surprisals(&ids[1..], &workspace.head),
            distribution: self.head.last_distribution(&mut workspace.head).to_vec(),
            input_gradient_norms: vec![0.0; ids.len()],
            context: Some(self.spec.context_words()),
            quantities,
            gradient_flow: Vec::new(),
            logit_lens: Vec::new(),
            head_ablations: Vec::new(),
        };
        trace.target = target.unwrap_or_else(|| trace.most_probable());

        let (position, word) = ([ids.len() - 1], [trace.target]);
        let last = Targets::at(&position, &word);
        self.forward(text, Start::Zeros, last, &mut workspace);
        self.logits_without_bias(last, &mut workspace);
        self.head.logit_gradient(last, &mut workspace.head);
        self.backward_to_context(&mut workspace);
        // the last context ends with the last word of the text, so both are aligned from the end
        let in_context = norms(workspace.d_context.as_slice(), self.spec.embedding.size());
        let in_text = trace.input_gradient_norms.iter_mut().rev();
        in_text.zip(in_context.iter().rev()).for_each(|(norm, in_context)| *norm = *in_context);
        let norms = trace.input_gradient_norms.clone();
        trace.gradient_flow = vec![GradientFlow { term: QuantityKind::Embedding, layer: None, norms, sum: None }];
        Ok(trace)
    }

    /// The hidden layer, its pre-activation and the word's embedding at every position, after a pass with a target at every position.
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
        let (words, width) = (self.spec.context_words(), self.spec.embedding.size());
        // the last word of each context is the word at its position
        let vectors = workspace.context.as_slice().chunks_exact(width).skip(words - 1);
        let embedding = Quantity {
            term: QuantityKind::Embedding,
            role: Role::Embedding,
            layer: None,
            width,
            values: vectors.step_by(words).take(ids.len()).flatten().copied().collect(),
            equations: &[],
        };
        vec![
            layer(QuantityKind::HiddenLayer, Role::Activation, workspace.hidden.as_slice()),
            layer(QuantityKind::PreActivation, Role::Sum, workspace.sums.as_slice()),
            embedding,
        ]
    }
}
